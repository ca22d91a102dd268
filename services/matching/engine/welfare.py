"""The best total over all pairs of a large market, without listing them: from prices that are nearly right, the best
choice of a few pairs, whose prices show whether any other pair could do better.

Invariants:
1. What comes out is proved: no eligible pair but those chosen is worth more than its two prices, so that by linear
   programming duality no choice of pairs has a larger objective than the bound, which is the objective itself unless the
   round tolerates a gap.
2. Without a gap the prices are the least that prove it: a mentor's is what one more seat at hers would add.
3. The guess that begins decides only how long it takes.
4. The flows see people in the order of their digests, so that which of several best choices they take follows the ids and
   the seed, never whose id comes first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from services.matching.engine.columns import Ints
from services.matching.engine.descent import Choice, best_choice
from services.matching.engine.edges import Edges
from services.matching.engine.errors import ProofFailed
from services.matching.engine.gathered import Gathered, gathered
from services.matching.engine.outcome import Prices
from services.matching.engine.placing import Seats
from services.matching.engine.pool import Pool
from services.matching.engine.pricing import coarse_bits, guessed_prices, settled
from services.matching.engine.round import PPM, Progress
from services.matching.engine.sampling import sampled_prices
from services.matching.engine.scanning import Keys
from services.matching.engine.tables import Tables

GUESSES_MAX = 8  # two are usual
FEW_PAIRS = 1  # for each mentee: a guess that brings less is the last
BACK_STEPS = 4  # below its price so far bids for a seat begin
GUESS_STEPS = 1  # how far below its price a pair may be and still be listed with a guess
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
    """`picked` is the best choice of all pairs, but for a gap that is tolerated; `known` are all that were met on the way.
    No choice of any pairs has an objective beyond `bound`."""

    picked: Edges
    prices: Prices
    known: Gathered
    bound: int


class Search:
    """The best choice of a market's pairs, and of those that are left after more is asked of them."""

    def __init__(self, t: Tables, wanted: Wanted, *, threads: int, progress: Progress) -> None:
        self._t, self._wanted, self._threads, self._progress = t, wanted, threads, progress
        places = (np.argsort(np.argsort(side.digest)) for side in (t.mentees, t.mentors))
        self._seats = Seats(wanted.seats_i, wanted.seats_j, *places)
        kept = gathered(wanted.kept, wanted.worth(wanted.kept), len(wanted.seats_i))
        self._pool = Pool(t, kept, wanted.extra, wanted.floor, threads, progress)
        self._mentor: Ints | None = None  # the prices that the last best choice ended with

    def demand(self, need_u: Keys, need_v: Keys) -> None:
        """From now on only pairs with u and v beyond these count."""
        self._pool.demand(need_u, need_v)

    def best(self) -> Best:
        """The best choice. Raises `ProofFailed` where it does not come to an end (a bug of ours)."""
        pool = self._pool
        mentor = self._guess() if self._mentor is None else self._mentor
        for _ in range(LOOKS_MAX):
            choice = best_choice(
                pool.pairs, mentor, self._seats, self._enough, partial(self._progress, "flow")
            )
            pool.pairs = choice.pairs
            prices = choice.prices if self._wanted.tolerance_ppm else self._least()
            self._mentor = mentor = prices.mentor
            if found := self._proved(prices):
                return found
        raise ProofFailed(f"{LOOKS_MAX} looks left pairs that would do better")

    def _guess(self) -> Ints:
        """Prices of the mentors by which hardly any pair that is not in the pool does better."""
        pool, wanted, threads, progress = self._pool, self._wanted, self._threads, self._progress
        seats = wanted.seats_i, wanted.seats_j
        pool.begin(
            sampled_prices(self._t, *seats, wanted.extra, wanted.floor, threads=threads, progress=progress)
        )
        # From nothing: prices of a few mentees leave seats too dear, which costs more steps than it saves bids.
        mentor = np.zeros(len(wanted.seats_j), np.int64)
        for _ in range(GUESSES_MAX):
            listed = len(pool.pairs)
            guessed = guessed_prices(pool.pairs, *seats, before=mentor, back=BACK_STEPS)
            near = GUESS_STEPS << coarse_bits(pool.pairs)
            pool.look(Prices(np.maximum(guessed.mentee, 0), guessed.mentor), near, "guess")
            mentor = guessed.mentor
            if len(pool.pairs) - listed < FEW_PAIRS * len(wanted.seats_i):
                break
        return mentor

    def _least(self) -> Prices:
        """The least prices that prove what is chosen of the pool to be the best of it."""
        prices = settled(self._pool.pairs, self._wanted.seats_i, self._wanted.seats_j)
        if prices is None:
            raise ProofFailed("the residual graph has a cycle that would raise the total")
        return prices

    def _proved(self, prices: Prices) -> Best | None:
        """What is chosen of the pool, if these prices prove that no choice of any pairs is better by more than the round
        tolerates. Pairs that would do better have come into the pool."""
        self._pool.look(prices, -1, "proof")
        pairs = self._pool.pairs
        proving = _proving(pairs, prices)
        bound = self._bound(pairs, proving)
        return Best(pairs.edges(pairs.chosen), proving, pairs, bound) if self._near(pairs, bound) else None

    def _enough(self, choice: Choice) -> bool:
        """Is what is chosen, though not the best, as near to it as the round wants it?"""
        pairs, wanted = choice.pairs, self._wanted
        if not wanted.tolerance_ppm or not self._seats.hold(pairs):
            return False
        return self._near(pairs, self._bound(pairs, _proving(pairs, choice.prices)))

    def _near(self, pairs: Gathered, bound: int) -> bool:
        missing = bound - int(pairs.worth[pairs.chosen].sum(dtype=np.int64))
        return missing * PPM <= self._wanted.tolerance_ppm * bound

    def _bound(self, pairs: Gathered, prices: Prices) -> int:
        """No choice of pairs can have a larger objective: every seat at its price, and what a chosen pair is worth beyond
        both; no other is."""
        seats = self._seats
        chosen = np.flatnonzero(pairs.chosen)
        beyond = pairs.worth[chosen] - prices.mentee[pairs.rows(chosen)] - prices.mentor[pairs.cols[chosen]]
        return int(
            (seats.mentees * prices.mentee).sum()
            + (seats.mentors * prices.mentor).sum()
            + np.maximum(beyond, 0).sum()
        )


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
