"""Times as people read and write them: on their own clock, in their own language.

Invariant: what goes to a service is UTC; what a person sees or types is the wall clock of the zone that the page names.
"""

from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from babel.dates import format_date, format_skeleton, format_time, get_timezone_location

from services.web.words import babel_locale, gettext, ngettext

#: What `<input type="datetime-local">` sends and takes.
FIELD_FORMAT = "%Y-%m-%dT%H:%M"

#: In months.
HALF_A_YEAR, A_YEAR = 6, 12


class NoSuchTime(ValueError):
    """The text is no time, or a time that this zone's clocks skip; the message is for the person who typed it."""


def zone(name: str | None) -> ZoneInfo:
    """The zone of this IANA name, or UTC where there is none of that name."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def zone_names() -> list[str]:
    """Every zone that a person may choose, by its IANA name."""
    return sorted(
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/"))
    )


def city(place: ZoneInfo) -> str:
    """What people call the zone: its city."""
    return str(get_timezone_location(place, locale=babel_locale(), return_city=True))


def read(text: str) -> datetime:
    """A moment as the services write it (RFC 3339)."""
    return datetime.fromisoformat(text).astimezone(UTC)


def typed(text: str, place: ZoneInfo) -> datetime:
    """The moment that a person meant by this wall-clock time. A doubled hour means its first pass."""
    try:
        wall = datetime.strptime(text.strip()[:16], FIELD_FORMAT).replace(tzinfo=place)
    except ValueError as error:
        raise NoSuchTime(gettext("Give a date and a time, for example 2026-11-05 18:30.")) from error
    moment = wall.astimezone(UTC)
    if moment.astimezone(place).replace(tzinfo=None) != wall.replace(tzinfo=None):
        raise NoSuchTime(gettext("The clocks skip this time that day. Choose another."))
    return moment


def for_field(moment: datetime, place: ZoneInfo) -> str:
    """The value of a date-and-time field."""
    return moment.astimezone(place).strftime(FIELD_FORMAT)


def day(moment: datetime, place: ZoneInfo, size: Literal["full", "long", "medium"] = "full") -> str:
    """The date, such as Thursday, 5 November 2026."""
    return format_date(moment.astimezone(place), size, locale=babel_locale())


def clock_time(moment: datetime, place: ZoneInfo) -> str:
    """The time of day, such as 18:30."""
    return format_time(moment.astimezone(place), "short", tzinfo=place, locale=babel_locale())


def short_day(moment: datetime, place: ZoneInfo) -> str:
    """The date in few characters, such as 5 Nov."""
    return format_skeleton("MMMd", moment.astimezone(place), locale=babel_locale())


def when(moment: datetime, place: ZoneInfo) -> str:
    """Date, time and whose time it is."""
    return gettext(
        "%(day)s, %(time)s (%(city)s time)",
        day=day(moment, place),
        time=clock_time(moment, place),
        city=city(place),
    )


def months_later(months: int) -> str:
    """A moment so many months after something, in words."""
    if months == HALF_A_YEAR:
        return gettext("Half a year later")
    if months == A_YEAR:
        return gettext("A year later")
    if months % A_YEAR == 0:
        return ngettext("%(num)d year later", "%(num)d years later", months // A_YEAR)
    return ngettext("%(num)d month later", "%(num)d months later", months)


def in_hours(hours: int) -> str:
    """After so many hours, in words: in whole days where it can be said so."""
    if hours % 24:
        return ngettext("in %(num)d hour", "in %(num)d hours", hours)
    return ngettext("in %(num)d day", "in %(num)d days", hours // 24)


def days_left(moment: datetime, now: datetime) -> str:
    """How long until a deadline, in words."""
    left = moment - now
    if left <= timedelta(0):
        return gettext("over")
    if left < timedelta(hours=1):
        return gettext("less than an hour left")
    if left < timedelta(days=2):
        return ngettext("%(num)d hour left", "%(num)d hours left", round(left / timedelta(hours=1)))
    return ngettext("%(num)d day left", "%(num)d days left", round(left / timedelta(days=1)))
