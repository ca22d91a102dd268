"""What holds when a pair meets, as functions of values."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.sessions.domain import attendance, meetings, steps
from services.sessions.domain.meetings import Session
from services.sessions.domain.pairs import Pair
from shared.errors import NotAllowed, NotThere, Refused
from shared.events.sessions import (
    SessionCancelled,
    SessionDisputed,
    SessionHeld,
    SessionMissed,
    SessionMoved,
    SessionScheduled,
    StepClosed,
)
from tests.stack import NOON

TOMORROW = NOON + timedelta(days=1)


def a_pair(**more: Any) -> Pair:
    return replace(Pair("rel_1", "shanghai", "mem_mentee", "mem_mentor", "running"), **more)


def a_session(**more: Any) -> Session:
    made, _ = meetings.plan(
        a_pair(),
        id="ses_1",
        by="mem_mentee",
        now=NOON,
        mode="call",
        starts_at=TOMORROW,
        minutes=45,
        planned=[],
    )
    return replace(made, **more)


def planned(pair: Pair, **more: Any) -> tuple[Session, SessionScheduled]:
    asked: dict[str, Any] = {
        "id": "ses_1",
        "by": "mem_mentee",
        "now": NOON,
        "mode": "call",
        "starts_at": TOMORROW,
        "minutes": None,
        "planned": [],
    }
    return meetings.plan(pair, **(asked | more))


def test_before_the_votes_a_pair_plans_its_introduction_of_half_an_hour() -> None:
    session, fact = planned(a_pair(stage="introduction"))
    assert (session.purpose, session.minutes, session.revision) == ("introduction", 30, 0)
    assert fact == SessionScheduled(
        "rel_1", "mem_mentee", "mem_mentor", "introduction", "call", TOMORROW, 30, 0
    )


def test_a_second_introduction_cannot_be_planned_beside_the_first() -> None:
    first, _ = planned(a_pair(stage="introduction"))
    with pytest.raises(Refused, match="introduction_planned"):
        planned(a_pair(stage="introduction"), planned=[first])


@pytest.mark.parametrize(("stage", "code"), [("voting", "votes_first"), ("over", "relationship_over")])
def test_nothing_is_planned_while_votes_are_open_or_after_the_end(stage: str, code: str) -> None:
    with pytest.raises(Refused, match=code):
        planned(a_pair(stage=stage))


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"starts_at": NOON - timedelta(minutes=1)}, "time_past"),
        ({"starts_at": NOON + timedelta(days=400)}, "time_far"),
        ({"starts_at": None}, "time_missing"),
        ({"minutes": 5}, "length"),
        ({"minutes": 241}, "length"),
    ],
)
def test_a_slot_that_cannot_be_is_refused(asked: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused, match=code):
        planned(a_pair(), **asked)


def test_letters_need_no_time() -> None:
    session, _ = planned(a_pair(), mode="letters", starts_at=None)
    assert (session.starts_at, session.minutes) == (NOON, 0)


def test_a_stranger_finds_no_pair_and_no_session() -> None:
    with pytest.raises(NotThere):
        planned(a_pair(), by="mem_stranger")
    with pytest.raises(NotThere):
        meetings.cancel(a_session(), by="mem_stranger")


def test_moving_raises_the_revision_and_moving_to_the_same_time_does_not() -> None:
    later = TOMORROW + timedelta(hours=1)
    moved, fact = meetings.move(
        a_session(), by="mem_mentor", now=NOON, mode=None, starts_at=later, minutes=None
    )
    assert (moved.starts_at, moved.minutes, moved.revision) == (later, 45, 1)
    assert isinstance(fact, SessionMoved)
    assert fact.revision == 1
    assert meetings.move(moved, by="mem_mentor", now=NOON, mode=None, starts_at=later, minutes=45) == (
        moved,
        None,
    )


def test_cancelling_raises_the_revision_and_ends_the_session() -> None:
    cancelled, fact = meetings.cancel(a_session(), by="mem_mentee")
    assert (cancelled.state, cancelled.revision) == ("cancelled", 1)
    assert isinstance(fact, SessionCancelled)
    with pytest.raises(Refused, match="session_cancelled"):
        said(cancelled, "mem_mentee", True)


def said(session: Session, by: str, held: bool, now: Any = TOMORROW) -> tuple[Session, Any]:
    return attendance.say(session, by=by, now=now, held=held)


def test_a_session_is_held_once_both_say_so_and_not_before_it_began() -> None:
    with pytest.raises(Refused, match="not_begun"):
        said(a_session(), "mem_mentee", True, TOMORROW - timedelta(seconds=1))
    one, nothing = said(a_session(), "mem_mentor", True)
    assert (one.state, one.said_mentor, nothing) == ("planned", True, None)
    held, fact = said(one, "mem_mentee", True)
    assert held.state == "held"
    assert fact == SessionHeld("rel_1", "mem_mentee", "mem_mentor", "regular", "call", TOMORROW)
    with pytest.raises(Refused, match="session_held"):
        said(held, "mem_mentee", True)


def test_what_both_say_did_not_take_place_is_missed() -> None:
    missed, fact = said(said(a_session(), "mem_mentor", False)[0], "mem_mentee", False)
    assert (missed.state, fact) == ("missed", SessionMissed("rel_1", "mem_mentee", "mem_mentor"))


def test_where_the_two_differ_nothing_is_held_until_one_changes_her_word() -> None:
    disputed, fact = said(said(a_session(), "mem_mentor", True)[0], "mem_mentee", False)
    assert (disputed.state, fact) == ("disputed", SessionDisputed("rel_1", "mem_mentee", "mem_mentor"))
    assert said(disputed, "mem_mentee", False) == (disputed, None)
    assert attendance.after_silence(disputed, now=TOMORROW + timedelta(days=9)) is None
    assert said(disputed, "mem_mentee", True)[0].state == "held"
    assert said(disputed, "mem_mentor", False)[0].state == "missed"


@pytest.mark.parametrize(("word", "state"), [(True, "held"), (False, "missed")])
def test_one_word_counts_after_two_days_without_another(word: bool, state: str) -> None:
    one, _ = said(a_session(), "mem_mentor", word)
    assert attendance.after_silence(one, now=TOMORROW + timedelta(hours=47, minutes=59)) is None
    settled = attendance.after_silence(one, now=TOMORROW + timedelta(hours=48))
    assert settled is not None
    assert settled[0].state == state


def test_what_was_spoken_of_is_neither_moved_nor_cancelled() -> None:
    one, _ = said(a_session(), "mem_mentor", True)
    with pytest.raises(Refused, match="session_spoken_of"):
        meetings.cancel(one, by="mem_mentee")


def test_a_step_comes_of_a_held_session_of_the_trial_only() -> None:
    asked: dict[str, Any] = {
        "id": "stp_1",
        "by": "mem_mentee",
        "now": TOMORROW,
        "text": b"x",
        "open_steps": 0,
    }
    with pytest.raises(Refused, match="session_not_held"):
        steps.agree(a_session(), **asked)
    with pytest.raises(Refused, match="introduction_only"):
        steps.agree(a_session(state="held", purpose="introduction"), **asked)
    with pytest.raises(Refused, match="too_many_steps"):
        steps.agree(a_session(state="held"), **(asked | {"open_steps": steps.MAX_OPEN_STEPS}))
    step, _ = steps.agree(a_session(state="held"), **asked)
    assert (step.state, step.relationship, step.agreed_by) == ("agreed", "rel_1", "mem_mentee")


def test_only_the_mentee_closes_a_step_and_only_once() -> None:
    step, _ = steps.agree(
        a_session(state="held"), id="stp_1", by="mem_mentor", now=TOMORROW, text=b"x", open_steps=0
    )
    with pytest.raises(NotAllowed, match="mentee_only"):
        steps.close(step, by="mem_mentor", now=TOMORROW, outcome="done", came_of_it=b"")
    closed, fact = steps.close(step, by="mem_mentee", now=TOMORROW, outcome="done", came_of_it=b"y")
    assert fact == StepClosed("rel_1", "ses_1", "mem_mentee", "mem_mentor", "done")
    with pytest.raises(Refused, match="step_closed"):
        steps.close(closed, by="mem_mentee", now=TOMORROW, outcome="let_go", came_of_it=b"")
