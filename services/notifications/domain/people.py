"""Who is told: what notifications keep of members and chapters, and when a member may be written to.

Invariants:
1. Until an address is confirmed, the only mail that goes to it is the one that asks for the confirmation (R15).
2. An address that a mail server refused as such gets nothing but links that somebody asks for, until it proves to work or is changed.
3. Of an erased person nothing is left but her id and that she was erased, so that what arrives late does not bring her back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from services.notifications.domain.preferences import Preferences


@dataclass(frozen=True, slots=True)
class Person:
    """A member as her mail needs her. Empty fields were not told yet. `awaited`: mails are held until more is known of her.

    `bouncing_mail` is an address that bounced at `bounced_at`. `gathered`: mails wait for her next digest.
    """

    id: str
    chapter: str
    name: str = ""
    mail: str = ""
    locale: str = ""
    time_zone: str = ""
    roles: tuple[str, ...] = ()
    confirmed_mail: str = ""
    awaited: bool = False
    bouncing_mail: str = ""
    bounced_at: datetime | None = None
    preferences: Preferences = field(default_factory=Preferences)
    gathered: bool = False
    erased: bool = False

    @property
    def confirmed(self) -> bool:
        """Whether the address that she has now is the one that she confirmed."""
        return bool(self.mail) and self.mail == self.confirmed_mail

    @property
    def bouncing(self) -> bool:
        """Whether the address that she has now was refused by its mail server."""
        return bool(self.mail) and self.mail == self.bouncing_mail

    @property
    def reachable(self) -> bool:
        """Whether she may get mail."""
        return self.confirmed and not self.bouncing


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter as its members' mail needs it. `locales`: BCP 47 tags, the default first."""

    id: str
    chapter: str
    name: str
    time_zone: str
    locales: tuple[str, ...]


def contacted(person: Person, *, name: str, mail: str, locale: str, time_zone: str) -> Person:
    """She can now be reached this way. Another address than the confirmed one waits for its own confirmation."""
    known = replace(person, name=name, mail=mail, locale=locale, time_zone=time_zone)
    return works(known) if mail != person.mail else known


def confirmed(person: Person) -> Person:
    """She followed the link that went to her address: it is hers, and it works."""
    return works(replace(person, confirmed_mail=person.mail))


def bounced(person: Person, mail: str, at: datetime) -> Person:
    """A mail server refused this address for good."""
    return replace(person, bouncing_mail=mail, bounced_at=at)


def works(person: Person) -> Person:
    """Nothing is known against her address."""
    return replace(person, bouncing_mail="", bounced_at=None)


def erased(person: Person) -> Person:
    """All that is left of her."""
    return Person(person.id, person.chapter, erased=True)


def clock_of(person: Person, chapter: Chapter | None) -> ZoneInfo:
    """The person's own clock: her zone, else her chapter's, else UTC."""
    return first_zone([person.time_zone, chapter.time_zone if chapter else ""])


def first_zone(names: Iterable[str]) -> ZoneInfo:
    """The first of these IANA names that is one; UTC where none is."""
    for name in names:
        try:
            return ZoneInfo(name)
        except (ValueError, OSError, KeyError):  # KeyError: ZoneInfoNotFoundError
            continue
    return ZoneInfo("UTC")
