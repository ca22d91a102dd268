"""Told by chat: what goes there, when, and where it may not lead."""

from dataclasses import replace

import pytest

from services.notifications.chat import check_address
from shared.errors import Refused
from tests.flows.notifications_member import PAUSE, PLANNED, STEP, THANKS, Member, chat_address, until
from tests.flows.notifications_scene import Receiver

pytest_plugins = ["tests.flows.notifications_fixture"]


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
    until(ann.scene, 23)  # when a chat would rest
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


def test_a_chat_that_waits_for_the_morning_holds_no_mail_back(ann: Member, chat: Receiver) -> None:
    ann.wants(chat=chat_address(chat), categories={"thanks": "chat"})
    until(ann.scene, 23)
    ann.thanked()
    ann.paused()
    assert (ann.told(), chat.posted) == ([PAUSE], [])
    until(ann.scene, 8)
    assert (ann.told(), len(chat.posted)) == ([PAUSE], 1)


def test_a_mail_that_waits_holds_no_chat_back_and_each_keeps_its_order(ann: Member, chat: Receiver) -> None:
    until(ann.scene, 10)
    ann.wants(chat=chat_address(chat), categories={"thanks": "chat", "steps": "chat"})
    ann.scene.catcher.answers[ann.address] = ["451 try later"]
    ann.paused()
    ann.planned()
    ann.thanked()
    ann.agreed_a_step()
    assert ann.told() == []
    first, second = (rung.body.decode() for rung in chat.posted)
    assert (THANKS in first, STEP in second) == (True, True)
    ann.scene.stack.clock.advance(minutes=1)
    assert ann.told() == [PAUSE, PLANNED]


def test_what_rings_ends_no_digest_of_mails_early(ann: Member, chat: Receiver) -> None:
    until(ann.scene, 10)
    ann.wants(digest="daily", chat=chat_address(chat), categories={"thanks": "chat"})
    ann.agreed_a_step()
    assert ann.told() == []
    ann.thanked()
    assert (ann.told(), len(chat.posted)) == ([], 1)
    until(ann.scene, 8)
    assert ann.told() == [STEP]


def test_what_waits_to_ring_goes_by_mail_in_its_turn_where_she_wants_it_there_now(
    ann: Member, chat: Receiver
) -> None:
    ann.wants(chat=chat_address(chat), categories={"thanks": "chat"})
    until(ann.scene, 23)
    ann.thanked()
    assert ann.told() == []
    ann.wants(categories={"thanks": "mail"}, quiet_hours={"from_hour": 21, "to_hour": 8, "of": "everything"})
    ann.paused()
    assert ann.told() == []
    until(ann.scene, 8)
    assert (ann.told(), chat.posted) == ([THANKS, PAUSE], [])
