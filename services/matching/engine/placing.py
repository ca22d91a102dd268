"""As many seats taken as these prices allow, by a maximum flow over the pairs that are worth them exactly.

Invariants:
1. Only open pairs change; what was chosen of them before is where the flow begins, and what it leaves is the least that any
   choice of them leaves.
2. People are known by their places, and pairs come in the order of these: never by a row.
"""

from dataclasses import dataclass

import numpy as np
from ortools.graph.python import max_flow

from services.matching.engine.columns import Bools, Ints
from services.matching.engine.errors import ProofFailed
from services.matching.engine.gathered import Gathered
from services.matching.engine.outcome import Prices


@dataclass(frozen=True, eq=False, slots=True)
class Seats:
    """The seats of both sides, and the places by which the flow knows people."""

    mentees: Ints
    mentors: Ints
    places_i: Ints
    places_j: Ints

    def hold(self, pairs: Gathered) -> bool:
        """Is nobody chosen more often than she has seats?"""
        chosen = np.flatnonzero(pairs.chosen)
        sides = (self.mentees, pairs.rows(chosen)), (self.mentors, pairs.cols[chosen])
        return all((np.bincount(people, minlength=len(seats)) <= seats).all() for seats, people in sides)


@dataclass(frozen=True, eq=False, slots=True)
class Open:
    """Pairs worth their prices exactly, and which of them are chosen. `used_*`: how many of all pairs of each are chosen."""

    rows: Ints
    cols: Ints
    chosen: Bools
    used_i: Ints
    used_j: Ints


@dataclass(frozen=True, eq=False, slots=True)
class Placed:
    """`chosen` of the open pairs. `left`: seats that are taken twice, and seats with a price that nobody takes. `moves`: by how many
    points the mentors' prices would have to move for the bound to fall by as much; all 0 where nothing is left."""

    chosen: Bools
    left: int
    moves: Ints


def placed(pairs: Open, prices: Prices, seats: Seats) -> Placed:
    """Raises `ProofFailed` if the solver gives no optimum."""
    people = len(seats.mentees) + len(seats.mentors)
    mentees, mentors = seats.places_i, seats.places_j + len(seats.mentees)
    root, source, sink = people, people + 1, people + 2
    # Seats without a price may stay free: so many do now, and the root takes and gives them at no cost.
    free_i = np.where(prices.mentee == 0, np.maximum(seats.mentees - pairs.used_i, 0), 0)
    free_j = np.where(prices.mentor == 0, np.maximum(seats.mentors - pairs.used_j, 0), 0)
    spare = np.zeros(people + 1, np.int64)
    spare[mentees] = seats.mentees - pairs.used_i - free_i
    spare[mentors] = pairs.used_j + free_j - seats.mentors
    spare[root] = -spare.sum()
    givers, takers = np.flatnonzero(spare > 0), np.flatnonzero(spare < 0)
    left = int(spare[givers].sum())
    if not left:
        return Placed(pairs.chosen, 0, np.zeros(len(seats.mentors), np.int64))
    tails, heads = mentees[pairs.rows], mentors[pairs.cols]
    order = np.argsort(tails * np.int64(people) + heads)
    tails, heads, back = tails[order], heads[order], pairs.chosen[order]
    cheap_i, cheap_j = _unpriced(prices.mentee, mentees), _unpriced(prices.mentor, mentors)
    endless = int(seats.mentees.sum() + seats.mentors.sum()) + len(order) + 1
    solver = max_flow.SimpleMaxFlow()
    places = _arcs(solver, np.where(back, heads, tails), np.where(back, tails, heads), 1)
    _arcs(solver, mentees[cheap_i], root, endless)
    _arcs(solver, root, mentees[cheap_i], free_i[cheap_i])
    _arcs(solver, root, mentors[cheap_j], endless)
    _arcs(solver, mentors[cheap_j], root, free_j[cheap_j])
    _arcs(solver, source, givers, spare[givers])
    _arcs(solver, takers, sink, -spare[takers])
    status = solver.solve(source, sink)
    if status != solver.OPTIMAL:
        raise ProofFailed(f"the maximum flow ended as {status}")
    chosen = pairs.chosen.copy()
    chosen[order] ^= solver.flows(places) > 0
    near = np.zeros(people + 3, bool)
    near[solver.get_source_side_min_cut()] = True
    # All prices may move together but the root's, which is 0: what is on its side stays.
    moves = near[mentors].astype(np.int64) - int(near[root])
    return Placed(chosen, left - int(solver.optimal_flow()), moves)


def _unpriced(prices: Ints, places: Ints) -> Ints:
    """The rows of people whose seats are worth nothing, in the order of their places."""
    rows: Ints = np.flatnonzero(prices == 0)
    return rows[np.argsort(places[rows])]


def _arcs(solver: max_flow.SimpleMaxFlow, tails: Ints | int, heads: Ints | int, capacity: Ints | int) -> Ints:
    """Add arcs between these places; returns their numbers."""
    tails, heads, capacity = np.broadcast_arrays(tails, heads, capacity)
    arcs: Ints = solver.add_arcs_with_capacity(
        np.ascontiguousarray(tails, np.int32),
        np.ascontiguousarray(heads, np.int32),
        np.ascontiguousarray(capacity, np.int64),
    )
    return arcs
