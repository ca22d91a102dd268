"""The mentees' best stable round of a small market, from all its eligible pairs (D. Gale and L. Shapley, 1962): as
`stable.py`, and with the same result, in plain Python."""

from heapq import heappush, heapreplace

import numpy as np

from services.matching.engine.columns import Bools, Ints
from services.matching.engine.digests import TIE_BITS, digests, pair_ties
from services.matching.engine.edges import Edges
from services.matching.engine.market import Snapshot


def deferred(market: Snapshot, edges: Edges, seats_i: Ints, seats_j: Ints, seed: int) -> Bools:
    """Which of the pairs are the round. Mentees order by u, mentors by v, both among equals by a digest of both ids."""
    mine, theirs = (
        digests(side.ids, name, seed)
        for side, name in ((market.mentees, "mentee"), (market.mentors, "mentor"))
    )
    tie = pair_ties(mine, theirs, edges.rows, edges.cols)
    order = np.lexsort((-tie, -edges.u, edges.rows))
    starts = np.searchsorted(edges.rows[order], np.arange(len(seats_i) + 1)).tolist()
    asked, cols = order.tolist(), edges.cols.tolist()
    worth, rows = (edges.v.astype(np.int64) << TIE_BITS | tie).tolist(), edges.rows.tolist()
    following, wants, seats = starts[:-1], seats_i.tolist(), seats_j.tolist()
    holds: list[list[tuple[int, int]]] = [[] for _ in seats]
    waiting = [i for i, wanted in enumerate(wants) if wanted > 0]
    while waiting:
        i = waiting.pop()
        if wants[i] == 0 or following[i] == starts[i + 1]:
            continue
        waiting.append(i)
        pair = asked[following[i]]
        following[i] += 1
        j = cols[pair]
        if len(holds[j]) < seats[j]:
            heappush(holds[j], (worth[pair], pair))
        elif holds[j] and holds[j][0][0] < worth[pair]:
            _, other = heapreplace(holds[j], (worth[pair], pair))
            wants[rows[other]] += 1
            waiting.append(rows[other])
        else:
            continue
        wants[i] -= 1
    chosen = np.zeros(len(edges), bool)
    chosen[[pair for held in holds for _, pair in held]] = True
    return chosen
