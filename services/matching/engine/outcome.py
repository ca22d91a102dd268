"""What solving found, as arrays: the one thing that reports, explanations and comparisons are made from.

Invariants: `proposed` holds eligible pairs only, within the seats of both sides; `total` is the sum of their w.
"""

from dataclasses import dataclass

import numpy as np

from services.matching.engine.columns import Bools, Ints
from services.matching.engine.edges import Edges
from services.matching.engine.market import Snapshot
from services.matching.engine.round import Options


@dataclass(frozen=True, eq=False, slots=True)
class Prices:
    """`mentor[j]`: what one more seat at j would add to the objective, in points. `mentee[i]`: what it would lose without one of
    i's seats. No eligible pair is worth more than its two prices, unless it is proposed."""

    mentee: Ints
    mentor: Ints


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Outcome:
    """`objective` is the total with what `Options.stay` and `Options.bonus` add, and `bound` what no choice of
    eligible pairs can go beyond in it; without these options both are about the total itself."""

    kind: str
    options: Options
    proposed: Edges
    locked: Bools  # [proposed]
    prices: Prices  # all 0 where the kind has none
    objective: int
    bound: int | None  # None where no bound was worked out
    blocking_pairs: int

    @property
    def total(self) -> int:
        return int(self.proposed.w.sum(dtype="int64"))


def no_prices(market: Snapshot) -> Prices:
    """Those of a kind of round that has none."""
    return Prices(np.zeros(len(market.mentees), np.int64), np.zeros(len(market.mentors), np.int64))
