"""What sessions announces: meetings of a pair, and the steps that come of them. Never what was said or written."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.events.declare import event

Purpose = Literal["introduction", "regular"]
Mode = Literal["call", "in_person", "letters"]


@event("session.scheduled.v1", service="sessions", about="session")
@dataclass(frozen=True, slots=True)
class SessionScheduled:
    """A pair set a session. `minutes` is its length; `revision` starts at 0 and counts changes, as iCalendar's SEQUENCE does (RFC 5545)."""

    relationship: str
    mentee: str
    mentor: str
    purpose: Purpose
    mode: Mode
    starts_at: datetime
    minutes: int
    revision: int


@event("session.moved.v1", service="sessions", about="session")
@dataclass(frozen=True, slots=True)
class SessionMoved:
    """The session has another time, length or mode; `revision` is one higher."""

    relationship: str
    mentee: str
    mentor: str
    purpose: Purpose
    mode: Mode
    starts_at: datetime
    minutes: int
    revision: int


@event("session.cancelled.v1", service="sessions", about="session")
@dataclass(frozen=True, slots=True)
class SessionCancelled:
    """The session will not take place; `revision` is one higher, so that calendars remove it."""

    relationship: str
    mentee: str
    mentor: str
    purpose: Purpose
    mode: Mode
    starts_at: datetime
    minutes: int
    revision: int


@event("session.held.v1", service="sessions", about="session")
@dataclass(frozen=True, slots=True)
class SessionHeld:
    """The session took place."""

    relationship: str
    mentee: str
    mentor: str
    purpose: Purpose
    mode: Mode
    held_at: datetime


@event("step.agreed.v1", service="sessions", about="step")
@dataclass(frozen=True, slots=True)
class StepAgreed:
    """In a session the two agreed on something that the mentee will do."""

    relationship: str
    session: str
    mentee: str
    mentor: str


@event("step.closed.v1", service="sessions", about="step")
@dataclass(frozen=True, slots=True)
class StepClosed:
    """The mentee closed the step: she acted on it, or let it go."""

    relationship: str
    session: str
    mentee: str
    mentor: str
    outcome: Literal["done", "let_go"]
