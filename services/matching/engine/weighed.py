"""A round of a market small enough to weigh every pair with numpy: nothing is compiled, so that it answers at once."""

from dataclasses import replace
from functools import partial

import numpy as np

from services.matching.engine.blocking import blocking_pairs
from services.matching.engine.calm import Loosened, Worth, calmest
from services.matching.engine.columns import Bools, Ints
from services.matching.engine.deferring import deferred
from services.matching.engine.digests import digests, pair_ties, ties
from services.matching.engine.edges import Edges, among
from services.matching.engine.flow import SeatGraph, best_pairs, seat_prices, upper_bound
from services.matching.engine.left import Stopping, stopping
from services.matching.engine.market import Snapshot
from services.matching.engine.objective import objective
from services.matching.engine.outcome import Outcome, no_prices
from services.matching.engine.pairs import Pairs, keep, weigh
from services.matching.engine.round import Options, Progress
from services.matching.engine.seats import free_seats, refuse_stopped


def solve_weighed(
    market: Snapshot, kind: str, options: Options, *, progress: Progress
) -> tuple[Outcome, Stopping]:
    """The round's outcome, and what stops every pair. Raises as `solver.solve`."""
    progress("scan", 0, 1)
    counted = objective(market, options)
    everything = weigh(market)
    fixed = _locked(market, everything, options)
    kept = fixed | (everything.edges.w >= options.floor)
    pairs, locked = keep(everything, kept), fixed[kept]
    edges = pairs.edges
    seats_i, seats_j, free_i, free_j = free_seats(market, edges.only(locked))
    open_edges = edges.only(~locked)
    rest = SeatGraph(open_edges.rows, open_edges.cols, counted.worth(open_edges), free_i, free_j)
    progress("flow", 0, 1)
    tie = ties(market.mentees.ids, market.mentors.ids, rest.rows, rest.cols, options.seed)
    picked = best_pairs(rest, tie)
    prices = seat_prices(rest, picked)
    bound = upper_bound(rest, prices)  # of any kind of round
    if kind == "stable":
        picked, prices = deferred(market, open_edges, free_i, free_j, options.seed), no_prices(market)
    elif kind == "calm":
        calm = _calm(market, open_edges, rest, picked, options, counted.worth)
        stable = (
            open_edges.only(deferred(market, open_edges, free_i, free_j, options.seed))
            if calm is None
            else calm
        )
        picked, prices = among(open_edges, stable), no_prices(market)
    chosen = locked.copy()
    chosen[~locked] = picked
    outcome = Outcome(
        kind=kind,
        options=options,
        proposed=edges.only(chosen),
        locked=locked[chosen],
        prices=prices,
        objective=int(counted.worth(edges.only(chosen)).sum()),
        bound=int(counted.worth(edges.only(locked)).sum()) + bound,
        blocking_pairs=blocking_pairs(edges, chosen, seats_i, seats_j),
    )
    return outcome, stopping(pairs.stops)


def _calm(
    market: Snapshot, edges: Edges, graph: SeatGraph, picked: Bools, options: Options, worth: Worth
) -> Edges | None:
    """See `calm.calmest`; `graph` is that of the edges, and `picked` its best pairs."""
    seats_i, seats_j, seed = graph.mentee_seats, graph.mentor_seats, options.seed
    able = edges.only((seats_i[edges.rows] > 0) & (seats_j[edges.cols] > 0))
    mine, theirs = digests(market.mentees.ids, "mentee", seed), digests(market.mentors.ids, "mentor", seed)
    tie = ties(market.mentees.ids, market.mentors.ids, edges.rows, edges.cols, seed)
    left = np.ones(len(edges), bool)

    def again(need_u: Ints, need_v: Ints) -> tuple[Edges, Edges]:
        np.logical_and(left, (edges.u > need_u[edges.rows]) & (edges.v > need_v[edges.cols]), out=left)
        some = replace(graph, rows=edges.rows[left], cols=edges.cols[left], w=graph.w[left])
        known = edges.only(left)
        return known.only(best_pairs(some, tie[left])), known

    return calmest(
        edges.only(picked), edges, seats_i, seats_j, options.calm, partial(_gaining, able), again,
        lambda some: pair_ties(mine, theirs, some.rows, some.cols), worth,
    )  # fmt: skip


def _gaining(edges: Edges, above_u: Ints, above_v: Ints, _loosened: Loosened) -> tuple[Edges, Bools]:
    """Every pair that gives both more than this; so there are no more."""
    found = edges.only((edges.u > above_u[edges.rows]) & (edges.v > above_v[edges.cols]))
    return found, np.zeros(len(above_u), bool)


def _locked(market: Snapshot, pairs: Pairs, options: Options) -> Bools:
    """Which of the pairs are locked."""
    edges, locked = pairs.edges, np.zeros(len(pairs.edges), bool)
    for mentee, mentor in options.locked:
        i, j = market.mentee_row(mentee), market.mentor_row(mentor)
        refuse_stopped(int(pairs.stops[i, j]), mentee, mentor)
        first, beyond = np.searchsorted(edges.rows, (i, i + 1))
        locked[first + np.searchsorted(edges.cols[first:beyond], j)] = True
    return locked
