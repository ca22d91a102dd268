"""The best total over all pairs of a large market, without listing them: a few pairs go to the flow, and its prices
show whether any other pair could do better.

Invariants:
1. What comes out is proved: no eligible pair beyond those listed is worth more than its two prices, so that by
   linear programming duality no choice of pairs has a larger objective.
2. The prices are the least that prove it: a mentor's is what one more seat at hers would add.
3. The guess that begins decides only how long it takes.
4. The flow sees people in the order of their digests, so that which of several best choices it takes follows the ids and
   the seed, never whose id comes first.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.matching.engine.columns import Bools, Ints
from services.matching.engine.edges import Edges, among
from services.matching.engine.errors import ProofFailed
from services.matching.engine.flow import SeatGraph, best_flow, upper_bound
from services.matching.engine.outcome import Prices
from services.matching.engine.pool import Pool
from services.matching.engine.pricing import guessed_prices, settled
from services.matching.engine.round import Progress
from services.matching.engine.scanning import Keys
from services.matching.engine.tables import Tables

GUESSES_MAX = 8
FEW_PAIRS = 2  # mentees for each pair that a guess still brings when guessing ends
FINE = 4  # steps of a point in the last guesses
KNOWN_POINTS = 12  # how far below its price a pair may be and still go to them
NEAR_POINTS = 2  # how far below its price a pair may be and still go to the flow
LOOKS_MAX = 100  # at whether other pairs do better; some five are usual


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Wanted:
    """What a round asks for beyond the market. `seats_*` are those still free; pairs in `kept` are
    listed whatever they are worth. `worth` gives what pairs add to the objective: w, and `extra` of
    their mentee, and for pairs in `kept` perhaps more."""

    seats_i: Ints
    seats_j: Ints
    floor: int
    kept: Edges
    extra: Keys  # [mentees]
    worth: Callable[[Edges], Keys]


@dataclass(frozen=True, eq=False, slots=True)
class Best:
    """`edges` are the pairs looked at closely, `chosen` which of them are the best choice of all pairs; `known` are all
    that were met on the way, and no choice of any pairs has an objective beyond `bound`."""

    edges: Edges
    chosen: Bools
    prices: Prices
    known: Edges
    bound: int


class Search:
    """The best choice of a market's pairs, and of those that are left after more is asked of them."""

    def __init__(self, t: Tables, wanted: Wanted, *, threads: int, progress: Progress) -> None:
        self._wanted, self._progress = wanted, progress
        self._orders = np.argsort(t.mentees.digest), np.argsort(t.mentors.digest)
        self._pool = Pool(t, wanted.extra, wanted.floor, threads, progress)
        self._prices: Prices | None = None

    def demand(self, need_u: Keys, need_v: Keys) -> None:
        """From now on only pairs with u and v beyond these count."""
        self._pool.demand(need_u, need_v)

    def best(self) -> Best:
        """The best choice. Raises `ProofFailed` where it does not come to an end (a bug of ours)."""
        pool, wanted = self._pool, self._wanted
        if self._prices is None:
            self._prices = _guess(pool, wanted)
        edges = _near(pool, wanted, self._prices, NEAR_POINTS)
        prices = Prices(np.maximum(self._prices.mentee, 0), self._prices.mentor)
        chosen: Bools | None = None
        least = False
        for look in range(LOOKS_MAX):
            graph = _graph(wanted, edges)
            found = None if chosen is None else settled(graph, chosen, None if least else prices)
            if chosen is None or found is None:  # the pairs that came in would do better than those chosen
                self._progress("flow", look, LOOKS_MAX)
                chosen = self._flow(graph)
                found = settled(graph, chosen, None if least else prices)
            if found is None:
                raise ProofFailed("the residual graph has a cycle that would raise the total")
            self._prices = prices = found
            pool.look(prices, 0 if least else NEAR_POINTS, "proof", wide=True)
            if (_gain(wanted, pool.edges, prices) > 0)[~among(pool.edges, edges)].any():
                picked = edges.only(chosen)
                edges = _near(pool, wanted, prices, NEAR_POINTS, also=picked)
                chosen = among(edges, picked)
            elif least:
                return Best(edges, chosen, prices, pool.edges, upper_bound(graph, prices))
            else:
                least = True
        raise ProofFailed(f"{LOOKS_MAX} looks left pairs that would do better")

    def _flow(self, graph: SeatGraph) -> Bools:
        """See `flow.best_flow`."""
        places_i, places_j = (np.argsort(order) for order in self._orders)
        rows, cols = places_i[graph.rows], places_j[graph.cols]
        order = np.lexsort((cols, rows))
        seats = (graph.mentee_seats[self._orders[0]], graph.mentor_seats[self._orders[1]])
        chosen = np.zeros(len(rows), bool)
        chosen[order] = best_flow(SeatGraph(rows[order], cols[order], graph.w[order], *seats))
        return chosen


def _guess(pool: Pool, wanted: Wanted) -> Prices:
    """Prices by which hardly any pair that is not in the pool does better."""
    pool.begin(wanted.kept)
    prices = guessed_prices(_graph(wanted, pool.edges))
    for number in range(1, GUESSES_MAX):
        before = len(pool.edges)
        pool.look(prices, NEAR_POINTS, f"guess {number}")
        few = (len(pool.edges) - before) * FEW_PAIRS < len(wanted.seats_i)
        if few:
            break
        prices = guessed_prices(_graph(wanted, pool.edges))
    fine = guessed_prices(_graph(wanted, _near(pool, wanted, prices, KNOWN_POINTS)), scale=FINE)
    pool.look(fine, NEAR_POINTS, "guess")
    return guessed_prices(_graph(wanted, _near(pool, wanted, fine, KNOWN_POINTS)), scale=FINE)


def _near(pool: Pool, wanted: Wanted, prices: Prices, points: int, also: Edges | None = None) -> Edges:
    """The pairs of the pool that are worth their prices less so many points, and those asked for."""
    kept = (_gain(wanted, pool.edges, prices) >= -points) | among(pool.edges, wanted.kept)
    return pool.edges.only(kept if also is None else kept | among(pool.edges, also))


def _gain(wanted: Wanted, edges: Edges, prices: Prices) -> Keys:
    """What these pairs are worth beyond their prices."""
    gain: Keys = wanted.worth(edges) - prices.mentee[edges.rows] - prices.mentor[edges.cols]
    return gain


def _graph(wanted: Wanted, edges: Edges) -> SeatGraph:
    return SeatGraph(edges.rows, edges.cols, wanted.worth(edges), wanted.seats_i, wanted.seats_j)
