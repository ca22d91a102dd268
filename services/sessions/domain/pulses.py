"""The pulse: a three-minute check of one's own, at start, middle and end, for both roles (R22).

Invariants:
1. Four scales from 1 to 7, answered once, by the member herself; her history is hers alone.
2. What others see are sums over closed blocks of seven people (`cohorts`), by role and moment and nothing else.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.sessions.domain.pairs import Pair
from shared.errors import NotThere, Refused
from shared.events.sessions import PulseDue

Moment = Literal["start", "middle", "end"]
Role = Literal["mentee", "mentor"]
MOMENTS: tuple[Moment, ...] = ("start", "middle", "end")
ROLES: tuple[Role, ...] = ("mentee", "mentor")
#: High is much of it: much stress, much resilience, and so on.
SCALES = ("stress", "resilience", "purpose", "accomplishment")
LOWEST, HIGHEST = 1, 7
ANSWERED_WITHIN = timedelta(days=42)


@dataclass(frozen=True, slots=True)
class Pulse:
    """One asking of one member. `values` are in the order of `SCALES`, empty until she answers."""

    id: str
    chapter: str
    relationship: str
    member: str
    role: Role
    moment: Moment
    asked_at: datetime
    values: tuple[int, ...] = ()
    answered_at: datetime | None = None


def ask(pair: Pair, role: Role, moment: Moment, *, id: str, now: datetime) -> tuple[Pulse, PulseDue]:
    """The pulse of one of the two is due."""
    member = pair.mentee if role == "mentee" else pair.mentor
    return Pulse(id, pair.chapter, pair.id, member, role, moment, now), PulseDue(pair.id, member, moment)


def answer(pulse: Pulse, *, by: str, now: datetime, values: tuple[int, ...]) -> Pulse:
    """She answers; once, and while it still says something about that moment."""
    if by != pulse.member:
        raise NotThere("pulse")
    if pulse.answered_at is not None:
        raise Refused("pulse_answered", "You have answered this one already. The next one comes in its time.")
    if now > pulse.asked_at + ANSWERED_WITHIN:
        raise Refused("pulse_closed", "This one is closed: it would say little about that time by now.")
    return replace(pulse, values=values, answered_at=now)
