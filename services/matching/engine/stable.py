"""Rounds in which no pair would both rather have each other, over all pairs of a large market.

Invariants:
1. Every mentee gets the best that any stable round could give her, in her order: what she gets (u), then a tie by both
   ids; mentors order by v, then the same tie (D. Gale and L. Shapley, 1962). So the round does not depend on who
   asks first.
2. Lists are as long as they need to be: who comes to the end of hers is scanned for again, past the last she asked and
   only for mentors whom she could still have.
3. Mentees begin in turns: seats that are taken by then need not be listed for those who begin later. Who asks first changes
   nothing (1).
"""

from dataclasses import dataclass

import numpy as np

from services.matching.engine.columns import Bools, Ints
from services.matching.engine.digests import TIE_BITS
from services.matching.engine.edges import Edges
from services.matching.engine.errors import ProofFailed
from services.matching.engine.kernels.accept import accept
from services.matching.engine.listing import listed
from services.matching.engine.round import Progress
from services.matching.engine.scanning import ANY_KEY, BY_U, Ask, Keys, Lists, best
from services.matching.engine.tables import Tables

WIDTH = 16  # mentors that a mentee asks before she is scanned for again
TURNS = 4  # more bring less than their scans cost
SCANS_MAX = 10_000
TIE = (1 << TIE_BITS) - 1


@dataclass(frozen=True, eq=False, slots=True)
class Stable:
    """The pairs, in order, and of whom an eligible pair was met on the way."""

    pairs: Edges
    mentees_met: Bools
    mentors_met: Bools


def stable_pairs(
    t: Tables, seats_i: Ints, seats_j: Ints, floor: int, *, threads: int, progress: Progress
) -> Stable:
    """The mentees' best stable round."""
    able: Ints = np.flatnonzero(t.mentees.able)
    turns = [able[first::TURNS] for first in range(TURNS)]
    places = _Places(len(seats_i), seats_j)
    wants, below = seats_i.astype(np.int64), np.full(len(seats_i), ANY_KEY)
    met_i, met_j = np.zeros(len(seats_i), bool), np.zeros(len(seats_j), bool)
    less, asking = np.zeros(len(seats_j), np.int64), np.zeros(0, np.int64)
    for number in range(SCANS_MAX):
        if turns:
            asking = np.sort(np.concatenate((asking, turns.pop(0))))
        if not len(asking):
            _meet(t, able[(wants[able] > 0) & ~met_i[able]], floor, met_i, met_j, threads, progress)
            return Stable(places.pairs(t), met_i, met_j)
        ask = Ask(
            by=BY_U,
            width=WIDTH,
            less=less,
            least=np.full(len(asking), -1),
            need_v=places.needed(),
            floor=floor,
            below=below[asking],
        )
        lists = best(t, asking, ask, threads=threads, step=f"scan {number + 1}", progress=progress)
        _note(lists, met_i, met_j)
        run_out = places.settle(asking, lists, wants)
        last = np.maximum(lists.found - 1, 0)
        below[asking] = np.take_along_axis(lists.key, last[:, None], axis=1)[:, 0]
        places.ends[asking] = lists.found < WIDTH
        asking = run_out[~places.ends[run_out]]
    raise ProofFailed(f"{SCANS_MAX} scans left mentees who ask on")


def _meet(
    t: Tables, rows: Ints, floor: int, met_i: Bools, met_j: Bools, threads: int, progress: Progress
) -> None:
    """Look whether these mentees have an eligible pair at all, now that nobody needs to be able to have it."""
    nothing = np.zeros(len(met_j), np.int64)
    ask = Ask(by=BY_U, width=1, less=nothing, least=np.full(len(rows), -1), need_v=nothing - 1, floor=floor)
    _note(best(t, rows, ask, threads=threads, step="reasons", progress=progress), met_i, met_j)


def _note(lists: Lists, met_i: Bools, met_j: Bools) -> None:
    met_i[lists.rows[lists.found > 0]] = True
    for place in range(lists.mentor.shape[1]):
        met_j[lists.mentor[lists.found > place, place]] = True


class _Places:
    """Whom everybody asks, and who holds the mentors' seats."""

    def __init__(self, mentees: int, seats_j: Ints) -> None:
        self._start = np.append(0, np.cumsum(seats_j)).astype(np.int64)
        self._worth, self._by = np.zeros(self._start[-1], np.int64), np.full(self._start[-1], -1, np.int64)
        self._used = np.zeros(len(seats_j), np.int64)
        self._mentor, self._theirs = (
            np.zeros((mentees, WIDTH), np.int32),
            np.zeros((mentees, WIDTH), np.int64),
        )
        self._found, self._following = np.zeros(mentees, np.int64), np.zeros(mentees, np.int64)
        self.ends: Bools = np.zeros(mentees, bool)  # whose list holds everybody she could still ask

    def settle(self, asking: Ints, lists: Lists, wants: Keys) -> Ints:
        """Let these mentees ask down their new lists; returns who ran out of hers."""
        self._mentor[asking] = lists.mentor
        for place in range(WIDTH):  # one column after another, so that little room is taken
            self._theirs[asking, place] = (
                lists.v[:, place].astype(np.int64) << TIE_BITS | lists.key[:, place] & TIE
            )
        self._found[asking], self._following[asking] = lists.found, 0
        run_out = np.empty(len(wants) + 1, np.int64)
        count = accept(
            asking, self._mentor, self._theirs, self._found, self._following, wants, self._start, self._worth,
            self._by, self._used, run_out,
        )  # fmt: skip
        return np.unique(run_out[:count])

    def needed(self) -> Keys:
        """What v must go beyond for each mentor to take somebody: one less than her weakest, whom a tie may beat."""
        seats = np.diff(self._start)
        needed = np.full(len(seats), -1)
        full = np.flatnonzero((self._used == seats) & (seats > 0))
        if len(full):  # a mentor without seats takes no room between two who have some
            weakest = np.minimum.reduceat(self._worth, self._start[:-1][seats > 0])
            needed[full] = (weakest[np.cumsum(seats > 0)[full] - 1] >> TIE_BITS) - 1
        return needed

    def pairs(self, t: Tables) -> Edges:
        mentor = np.repeat(np.arange(len(self._used)), np.diff(self._start))
        taken = self._by >= 0
        rows, cols = self._by[taken], mentor[taken]
        order = np.lexsort((cols, rows))
        return listed(t, rows[order], cols[order])[1]
