"""Who may see whose card: the two of a pair, from its proposal until it comes to nothing or ends.

What a member's card shows is what the other one needs to decide and to meet; never an address, an answer or an organisation.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """The two `people` of the relationship whose id this has."""

    id: str
    chapter: str
    people: tuple[str, str]


def known_to(member: str, acquaintances: Iterable[Acquaintance]) -> frozenset[str]:
    """The other sides of the member's pairs."""
    return frozenset(person for each in acquaintances for person in each.people if person != member)
