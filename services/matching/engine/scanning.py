"""The best mentors of many mentees, over all pairs of a large market: the face of the compiled scan."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.blocks import over
from services.matching.engine.columns import Ints
from services.matching.engine.edges import Edges, joint
from services.matching.engine.kernels.scan import BY_U, BY_W, scan
from services.matching.engine.round import Progress
from services.matching.engine.tables import Tables
from services.matching.engine.walking import Walk, new_walk

Keys = NDArray[np.int64]
ANY_KEY = np.iinfo(np.int64).max
NO_NEED = -1  # every score goes beyond it
ANY_SCORE = -(1 << 38)  # below any score less any price


@dataclass(frozen=True, eq=False, slots=True)
class Lists:
    """Of each of `rows` (mentees) the best mentors, best first: [rows, width]; beyond `found` there is nothing.

    `key`: (score - less) << TIE_BITS | tie. `seen`: how many pairs met what was asked; exact where it is below
    the width, or the width is 0."""

    rows: Ints
    mentor: NDArray[np.int32]
    u: NDArray[np.int32]
    v: NDArray[np.int32]
    key: Keys
    found: NDArray[np.int32]
    seen: NDArray[np.int32]

    def edges(self) -> Edges:
        """All of them, by mentee and mentor."""
        width = self.mentor.shape[1]
        listed = np.arange(width) < self.found[:, None]
        at = np.flatnonzero(listed.ravel())
        rows = np.repeat(self.rows.astype(np.int32), self.found)
        cols = self.mentor.ravel()[at]
        order = np.argsort(rows.astype(np.int64) * (int(cols.max(initial=0)) + 1) + cols)
        u, v = self.u.ravel()[at][order], self.v.ravel()[at][order]
        return Edges(rows[order], cols[order], u, v, joint(u, v).astype(np.int32))


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Ask:
    """What to look for. `by`: BY_W or BY_U; `less`: points each mentor costs; `least`: the score, less that cost, a
    pair must go beyond, for each of the rows; `need_v`: what v must go beyond, for each mentor;
    `floor`: the least joint score w;
    `below`: the key that a pair must stay under, and `need_u`: what u must go beyond, for each of the rows."""

    by: int
    width: int
    less: Keys
    least: Keys
    need_v: Keys
    floor: int = 0
    below: Keys | None = None
    need_u: Keys | None = None


def best(t: Tables, rows: Ints, ask: Ask, *, threads: int, step: str, progress: Progress) -> Lists:
    lists = no_lists(rows, ask.width)
    below = np.full(len(rows), ANY_KEY) if ask.below is None else ask.below
    need_u = np.full(len(rows), NO_NEED) if ask.need_u is None else ask.need_u
    places = _side_by_side(t, rows)

    spare: list[Walk] = []  # one for each thread

    def work(block: slice) -> None:
        walk = spare.pop() if spare else new_walk(t)
        scan(
            t, walk, lists.rows, places[block], False, ask.by, ask.less, ask.least, need_u, ask.need_v, below, ask.floor,
            lists.mentor, lists.u, lists.v, lists.key, lists.found, lists.seen,
        )  # fmt: skip
        spare.append(walk)

    over(rows, work, threads=threads, step=step, progress=progress)
    return lists


def no_lists(rows: Ints, width: int) -> Lists:
    """Room for the best of each of these mentees."""
    shape = (len(rows), width)
    return Lists(
        rows=np.ascontiguousarray(rows, np.int32),
        mentor=np.empty(shape, np.int32),
        u=np.empty(shape, np.int32),
        v=np.empty(shape, np.int32),
        key=np.empty(shape, np.int64),
        found=np.empty(len(rows), np.int32),
        seen=np.empty(len(rows), np.int32),
    )


def _side_by_side(t: Tables, rows: Ints) -> Ints:
    """The places of the rows, those of one chapter and of one first wish side by side: what one mentee looked at is
    still at hand for the next."""
    people = t.mentees
    begin = np.minimum(people.area_start[rows], max(len(people.area) - 1, 0))
    first = people.area[begin] if len(people.area) else np.zeros(len(rows), np.uint8)
    return np.lexsort((first, people.chapter[rows]))


__all__ = [
    "ANY_KEY",
    "ANY_SCORE",
    "BY_U",
    "BY_W",
    "NO_NEED",
    "Ask",
    "Keys",
    "Lists",
    "best",
    "no_lists",
    "scan",
]
