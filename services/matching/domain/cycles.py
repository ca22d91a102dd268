"""A cycle is one run of a programme; its window stands on the chapter's own clock (R28, R30).

Invariants:
1. Both ends name a minute on the chapter's clock. The window holds its first minute and its last: `closes_at` is the moment at which the
   clock shows the next one, and is the first at which an application is refused. What closes at 23:59 refuses at 00:00.
2. Where clocks are put back a minute comes twice: a window opens at the first of them and closes after the second. Where clocks are put
   forward a minute may never come: it stands for the moment of the jump. So a change of the clocks never takes time from an applicant.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, NoReturn
from zoneinfo import ZoneInfo

from shared.errors import Refused
from shared.events.matching import CyclePlanned

LONGEST = timedelta(days=366)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)

Stage = Literal["planned", "open", "closed"]


@dataclass(frozen=True, slots=True)
class Chapter:
    """What matching knows of a chapter."""

    id: str
    chapter: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Cycle:
    """`opens_local` and `closes_local` are what the coordinator wrote; `opens_at` and `closes_at` what that means."""

    id: str
    chapter: str
    programme: str
    name: str
    time_zone: str
    opens_local: str
    closes_local: str
    opens_at: datetime
    closes_at: datetime

    def stage(self, now: datetime) -> Stage:
        """Where the cycle stands: applications are taken from `opens_at` until before `closes_at`."""
        if now < self.opens_at:
            return "planned"
        return "open" if now < self.closes_at else "closed"


def plan_cycle(
    id: str, *, chapter: Chapter, programme: str, name: str, opens: datetime, closes: datetime, now: datetime
) -> tuple[Cycle, CyclePlanned]:
    """A new cycle; `opens` and `closes` are minutes on the chapter's clock, without a zone. `Refused` 422 for an impossible window."""
    zone = ZoneInfo(chapter.time_zone)
    opens_at, closes_at = first_moment(opens, zone), end_of_minute(closes, zone)
    if opens_at >= closes_at:
        _refuse("/closes_local", "The window closes before it opens.")
    if closes_at - opens_at > LONGEST:
        _refuse("/closes_local", f"A window is open for at most {LONGEST.days} days.")
    if closes_at <= now:
        _refuse("/closes_local", "This has passed on the chapter's clock.")
    local = (opens.isoformat(timespec="minutes"), closes.isoformat(timespec="minutes"))
    cycle = Cycle(id, chapter.chapter, programme, name, chapter.time_zone, *local, opens_at, closes_at)
    return cycle, CyclePlanned(programme, opens_at, closes_at)


def first_moment(local: datetime, zone: ZoneInfo) -> datetime:
    """When the zone's clock first shows this minute, or the moment at which it jumps over it (UTC)."""
    before, after = _readings(local, zone)
    return _jump(after, before, zone) if before > after else before


def end_of_minute(local: datetime, zone: ZoneInfo) -> datetime:
    """When the zone's clock has shown this minute for the last time, or the moment at which it jumps over it (UTC)."""
    before, after = _readings(local, zone)
    return _jump(after, before, zone) if before > after else after + MINUTE


def _readings(local: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The minute with the offset that held before a change of the clocks near it, and with the one after (PEP 495).

    They are equal on every ordinary day; the first is earlier where the minute comes twice, and later where it never comes.
    """
    before, after = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return before, after


def _jump(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The moment between `low` and `high` from which the zone has the offset that it has at `high`."""
    offset = high.astimezone(zone).utcoffset()
    while high - low > SECOND:
        middle = low + (high - low) // 2 // SECOND * SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return high


def _refuse(pointer: str, detail: str) -> NoReturn:
    raise Refused(
        "invalid",
        "The cycle cannot be planned like this.",
        status=422,
        errors=[{"pointer": pointer, "detail": detail}],
    )
