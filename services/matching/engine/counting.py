"""How many pairs of a large market each rule is the first to stop: the face of a kernel.

Invariant: the counts are those of `pairs.weigh`, pair by pair; they add up to all pairs of the market.
"""

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.blocks import over
from services.matching.engine.columns import CONFIRMED
from services.matching.engine.edges import Edges
from services.matching.engine.kernels.first import count_first, move_listed
from services.matching.engine.market import Snapshot
from services.matching.engine.pairs import STOPS
from services.matching.engine.round import Progress
from services.matching.engine.rules import Rules
from services.matching.engine.tables import ALL, Tables, everybody_listed
from services.matching.engine.walking import Walk, new_walk

Counts = NDArray[np.int64]


def first_stops(
    market: Snapshot, t: Tables, locked: Edges, floor: int, *, threads: int, progress: Progress
) -> Counts:
    """[STOPS and one]: how many pairs each is the first to stop, and how many are eligible. `t` holds everybody who may be
    proposed; the floor does not stop pairs that are `locked`."""
    counts = _of_sides(market)
    rows = np.flatnonzero(market.mentees.barred == 0)
    order = np.lexsort((rows, market.mentees.chapter[rows]))
    rows = np.ascontiguousarray(rows[order], np.int32)
    everyone, nothing = everybody_listed(t), np.zeros(len(market.mentors), np.int64)
    weigh = floor > 0 or not _surely_worth_something(market.rules, t.asks)
    spare: list[tuple[Walk, Walk, Counts]] = []  # one for each thread

    def work(block: slice) -> None:
        walk, around, here = (
            spare.pop() if spare else (new_walk(t), new_walk(everyone), np.zeros_like(counts))
        )
        count_first(t, walk, everyone, around, rows[block], weigh, floor, nothing, here)
        move_listed(t, walk.met, walk.turn, rows[block], floor, here)
        spare.append((walk, around, here))

    over(rows, work, threads=threads, step="stops", progress=progress)
    counts += sum(here for _, _, here in spare)
    below = int((locked.w < floor).sum())
    counts[STOPS.index("floor")] -= below
    counts[-1] += below
    return counts


def _of_sides(market: Snapshot) -> Counts:
    """The pairs that are stopped by what bars one of the two, and by their chapters."""
    counts = np.zeros(len(STOPS) + 1, np.int64)
    sides, chapters = (market.mentees, market.mentors), len(market.chapters)
    confirmed = [np.bincount(side.chapter[side.barred != CONFIRMED], minlength=chapters) for side in sides]
    able = [np.bincount(side.chapter[side.barred == 0], minlength=chapters) for side in sides]
    every = len(market.mentees) * len(market.mentors)
    both_confirmed = int(confirmed[0].sum() * confirmed[1].sum())
    both_able = int(able[0].sum() * able[1].sum())
    counts[STOPS.index("confirmed")] = every - both_confirmed
    counts[STOPS.index("route")] = both_confirmed - both_able
    counts[STOPS.index("chapter")] = both_able - int((np.outer(*able) * market.chapters_open).sum())
    return counts


def _surely_worth_something(rules: Rules, asks: int) -> bool:
    """Whether every pair that passes the rules before gives both sides a reason: something is asked of it that counts."""
    mine, theirs = rules.mentee_weights, rules.mentor_weights
    asked = (
        (asks != ALL, mine.wants, theirs.asked),
        (rules.requires("language"), mine.languages, theirs.languages),
        (rules.requires("hour"), mine.hours, theirs.hours),
    )
    return any(there and points for there, points, _ in asked) and any(
        there and points for there, _, points in asked
    )
