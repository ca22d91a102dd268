"""What sessions announces: meetings of a pair, what comes of them, and the clock of a silent pair. Never what was said or written."""

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
    """The session took place: both said so, or one did and the other did not contradict in time.

    `reversed_roles` says that the mentee taught (R23); `mentee` and `mentor` stay who they are in the relationship.
    """

    relationship: str
    mentee: str
    mentor: str
    purpose: Purpose
    mode: Mode
    held_at: datetime
    reversed_roles: bool = False


@event("session.disputed.v1", service="sessions", about="session")
@dataclass(frozen=True, slots=True)
class SessionDisputed:
    """The two say different things about whether the session took place; it does not count as held until they agree."""

    relationship: str
    mentee: str
    mentor: str


@event("session.missed.v1", service="sessions", about="session")
@dataclass(frozen=True, slots=True)
class SessionMissed:
    """The session did not take place, as both say, or one did and the other did not contradict in time. Nobody is blamed."""

    relationship: str
    mentee: str
    mentor: str


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


@event("step.reminder_due.v1", service="sessions", about="step")
@dataclass(frozen=True, slots=True)
class StepReminderDue:
    """The pair asked to be reminded of its steps, and this one is still open (R13)."""

    relationship: str
    mentee: str
    mentor: str


@event("clock.nudged.v1", service="sessions", about="clock")
@dataclass(frozen=True, slots=True)
class ClockNudged:
    """The pair has had no contact since `silent_since`: both are nudged (R17)."""

    relationship: str
    mentee: str
    mentor: str
    silent_since: datetime


@event("clock.asked.v1", service="sessions", about="clock")
@dataclass(frozen=True, slots=True)
class ClockAsked:
    """Still no contact: each of the two is asked whether to go on, pause or end."""

    relationship: str
    mentee: str
    mentor: str
    silent_since: datetime


@event("clock.flagged.v1", service="sessions", about="clock")
@dataclass(frozen=True, slots=True)
class ClockFlagged:
    """Still no contact: the coordinator sees the pair on her list."""

    relationship: str
    mentee: str
    mentor: str
    silent_since: datetime


@event("clock.ran_out.v1", service="sessions", about="clock")
@dataclass(frozen=True, slots=True)
class ClockRanOut:
    """Still no contact: the relationship is to be closed without fault."""

    relationship: str
    mentee: str
    mentor: str
    silent_since: datetime


@event("pulse.due.v1", service="sessions", about="pulse")
@dataclass(frozen=True, slots=True)
class PulseDue:
    """A member of a pair is asked for her pulse (R22)."""

    relationship: str
    member: str
    moment: Literal["start", "middle", "end"]


@event("outcome.due.v1", service="sessions", about="outcome")
@dataclass(frozen=True, slots=True)
class OutcomeDueV1:
    """Announced by earlier versions only, when all programmes asked at the same moments; `outcome.due.v2` came in its place."""

    member: str
    moment: Literal["start", "end", "months_6", "months_12"]
    matched: bool


@event("outcome.due.v2", service="sessions", about="outcome")
@dataclass(frozen=True, slots=True)
class OutcomeDue:
    """A member is asked what became of her, whether she was matched or not (R27). `months` is how many after the end, where it is later."""

    member: str
    moment: Literal["start", "end", "later"]
    matched: bool
    months: int = 0


@event("kudos.given.v1", service="sessions", about="kudos")
@dataclass(frozen=True, slots=True)
class KudosGiven:
    """One of the two thanked the other (R25). The words are for the two only."""

    relationship: str
    giver: str
    receiver: str


@event("certificate.issued.v1", service="sessions", about="certificate")
@dataclass(frozen=True, slots=True)
class CertificateIssued:
    """A member has earned a certificate for a relationship by sessions that were held (R18)."""

    relationship: str
    member: str
    sessions_held: int
