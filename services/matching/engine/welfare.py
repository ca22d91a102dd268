"""The best total over all pairs of a large market, without listing them: a few pairs go to the flow, and its prices
show whether any other pair could do better.

Invariants:
1. What comes out is proved: no eligible pair but those chosen is worth more than its two prices, so that by linear
   programming duality no choice of pairs has a larger objective than the bound, which is the objective itself unless the
   round tolerates a gap.
2. Without a gap the prices are the least that prove it: a mentor's is what one more seat at hers would add.
3. The guess that begins decides only how long it takes.
4. The flow sees people in the order of their digests, so that which of several best choices it takes follows the ids and
   the seed, never whose id comes first.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from services.matching.engine.columns import Bools, Ints
from services.matching.engine.edges import Edges
from services.matching.engine.errors import ProofFailed
from services.matching.engine.flow import SeatGraph, best_flow
from services.matching.engine.gathered import Gathered, gathered
from services.matching.engine.outcome import Prices
from services.matching.engine.pool import Pool
from services.matching.engine.pricing import guessed_prices, settled
from services.matching.engine.round import Progress
from services.matching.engine.sampling import sampled_prices
from services.matching.engine.scanning import Keys
from services.matching.engine.tables import Tables

GUESSES_MAX = 8  # two are usual
FEW_PAIRS = 2  # for each mentee: a guess that brings less is the last
FINE = 2  # steps of a point in all guesses but the first
GUESS_POINTS = 2  # how far below its price a pair may be and still be listed with a guess
NEAR_POINTS = 2  # how far below its guessed price a pair may be and still go to the flow
PROVED_POINTS = 0  # the same, where prices were proved for all pairs but a few
MILLION = 1_000_000
LOOKS_MAX = 100  # at whether other pairs do better; two are usual


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Wanted:
    """What a round asks for beyond the market. `seats_*` are those still free; pairs in `kept` are
    listed whatever they are worth. `worth` gives what pairs add to the objective: w, and `extra` of
    their mentee, and for pairs in `kept` perhaps more. `tolerance_ppm`: how much of the bound may be
    missing."""

    seats_i: Ints
    seats_j: Ints
    floor: int
    kept: Edges
    extra: Keys  # [mentees]
    worth: Callable[[Edges], Keys]
    tolerance_ppm: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Best:
    """`picked` is the best choice of all pairs; `known` are all that were met on the way, and no choice of any pairs has
    an objective beyond `bound`."""

    picked: Edges
    prices: Prices
    known: Gathered
    bound: int


class Search:
    """The best choice of a market's pairs, and of those that are left after more is asked of them."""

    def __init__(self, t: Tables, wanted: Wanted, *, threads: int, progress: Progress) -> None:
        self._t, self._wanted, self._threads, self._progress = t, wanted, threads, progress
        self._orders = np.argsort(t.mentees.digest), np.argsort(t.mentors.digest)
        kept = gathered(wanted.kept, wanted.worth(wanted.kept), len(wanted.seats_i))
        self._pool = Pool(t, kept, wanted.extra, wanted.floor, threads, progress)
        self._begun = False

    def demand(self, need_u: Keys, need_v: Keys) -> None:
        """From now on only pairs with u and v beyond these count."""
        self._pool.demand(need_u, need_v)

    def best(self) -> Best:
        """The best choice. Raises `ProofFailed` where it does not come to an end (a bug of ours)."""
        pool, seats = self._pool, (self._wanted.seats_i, self._wanted.seats_j)
        prices = self._guess()
        found: Prices | None = None
        for look in range(LOOKS_MAX):
            if found is None:  # the pairs that came in would do better than those chosen
                self._progress("flow", look, LOOKS_MAX)
                found = self._choose(prices, NEAR_POINTS if look == 0 else PROVED_POINTS)
            prices = found
            pool.look(prices, -1, "proof")
            pairs = pool.pairs
            proving = _proving(pairs, prices)
            if self._enough(bound := _bound(pairs, *seats, proving)):
                return Best(pairs.edges(pairs.chosen), proving, pairs, bound)
            found = settled(pairs, *seats)
        raise ProofFailed(f"{LOOKS_MAX} looks left pairs that would do better")

    def _guess(self) -> Prices:
        """Prices by which hardly any pair that is not in the pool does better."""
        pool, wanted = self._pool, self._wanted
        seats = wanted.seats_i, wanted.seats_j
        if not self._begun:
            threads, progress = self._threads, self._progress
            pool.begin(
                sampled_prices(
                    self._t, *seats, wanted.extra, wanted.floor, threads=threads, progress=progress
                )
            )
            self._begun = True
        for number in range(GUESSES_MAX):
            before = len(pool.pairs)
            guessed = guessed_prices(pool.pairs, *seats, scale=FINE if number else 1)
            prices = Prices(np.maximum(guessed.mentee, 0), guessed.mentor)
            pool.look(prices, GUESS_POINTS, "guess")
            if number and len(pool.pairs) - before < FEW_PAIRS * len(wanted.seats_i):
                break
        return prices

    def _choose(self, prices: Prices, near: int) -> Prices:
        """Choose the best of the pool's pairs, or what is near enough, by a flow over those worth their prices less `near`,
        or more; returns the least prices that prove it. Raises `ProofFailed`."""
        pool, seats = self._pool, (self._wanted.seats_i, self._wanted.seats_j)
        within = self._near(prices, near) | pool.pairs.chosen
        for number in range(LOOKS_MAX):
            places = np.flatnonzero(within)
            chosen = np.zeros(len(pool.pairs), bool)
            chosen[places] = self._flow(places)
            pool.pairs = replace(pool.pairs, chosen=chosen)
            found = settled(pool.pairs, *seats)
            if found is not None:
                return found
            found = settled(pool.pairs.only(within), *seats)
            if found is None:
                raise ProofFailed("the residual graph has a cycle that would raise the total")
            if self._enough(_bound(pool.pairs, *seats, _proving(pool.pairs, found))):
                return found
            # Prices of the first flow's pairs are nearly right for all: few others are needed.
            within = self._near(found, PROVED_POINTS) | (within if number else chosen)
        raise ProofFailed(f"{LOOKS_MAX} flows left pairs of the pool that would do better")

    def _enough(self, bound: int) -> bool:
        """Is what is chosen of the pool as near to this bound as the round wants it?"""
        pairs = self._pool.pairs
        missing = bound - int(pairs.worth[pairs.chosen].sum(dtype=np.int64))
        return missing * MILLION <= self._wanted.tolerance_ppm * bound

    def _near(self, prices: Prices, points: int) -> Bools:
        """Which pairs of the pool are worth their prices less so many points."""
        near: Bools = self._pool.pairs.gains(prices) >= -points
        return near

    def _flow(self, places: Ints) -> Bools:
        """Which of the pairs at these places of the pool are the best choice of them: see `flow.best_flow`."""
        pairs = self._pool.pairs
        places_i, places_j = (np.argsort(order) for order in self._orders)
        rows, cols = places_i[pairs.rows(places)], places_j[pairs.cols[places]]
        order = np.lexsort((cols, rows))
        seats_i, seats_j = self._wanted.seats_i[self._orders[0]], self._wanted.seats_j[self._orders[1]]
        chosen = np.zeros(len(places), bool)
        worth = pairs.worth[places[order]].astype(np.int64)
        chosen[order] = best_flow(SeatGraph(rows[order], cols[order], worth, seats_i, seats_j))
        return chosen


def _proving(pairs: Gathered, prices: Prices) -> Prices:
    """These prices, the mentees' raised until no pair that is not chosen is worth more than both. It covers pairs that a full
    list left out: they are worth less than those listed."""
    gains = pairs.gains(prices)
    gains[pairs.chosen] = 0
    have = np.flatnonzero(np.diff(pairs.start))
    mentee = prices.mentee.copy()
    if len(have):
        mentee[have] += np.maximum(np.maximum.reduceat(gains, pairs.start[have]), 0)
    return Prices(mentee, prices.mentor)


def _bound(pairs: Gathered, seats_i: Ints, seats_j: Ints, prices: Prices) -> int:
    """No choice of pairs can have a larger objective: every seat at its price, and what a chosen pair is worth beyond
    both; no other is."""
    chosen = np.flatnonzero(pairs.chosen)
    beyond = pairs.worth[chosen] - prices.mentee[pairs.rows(chosen)] - prices.mentor[pairs.cols[chosen]]
    return int(
        (seats_i * prices.mentee).sum() + (seats_j * prices.mentor).sum() + np.maximum(beyond, 0).sum()
    )
