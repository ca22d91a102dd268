"""Addresses that do not work any more, and people who leave: what is kept, and that nothing more is told."""

import re

from services.notifications.kinds import PEOPLE
from shared.events import matching, profiles
from shared.ids import new_id
from tests.flows.notifications_member import PAUSE, THANKS, V1, Member, chat_address
from tests.flows.notifications_scene import Receiver

pytest_plugins = ["tests.flows.notifications_fixture"]


def test_an_address_that_is_refused_gets_nothing_more_until_it_is_confirmed_anew(ann: Member) -> None:
    ann.scene.catcher.answers[ann.address] = ["550 5.1.1 No such user here"]
    ann.paused()
    assert ann.told() == []
    ann.thanked()
    assert ann.told() == [], "the mail server would take it now"

    assert ann.settings()["address"] == "bounces"
    listed = ann.scene.stack.get(f"{V1}/bounces", ann.staff).get_json()["items"]
    assert [item["member"] for item in listed] == [ann.id]
    assert "@" not in str(listed), "a list of ids, not of addresses"

    ann.scene.tell(ann.chapter, ann.id, profiles.MemberConfirmed(ann.scene.stack.clock()))
    assert ann.told() == [PAUSE, THANKS]
    assert ann.settings()["address"] == "works"
    assert ann.scene.stack.get(f"{V1}/bounces", ann.staff).get_json()["items"] == []


def test_a_new_address_gets_what_the_old_one_refused_once_it_is_confirmed(ann: Member) -> None:
    ann.scene.catcher.answers[ann.address] = ["550 5.1.1 No such user here"]
    ann.paused()
    ann.scene.quiet()
    new = f"new.{ann.address}"
    ann.scene.tell(ann.chapter, ann.id, ann.scene.a_contact("Ann", new))
    ann.scene.quiet()
    assert ann.scene.subjects(new) == []
    ann.scene.tell(ann.chapter, ann.id, profiles.MemberConfirmed(ann.scene.stack.clock()))
    assert ann.told() == []
    assert ann.scene.subjects(new) == [PAUSE]


def test_what_a_mail_server_refuses_for_now_is_no_bounce(ann: Member) -> None:
    ann.scene.catcher.answers[ann.address] = ["450 4.2.1 Mailbox busy"]
    ann.paused()
    assert ann.told() == []
    assert ann.settings()["address"] == "works"
    ann.scene.stack.clock.advance(minutes=1)
    assert ann.told() == [PAUSE]


def test_other_chapters_do_not_see_who_bounces(ann: Member) -> None:
    ann.scene.catcher.answers[ann.address] = ["550 5.1.1 No such user here"]
    ann.paused()
    ann.scene.quiet()
    other = ann.scene.stack.sign_in(new_id("mem"), ann.scene.a_chapter(), "coordinator")
    assert ann.scene.stack.get(f"{V1}/bounces", other).get_json()["items"] == []


def test_an_export_says_what_is_kept_about_her(ann: Member, chat: Receiver) -> None:
    ann.wants(chat=chat_address(chat), digest="weekly")
    ann.paused()
    ann.told()
    answer = ann.scene.stack.get(f"{V1}/me/export", ann.headers)
    kept = answer.get_json()
    assert answer.status_code == 200
    assert (kept["person"]["name"], kept["person"]["mail"]) == ("Ann", ann.address)
    assert kept["settings"]["digest"] == "weekly"
    assert kept["chat_address"] == chat_address(chat), "hers, so she may have it back"
    assert "paused" in [mail["template"] for mail in kept["mails"]]
    assert ann.bobs not in answer.text


def test_of_an_erased_person_nothing_is_kept_and_nothing_is_told_to_her(ann: Member, chat: Receiver) -> None:
    ann.wants(chat=chat_address(chat), digest="weekly")
    ann.thanked()
    ann.scene.quiet()
    ann.scene.tell(ann.chapter, ann.id, profiles.MemberErased())
    ann.scene.quiet()
    ann.scene.stack.clock.advance(days=8)
    ann.thanked()
    ann.scene.tell(ann.chapter, ann.id, ann.scene.a_contact("Ann", ann.address))
    ann.tell(matching.RelationshipEnded(ann.id, ann.bob, "member_left"))
    assert ann.told() == []
    assert ann.scene.subjects(ann.bobs)[-1] == "A relationship has come to its end"
    assert ann.scene.stack.get(f"{V1}/me/settings", ann.headers).status_code == 404
    database = ann.scene.room.store.db
    kept = [
        name
        for name in database.list_collection_names()
        for document in database[name].find()
        if re.search(re.escape(ann.address) + "|\\bAnn\\b", str(document)) and ann.chapter in str(document)
    ]
    assert kept == []
    assert database["mails"].count_documents({"recipient": ann.id}) == 0


def test_an_erased_persons_chat_address_opens_no_more_even_in_an_old_copy(
    ann: Member, chat: Receiver
) -> None:
    ann.wants(chat=chat_address(chat))
    copy = ann.scene.room.store.reader(ann.chapter).get(PEOPLE, ann.id).preferences.chat
    assert copy
    ann.scene.tell(ann.chapter, ann.id, profiles.MemberErased())
    ann.scene.quiet()
    assert ann.scene.stack.room("notifications").vault.show(copy) is None
