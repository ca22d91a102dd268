"""The pairs of a large market that have been listed, and which of them are chosen: the face of two kernels."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.columns import Bools, Ints
from services.matching.engine.edges import Edges, joint
from services.matching.engine.kernels.gather import gains, merge
from services.matching.engine.outcome import Prices
from services.matching.engine.scanning import Keys, Lists

Column = NDArray[np.int32]


@dataclass(frozen=True, eq=False, slots=True)
class Gathered:
    """By mentee and mentor, as in `Edges`: the pairs of mentee row i stand from start[i] to start[i + 1]. `worth` is what
    a pair adds to the objective."""

    start: Keys
    cols: Column
    u: Column
    v: Column
    worth: Column
    chosen: Bools

    def __len__(self) -> int:
        return len(self.cols)

    def rows(self, places: Ints) -> Ints:
        """The mentees of the pairs at these places."""
        return np.searchsorted(self.start, places, side="right") - 1

    def edges(self, kept: Bools | None = None) -> Edges:
        """All the pairs, or those kept."""
        places = np.arange(len(self)) if kept is None else np.flatnonzero(kept)
        u, v = self.u[places], self.v[places]
        return Edges(
            self.rows(places).astype(np.int32), self.cols[places], u, v, joint(u, v).astype(np.int32)
        )

    def gains(self, prices: Prices) -> Column:
        """What each pair is worth beyond the prices of both."""
        gain: Column = gains(self.start, self.cols, self.worth, prices.mentee, prices.mentor)
        return gain

    def only(self, kept: Bools) -> Self:
        start = np.append(0, np.cumsum(kept))[self.start]
        return type(self)(
            start, self.cols[kept], self.u[kept], self.v[kept], self.worth[kept], self.chosen[kept]
        )

    def with_lists(self, lists: Lists, extra: Keys) -> Self:
        """With those of the lists that are not here. `extra`: what a pair of each mentee is worth beyond w."""
        return type(self)(
            *merge(
                self.start, self.cols, self.u, self.v, self.worth, self.chosen, lists.rows, lists.found,
                lists.mentor, lists.u, lists.v, extra,
            )
        )  # fmt: skip


def gathered(edges: Edges, worth: Keys, mentees: int) -> Gathered:
    """These pairs, none of them chosen."""
    start = np.searchsorted(edges.rows, np.arange(mentees + 1)).astype(np.int64)
    cols, u, v, points = (
        np.ascontiguousarray(one, np.int32) for one in (edges.cols, edges.u, edges.v, worth)
    )
    return Gathered(start, cols, u, v, points, np.zeros(len(edges), bool))
