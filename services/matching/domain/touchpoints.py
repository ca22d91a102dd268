"""Touchpoints: recorded real contact between people of a chapter, from which a pair may start without a round (R1).

Invariants:
1. Coordinators record who was there; nobody makes herself known to somebody by a click of her own.
2. Two share a touchpoint where both were there and it is not still to come; a coordinator's introduction and a session held count too.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shared.errors import Refused

TouchpointKind = Literal["event", "group", "introduction"]
MEMBERS_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """`name` is what the chapter calls it in public. `at` is when an event takes place; a group has begun, an introduction was made, then.

    An `open` group takes new members, who may know that others are in it.
    """

    id: str
    chapter: str
    kind: TouchpointKind
    name: str
    at: datetime
    open: bool
    members: tuple[str, ...]

    def joins(self, one: str, other: str, now: datetime) -> bool:
        """Whether these two have met here."""
        return self.at <= now and one in self.members and other in self.members


def with_members(touchpoint: Touchpoint, members: Iterable[str]) -> Touchpoint:
    """The touchpoint with these people too. `Refused`: `too_many_members`; an introduction (422) is of two."""
    everybody = tuple(sorted({*touchpoint.members, *members}))
    if len(everybody) > MEMBERS_MOST:
        raise Refused("too_many_members", f"A touchpoint has up to {MEMBERS_MOST:,} members.")
    if touchpoint.kind == "introduction" and len(everybody) > 2:
        raise Refused("two_only", "An introduction is between two people.", status=422)
    return replace(touchpoint, members=everybody)


def without(touchpoint: Touchpoint, member: str) -> Touchpoint:
    """The touchpoint without her."""
    return replace(touchpoint, members=tuple(one for one in touchpoint.members if one != member))
