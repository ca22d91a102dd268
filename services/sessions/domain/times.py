"""When two people can both meet: the hours that both have, on the chapter's clock, told on each one's own (R19)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from services.sessions.domain.people import Person

HOURS_A_WEEK = 168
#: Nobody is proposed a time that is nearer than this.
NOTICE = timedelta(hours=12)
DAYS_AHEAD = 21
MOST_PROPOSED = 12
MOST_A_DAY = 2


@dataclass(frozen=True, slots=True)
class Proposed:
    """One time at which both can: as a moment, and on each one's own clock."""

    starts_at: datetime
    mentee_local: datetime
    mentor_local: datetime


def proposed(
    mentee: Person, mentor: Person, *, chapter_zone: str, now: datetime, minutes: int
) -> list[Proposed]:
    """The next times that suit both, at most `MOST_A_DAY` of a day, in their order."""
    found = []
    for moment in _moments(
        frozenset(mentee.hours) & frozenset(mentor.hours), ZoneInfo(chapter_zone), now, minutes
    ):
        zones = (ZoneInfo(mentee.time_zone or chapter_zone), ZoneInfo(mentor.time_zone or chapter_zone))
        found.append(Proposed(moment, *(moment.astimezone(zone) for zone in zones)))
        if len(found) == MOST_PROPOSED:
            break
    return found


def _moments(shared: frozenset[int], zone: ZoneInfo, now: datetime, minutes: int) -> Iterator[datetime]:
    hours = -(-minutes // 60)
    today = now.astimezone(zone).date()
    for day in (today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)):
        starts = 0
        for hour in range(24):
            first = day.weekday() * 24 + hour
            if starts == MOST_A_DAY or not all(
                (first + more) % HOURS_A_WEEK in shared for more in range(hours)
            ):
                continue
            local = datetime(day.year, day.month, day.day, hour, tzinfo=zone)
            moment = local.astimezone(UTC)
            there_is_no_such_hour = moment.astimezone(zone).hour != hour  # the clock was put forward over it
            if there_is_no_such_hour or moment < now + NOTICE:
                continue
            starts += 1
            yield moment
