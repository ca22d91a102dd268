"""What happens to a pair that has started: each rule for itself."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.matching.domain import lasting
from shared.errors import Refused
from shared.events.matching import (
    RelationshipCompleted,
    RelationshipEnded,
    RelationshipPaused,
    RelationshipQuiet,
    RelationshipRenewed,
    RelationshipResumed,
    RelationshipReviewDue,
    RelationshipReviewed,
)
from tests.rules.matching.makers import NOON, SEALED, a_review, a_term, a_trial, some_places

PAIR = ("ana", "bo")
TAKEN = some_places(1, "rel_1")


def at(days: float) -> Any:
    return NOON + timedelta(days=days)


def renew(pair: Any, says: str = "yes", other: str = "yes", *, has_goal: bool = True, days: float = 0) -> Any:
    return lasting.renew(pair, says=says, other=other, sealed=SEALED, has_goal=has_goal, now=at(days))  # type: ignore[arg-type]


def test_two_yeses_in_the_trial_begin_a_full_term_at_once() -> None:
    active, fact = renew(a_trial(), days=40)
    assert (active.state, active.term, active.ends_at) == ("active", 1, at(40 + 182))
    assert fact == RelationshipRenewed(*PAIR, 1, at(40 + 91), at(40 + 182))


@pytest.mark.parametrize(
    ("says", "other"), [("yes", ""), ("no", ""), ("yes", "no"), ("no", "yes"), ("no", "no")]
)
def test_anything_but_two_yeses_changes_nothing_that_can_be_seen(says: str, other: str) -> None:
    for pair, days in ((a_trial(), 1), (a_term(), 170)):
        assert renew(pair, says, other, days=days) == (replace(pair, sealed=SEALED), None)


def test_no_full_term_begins_without_a_goal_and_a_no_needs_none() -> None:
    with pytest.raises(Refused, match="goal_missing"):
        renew(a_trial(), has_goal=False)
    assert renew(a_trial(), "no", has_goal=False)[1] is None


def test_a_further_term_is_agreed_on_near_the_end_and_follows_it() -> None:
    term = replace(a_term(), review_at=None)
    with pytest.raises(Refused, match="renewal_not_open") as refused:
        renew(term, days=139)
    assert refused.value.more == {"opens_at": at(140).isoformat()}
    again, fact = renew(term, days=140)
    assert (again.state, again.term, again.ends_at) == ("active", 2, at(182 + 182))
    assert fact == RelationshipRenewed(*PAIR, 2, at(182 + 91), at(182 + 182))
    with pytest.raises(Refused, match="renewal_closed"):
        renew(term, days=182)


def test_a_term_is_looked_back_on_at_its_half_and_goes_on_by_a_word_or_by_itself() -> None:
    assert lasting.fall_due(a_term(), TAKEN, now=at(91) - timedelta(seconds=1)) is None
    due = lasting.fall_due(a_term(), TAKEN, now=at(91))
    assert due is not None
    assert (due[0].state, due[1], due[2]) == ("review", TAKEN, RelationshipReviewDue(*PAIR, at(182)))
    said, fact = lasting.review_over(due[0], by="one", now=at(92))
    assert (said.state, fact) == ("active", RelationshipReviewed(*PAIR, at(182)))
    by_clock = lasting.fall_due(due[0], TAKEN, now=at(91 + 14))
    assert by_clock is not None
    assert (by_clock[0].state, by_clock[2]) == ("active", RelationshipReviewed(*PAIR, at(182)))
    for reviewed in (said, by_clock[0]):
        done = lasting.fall_due(reviewed, TAKEN, now=at(182))
        assert done is not None
        assert (done[0].state, done[0].open, done[1], done[2]) == (
            "completed",
            False,
            some_places(1),
            RelationshipCompleted(*PAIR, 1),
        )


@pytest.mark.parametrize("pair", [a_trial(), a_term(), a_review()], ids=["trial", "active", "review"])
def test_a_pause_moves_every_date_by_as_long_as_it_lasts(pair: Any) -> None:
    start = 91.0 if pair.state == "review" else 10.0
    paused, fact = lasting.pause(pair, days=20, now=at(start))
    assert fact == RelationshipPaused(*PAIR, at(start + 20))
    assert paused.deadline == ("resumes_at", at(start + 20))
    resumed, back = lasting.resume(paused, by="one", now=at(start + 5))
    five = timedelta(days=5)
    assert back == RelationshipResumed(*PAIR, pair.ends_at + five)
    assert (resumed.state, resumed.paused_at, resumed.resumes_at) == (pair.state, None, None)
    for name in ("review_at", "review_ends_at", "term_ends_at"):
        before = getattr(pair, name)
        assert getattr(resumed, name) == (None if before is None else before + five)
    by_itself = lasting.fall_due(paused, TAKEN, now=at(start + 20))
    assert by_itself is not None
    assert by_itself[0].ends_at == pair.ends_at + timedelta(days=20)


def test_pauses_are_counted_together_and_anew_in_each_term() -> None:
    paused, _ = lasting.pause(a_term(), days=60, now=at(1))
    resumed, _ = lasting.resume(paused, by="one", now=at(41))
    with pytest.raises(Refused, match="pause_too_long") as refused:
        lasting.pause(resumed, days=21, now=at(42))
    assert refused.value.more == {"days_left": 20}
    assert lasting.pause(resumed, days=20, now=at(42))
    again, _ = renew(replace(resumed, review_at=None), days=220)
    assert lasting.pause(again, days=60, now=at(221))


def test_a_sealed_word_outlives_a_pause_and_a_review() -> None:
    said = replace(a_term(), sealed=SEALED)
    paused, _ = lasting.pause(said, days=20, now=at(1))
    resumed, _ = lasting.resume(paused, by="one", now=at(2))
    due = lasting.fall_due(said, TAKEN, now=at(91))
    assert due is not None
    assert [paused.sealed, resumed.sealed, due[0].sealed] == [SEALED] * 3


@pytest.mark.parametrize("reason", ["by_choice", "by_coordinator", "for_cause", "member_left"])
def test_an_end_gives_the_place_back_and_says_its_reason_but_not_whose(reason: Any) -> None:
    ended, places, fact = lasting.end(a_term(), TAKEN, reason=reason, now=at(3))
    assert (ended.state, ended.open, places) == ("ended", False, some_places(1))
    assert fact == RelationshipEnded(*PAIR, reason)
    last = ended.history[-1]
    assert (last.by, last.reason, last.at, last.place, last.queue) == (
        lasting.ENDED_BY[reason],
        reason,
        at(3),
        "returned",
        "held",
    )


def test_silence_is_heard_unless_the_two_have_met_since_or_paused() -> None:
    asked = lasting.hear_of_silence(a_term(), since=at(0), flagged=False, now=at(28))
    assert asked is not None
    assert asked[1] == RelationshipQuiet(*PAIR, at(0))
    met = lasting.hear_of_contact(asked[0], met_at=at(29))
    assert (met.silent_since, met.last_met_at) == (None, at(29))
    assert lasting.hear_of_silence(met, since=at(0), flagged=True, now=at(35)) is None
    assert lasting.fall_silent(met, TAKEN, since=at(0), now=at(42)) is None
    paused, _ = lasting.pause(asked[0], days=10, now=at(30))
    assert lasting.fall_silent(paused, TAKEN, since=at(0), now=at(42)) is None
    ended = lasting.fall_silent(asked[0], TAKEN, since=at(0), now=at(42))
    assert ended is not None
    assert ended[1:] == (some_places(1), RelationshipEnded(*PAIR, "silent"))


def test_news_of_an_old_meeting_do_not_break_a_later_silence() -> None:
    flagged = lasting.hear_of_silence(a_term(), since=at(10), flagged=True, now=at(45))
    assert flagged is not None
    assert lasting.hear_of_contact(flagged[0], met_at=at(9)).flagged_at == at(45)


def test_a_pair_that_is_over_comes_together_again_only_if_both_say_so() -> None:
    ended, _, _ = lasting.end(a_term(), TAKEN, reason="by_choice", now=at(3))
    one = lasting.want_again(lasting.want_again(ended, by="bo"), by="bo")
    assert not lasting.both_again(one)
    assert lasting.both_again(lasting.want_again(one, by="ana"))
    with pytest.raises(Refused, match="wrong_state"):
        lasting.want_again(a_term(), by="ana")
