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
    apart_from: tuple[str, ...] = ()
    no_contact: tuple[str, ...] = ()


def apart(one: Member, other: Member) -> bool:
    """Whether a conflict that either declared, or that staff or a sheet named, keeps the two apart (R12). Whose it is shows to nobody."""
    shared = set(one.groups) & set(other.groups)
    return bool(shared) or other.id in one.apart_from or one.id in other.apart_from


def no_contact(one: Member, other: Member) -> bool:
    """Whether one of the two wants no contact with the other, which nobody can override."""
    return other.id in one.no_contact or one.id in other.no_contact
