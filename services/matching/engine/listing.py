"""Pairs asked about by name, and what stops people without any pair: the face of two kernels."""

import numpy as np

from services.matching.engine.blocks import over
from services.matching.engine.columns import Ints
from services.matching.engine.edges import Edges, joint
from services.matching.engine.kernels.stops import tally, weigh_listed
from services.matching.engine.left import MASKS, Tally, no_tally
from services.matching.engine.round import Progress
from services.matching.engine.tables import Tables

PEOPLE_A_BLOCK = 16


def listed(t: Tables, rows: Ints, cols: Ints) -> tuple[Ints, Edges]:
    """These pairs in their order: what stops each, as a mask, and what it is worth; 0 where it is stopped."""
    rows, cols = (np.ascontiguousarray(one, np.int32) for one in (rows, cols))
    mask, u, v = (np.zeros(len(rows), np.int64) for _ in range(3))
    weigh_listed(t, rows, cols, mask, u, v)
    return mask, Edges(rows, cols, *(column.astype(np.int32) for column in (u, v, joint(u, v))))


def tallied(t: Tables, people: Ints, *, mentees: bool, floor: int, threads: int, progress: Progress) -> Tally:
    """What stops these mentees, or mentors, from everybody on the other side."""
    counted, asked = no_tally(len(people)), np.ascontiguousarray(people, np.int32)

    def work(block: slice) -> None:
        tally(
            t, asked[block], mentees, floor, np.zeros((len(asked[block]), MASKS), np.int64), counted.alone[block], counted.some[block],
            counted.free[block], counted.met[block],
        )  # fmt: skip

    over(asked, work, size=PEOPLE_A_BLOCK, threads=threads, step="reasons", progress=progress)
    return counted
