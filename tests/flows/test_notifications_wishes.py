"""How people want to be told: settings, quiet hours, digests, one-click unsubscription, chat; bounces; and what is left of who leaves."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from pymongo import MongoClient

from services.notifications.chat import check_address
from shared.errors import Refused
from shared.events import matching, profiles, sessions
from shared.ids import new_id
from tests.flows.notifications_scene import Receiver, Scene, a_receiver

pytest_plugins = ["tests.flows.notifications_fixture"]

V1 = "/api/notifications/v1"
SHANGHAI = ZoneInfo("Asia/Shanghai")
Answer = Any


class Member:
    """Ann of a new chapter in Shanghai, in a trial with Bob, of which everything so far was told."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.chapter = scene.a_chapter()
        self.id, self.address = scene.a_member(self.chapter, "Ann")
        self.bob, self.bobs = scene.a_member(self.chapter, "Bob", roles=("mentor",))
        self.rel = new_id("rel")
        self.tell(scene.agreed(self.id, self.bob))
        scene.quiet()
        scene.tell(self.chapter, new_id("ses"), scene.held(self.rel, self.id, self.bob))
        self.tell(scene.met(self.id, self.bob), scene.started(self.id, self.bob))
        scene.quiet()
        scene.catcher.caught.clear()

    @property
    def headers(self) -> dict[str, str]:
        return self.scene.stack.sign_in(self.id, self.chapter, "mentee")

    @property
    def staff(self) -> dict[str, str]:
        return self.scene.stack.sign_in(new_id("mem"), self.chapter, "coordinator")

    def tell(self, *facts: Any) -> None:
        self.scene.tell(self.chapter, self.rel, *facts)

    def wants(self, **settings: Any) -> dict[str, Any]:
        answer = self.asks(**settings)
        assert answer.status_code == 200, answer.text
        shown = answer.get_json()
        assert isinstance(shown, dict)
        return shown

    def asks(self, **settings: Any) -> Answer:
        return self.scene.stack.ask("PATCH", f"{V1}/me/settings", self.headers, json=settings)

    def settings(self) -> dict[str, Any]:
        return dict(self.scene.stack.get(f"{V1}/me/settings", self.headers).get_json())

    def thanked(self) -> None:
        self.scene.tell(self.chapter, new_id("kud"), sessions.KudosGiven(self.rel, self.bob, self.id))

    def agreed_a_step(self) -> None:
        step = sessions.StepAgreed(self.rel, new_id("ses"), self.id, self.bob)
        self.scene.tell(self.chapter, new_id("stp"), step)

    def paused(self) -> None:
        self.tell(matching.RelationshipPaused(self.id, self.bob, self.scene.in_days(30)))

    def planned(self, **more: Any) -> None:
        fact = self.scene.a_session(
            sessions.SessionScheduled, self.rel, self.id, self.bob, purpose="regular", **more
        )
        self.scene.tell(self.chapter, new_id("ses"), fact)

    def told(self) -> list[str]:
        self.scene.quiet()
        return self.scene.subjects(self.address)


THANKS, STEP, PAUSE, PLANNED = (
    "Bob says thank you",
    "You have agreed on a step",
    "A pause, without guilt",
    "Session with Bob",
)


@pytest.fixture
def ann(scene: Scene) -> Member:
    return Member(scene)


@pytest.fixture
def chat() -> Iterator[Receiver]:
    with a_receiver() as receiver:
        yield receiver


def until(scene: Scene, hour: int) -> None:
    """The clock goes on until it is that hour in Shanghai."""
    there = scene.stack.clock().astimezone(SHANGHAI)
    then = there.replace(hour=hour, minute=0, second=0)
    scene.stack.clock.now += (then if then > there else then + timedelta(days=1)) - there


# -- settings -------------------------------------------------------------------------------------------------------


def test_who_says_nothing_is_told_everything_by_mail_at_once(ann: Member) -> None:
    shown = ann.settings()
    assert set(shown["categories"].values()) == {"mail"}
    assert (shown["digest"], shown["chat"], shown["address"]) == ("off", "", "works")
    assert shown["quiet_hours"] == {"from_hour": 21, "to_hour": 8, "of": "chat"}
    until(ann.scene, 23)
    ann.thanked()
    assert ann.told() == [THANKS]


def test_what_is_off_is_told_no_more_and_everything_else_is(ann: Member) -> None:
    assert ann.wants(categories={"thanks": "off"})["categories"]["thanks"] == "off"
    ann.thanked()
    ann.agreed_a_step()
    ann.paused()
    assert ann.told() == [STEP, PAUSE]
    ann.wants(categories={"thanks": "mail"})
    ann.thanked()
    assert ann.told() == [STEP, PAUSE, THANKS]


@pytest.mark.parametrize(
    "asked",
    [
        {"categories": {"relationship": "off"}},
        {"categories": {"account": "chat"}},
        {"categories": {"nonsense": "off"}},
        {"categories": {"thanks": "pigeon"}},
        {"digest": "hourly"},
        {"quiet_hours": {"from_hour": 24, "to_hour": 8, "of": "chat"}},
        {"quiet_hours": {"from_hour": 21}},
        {"quiet_hours": {"from_hour": 8, "to_hour": 8, "of": "everything"}},
        {"unknown": True},
    ],
)
def test_what_cannot_be_wished_for_is_refused_and_changes_nothing(ann: Member, asked: dict[str, Any]) -> None:
    before = ann.settings()
    answer = ann.asks(**asked, **({} if "digest" in asked else {"digest": "daily"}))
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert ann.settings() == before


def test_settings_are_of_the_one_who_asks(ann: Member) -> None:
    ann.wants(digest="weekly")
    bobs = ann.scene.stack.get(
        f"{V1}/me/settings", ann.scene.stack.sign_in(ann.bob, ann.chapter, "mentor")
    ).get_json()
    assert bobs["digest"] == "off"
    nobody = ann.scene.stack.get(
        f"{V1}/me/settings", ann.scene.stack.sign_in(ann.id, ann.scene.a_chapter(), "mentee")
    )
    assert nobody.status_code == 404


# -- one click ------------------------------------------------------------------------------------------------------


def unsubscription(ann: Member) -> str:
    """The path and query of one-click unsubscription in her last mail."""
    message = ann.scene.catcher.to(ann.address)[-1].message
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = urlsplit(str(message["List-Unsubscribe"]).replace("\r\n", "").strip("<> "))
    return f"{found.path}?{found.query}"


def click(ann: Member, path: str) -> Answer:
    """What a mail program sends (RFC 8058 section 3.2): a form, no cookie, no sign-in."""
    return ann.scene.stack.ask("POST", path, data={"List-Unsubscribe": "One-Click"})


def test_one_click_switches_this_kind_of_mail_off_and_a_second_does_no_harm(ann: Member) -> None:
    ann.thanked()
    ann.told()
    path = unsubscription(ann)
    for _ in range(2):
        answer = click(ann, path)
        assert (answer.status_code, answer.get_json()) == (200, {"status": "unsubscribed"})
    assert [name for name, how in ann.settings()["categories"].items() if how == "off"] == ["thanks"]
    ann.thanked()
    ann.agreed_a_step()
    assert ann.told() == [THANKS, STEP]


def test_who_only_opens_the_link_switches_nothing_off(ann: Member) -> None:
    ann.thanked()
    ann.told()
    page = ann.scene.stack.get(unsubscription(ann))
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert '<form method="post"' in page.text
    assert ann.scene.stack.ask("HEAD", unsubscription(ann)).status_code == 200
    assert ann.settings()["categories"]["thanks"] == "mail"


def test_a_link_that_is_not_ours_switches_nothing_off(ann: Member) -> None:
    ann.thanked()
    ann.told()
    path = unsubscription(ann)
    start, signature = path.rsplit(".", 1)
    others = [
        f"{start}.{signature[::-1]}",
        path.replace("token=", "token=x"),
        path.split("?")[0] + "?token=x",
        path.split("?")[0] + "?token=%F0%9F%92%90.%00",
    ]
    for other in others:
        assert click(ann, other).status_code == 404, other
    assert click(ann, path.split("?")[0]).status_code == 422
    assert ann.settings()["categories"]["thanks"] == "mail"


def test_what_is_essential_offers_no_unsubscription(ann: Member) -> None:
    ann.paused()
    assert ann.told() == [PAUSE]
    assert "List-Unsubscribe" not in ann.scene.catcher.to(ann.address)[0].message


# -- quiet hours ----------------------------------------------------------------------------------------------------


def test_in_her_quiet_hours_nothing_comes_and_afterwards_all_of_it_in_its_order(ann: Member) -> None:
    ann.wants(quiet_hours={"from_hour": 21, "to_hour": 8, "of": "everything"})
    until(ann.scene, 22)
    ann.agreed_a_step()
    ann.scene.quiet()
    ann.paused()
    ann.planned(starts_at=ann.scene.in_days(3))
    assert ann.told() == []
    assert PAUSE in ann.scene.subjects(ann.bobs), "only she asked for quiet"
    until(ann.scene, 7)
    assert ann.told() == []
    until(ann.scene, 8)
    assert ann.told() == [STEP, PAUSE, PLANNED]


def test_a_session_before_the_quiet_hours_end_is_told_at_once_with_all_that_stands_before_it(
    ann: Member,
) -> None:
    ann.wants(quiet_hours={"from_hour": 21, "to_hour": 8, "of": "everything"})
    until(ann.scene, 22)
    ann.paused()
    assert ann.told() == []
    ann.planned(starts_at=ann.scene.in_days(0.25))
    assert ann.told() == [PAUSE, PLANNED]


# -- digests --------------------------------------------------------------------------------------------------------


def test_a_digest_gathers_what_can_wait_and_comes_at_eight_on_her_clock(ann: Member) -> None:
    until(ann.scene, 9)
    ann.wants(digest="daily")
    ann.thanked()
    ann.agreed_a_step()
    assert ann.told() == []
    until(ann.scene, 8)
    assert ann.told() == ["What is new for you: 2 things"]
    (mail,) = ann.scene.catcher.to(ann.address)
    assert mail.text.index(THANKS) < mail.text.index(STEP)
    assert f"http://cairn.test/relationships/{ann.rel}" in mail.text
    ann.scene.stack.clock.advance(days=2)
    assert len(ann.told()) == 1


def test_a_digest_of_one_thing_is_that_mail_itself(ann: Member) -> None:
    ann.wants(digest="daily")
    ann.thanked()
    assert ann.told() == []
    ann.scene.stack.clock.advance(days=1)
    assert ann.told() == [THANKS]


def test_a_weekly_digest_comes_on_monday(ann: Member) -> None:
    ann.wants(digest="weekly")
    ann.thanked()
    ann.agreed_a_step()
    until(ann.scene, 9)
    days = 0
    while not ann.told():
        ann.scene.stack.clock.advance(days=1)
        days += 1
        assert days < 8, "no digest came"
    assert ann.told() == ["What is new for you: 2 things"]
    assert ann.scene.stack.clock().astimezone(SHANGHAI).strftime("%A") == "Monday"


def test_what_was_gathered_goes_out_before_what_follows_in_the_same_relationship(ann: Member) -> None:
    ann.wants(digest="weekly")
    ann.agreed_a_step()
    ann.thanked()
    assert ann.told() == []
    ann.paused()
    assert ann.told() == ["What is new for you: 2 things", PAUSE]


def test_who_wants_no_digests_any_more_gets_at_once_what_was_gathered(ann: Member) -> None:
    ann.wants(digest="weekly")
    ann.agreed_a_step()
    ann.thanked()
    assert ann.told() == []
    ann.wants(digest="off", categories={"thanks": "off"})
    assert ann.told() == [STEP]


def test_what_waits_for_a_digest_shows_as_waiting_and_then_as_told_in_it(ann: Member) -> None:
    ann.wants(digest="daily")
    ann.agreed_a_step()
    ann.thanked()
    ann.scene.quiet()
    assert shown_states(ann)[:2] == [("kudos", "waiting"), ("step_agreed", "waiting")]
    ann.scene.stack.clock.advance(days=1)
    ann.scene.quiet()
    assert shown_states(ann)[:3] == [("digest", "sent"), ("kudos", "digested"), ("step_agreed", "digested")]


def shown_states(ann: Member) -> list[tuple[str, str]]:
    return [(mail["template"], mail["state"]) for mail in ann.scene.mails_of(ann.chapter, ann.id)]


def test_a_digest_that_was_refused_comes_once_when_she_has_confirmed_anew(ann: Member) -> None:
    ann.wants(digest="daily")
    ann.agreed_a_step()
    ann.thanked()
    ann.scene.quiet()
    ann.scene.catcher.answers[ann.address] = ["550 5.1.1 No such user here"]
    ann.scene.stack.clock.advance(days=1)
    assert ann.told() == []
    ann.scene.tell(ann.chapter, ann.id, profiles.MemberConfirmed(ann.scene.stack.clock()))
    assert ann.told() == ["What is new for you: 2 things"]


def test_one_click_in_a_digest_switches_off_the_kinds_that_it_told_of(ann: Member) -> None:
    ann.wants(digest="daily")
    ann.agreed_a_step()
    ann.thanked()
    ann.scene.quiet()
    ann.scene.stack.clock.advance(days=1)
    ann.told()
    assert click(ann, unsubscription(ann)).status_code == 200
    off = {name for name, how in ann.settings()["categories"].items() if how == "off"}
    assert off == {"thanks", "steps"}


# -- bounces --------------------------------------------------------------------------------------------------------


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


# -- chat -----------------------------------------------------------------------------------------------------------


def chat_address(receiver: Receiver) -> str:
    return f"json://127.0.0.1:{urlsplit(receiver.url).port}/rings"


def test_what_she_wants_by_chat_comes_there_and_not_by_mail(ann: Member, chat: Receiver) -> None:
    until(ann.scene, 10)
    shown = ann.wants(chat=chat_address(chat), categories={"thanks": "chat"})
    assert "127.0.0.1" not in str(shown), "the address is a secret"
    ann.thanked()
    ann.paused()
    assert ann.told() == [PAUSE]
    (rung,) = chat.posted
    assert THANKS in rung.body.decode()
    assert f"http://cairn.test/relationships/{ann.rel}" in rung.body.decode()


def test_a_chat_does_not_ring_at_night(ann: Member, chat: Receiver) -> None:
    ann.wants(chat=chat_address(chat), categories={"thanks": "chat"})
    until(ann.scene, 23)
    ann.thanked()
    ann.scene.quiet()
    assert chat.posted == []
    until(ann.scene, 8)
    ann.scene.quiet()
    assert len(chat.posted) == 1


def test_what_a_chat_does_not_take_goes_by_mail_in_the_end(ann: Member, chat: Receiver) -> None:
    until(ann.scene, 10)
    chat.answers.extend([500] * 10)
    ann.wants(chat=chat_address(chat), categories={"thanks": "chat"})
    ann.thanked()
    for _ in range(4):
        ann.scene.quiet()
        ann.scene.stack.clock.advance(minutes=15)
    assert ann.told() == [THANKS]
    assert len(chat.posted) == 3


def test_a_chat_that_fails_leaves_nothing_of_its_address_or_message_in_the_log(
    ann: Member, chat: Receiver, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    until(ann.scene, 10)
    chat.answers.extend([500] * 10)
    ann.wants(chat=chat_address(chat), categories={"thanks": "chat"})
    ann.thanked()
    ann.scene.quiet()
    assert len(chat.posted) == 1
    out, err = capfd.readouterr()
    logged = caplog.text + out + err
    assert "chat_not_taken" in logged, "the code is what a log needs"
    assert "rings" not in logged
    assert THANKS not in logged


def test_who_takes_her_chat_address_back_is_told_by_mail(ann: Member, chat: Receiver) -> None:
    ann.wants(chat=chat_address(chat), categories={"thanks": "chat"})
    assert ann.wants(chat="")["chat"] == ""
    ann.thanked()
    assert ann.told() == [THANKS]
    assert chat.posted == []


@pytest.mark.parametrize(
    "address",
    [
        "json://example.org/hook",
        "jsons://example.org/hook",
        "json://127.0.0.1:80@example.org/hook",
        "json://127.0.0.1:9/x?method=GET",
        "xml://127.0.0.1:9/x",
        "mailto://user:secret@example.org",
        "file:///etc/passwd",
        "http://169.254.169.254/latest",
        "slack://",
        "discord://webhook_id_123/token_abc?avatar=http://10.0.0.1",
        "discord://a/b json://10.0.0.1",
        "",
    ],
)
def test_a_chat_address_cannot_make_us_call_other_places(ann: Member, address: str) -> None:
    answer = ann.asks(chat=address)
    if address:
        assert (answer.status_code, answer.get_json()["code"]) == (422, "chat_address_refused")
    assert ann.settings()["chat"] == ""


def test_outside_of_trying_it_out_no_address_on_this_machine_is_taken(ann: Member) -> None:
    settings = ann.scene.room.settings
    assert check_address("json://127.0.0.1:9/x", settings) == "json"
    with pytest.raises(Refused):
        check_address("json://127.0.0.1:9/x", replace(settings, mode="production"))


# -- no query without an index ----------------------------------------------------------------------------------------


def test_nothing_that_wishes_bring_about_scans_a_collection(ann: Member) -> None:
    room = ann.scene.room
    client: MongoClient[dict[str, Any]] = MongoClient(ann.scene.stack.parts.mongo_url)
    database = client[room.store.db.name]
    database.command("profile", 2)
    try:
        ann.wants(digest="daily", quiet_hours={"from_hour": 21, "to_hour": 8, "of": "everything"})
        until(ann.scene, 22)
        ann.thanked()
        ann.agreed_a_step()
        ann.scene.quiet()
        ann.paused()
        ann.planned(starts_at=ann.scene.in_days(0.25))
        ann.scene.catcher.answers[ann.address] = ["550 5.1.1 No such user here"]
        ann.scene.quiet()
        ann.scene.stack.get(f"{V1}/bounces", ann.staff)
        ann.scene.stack.get(f"{V1}/me/export", ann.headers)
        ann.scene.tell(ann.chapter, ann.id, profiles.MemberConfirmed(ann.scene.stack.clock()))
        ann.scene.tell(ann.chapter, ann.id, profiles.MemberErased())
        ann.scene.quiet()
        watched = database["system.profile"].count_documents({})
        scans = list(
            database["system.profile"].find({"planSummary": {"$regex": "COLLSCAN"}, "appName": "cairn"})
        )
    finally:
        database.command("profile", 0)
        client.close()
    assert watched > 50
    assert [(scan["ns"], scan["command"]) for scan in scans] == []


# -- leaving --------------------------------------------------------------------------------------------------------


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
