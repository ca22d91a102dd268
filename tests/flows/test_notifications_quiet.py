"""When people are told: quiet hours, and digests of what can wait."""

from shared.events import profiles
from tests.flows.notifications_member import PAUSE, PLANNED, SHANGHAI, STEP, THANKS, Member, until

pytest_plugins = ["tests.flows.notifications_fixture"]


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
