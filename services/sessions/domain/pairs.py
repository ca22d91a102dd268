"""A pair as sessions knows it: who the two are, and where their relationship stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from shared.errors import NotThere

#: Stands where somebody was who is no longer known; nobody has this id.
ERASED = "erased"

Stage = Literal["introduction", "voting", "running", "paused", "over"]


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers of its programme that a pair began with, and keeps (see matching's events). The defaults are a programme's own."""

    word_hours: int = 48
    certificate_sessions: int = 4
    remind_days: int = 7
    reminders_most: int = 4
    outcome_months: tuple[int, ...] = (6, 12)


@dataclass(frozen=True, slots=True)
class Pair:
    """What sessions knows of a relationship (its id), from matching's events. `reminders` about steps are off until asked for (R13)."""

    id: str
    chapter: str
    mentee: str
    mentor: str
    stage: Stage
    reminders: bool = False
    #: When the present term ends, whether it is being looked back on, and how many full terms there were (with the present one).
    ends_at: datetime | None = None
    in_review: bool = False
    terms: int = 0
    rules: Rules = Rules()
    #: What stays of a relationship that was erased: how many sessions were held, and steps acted on.
    kept_held: int = 0
    kept_acted_on: int = 0


class OfPair(Protocol):
    """Whatever belongs to the two of a pair."""

    @property
    def mentee(self) -> str: ...
    @property
    def mentor(self) -> str: ...


def of_pair(member: str, of: OfPair) -> None:
    """`NotThere` for everybody but the two."""
    if member not in (of.mentee, of.mentor):
        raise NotThere(type(of).__name__.lower())
