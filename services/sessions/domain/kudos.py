"""Thanks and milestones inside a pair (R25). Either of them is public only while both of the two publish it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeVar

from services.sessions.domain.pairs import Pair, of_pair
from shared.errors import Refused
from shared.events.sessions import KudosGiven

Milestone = Literal[
    "first_session", "five_sessions", "ten_sessions", "first_step", "five_steps", "turned_round"
]
MAX_KUDOS = 200


@dataclass(frozen=True, slots=True)
class Kudos:
    """One of the two thanks the other; `text` is ciphertext."""

    id: str
    chapter: str
    relationship: str
    mentee: str
    mentor: str
    giver: str
    text: bytes
    given_at: datetime
    by_mentee: bool = False
    by_mentor: bool = False
    public: bool = False

    @property
    def receiver(self) -> str:
        return self.mentor if self.giver == self.mentee else self.mentee


@dataclass(frozen=True, slots=True)
class Shared:
    """A milestone that one of the two, or both, would publish."""

    id: str
    chapter: str
    relationship: str
    mentee: str
    mentor: str
    milestone: Milestone
    at: datetime
    by_mentee: bool = False
    by_mentor: bool = False
    public: bool = False


P = TypeVar("P", Kudos, Shared)


def give(pair: Pair, *, id: str, by: str, now: datetime, text: bytes, given: int) -> tuple[Kudos, KudosGiven]:
    """Thank the other; `given` is how many thanks there are between the two."""
    of_pair(by, pair)
    if pair.stage in ("introduction", "voting"):
        raise Refused("not_started", "Thanks have their place once the two of you have begun.")
    if given >= MAX_KUDOS:
        raise Refused("too_many_kudos", f"There are at most {MAX_KUDOS} thanks between two people here.")
    kudos = Kudos(id, pair.chapter, pair.id, pair.mentee, pair.mentor, by, text, now)
    return kudos, KudosGiven(pair.id, by, kudos.receiver)


def publish(value: P, *, by: str, wanted: bool) -> P:
    """One of the two would publish it, or no longer."""
    of_pair(by, value)
    said = replace(value, by_mentee=wanted) if by == value.mentee else replace(value, by_mentor=wanted)
    return replace(said, public=said.by_mentee and said.by_mentor)


def milestones(*, held: int, reversed_held: int, acted_on: int) -> tuple[Milestone, ...]:
    """What the pair has reached."""
    reached: tuple[tuple[Milestone, bool], ...] = (
        ("first_session", held >= 1),
        ("five_sessions", held >= 5),
        ("ten_sessions", held >= 10),
        ("first_step", acted_on >= 1),
        ("five_steps", acted_on >= 5),
        ("turned_round", reversed_held >= 1),
    )
    return tuple(name for name, so in reached if so)
