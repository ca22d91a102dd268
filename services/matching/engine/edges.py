"""The pairs that nothing stops, as arrays: what everything after the weighing works on.

Invariants: arrays have one place for each pair, in (mentee row, mentor row) order, and are never changed.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from services.matching.engine.columns import Bools, Ints

_NAMES = ("rows", "cols", "u", "v", "w")


@dataclass(frozen=True, eq=False, slots=True)
class Edges:
    """u is what the mentee gets, v what the mentor gets, w = 2uv // (u + v); all int32."""

    rows: Ints
    cols: Ints
    u: Ints
    v: Ints
    w: Ints

    def __len__(self) -> int:
        return len(self.w)

    def only(self, kept: Bools) -> Self:
        return type(self)(self.rows[kept], self.cols[kept], self.u[kept], self.v[kept], self.w[kept])


def joint(u: Ints, v: Ints) -> Ints:
    """The joint scores of pairs: 0 where one of the two gets nothing."""
    u, v = u.astype(np.int64), v.astype(np.int64)
    w: Ints = 2 * u * v // np.maximum(u + v, 1)
    return w


def joint_of_two(u: int, v: int) -> int:
    """The joint score of one pair."""
    return 2 * u * v // max(u + v, 1)


def no_edges() -> Edges:
    nothing = np.zeros(0, np.int32)
    return Edges(nothing, nothing, nothing, nothing, nothing)


def joined(blocks: list[Edges]) -> Edges:
    """The edges of blocks of mentees, in the blocks' order."""
    return Edges(*(np.concatenate([getattr(block, name) for block in blocks]) for name in _NAMES))


def united(one: Edges, other: Edges) -> Edges:
    """The pairs of both, each once."""
    both = Edges(*(np.concatenate([getattr(one, name), getattr(other, name)]) for name in _NAMES))
    _, first = np.unique(_keys(both), return_index=True)
    return Edges(*(getattr(both, name)[first] for name in _NAMES))


def among(edges: Edges, others: Edges) -> Bools:
    """Which of the edges are among the others."""
    keys, known = _keys(edges), _keys(others)
    place = np.searchsorted(known, keys)
    met: Bools = np.append(known, -1)[place] == keys
    return met


def _keys(edges: Edges) -> Ints:
    """One number for each pair, in the pairs' order."""
    return edges.rows.astype(np.int64) << 32 | edges.cols
