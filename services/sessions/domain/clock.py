"""The clock of a silent pair (R17): nudged, asked, shown to the coordinator, closed without fault, on a fixed schedule.

Invariants:
1. Only a session or letters that were held set it back. A step of it is taken once in each silence, in order, however late it is.
2. A pause stops it, and it goes on where it stood. It is over when the relationship is.
3. What the two answer when asked ("go on") is recorded and changes nothing: only meeting does.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from services.sessions.domain.pairs import Pair, of_pair
from shared.errors import Refused
from shared.events.sessions import ClockAsked, ClockFlagged, ClockNudged, ClockRanOut

STEPS: tuple[type[Any], ...] = (ClockNudged, ClockAsked, ClockFlagged, ClockRanOut)
#: After how many days of silence each step is taken, where the relationship's terms say nothing else.
DAYS = (21, 28, 35, 42)
#: From how many steps taken on the pair is asked, and is on the coordinator's list.
ASKED, FLAGGED = 2, 3


@dataclass(frozen=True, slots=True)
class Clock:
    """`since` is when the silence began (without pauses), `taken` how many `STEPS` it has led to, `stopped_at` when a pause stopped it.

    `days`: after how many days of silence each step is taken, by the terms with which the relationship began.
    """

    id: str
    chapter: str
    relationship: str
    mentee: str
    mentor: str
    since: datetime
    taken: int = 0
    stopped_at: datetime | None = None
    over: bool = False
    go_on_mentee: datetime | None = None
    go_on_mentor: datetime | None = None
    days: tuple[int, ...] = DAYS


def id_of(relationship: str) -> str:
    """The clock of a relationship has an id of its own, because its events have an order of their own."""
    return f"clk_{relationship.removeprefix('rel_')}"


def wound(pair: Pair, *, at: datetime, days: tuple[int, ...] = DAYS) -> Clock:
    """A clock that begins to run."""
    return Clock(id_of(pair.id), pair.chapter, pair.id, pair.mentee, pair.mentor, since=at, days=days)


def next_at(clock: Clock) -> datetime | None:
    """When its next step is to be taken; None while it stands still."""
    if clock.over or clock.stopped_at is not None or clock.taken >= len(STEPS):
        return None
    return clock.since + timedelta(days=clock.days[clock.taken])


def strike(clock: Clock, *, now: datetime) -> tuple[Clock, Any] | None:
    """The next step, where its time has come."""
    due = next_at(clock)
    if due is None or now < due:
        return None
    fact = STEPS[clock.taken](clock.relationship, clock.mentee, clock.mentor, clock.since)
    taken = clock.taken + 1
    return replace(clock, taken=taken, over=taken == len(STEPS)), fact


def contact(clock: Clock, *, at: datetime) -> Clock:
    """They met: the silence begins anew."""
    if clock.over or at < clock.since:
        return clock
    stopped = at if clock.stopped_at is not None else None
    return replace(clock, since=at, taken=0, stopped_at=stopped, go_on_mentee=None, go_on_mentor=None)


def stop(clock: Clock, *, at: datetime) -> Clock:
    """The relationship is paused."""
    return clock if clock.over or clock.stopped_at is not None else replace(clock, stopped_at=at)


def go_on_ticking(clock: Clock, *, at: datetime) -> Clock:
    """The pause is over: its length does not count as silence."""
    if clock.stopped_at is None:
        return clock
    return replace(clock, since=clock.since + (at - clock.stopped_at), stopped_at=None)


def end(clock: Clock) -> Clock:
    """The relationship is over."""
    return replace(clock, over=True)


def go_on(clock: Clock, *, by: str, now: datetime) -> Clock:
    """One of the two, asked whether to go on, pause or end, wants to go on."""
    of_pair(by, clock)
    if clock.over or clock.taken < ASKED:
        raise Refused("not_asked", "You two have not been silent for so long that there is a question.")
    return replace(clock, go_on_mentee=now) if by == clock.mentee else replace(clock, go_on_mentor=now)
