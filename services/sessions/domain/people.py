"""What sessions keeps of people and chapters, from profiles' events: when they can meet, and how to name them on a certificate."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """A member. `hours` are hours of the week on her chapter's clock (0 is Monday 00-01); `time_zone` is her own clock.

    `sealed_contact` holds her name, readable while her key is there (`shared.seal`).
    """

    id: str
    chapter: str
    hours: tuple[int, ...] = ()
    time_zone: str = ""
    sealed_contact: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter's name and clock."""

    id: str
    chapter: str
    name: str
    time_zone: str
