"""What a person wants to be told, where and when: categories, channels, quiet hours, digests.

Invariants:
1. What is essential (`ESSENTIAL`) is always told, by mail, and never in a digest: an answer is asked for, or the relationship changed.
2. Quiet hours and digests are on the person's own clock.
3. The defaults ask nobody to do anything: everything by mail, each thing at once. Quiet hours, from 21 to 8, count for chat alone until
   she says otherwise: a chat message rings, a mail waits to be read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from services.notifications.domain.catalogue import CONFIRMATION, SIGN_IN

Category = Literal[
    "account",
    "relationship",
    "reports",
    "sessions",
    "steps",
    "goals",
    "reminders",
    "thanks",
    "surveys",
    "staff",
]
Channel = Literal["mail", "chat", "off"]
Digest = Literal["off", "daily", "weekly"]
QuietFor = Literal["nothing", "chat", "everything"]

CATEGORIES: tuple[Category, ...] = get_args(Category)
CHANNELS: tuple[Channel, ...] = get_args(Channel)
DIGESTS: tuple[Digest, ...] = get_args(Digest)
QUIET_FOR: tuple[QuietFor, ...] = get_args(QuietFor)

#: Never off: links that somebody asked for, what happens to the relationship itself, a report that somebody counts on being read.
ESSENTIAL: frozenset[Category] = frozenset({"account", "relationship", "reports"})
OPTIONAL: tuple[Category, ...] = tuple(one for one in CATEGORIES if one not in ESSENTIAL)
#: Never in a digest, although it may be off: a calendar needs it at once.
_AT_ONCE: frozenset[Category] = ESSENTIAL | {"sessions"}

_TEMPLATES: Mapping[Category, tuple[str, ...]] = {
    "account": (CONFIRMATION, SIGN_IN),
    "reports": ("report_filed",),
    "sessions": (
        "session_scheduled",
        "session_moved",
        "session_cancelled",
        "session_disputed",
        "session_missed",
    ),
    "steps": ("step_agreed", "step_done", "step_reminder"),
    "goals": ("goal_set", "goal_commented"),
    "reminders": ("silence_nudged",),
    "thanks": ("kudos", "certificate"),
    "surveys": ("pulse_due", "outcome_due"),
    "staff": ("silence_flagged", "webhook_failing", "webhook_disabled"),
}
_CATEGORY: Mapping[str, Category] = {
    template: category for category, templates in _TEMPLATES.items() for template in templates
}

#: The hour of the day at which digests go out, and the day of weekly ones (Monday), on the person's clock.
DIGEST_HOUR = 8
DIGEST_WEEKDAY = 0


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one full hour of the day until before another; `of` says what keeps quiet then. The two differ."""

    from_hour: int = 21
    to_hour: int = 8
    of: QuietFor = "chat"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person chose. `channels` names only categories that are not told by mail; `chat` is her chat address, hidden by the vault,
    and `chat_kind` which service it belongs to, for showing.
    """

    channels: Mapping[str, str] = field(default_factory=dict)
    digest: Digest = "off"
    quiet: QuietHours = QuietHours()
    chat: bytes = b""
    chat_kind: str = ""


def category_of(template: str) -> Category:
    """The category of a template. What is named in no other is about the relationship, and with that essential."""
    return _CATEGORY.get(template, "relationship")


def channel_of(preferences: Preferences, template: str) -> Channel:
    """Where this is told. Without a chat address, what should go there goes by mail."""
    category = category_of(template)
    chosen = preferences.channels.get(category, "mail")
    if category in ESSENTIAL or chosen not in ("chat", "off"):
        return "mail"
    if chosen == "off":
        return "off"
    return "chat" if preferences.chat else "mail"


def chosen(preferences: Preferences, channels: Mapping[Category, Channel]) -> Preferences:
    """These categories are told there from now on; those that are not named stay as they are."""
    kept: dict[str, str] = dict(preferences.channels) | dict(channels)
    return replace(preferences, channels={name: where for name, where in kept.items() if where != "mail"})


def switched_off(preferences: Preferences, categories: Iterable[str]) -> Preferences:
    """These categories are off; what is essential, or no category, is left as it is."""
    off: dict[Category, Channel] = {one: "off" for one in OPTIONAL if one in set(categories)}
    return chosen(preferences, off)


def switched_on(preferences: Preferences, categories: Iterable[str]) -> Preferences:
    """Those of these categories that are off come by mail again; a chat is left as it is."""
    off: dict[Category, Channel] = {
        one: "mail" for one in OPTIONAL if one in set(categories) and preferences.channels.get(one) == "off"
    }
    return chosen(preferences, off)


def all_off(preferences: Preferences, categories: Iterable[str]) -> bool:
    """Whether nothing of these categories is told."""
    return all(preferences.channels.get(one) == "off" for one in categories)


def digested(preferences: Preferences, template: str) -> bool:
    """Whether this waits for the next digest."""
    return (
        preferences.digest != "off"
        and category_of(template) not in _AT_ONCE
        and channel_of(preferences, template) == "mail"
    )


def next_digest(preferences: Preferences, zone: ZoneInfo, now: datetime) -> datetime:
    """When the next digest goes out, after `now`."""
    there = now.astimezone(zone)
    day = there.date()
    if preferences.digest == "weekly":
        day += timedelta(days=(DIGEST_WEEKDAY - day.weekday()) % 7)
    step = timedelta(days=7 if preferences.digest == "weekly" else 1)
    due = _at_hour(day, DIGEST_HOUR, zone)
    return due if due > now else _at_hour(day + step, DIGEST_HOUR, zone)


def quiet_until(quiet: QuietHours, channel: Channel, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When the quiet hours that now is in end; None outside them, or where they do not count for the channel."""
    if quiet.of == "nothing" or (quiet.of == "chat" and channel != "chat"):
        return None
    there = now.astimezone(zone)
    since = (there.hour - quiet.from_hour) % 24
    if since >= (quiet.to_hour - quiet.from_hour) % 24:
        return None
    end = _at_hour(there.date(), quiet.to_hour, zone)
    return end if end > now else _at_hour(there.date() + timedelta(days=1), quiet.to_hour, zone)


def _at_hour(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """That hour there; where the clock skips it, the moment after (PEP 495: fold 0 before the gap gives the same instant)."""
    return datetime.combine(day, time(hour), zone).astimezone(UTC)
