"""The pairs that nothing stops, as arrays: what everything after the weighing works on.

Invariants: arrays have one place for each pair, in (mentee row, mentor row) order, and are never changed.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from services.matching.engine.columns import Bools, Ints


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


def joined(blocks: list[Edges]) -> Edges:
    """The edges of blocks of mentees, in the blocks' order."""
    names = ("rows", "cols", "u", "v", "w")
    return Edges(*(np.concatenate([getattr(block, name) for block in blocks]) for name in names))
