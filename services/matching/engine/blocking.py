"""Pairs that would both rather have each other."""

import numpy as np

from services.matching.engine.columns import Bools, Ints
from services.matching.engine.edges import Edges

NEVER = 1 << 40  # beyond any score


def blocking_pairs(edges: Edges, chosen: Bools, mentee_seats: Ints, mentor_seats: Ints) -> int:
    """See `round.Report`. Locked pairs count as chosen like the others."""
    need_u = weakest(edges.rows[chosen], edges.u[chosen], mentee_seats)
    need_v = weakest(edges.cols[chosen], edges.v[chosen], mentor_seats)
    rather = (edges.u > need_u[edges.rows]) & (edges.v > need_v[edges.cols]) & ~chosen
    return int(rather.sum())


def weakest(people: Ints, scores: Ints, seats: Ints) -> Ints:
    """What each must get beyond to want another: nothing with a free seat, her weakest proposal without."""
    found = np.full(len(seats), NEVER, np.int64)
    np.minimum.at(found, people, scores)
    free = np.bincount(people, minlength=len(seats)) < seats
    return np.where(free, -1, found)
