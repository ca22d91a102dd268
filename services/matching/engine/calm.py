"""Rounds with nearly the best total, in which no pair would both gain more than a few points by leaving for each other.

Invariants:
1. It begins with a best total and re-matches the pairs that would gain most, until none would gain more than was asked
   for: a pair's gain is the smaller of the two, counted from the weakest proposal each has, or from 0 with a free seat.
2. Best totals come first of all pairs, and then of ever fewer: of two who would gain too much, one is promised not to be
   left so badly off, and the best total is looked for again. What loses least of all these is taken.
3. It ends: where re-matching goes round in circles, the stable round is taken, in which nobody gains anything.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.matching.engine.columns import Bools, Ints
from services.matching.engine.edges import Edges, no_edges

PROMISES_MAX = 8  # best totals that are looked for again
ROUNDS_MAX = 200  # of looking for such pairs and re-matching them; some ten are usual


@dataclass(frozen=True, eq=False, slots=True)
class Loosened:
    """Who has lost something since pairs were looked for last, and could gain again by others."""

    mentees: Bools
    mentors: Bools


def all_loosened(mentees: int, mentors: int) -> Loosened:
    return Loosened(np.ones(mentees, bool), np.ones(mentors, bool))


Find = Callable[[Ints, Ints, Loosened], tuple[Edges, Bools]]
"""Given what u and v must go beyond, for each mentee and each mentor: eligible pairs that do, at least one wherever
there is one; and the mentees for whom there may be more. Whoever is not loosened, and had no more, has none."""


Again = Callable[[Ints, Ints], tuple[Edges, Edges]]
"""Given what u and v must go beyond, for each mentee and each mentor, from now on: the best choice of the pairs that do,
and the pairs that were met on the way."""


Tie = Callable[[Edges], Ints]
"""What breaks ties between pairs: see `digests`."""


Worth = Callable[[Edges], Ints]
"""What pairs add to the objective."""


def calmest(
    picked: Edges, known: Edges, seats_i: Ints, seats_j: Ints, points: int, find: Find, again: Again, tie: Tie, worth: Worth
) -> Edges | None:  # fmt: skip
    """The pairs of the best calm round that was found, in order; None where there was none. `picked` is the best choice of
    all pairs, `known` those met on the way."""
    anybody = all_loosened(len(seats_i), len(seats_j))
    best = calmed(picked, seats_i, seats_j, points, find, tie)
    for _ in range(PROMISES_MAX):
        places = _Places(picked, seats_i, seats_j, tie)
        gaining = places.apart(find(places.least_u + points, places.least_v + points, anybody)[0])
        if not len(gaining):
            return best
        gain = np.minimum(gaining.u - places.least_u[gaining.rows], gaining.v - places.least_v[gaining.cols])
        picked, known = again(
            *_promises(gaining, (-gain, tie(gaining)), known, len(seats_i), seats_j, points)
        )
        found = calmed(picked, seats_i, seats_j, points, find, tie)
        if found is not None and (best is None or worth(found).sum() > worth(best).sum()):
            best = found
    return best


def _promises(
    gaining: Edges, by: tuple[Ints, Ints], known: Edges, mentees: int, seats_j: Ints, points: int
) -> tuple[Ints, Ints]:
    """What one of the two of each of these pairs is promised: to get more than would make her leave. It is the one who
    has more others to choose from, and each is promised something once; pairs come in the order of `by`."""
    need_u, need_v = np.full(mentees, -1), np.full(len(seats_j), -1)
    others_i = _others(known.rows, known.u, gaining.rows, gaining.u - points)
    others_j = _others(known.cols, known.v, gaining.cols, gaining.v - points) // np.maximum(
        seats_j[gaining.cols], 1
    )
    order = np.lexsort(by[::-1])
    columns = (
        gaining.rows,
        gaining.cols,
        gaining.u - points - 1,
        gaining.v - points - 1,
        others_i >= others_j,
    )
    for i, j, u, v, to_mentee in zip(*(column[order].tolist() for column in columns), strict=True):
        if need_u[i] >= 0 or need_v[j] >= 0:
            continue
        if to_mentee:
            need_u[i] = u
        else:
            need_v[j] = v
    return need_u, need_v


def _others(people: Ints, scores: Ints, asked: Ints, least: Ints) -> Ints:
    """How many pairs each of those asked about has with at least this score."""
    keys, least = np.sort(people.astype(np.int64) << 32 | scores), np.maximum(least, 0)
    first, beyond = (
        np.searchsorted(keys, asked.astype(np.int64) << 32 | least),
        np.searchsorted(keys, asked.astype(np.int64) + 1 << 32),
    )
    return beyond - first


def calmed(picked: Edges, seats_i: Ints, seats_j: Ints, points: int, find: Find, tie: Tie) -> Edges | None:
    """The pairs after re-matching, in order; None where it comes to no end. `points`: what both may gain."""
    places = _Places(picked, seats_i, seats_j, tie)
    loosened = all_loosened(len(seats_i), len(seats_j))
    for _ in range(ROUNDS_MAX):
        found, more = find(places.least_u + points, places.least_v + points, loosened)
        found = places.apart(found)
        if not len(found):
            return places.pairs()
        loosened = places.rematch(found, points)
        loosened.mentees[more] = True
    return None


Score = tuple[int, int]  # what somebody gets by a pair, and its tie


class _Places:
    """Who is with whom: of each side the pairs of everybody, with what they are worth to her."""

    def __init__(self, picked: Edges, seats_i: Ints, seats_j: Ints, tie: Tie) -> None:
        self._seats, self._tie = (seats_i.tolist(), seats_j.tolist()), tie
        self._pairs: dict[tuple[int, int], tuple[int, int, int]] = {}
        self._with: tuple[list[dict[int, Score]], list[dict[int, Score]]] = (
            [{} for _ in self._seats[0]],
            [{} for _ in self._seats[1]],
        )
        self.least_u, self.least_v = np.zeros(len(seats_i), np.int64), np.zeros(len(seats_j), np.int64)
        for pair in self._listed(picked):
            self._add(*pair)
        for i in range(len(self._with[0])):
            self.least_u[i] = self._least(0, i)
        for j in range(len(self._with[1])):
            self.least_v[j] = self._least(1, j)

    def apart(self, found: Edges) -> Edges:
        """Those of these pairs that are not together."""
        pairs = zip(found.rows.tolist(), found.cols.tolist(), strict=True)
        return found.only(np.array([pair not in self._pairs for pair in pairs], bool))

    def rematch(self, found: Edges, points: int) -> Loosened:
        """Bring together, largest gain first, those of these pairs that still gain more when it is their turn."""
        gain = np.minimum(found.u - self.least_u[found.rows], found.v - self.least_v[found.cols])
        order = np.lexsort((self._tie(found), -found.w, -gain))
        loosened = Loosened(np.zeros(len(self.least_u), bool), np.zeros(len(self.least_v), bool))
        for pair in self._listed(found, order):
            i, j, u, v, *_ = pair
            if min(u - self.least_u[i], v - self.least_v[j]) <= points or j in self._with[0][i]:
                continue
            for side, me in ((0, i), (1, j)):
                mine = self._with[side][me]
                if len(mine) == self._seats[side][me]:
                    other = min(mine, key=mine.__getitem__)
                    self._part((i, other) if side == 0 else (other, j), loosened)
            self._add(*pair)
            self.least_u[i], self.least_v[j] = self._least(0, i), self._least(1, j)
        return loosened

    def pairs(self) -> Edges:
        rows = [(*pair, *scores) for pair, scores in sorted(self._pairs.items())]
        if not rows:
            return no_edges()
        return Edges(*(column.astype(np.int32) for column in np.array(rows).T))

    def _add(self, i: int, j: int, u: int, v: int, w: int, tie: int) -> None:
        self._pairs[i, j] = (u, v, w)
        self._with[0][i][j], self._with[1][j][i] = (u, tie), (v, tie)

    def _part(self, pair: tuple[int, int], loosened: Loosened) -> None:
        i, j = pair
        del self._pairs[pair], self._with[0][i][j], self._with[1][j][i]
        self.least_u[i], self.least_v[j] = self._least(0, i), self._least(1, j)
        loosened.mentees[i] = loosened.mentors[j] = True

    def _least(self, side: int, me: int) -> int:
        """What she must get beyond to gain at all."""
        mine = self._with[side][me]
        return min(mine.values())[0] if mine and len(mine) == self._seats[side][me] else 0

    def _listed(self, edges: Edges, order: Ints | None = None) -> list[tuple[int, int, int, int, int, int]]:
        columns = (edges.rows, edges.cols, edges.u, edges.v, edges.w, self._tie(edges))
        ordered = columns if order is None else tuple(column[order] for column in columns)
        return list(zip(*(column.tolist() for column in ordered), strict=True))
