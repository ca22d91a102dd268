"""The best set of pairs as a minimum-cost flow, and the seat prices that prove it is the best.

Invariants:
1. The total is maximal; among equal totals the choice follows a hash of both public ids and the seed, never a
   row's place.
2. Prices come from the residual graph and know nothing of how the flow was found: `upper_bound` over all
   pairs equals the total exactly when the flow is optimal (linear programming duality), so a wrong flow
   cannot pass.
"""

from dataclasses import dataclass, replace

import numpy as np
from ortools.graph.python import min_cost_flow

from services.matching.engine.columns import Bools, Ints
from services.matching.engine.digests import TIE_MAX
from services.matching.engine.errors import ProofFailed
from services.matching.engine.outcome import Prices

FAR = 1 << 40
"""Further than any path: scores stay below 2^22, and a path has fewer than 2^11 steps, as the shorter side is below 2^10."""


@dataclass(frozen=True, eq=False, slots=True)
class SeatGraph:
    """Pairs (row, col) worth w points each, by row, and the seats on both sides."""

    rows: Ints
    cols: Ints
    w: Ints
    mentee_seats: Ints
    mentor_seats: Ints


def best_pairs(graph: SeatGraph, tie: Ints) -> Bools:
    """Which of the pairs make the largest total; among equal totals those with the largest sum of ties. Raises
    `ProofFailed` if the solver gives no optimum."""
    # The ties of all pairs that can be chosen together stay below one point of w.
    most = int(min(graph.mentee_seats.sum(), graph.mentor_seats.sum()))
    return best_flow(replace(graph, w=graph.w * np.int64(most * TIE_MAX + 1) + tie))


def best_flow(graph: SeatGraph) -> Bools:
    """Which of the pairs make the largest total. Raises `ProofFailed` if the solver gives no optimum."""
    open_pairs = np.flatnonzero((graph.mentee_seats[graph.rows] > 0) & (graph.mentor_seats[graph.cols] > 0))
    chosen = np.zeros(len(graph.rows), bool)
    if not open_pairs.size:
        return chosen
    count_i, count_j = len(graph.mentee_seats), len(graph.mentor_seats)
    mentees, mentors = np.arange(count_i, dtype=np.int32), np.arange(count_j, dtype=np.int32) + count_i
    sink = count_i + count_j
    solver = min_cost_flow.SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        graph.rows[open_pairs].astype(np.int32),
        (graph.cols[open_pairs] + count_i).astype(np.int32),
        np.ones(open_pairs.size, np.int64),
        -graph.w[open_pairs].astype(np.int64),
    )
    for side, seats in ((mentees, graph.mentee_seats), (mentors, graph.mentor_seats)):
        solver.add_arcs_with_capacity_and_unit_cost(
            side, np.full(len(side), sink, np.int32), seats, np.zeros(len(side), np.int64)
        )
    nodes = np.append(mentees, np.int32(sink))
    solver.set_nodes_supplies(nodes, np.append(graph.mentee_seats, -graph.mentee_seats.sum()))
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise ProofFailed(f"the flow ended as {status}")
    chosen[open_pairs] = solver.flows(arcs) > 0
    return chosen


def seat_prices(graph: SeatGraph, chosen: Bools) -> Prices:
    """Shortest distances on the residual graph from the node where all seats begin and end (Ahuja, Magnanti
    and Orlin, Network Flows, section 9.5). Raises `ProofFailed` if a cycle shows that `chosen` was not the
    best."""
    used_i = np.bincount(graph.rows[chosen], minlength=len(graph.mentee_seats))
    used_j = np.bincount(graph.cols[chosen], minlength=len(graph.mentor_seats))
    forth_i, forth_j, forth_w = graph.rows[~chosen], graph.cols[~chosen], graph.w[~chosen]
    back_i, back_j, back_w = graph.rows[chosen], graph.cols[chosen], graph.w[chosen]
    far_i = np.where(used_i < graph.mentee_seats, 0, FAR)
    far_j = np.where(used_j > 0, 0, FAR)
    moved = far_i < FAR
    for _ in range(len(used_i) + len(used_j) + 2):
        ahead = np.flatnonzero(moved[forth_i])
        np.minimum.at(far_j, forth_j[ahead], far_i[forth_i[ahead]] - forth_w[ahead])
        nearer = far_i.copy()
        np.minimum.at(nearer, back_i, far_j[back_j] + back_w)
        moved = nearer < far_i
        far_i = nearer
        if not moved.any():
            break
    else:
        raise ProofFailed("the residual graph has a cycle that would raise the total")
    reached_i = np.where(far_i < FAR // 2, far_i, 0)
    reached_j = np.where(far_j < FAR // 2, far_j, 0)
    return Prices(np.maximum(reached_i, 0), np.maximum(-reached_j, 0))


def upper_bound(graph: SeatGraph, prices: Prices) -> int:
    """No choice of these pairs can have a larger total: every seat at its price, and what a pair is worth
    beyond both."""
    seated = graph.mentee_seats[graph.rows] > 0
    beyond = graph.w - prices.mentee[graph.rows] - prices.mentor[graph.cols]
    return int(
        (graph.mentee_seats * prices.mentee).sum()
        + (graph.mentor_seats * prices.mentor).sum()
        + np.maximum(beyond, 0)[seated].sum()
    )
