"""Whose name a member may see in her lineage (R26): theirs who guided her or were guided by her, however far away, and agreed to it.

Invariants:
1. A name is told to nobody outside that lineage, and to nobody of another chapter.
2. Consent counts as it was last heard of; without it, or once she was erased, a person has no name here.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

#: How many people one walk along the lines visits, and how many steps it takes: as far as matching shows a lineage.
WALK_MOST = 500
STEPS_MOST = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A completed relationship, whose id this has."""

    id: str
    chapter: str
    mentor: str
    mentee: str


@dataclass(frozen=True, slots=True)
class Named:
    """The member whose id this has agreed to be named in lineages; who does not agree has none of these."""

    id: str
    chapter: str


#: Those at the other ends of the lines that begin at these people.
Beyond = Callable[[Collection[str]], Collection[str]]


def reached(member: str, *directions: Beyond) -> set[str]:
    """Everybody in her lineage but herself: each direction walked by itself, so that her mentor's other mentees are not among them."""
    found: set[str] = set()
    for beyond in directions:
        seen = {member}
        waiting = {member}
        for _ in range(STEPS_MOST):
            if not waiting or len(seen) > WALK_MOST:
                break
            waiting = set(beyond(sorted(waiting))) - seen
            seen |= waiting
        found |= seen - {member}
    return found
