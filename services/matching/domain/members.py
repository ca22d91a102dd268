"""What matching knows of a member: the copy that profiles' events keep up to date. No name, no address."""

from dataclasses import dataclass

from shared.events.profiles import Answer, AreaOffered, AreaWanted


@dataclass(frozen=True, slots=True)
class Member:
    """See `shared.events.profiles.MemberProfileChanged` for the fields. Capacity is kept with the places (`places.py`)."""

    id: str
    chapter: str
    roles: tuple[str, ...]
    confirmed: bool = False
    areas_offered: tuple[AreaOffered, ...] = ()
    areas_wanted: tuple[AreaWanted, ...] = ()
    wants_to_learn: tuple[str, ...] = ()
    could_teach: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    hours: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()
