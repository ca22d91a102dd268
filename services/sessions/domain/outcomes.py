"""What became of people, matched or not: at the start, at the end, and so many months later as their programme says (R27).

Invariants:
1. Applicants who were not matched are asked the same, at the same distances, as those who were; who is matched later is no longer asked
   as one who was not. Everybody keeps the distances of the day on which her asking began.
2. Reports hold counts with their denominators and Wilson intervals, side by side, and no word on what caused what: people were not
   assigned by chance.
3. Answers are counted in closed blocks of seven people (`cohorts`), so that no figure is about fewer.
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from shared.errors import NotThere, Refused
from shared.events.sessions import OutcomeDue

#: `start`, `end`, or `months_<n>`: so many months after the end.
Moment = str
Role = Literal["mentee", "mentor"]
ROLES: tuple[Role, ...] = ("mentee", "mentor")
LATER = "months_"
#: The months after an end where a programme says nothing else, and how late one can be.
USUAL_MONTHS = (6, 12)
LATEST_MONTH = 60
ANSWERED_WITHIN = timedelta(days=60)
#: Promoted and in a new role (no 0, yes 1) since the question before; satisfied with her work, and what she gained here (1 to 7).
QUESTIONS = ("promoted", "new_role", "satisfaction", "gained")
SCALES = ((0, 1), (0, 1), (1, 7), (1, 7))
#: The normal quantile of a 95 % interval.
Z = 1.959964


@dataclass(frozen=True, slots=True)
class Follow:
    """Somebody who is asked from time to time: `about` is her relationship, or the cycle in which she was not matched."""

    id: str
    chapter: str
    member: str
    role: Role
    matched: bool
    about: str
    since: datetime
    over: bool = False
    #: How many months after the end she is asked again.
    months: tuple[int, ...] = USUAL_MONTHS

    @property
    def later(self) -> tuple[Moment, ...]:
        """The moments after the end at which she is asked, in order."""
        return tuple(later(months) for months in self.months)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One asking. `values` are in the order of `QUESTIONS`, empty until she answers."""

    id: str
    chapter: str
    member: str
    role: Role
    matched: bool
    moment: Moment
    asked_at: datetime
    values: tuple[int, ...] = ()
    answered_at: datetime | None = None


def later(months: int) -> Moment:
    """So many months after the end."""
    return f"{LATER}{months}"


def months_of(moment: Moment) -> int:
    """How many months after the end a moment is; 0 for the start and the end."""
    return int(moment.removeprefix(LATER)) if moment.startswith(LATER) else 0


def days_of(months: int) -> timedelta:
    """So many months as days, of which a year has 365: six are 182."""
    return timedelta(days=months * 365 // 12)


def ask(follow: Follow, moment: Moment, *, id: str, now: datetime) -> tuple[Outcome, OutcomeDue]:
    """It is time to ask."""
    asked = Outcome(id, follow.chapter, follow.member, follow.role, follow.matched, moment, now)
    if (months := months_of(moment)) > 0:
        return asked, OutcomeDue(follow.member, "later", follow.matched, months)
    return asked, OutcomeDue(follow.member, "start" if moment == "start" else "end", follow.matched)


def answer(outcome: Outcome, *, by: str, now: datetime, values: tuple[int, ...]) -> Outcome:
    """She answers, once, while it still says something about that moment."""
    if by != outcome.member:
        raise NotThere("outcome")
    if outcome.answered_at is not None:
        raise Refused("outcome_answered", "You have answered this one already.")
    if now > outcome.asked_at + ANSWERED_WITHIN:
        raise Refused("outcome_closed", "This one is closed: it would say little about that time by now.")
    return replace(outcome, values=values, answered_at=now)


def wilson(successes: int, of: int) -> tuple[float, float] | None:
    """The 95 % interval of a share; None where nobody was counted.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American Statistical
    Association 22(158), 1927.
    """
    if of == 0:
        return None
    share, z2 = successes / of, Z * Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = Z * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return max(0.0, middle - half), min(1.0, middle + half)
