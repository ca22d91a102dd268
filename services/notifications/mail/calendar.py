"""Sessions as calendars understand them (iCalendar RFC 5545, iTIP RFC 5546).

Invariants:
1. `UID` is the session's for good and `SEQUENCE` its revision, so that a later mail replaces or removes what an earlier one put there.
2. Times are on the recipient's own clock, with the zone's rules (`VTIMEZONE`) in the file.
3. A session by letters has no time slot: it is a free day in the calendar.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from typing import Any, Literal
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress

Method = Literal["REQUEST", "CANCEL"]

#: The mails that carry a calendar file, and what it asks the calendar for.
METHODS: dict[str, Method] = {
    "session_scheduled": "REQUEST",
    "session_moved": "REQUEST",
    "session_cancelled": "CANCEL",
}
PRODID = "-//Cairn//Sessions//EN"
#: The zone's rules are written for this long around the session.
RULES_AROUND = timedelta(days=370)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A calendar file and what it asks for."""

    method: Method
    content: bytes


def invitation(
    template: str,
    fact: Any,
    session: str,
    *,
    summary: str,
    link: str,
    zone: ZoneInfo,
    organizer: Address,
    attendee: Address,
    host: str,
    stamped_at: datetime,
) -> Invitation:
    """The calendar file that goes with a mail of one of the templates in `METHODS`."""
    method = METHODS[template]
    event = Event()
    event.add("uid", f"{session}@{host}")
    event.add("sequence", fact.revision)
    event.add("dtstamp", stamped_at.astimezone(UTC))
    event.add("summary", summary)
    event.add("description", link)
    event.add("url", link)
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    starts_at = fact.starts_at.astimezone(zone)
    if fact.mode == "letters":
        event.add("dtstart", starts_at.date())
        event.add("transp", "TRANSPARENT")
    else:
        event.add("dtstart", starts_at)
        event.add("dtend", (fact.starts_at + timedelta(minutes=fact.minutes)).astimezone(zone))
        event.add("transp", "OPAQUE")
    event.add("organizer", _party(organizer))
    event.add("attendee", _attendee(attendee))
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    calendar.add_missing_timezones(
        first_date=(starts_at - RULES_AROUND).date(), last_date=(starts_at + RULES_AROUND).date()
    )
    return Invitation(method, calendar.to_ical())


def _party(address: Address) -> vCalAddress:
    party = vCalAddress(f"mailto:{address.addr_spec}")
    if address.display_name:
        party.params["CN"] = address.display_name.replace('"', "'")
    return party


def _attendee(address: Address) -> vCalAddress:
    attendee = _party(address)
    attendee.params["ROLE"] = "REQ-PARTICIPANT"
    attendee.params["PARTSTAT"] = (
        "ACCEPTED"  # the session was agreed on the page; the calendar need not ask again
    )
    attendee.params["RSVP"] = "FALSE"
    return attendee
