"""The pairs of a large market that have been listed, and what is known of all others.

Invariant: no eligible pair that is not listed is worth more, less the mentor's price when it was last looked for, than
its mentee's bound. By it, a look at new prices passes over whoever cannot have a better pair yet.
"""

import numpy as np

from services.matching.engine.columns import Ints
from services.matching.engine.digests import TIE_BITS
from services.matching.engine.gathered import Gathered
from services.matching.engine.outcome import Prices
from services.matching.engine.round import Progress
from services.matching.engine.scanning import ANY_SCORE, BY_W, NO_NEED, Ask, Keys, best
from services.matching.engine.tables import Tables, offered_by

WIDTH = 32  # mentors found for each mentee in one look
"""More than a mentee may be proposed to: the pairs chosen for her may be worth more than their prices too, and must not
hide a better one that is not listed."""
# How far prices may have fallen for a mentor not to be looked at for herself.
FALLS_POINTS = (0, 1, 2, 3, 4, 6, 8, 12, 16)  # fmt: skip
ONE_SIDED_COST = 0.25  # of looking at a mentee for a few mentors, against for all


class Pool:
    def __init__(
        self, t: Tables, pairs: Gathered, extra: Keys, floor: int, threads: int, progress: Progress
    ) -> None:
        """`pairs` are listed already; `extra` is what pairs of each mentee are worth beyond w."""
        self.pairs = pairs
        self._t, self._extra, self._floor = t, extra, floor
        self._threads, self._progress = threads, progress
        self._rows: Ints = np.flatnonzero(t.mentees.able)
        self._bound: Keys = np.zeros(0, np.int64)  # of each of these rows, without `extra`
        self._asked: Keys = np.zeros(0, np.int64)  # the mentors' prices that the bounds rest on
        self._need_u: Keys = np.full(len(t.mentees.able), NO_NEED)
        self._need_v: Keys = np.full(len(t.mentors.able), NO_NEED)

    def begin(self, prices: Keys) -> None:
        """List everybody's best pairs at these prices of the mentors."""
        self._asked = prices
        self._bound = np.full(len(self._rows), ANY_SCORE)
        self._list(self._t, np.arange(len(self._rows)), self._bound, "scan")

    def look(self, prices: Prices, near: int, step: str) -> None:
        """List every pair that is worth its prices less `near`, or more; at most `WIDTH` more of a mentee, the best
        first: where there are as many, some may be missing."""
        least = (prices.mentee - self._extra)[self._rows] - near - 1
        fall = self._asked - prices.mentor
        allowed = self._cheapest(least, fall)
        fallen = fall > allowed
        again = self._bound + allowed > least
        self._asked = prices.mentor
        self._bound += allowed
        self._list(self._t, np.flatnonzero(again), least, step)
        if fallen.any():
            self._list(offered_by(self._t, fallen), np.flatnonzero(~again), least, step, only_fallen=True)

    def demand(self, need_u: Keys, need_v: Keys) -> None:
        """From now on only pairs with u and v beyond these count, besides all that was asked before."""
        self._need_u, self._need_v = np.maximum(self._need_u, need_u), np.maximum(self._need_v, need_v)
        pairs, least_u = self.pairs, np.repeat(self._need_u, np.diff(self.pairs.start))
        self.pairs = pairs.only((pairs.u > least_u) & (pairs.v > self._need_v[pairs.cols]))

    def _cheapest(self, least: Keys, fall: Keys) -> int:
        """How far prices may have fallen before a mentor is looked at for herself: what costs least work."""
        people, mentors = len(least), max(len(fall), 1)
        costs = []
        for points in FALLS_POINTS:
            again, fallen = int((self._bound + points > least).sum()), int((fall > points).sum())
            few = ONE_SIDED_COST + fallen / mentors if fallen else 0
            costs.append(again + (people - again) * few)
        return FALLS_POINTS[int(np.argmin(costs))]

    def _list(self, t: Tables, places: Ints, least: Keys, step: str, *, only_fallen: bool = False) -> None:
        rows = self._rows[places]
        ask = Ask(
            by=BY_W,
            width=WIDTH,
            less=self._asked,
            least=least[places],
            floor=self._floor,
            need_u=self._need_u[rows],
            need_v=self._need_v,
        )
        found = best(t, rows, ask, threads=self._threads, step=step, progress=self._progress)
        full = found.found == WIDTH
        beyond = np.where(full, found.key[:, -1] >> TIE_BITS, least[places])
        self._bound[places] = np.maximum(self._bound[places], beyond) if only_fallen else beyond
        self.pairs = self.pairs.with_lists(found, self._extra)
