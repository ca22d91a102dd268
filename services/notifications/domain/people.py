"""Who is told: what notifications keep of members and chapters, and when a member may be written to.

Invariant: until an address is confirmed, the only mail that goes to it is the one that asks for the confirmation (R15).
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Person:
    """A member as her mail needs her. Empty fields were not told yet. `awaited`: mails are held until more is known of her."""

    id: str
    chapter: str
    name: str = ""
    mail: str = ""
    locale: str = ""
    time_zone: str = ""
    roles: tuple[str, ...] = ()
    confirmed_mail: str = ""
    awaited: bool = False

    @property
    def reachable(self) -> bool:
        """Whether she may get mail: the address that she has now is the one that she confirmed."""
        return bool(self.mail) and self.mail == self.confirmed_mail


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
    return replace(person, name=name, mail=mail, locale=locale, time_zone=time_zone)


def confirmed(person: Person) -> Person:
    """She followed the link that went to her address."""
    return replace(person, confirmed_mail=person.mail)
