"""When a pair meets: planned, moved, cancelled.

Invariants:
1. What a pair may plan follows from where its relationship stands: one introduction before the votes, sessions once the trial runs.
2. Every change of a planned session raises its `revision` by one, as iCalendar's SEQUENCE wants it (RFC 5545, 3.8.7.4).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from services.sessions.domain.pairs import Pair, of_pair
from shared.errors import Refused
from shared.events.sessions import (
    Mode,
    Purpose,
    SessionCancelled,
    SessionMoved,
    SessionScheduled,
)

SessionState = Literal["planned", "held", "missed", "disputed", "cancelled"]

MIN_MINUTES, MAX_MINUTES = 15, 240
#: The introduction is half an hour where the two ask for nothing else (product.md, journeys).
INTRODUCTION_MINUTES = 30
DEFAULT_MINUTES = 60
PLAN_AHEAD = timedelta(days=366)
MAX_PLANNED = 20


@dataclass(frozen=True, slots=True)
class Session:
    """One meeting. Letters have no time slot: `starts_at` is when they were agreed, `minutes` is 0.

    `reversed_roles` says that the mentee teaches (R23); `mentee` and `mentor` stay who they are in the relationship. `said_mentee` and
    `said_mentor` are each side's word on whether it took place; one word alone counts after `word_hours`, which are the pair's.
    """

    id: str
    chapter: str
    relationship: str
    mentee: str
    mentor: str
    purpose: Purpose
    mode: Mode
    starts_at: datetime
    minutes: int
    planned_by: str
    state: SessionState = "planned"
    revision: int = 0
    held_at: datetime | None = None
    reversed_roles: bool = False
    said_mentee: bool | None = None
    said_mentor: bool | None = None
    #: When the last of these words was said.
    said_at: datetime | None = None
    word_hours: int = 48
    #: Ciphertext, or empty.
    agenda: bytes = b""


def plan(
    pair: Pair,
    *,
    id: str,
    by: str,
    now: datetime,
    mode: Mode,
    starts_at: datetime | None,
    minutes: int | None,
    planned: list[Session],
    reversed_roles: bool = False,
) -> tuple[Session, SessionScheduled]:
    """A new session of the pair; `planned` are those that it has not held yet."""
    of_pair(by, pair)
    purpose = _purpose_now(pair)
    if purpose == "introduction" and any(session.purpose == "introduction" for session in planned):
        raise Refused(
            "introduction_planned",
            "The introduction is planned already. Move it if another time suits better.",
        )
    if len(planned) >= MAX_PLANNED:
        raise Refused("too_many_planned", f"A pair has at most {MAX_PLANNED} sessions planned at a time.")
    if reversed_roles and purpose != "regular":
        raise Refused(
            "introduction_only", "An introduction is not turned round: the two do not know each other yet."
        )
    default = INTRODUCTION_MINUTES if purpose == "introduction" else DEFAULT_MINUTES
    starts_at, minutes = _slot(mode, starts_at, default if minutes is None else minutes, now)
    session = Session(
        id=id,
        chapter=pair.chapter,
        relationship=pair.id,
        mentee=pair.mentee,
        mentor=pair.mentor,
        purpose=purpose,
        mode=mode,
        starts_at=starts_at,
        minutes=minutes,
        planned_by=by,
        reversed_roles=reversed_roles,
        word_hours=pair.rules.word_hours,
    )
    return session, SessionScheduled(**_told(session))


def move(
    session: Session,
    *,
    by: str,
    now: datetime,
    mode: Mode | None,
    starts_at: datetime | None,
    minutes: int | None,
) -> tuple[Session, SessionMoved | None]:
    """The session with another time, length or mode; no fact where nothing is different."""
    _still_planned(session, by)
    mode = mode or session.mode
    if mode == "letters" or session.mode == "letters":
        starts_at, minutes = _slot(mode, starts_at, DEFAULT_MINUTES if minutes is None else minutes, now)
    else:
        starts_at, minutes = _slot(mode, starts_at or session.starts_at, minutes or session.minutes, now)
    if (mode, starts_at, minutes) == (session.mode, session.starts_at, session.minutes):
        return session, None
    moved = replace(session, mode=mode, starts_at=starts_at, minutes=minutes, revision=session.revision + 1)
    return moved, SessionMoved(**_told(moved))


def cancel(session: Session, *, by: str) -> tuple[Session, SessionCancelled]:
    """The session will not take place."""
    _still_planned(session, by)
    cancelled = replace(session, state="cancelled", revision=session.revision + 1)
    return cancelled, SessionCancelled(**_told(cancelled))


def _purpose_now(pair: Pair) -> Purpose:
    if pair.stage == "introduction":
        return "introduction"
    if pair.stage == "running":
        return "regular"
    if pair.stage == "paused":
        raise Refused("relationship_paused", "This relationship is paused. Resume it to plan a session.")
    if pair.stage == "voting":
        raise Refused("votes_first", "You have met. Sessions go on once both have said yes.")
    raise Refused("relationship_over", "This relationship is over; there is nothing more to plan.")


def _still_planned(session: Session, by: str) -> None:
    of_pair(by, session)
    if session.state != "planned":
        raise Refused(f"session_{session.state}", f"This session is {session.state} already.")
    if session.said_at is not None:
        raise Refused("session_spoken_of", "One of you has said already whether this session took place.")


def _slot(mode: Mode, starts_at: datetime | None, minutes: int, now: datetime) -> tuple[datetime, int]:
    if mode == "letters":
        return now, 0
    if starts_at is None:
        raise Refused("time_missing", "A call or a meeting in person needs a time.", status=422)
    if starts_at < now:
        raise Refused("time_past", "That time has passed.", status=422)
    if starts_at > now + PLAN_AHEAD:
        raise Refused("time_far", f"Plan at most {PLAN_AHEAD.days} days ahead.", status=422)
    if not MIN_MINUTES <= minutes <= MAX_MINUTES:
        raise Refused("length", f"A session takes {MIN_MINUTES} to {MAX_MINUTES} minutes.", status=422)
    return starts_at, minutes


def _told(session: Session) -> dict[str, Any]:
    """What every event about a session's plan says."""
    return {
        "relationship": session.relationship,
        "mentee": session.mentee,
        "mentor": session.mentor,
        "purpose": session.purpose,
        "mode": session.mode,
        "starts_at": session.starts_at,
        "minutes": session.minutes,
        "revision": session.revision,
    }
