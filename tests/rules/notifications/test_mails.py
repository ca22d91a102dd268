"""The life of a mail, as values."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notifications.domain import catalogue, mails, stories
from services.notifications.domain.mails import Mail
from services.notifications.domain.people import Person, confirmed, contacted
from services.notifications.domain.stories import Story
from services.notifications.mail.letters import LETTERS
from shared.events import EVENTS, matching, profiles, sessions

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_mail(*waits_for: str, template: str = "vote") -> Mail:
    return mails.new_mail(
        event_id="rel_1:4",
        chapter="shanghai",
        recipient="mem_1",
        template=template,
        event_type="cairn.relationship.introduction_held.v1",
        event="{}",
        aggregate="rel_1",
        happened_at=NOON,
        order=mails.place(NOON, "rel_1", 4),
        waits_for=waits_for,
        now=NOON,
    )


def test_a_mails_id_is_the_event_the_channel_and_the_recipient() -> None:
    assert a_mail().id == "rel_1:4:mail:mem_1"


def test_a_mail_that_lacks_something_is_held_until_all_of_it_has_come_true() -> None:
    held = a_mail("mem_1:confirmed", "rel_1:met")
    assert (held.state, held.due_at) == ("held", None)
    half = mails.came_true(held, "rel_1:met", NOON)
    assert (half.state, half.waits_for) == ("held", ("mem_1:confirmed",))
    ready = mails.came_true(half, "mem_1:confirmed", NOON + timedelta(days=1))
    assert (ready.state, ready.due_at, ready.waits_for) == ("waiting", NOON + timedelta(days=1), ())


def test_patience_is_long_for_a_confirmation_and_short_for_another_topic() -> None:
    assert mails.patience_ends(a_mail("mem_1:confirmed", "rel_1:met"), NOON) == NOON + timedelta(days=30)
    assert mails.patience_ends(a_mail("rel_1:met"), NOON) == NOON + timedelta(minutes=10)


def test_a_mail_is_tried_for_about_two_days_and_then_has_failed() -> None:
    mail, now = a_mail(), NOON
    attempts = 0
    while mail.state == "waiting":
        assert mail.due_at is not None
        now = max(now, mail.due_at)
        mail = mails.put_off(mail, "smtp_451", now)
        attempts += 1
        assert attempts <= mails.MAX_ATTEMPTS
    assert (mail.state, mail.reason, mail.attempts) == ("failed", "smtp_451", mails.MAX_ATTEMPTS)
    assert timedelta(days=1.5) < now - NOON < timedelta(days=2.5)


def test_waits_between_attempts_grow() -> None:
    assert list(mails.WAITS) == sorted(mails.WAITS)
    first = mails.put_off(a_mail(), "smtp_451", NOON)
    second = mails.put_off(first, "smtp_451", NOON)
    assert (first.due_at, second.due_at) == (NOON + timedelta(seconds=30), NOON + timedelta(minutes=2))


def test_a_server_that_is_away_uses_up_no_attempt() -> None:
    mail = mails.server_away(a_mail(), NOON)
    assert (mail.attempts, mail.due_at) == (0, NOON + timedelta(seconds=30))


def test_what_a_sent_mail_told_of_is_not_kept() -> None:
    done = mails.sent(a_mail(), NOON)
    assert (done.state, done.event, done.due_at, done.ended_at) == ("sent", "", None, NOON)
    assert done.forget_at == NOON + timedelta(days=90)


def test_mails_stand_in_the_order_of_time_and_then_of_their_aggregate() -> None:
    places = [
        mails.place(NOON, "rel_1", 9),
        mails.place(NOON, "rel_1", 10),
        mails.place(NOON, "rel_2", 1),
        mails.place(NOON + timedelta(milliseconds=1), "rel_0", 1),
        mails.place(NOON + timedelta(days=110_000), "rel_0", 1),
    ]
    assert places == sorted(places)


def test_time_never_runs_backwards_in_a_story() -> None:
    story, first = stories.went_on(Story("rel_1", "shanghai"), NOON)
    story, second = stories.went_on(story, NOON - timedelta(minutes=10))
    assert (first, second, story.told_at) == (NOON, NOON, NOON)


def test_a_person_is_reachable_only_at_the_address_that_she_confirmed() -> None:
    ann = contacted(Person("mem_1", "shanghai"), name="Ann", mail="a@b.test", locale="en", time_zone="UTC")
    assert not Person("mem_1", "shanghai").reachable
    assert not ann.reachable
    assert confirmed(ann).reachable
    moved = contacted(confirmed(ann), name="Ann", mail="new@b.test", locale="en", time_zone="UTC")
    assert not moved.reachable


def test_every_mail_of_the_catalogue_has_words_and_every_text_is_told() -> None:
    assert set(LETTERS) == set(catalogue.TEMPLATES) - {catalogue.DIGEST}


def test_every_public_event_of_a_relationship_is_told_to_both_sides() -> None:
    #: What the clock's own event asks, what the two know as they said it, what changes nothing, and a tombstone.
    told_to_nobody = {
        matching.RelationshipQuiet,
        matching.RelationshipSessionHeld,
        matching.RelationshipReviewed,
        matching.RelationshipErased,
    }
    for declared in EVENTS.values():
        if declared.about == "relationship" and declared.public and declared.fact not in told_to_nobody:
            assert [told.whom for told in catalogue.CATALOGUE[declared.fact]] == ["mentee", "mentor"]


def test_what_came_to_nothing_is_told_with_one_template_to_both_sides() -> None:
    for fact in (matching.RelationshipDeclined, matching.RelationshipNotStarted, matching.RelationshipEnded):
        assert len({told.template for told in catalogue.CATALOGUE[fact]}) == 1


@pytest.mark.parametrize(("outcome", "told"), [("done", ["mentor"]), ("let_go", [])])
def test_a_closed_step_is_told_to_the_mentor_where_it_was_done(outcome: str, told: list[str]) -> None:
    fact = sessions.StepClosed("rel_1", "ses_1", "mem_a", "mem_b", outcome)  # type: ignore[arg-type]
    assert [one.whom for one in catalogue.told_on(fact)] == told


def test_a_link_to_sign_in_waits_for_no_other_mail() -> None:
    assert catalogue.lane_of("mem_1", "sign_in") != catalogue.lane_of("mem_1", "vote")
    assert catalogue.lane_of("mem_1", "confirmation") != catalogue.lane_of("mem_1", "vote")
    crowds = {catalogue.crowd_of("shanghai", name) for name in ("sign_in", "confirmation", "vote")}
    assert len(crowds) == 3


def test_the_other_side_of_a_pair_is_the_other_side() -> None:
    fact = sessions.StepAgreed("rel_1", "ses_1", "mem_a", "mem_b")
    assert catalogue.other_of(fact, "mem_a") == "mem_b"
    assert catalogue.other_of(fact, "mem_b") == "mem_a"
    assert catalogue.other_of(profiles.MemberConfirmed(NOON), "mem_a") == ""
    assert catalogue.relationship_of(fact, "stp_1") == "rel_1"
