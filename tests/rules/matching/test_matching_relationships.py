"""The pair's rules: one table of moves, and nothing told before it may be."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, get_args

import pytest

from services.matching.domain import lasting, steps
from services.matching.domain import relationships as rules
from services.matching.domain.booking import book
from services.matching.domain.programmes import Terms
from services.matching.domain.relationships import DEADLINES, Moment, Relationship
from services.matching.domain.steps import CLOSED, STATES, STEPS, Move, State
from shared.errors import NotThere, Refused
from shared.events.matching import (
    RelationshipDeclined,
    RelationshipEnded,
    RelationshipIntroductionAgreed,
    RelationshipIntroductionHeld,
    RelationshipNotStarted,
    RelationshipProposed,
    RelationshipStarted,
)
from tests.rules.matching.makers import (
    NOON,
    SEALED,
    a_proposal,
    a_review,
    a_term,
    a_trial,
    a_vote,
    an_introduction,
    some_places,
)

SECOND = timedelta(seconds=1)


def days(number: int) -> timedelta:
    return timedelta(days=number)


# -- the table ------------------------------------------------------------------------------------------------------

LEGAL = {
    ("agree", "proposed"): {"introduction"},
    ("decline", "proposed"): {"declined"},
    ("lapse", "proposed"): {"lapsed"},
    ("book", "introduction"): {"booked"},
    ("unbook", "booked"): {"introduction"},
    ("meet", "introduction"): {"voting"},
    ("meet", "booked"): {"voting"},
    ("lapse", "introduction"): {"lapsed"},
    ("lapse", "booked"): {"lapsed"},
    ("start", "voting"): {"trial"},
    ("close", "voting"): {"not_started"},
    ("renew", "trial"): {"active"},
    ("renew", "active"): {"active"},
    ("renew", "review"): {"active"},
    ("review", "active"): {"review"},
    ("go_on", "review"): {"active"},
    ("pause", "trial"): {"paused"},
    ("pause", "active"): {"paused"},
    ("pause", "review"): {"paused"},
    ("resume", "paused"): {"trial", "active", "review"},
    ("complete", "active"): {"completed"},
    **{
        ("end", state): {"ended"}
        for state in ("proposed", "introduction", "booked", "voting", "trial", "active", "review", "paused")
    },
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("move", get_args(Move))
def test_a_move_goes_where_the_table_says_or_is_refused(move: Move, state: State) -> None:
    if (move, state) in LEGAL:
        assert {line.after for line in STEPS if (line.move, line.before) == (move, state)} == LEGAL[
            move, state
        ]
        for after in LEGAL[move, state]:
            assert steps.step(state, move, after).after == after  # type: ignore[arg-type]
        return
    with pytest.raises(Refused) as refused:
        steps.step(state, move)
    assert (refused.value.code, refused.value.status, refused.value.more) == (
        "wrong_state",
        409,
        {"state": state},
    )


def test_every_state_can_be_reached_and_every_open_one_is_ended_by_a_date() -> None:
    assert set(STATES) == {"proposed"} | {step.after for step in STEPS} == set(get_args(State))
    assert set(DEADLINES) == set(STATES) - CLOSED
    for state, dates in DEADLINES.items():
        for _, move in dates:
            assert "clock" in steps.step(state, move).by


def test_the_drawing_shows_every_line_of_the_table_and_nothing_else() -> None:
    drawn = steps.drawn().splitlines()
    arrows = [line for line in drawn if " --> " in line and "[*]" not in line]
    assert len(arrows) == len(STEPS)
    for line in STEPS:
        assert any(
            arrow.startswith(f"    {line.before} --> {line.after}: {line.move.replace('_', ' ')}")
            for arrow in arrows
        )


def test_a_place_taken_on_the_way_is_given_back_at_every_exit() -> None:
    holds: dict[State, bool] = {"proposed": False}
    for _ in STATES:
        for step in STEPS:
            if step.before in holds:
                assert (step.place in ("kept", "returned")) == holds[step.before], step
                after = step.place in ("taken", "kept")
                assert holds.setdefault(step.after, after) == after, step
    assert set(holds) == set(STATES)
    assert not any(holds[state] for state in CLOSED)


IN_EACH_STATE: dict[State, Callable[[], Relationship]] = {
    "proposed": a_proposal,
    "introduction": lambda: an_introduction()[0],
    "booked": lambda: book(an_introduction()[0], "ses_1", now=NOON),
    "voting": a_vote,
    "trial": a_trial,
    "active": a_term,
    "paused": lambda: lasting.pause(a_term(), days=10, now=NOON)[0],
    "review": a_review,
    **{closed: partial(a_proposal, state=closed, open=False) for closed in sorted(CLOSED)},
}


@pytest.mark.parametrize("state", STATES)
def test_only_a_proposal_can_be_answered(state: State) -> None:
    pair = IN_EACH_STATE[state]()
    if state == "proposed":
        assert rules.answer(pair, says="decline", other="", sealed=SEALED, places=some_places(), now=NOON)
        return
    with pytest.raises(Refused, match="wrong_state"):
        rules.answer(pair, says="decline", other="", sealed=SEALED, places=some_places(), now=NOON)


@pytest.mark.parametrize("state", STATES)
def test_only_a_pair_that_has_met_can_vote(state: State) -> None:
    pair = IN_EACH_STATE[state]()
    if state == "voting":
        assert rules.vote(pair, says="yes", other="", sealed=SEALED, now=NOON)
        return
    with pytest.raises(Refused, match="wrong_state"):
        rules.vote(pair, says="yes", other="", sealed=SEALED, now=NOON)


@pytest.mark.parametrize("state", STATES)
def test_only_an_agreed_introduction_can_be_held(state: State) -> None:
    pair = IN_EACH_STATE[state]()
    if state in ("introduction", "booked"):
        assert rules.meet(pair, now=NOON)[0].state == "voting"
        return
    with pytest.raises(Refused, match="wrong_state"):
        rules.meet(pair, now=NOON)


def test_a_stranger_has_no_side() -> None:
    assert (a_proposal().side_of("ana"), a_proposal().other("ana")) == ("mentee", "bo")
    assert (a_proposal().side_of("bo"), a_proposal().other("bo")) == ("mentor", "ana")
    with pytest.raises(NotThere):
        a_proposal().side_of("cleo")


# -- proposals ------------------------------------------------------------------------------------------------------


def test_a_proposal_waits_for_answers_as_long_as_its_programme_says() -> None:
    terms = Terms(answer_days=3)
    pair = rules.Pair("ana", "bo", "coordinator")
    made, fact = rules.propose("rel_1", pair, chapter="shanghai", terms=terms, now=NOON)
    assert (made.state, made.open, made.deadline) == ("proposed", True, ("answer_by", NOON + days(3)))
    assert fact == RelationshipProposed("ana", "bo", "coordinator", NOON + days(3))


@pytest.mark.parametrize("says", ["accept", "decline"])
def test_the_first_answer_changes_nothing_that_can_be_seen(says: Any) -> None:
    before, places = a_proposal(), some_places()
    after, places_after, fact = rules.answer(
        before, says=says, other="", sealed=SEALED, places=places, now=NOON + days(1)
    )
    assert fact is None
    assert places_after == places
    assert after == replace(before, sealed=SEALED)


def test_two_accepts_take_the_mentors_place_and_start_the_time_to_meet() -> None:
    now = NOON + days(1)
    after, places, fact = rules.answer(
        a_proposal(), says="accept", other="accept", sealed=SEALED, places=some_places(1), now=now
    )
    assert fact == RelationshipIntroductionAgreed("ana", "bo", now + days(21))
    assert places == some_places(1, "rel_1")
    assert (after.state, after.since, after.open) == ("introduction", now, True)
    assert after.deadline == ("meet_by", now + days(21))


@pytest.mark.parametrize(
    ("says", "other"), [("accept", "decline"), ("decline", "accept"), ("decline", "decline")]
)
def test_when_both_are_in_one_decline_ends_it_and_takes_no_place(says: Any, other: str) -> None:
    after, places, fact = rules.answer(
        a_proposal(), says=says, other=other, sealed=SEALED, places=some_places(), now=NOON
    )
    assert fact == RelationshipDeclined("ana", "bo", "declined")
    assert places == some_places()
    assert (after.state, after.open, after.deadline) == ("declined", False, None)


def test_what_was_said_is_forgotten_when_the_state_moves_on() -> None:
    said = a_proposal(sealed=SEALED)
    agreed, _, _ = rules.answer(
        said, says="accept", other="accept", sealed=SEALED, places=some_places(), now=NOON
    )
    voted = replace(a_vote(), sealed=SEALED)
    started, _ = rules.vote(voted, says="yes", other="yes", sealed=SEALED, now=NOON)
    closed = lasting.fall_due(voted, some_places(), now=NOON + days(7))
    assert closed is not None
    assert [agreed.sealed, started.sealed, closed[0].sealed] == [None, None, None]


@pytest.mark.parametrize("other", ["", "accept", "decline"])
def test_a_full_mentor_refuses_an_accept_whatever_the_other_side_said(other: str) -> None:
    with pytest.raises(Refused, match="no_place_left"):
        rules.answer(
            a_proposal(), says="accept", other=other, sealed=SEALED, places=some_places(1, "rel_0"), now=NOON
        )


def test_a_full_mentor_can_still_be_declined() -> None:
    after, _, _ = rules.answer(
        a_proposal(), says="decline", other="", sealed=SEALED, places=some_places(0), now=NOON
    )
    assert after.state == "proposed"


def test_an_expired_proposal_cannot_be_accepted() -> None:
    late = {"says": "accept", "other": "accept", "sealed": SEALED, "places": some_places()}
    assert rules.answer(a_proposal(), **late, now=NOON + days(7) - SECOND)[0].state == "introduction"  # type: ignore[arg-type]
    with pytest.raises(Refused, match="proposal_expired"):
        rules.answer(a_proposal(), **late, now=NOON + days(7))  # type: ignore[arg-type]


# -- votes ----------------------------------------------------------------------------------------------------------


def test_votes_are_open_for_as_long_as_the_programme_says_once_the_two_have_met() -> None:
    agreed, _ = an_introduction()
    now = NOON + days(5)
    after, fact = rules.meet(agreed, now=now)
    assert (after.state, after.since, after.deadline) == ("voting", now, ("vote_by", now + days(7)))
    assert fact == RelationshipIntroductionHeld("ana", "bo", now + days(7))


def test_two_yeses_start_the_trial_with_its_end() -> None:
    now = NOON + days(2)
    after, fact = rules.vote(a_vote(), says="yes", other="yes", sealed=SEALED, now=now)
    assert fact == RelationshipStarted("ana", "bo", now + days(42))
    assert (after.state, after.started_at, after.deadline) == (
        "trial",
        now,
        ("trial_ends_at", now + days(42)),
    )


@pytest.mark.parametrize(
    ("says", "other"), [("yes", ""), ("no", ""), ("yes", "no"), ("no", "yes"), ("no", "no")]
)
def test_anything_but_two_yeses_changes_nothing_that_can_be_seen(says: Any, other: str) -> None:
    before = a_vote()
    after, fact = rules.vote(before, says=says, other=other, sealed=SEALED, now=NOON + days(3))
    assert fact is None
    assert after == replace(before, sealed=SEALED)


def test_nobody_votes_from_the_deadline_on() -> None:
    assert rules.vote(a_vote(), says="yes", other="yes", sealed=SEALED, now=NOON + days(7) - SECOND)[1]
    with pytest.raises(Refused, match="vote_closed"):
        rules.vote(a_vote(), says="yes", other="yes", sealed=SEALED, now=NOON + days(7))


# -- the clock ------------------------------------------------------------------------------------------------------


def test_nothing_falls_due_before_its_date() -> None:
    for pair, wait in ((a_proposal(), 7), (an_introduction()[0], 21), (a_vote(), 7), (a_trial(), 42)):
        assert lasting.fall_due(pair, some_places(), now=NOON + days(wait) - SECOND) is None
        assert lasting.fall_due(pair, some_places(), now=NOON + days(wait)) is not None


def test_what_has_ended_does_not_fall_due() -> None:
    for state in CLOSED:
        assert lasting.fall_due(a_proposal(state=state), some_places(), now=NOON + days(999)) is None


@pytest.mark.parametrize("sealed", [None, SEALED])
def test_a_proposal_lapses_the_same_whether_nobody_or_one_has_answered(sealed: Any) -> None:
    due = lasting.fall_due(a_proposal(sealed=sealed), some_places(), now=NOON + days(7))
    lapsed = Moment("lapse", "lapsed", NOON + days(7), "clock", "lapse", "none", "kept")
    history = (*a_proposal().history, lapsed)
    expected = a_proposal(state="lapsed", since=NOON + days(7), open=False, history=history)
    assert due == (expected, some_places(), RelationshipDeclined("ana", "bo", "lapsed"))


def test_an_introduction_that_was_not_held_lapses_and_gives_the_place_back() -> None:
    agreed, places = an_introduction()
    due = lasting.fall_due(agreed, places, now=NOON + days(21))
    assert due is not None
    assert (due[0].state, due[1], due[2]) == (
        "lapsed",
        some_places(1),
        RelationshipDeclined("ana", "bo", "lapsed"),
    )


@pytest.mark.parametrize("sealed", [None, SEALED])
def test_a_vote_that_found_no_two_yeses_closes_the_same_whatever_was_said(sealed: Any) -> None:
    due = lasting.fall_due(replace(a_vote(), sealed=sealed), some_places(1, "rel_1"), now=NOON + days(7))
    closed = Moment("close", "not_started", NOON + days(7), "clock", "close", "returned", "kept")
    history = (*a_vote().history, closed)
    expected = replace(a_vote(), state="not_started", since=NOON + days(7), open=False, history=history)
    assert due == (expected, some_places(1), RelationshipNotStarted("ana", "bo"))


def test_a_trial_ends_by_itself_and_gives_the_place_back() -> None:
    due = lasting.fall_due(a_trial(), some_places(2, "rel_0", "rel_1"), now=NOON + days(42))
    assert due is not None
    assert (due[0].state, due[0].open) == ("ended", False)
    assert due[1:] == (some_places(2, "rel_0"), RelationshipEnded("ana", "bo", "trial_not_renewed"))
