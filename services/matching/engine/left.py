"""Who is left without a proposal, and the rule that stopped each: see `round.LeftOver`.

Invariants: whoever could have met somebody is known by a flag, so that masks of stops are asked for only of
people whom a rule stops from everybody; they are asked for in blocks, so that memory is bounded at any size.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.columns import CONFIRMED, ROUTE, Bools, Ints, Side
from services.matching.engine.market import Snapshot
from services.matching.engine.pairs import ABSENT, PRIVATE, ROWS_AT_ONCE, STOPS, Masks, bit
from services.matching.engine.people import ROLES
from services.matching.engine.round import NOT_THIS_ROUND, LeftCount, LeftOver

MASKS = 1 << len(STOPS)
SAID = (*STOPS, "no_seat", "nobody", "seats", NOT_THIS_ROUND)
"""What is said of somebody left over (`LeftOver`); arrays hold places in it."""
_BITS = np.array([bit(code) for code in STOPS], np.uint16)
CELLS_AT_ONCE = 2_000_000  # masks read at once: bounds the memory, 18 bytes each


@dataclass(frozen=True, eq=False, slots=True)
class Tally:
    """What stops some people from everybody they could have met. `alone` and `some` [people, 2, STOPS]: how often each
    rule stops a pair alone, or with others; `free` [people, 2]: pairs that nothing stops; each with all rules, and
    without private ones. `met` [people]: how many there are to meet."""

    alone: Ints
    some: Ints
    free: Ints
    met: Ints


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Stopping:
    """What stops the pairs of a market, as far as a report needs it.

    `mentees_met` [mentees] and `mentors_met` [mentors]: whether any pair of this person is eligible (the floor
    stops a pair as well, unless it is locked). `of_mentees(rows)` and `of_mentors(rows)` count what stops these
    people; they are asked about people of whom no eligible pair is known only.
    `counts` [STOPS and one]: how many pairs each rule is the first to stop, and how many none does; None where nobody
    counted them.
    """

    mentees_met: Bools
    mentors_met: Bools
    of_mentees: Callable[[Ints], Tally]
    of_mentors: Callable[[Ints], Tally]
    counts: Ints | None = None


def stopping(stops: Masks) -> Stopping:
    """The same from a mask for every pair, as in `Pairs`."""
    free = stops == 0
    return Stopping(
        mentees_met=free.any(axis=1),
        mentors_met=free.any(axis=0),
        of_mentees=lambda rows: _tally(stops, rows),
        of_mentors=lambda rows: _tally(stops.T, rows),
        counts=_first(stops),
    )


def _first(stops: Masks) -> Ints:
    """See `Stopping.counts`."""
    seen = np.zeros(MASKS, np.int64)
    for start in range(0, len(stops), ROWS_AT_ONCE):
        seen += np.bincount(stops[start : start + ROWS_AT_ONCE].ravel(), minlength=MASKS)
    masks = np.arange(MASKS)
    lowest = masks & -masks  # the first rule to stop
    return np.array([*(seen[lowest == bit(code)].sum() for code in STOPS), seen[0]], np.int64)


@dataclass(frozen=True, eq=False, slots=True)
class Left:
    """Everybody without a proposal on a side, mentees first, by row."""

    side: NDArray[np.uint8]  # place in ROLES
    rows: NDArray[np.int32]
    code: NDArray[np.uint8]  # place in SAID, as is `shown`
    shown: NDArray[np.uint8]

    def read(self, market: Snapshot, start: int, stop: int) -> list[LeftOver]:
        """Some of them as values."""
        ids = (market.mentees.ids, market.mentors.ids)
        columns = (column[start:stop].tolist() for column in (self.side, self.rows, self.code, self.shown))
        return [
            LeftOver(id=ids[side][row], side=ROLES[side], code=SAID[code], shown=SAID[shown])
            for side, row, code, shown in zip(*columns, strict=True)
        ]

    def counts(self) -> tuple[LeftCount, ...]:
        """How many of each side have each code, mentees first, in the order of `SAID`."""
        people = np.bincount(self.side.astype(np.int64) * len(SAID) + self.code)
        return tuple(
            LeftCount(side=ROLES[place // len(SAID)], code=SAID[place % len(SAID)], people=int(people[place]))
            for place in np.flatnonzero(people).tolist()
        )


def left_over(market: Snapshot, used_i: Ints, used_j: Ints, stops: Stopping) -> Left:
    """Everybody whom none of the proposals uses; `used_i` and `used_j` count the proposals of each person."""
    mentees = _left(market.mentees, used_i, stops.mentees_met, stops.of_mentees)
    mentors = _left(market.mentors, used_j, stops.mentors_met, stops.of_mentors)
    rows, code, shown = (np.concatenate(both) for both in zip(mentees, mentors, strict=True))
    side = np.repeat([0, 1], [len(mentees[0]), len(mentors[0])])
    small = (column.astype(np.uint8) for column in (code, shown))
    return Left(side.astype(np.uint8), rows.astype(np.int32), *small)


def _left(side: Side, used: Ints, met: Bools, tally_of: Callable[[Ints], Tally]) -> tuple[Ints, Ints, Ints]:
    """The rows of those left on this side, with code and shown."""
    rows = np.flatnonzero(used == 0)
    barred = side.barred[rows]
    own = np.select(
        [barred == CONFIRMED, barred == ROUTE, side.seats[rows] == 0, met[rows]],
        [SAID.index("confirmed"), SAID.index("route"), SAID.index("no_seat"), SAID.index("seats")],
        -1,
    )
    code, shown = own.copy(), own
    asked = np.flatnonzero(own < 0)
    if len(asked):
        tally = tally_of(rows[asked])
        code[asked], shown[asked] = _why(tally, 0), _why(tally, 1)
    shown[shown == SAID.index("seats")] = SAID.index(NOT_THIS_ROUND)
    return rows, code, shown


def _why(tally: Tally, public: int) -> Ints:
    """What stopped eligible people, from the stops of everybody each could have met; with `public`, without the
    private ones."""
    alone, some = tally.alone[:, public], tally.some[:, public]
    most = np.where(alone.any(axis=1, keepdims=True), alone, some).argmax(axis=1)
    return np.select(
        [tally.met == 0, tally.free[:, public] > 0], [SAID.index("nobody"), SAID.index("seats")], most
    )


def _tally(stops: Masks, rows: Ints) -> Tally:
    """The same from a mask for every pair [people, others]."""
    tally = no_tally(len(rows))
    at_once = max(CELLS_AT_ONCE // max(stops.shape[1], 1), 1)
    for start in range(0, len(rows), at_once):
        some = slice(start, start + at_once)
        masks, counts = _counted(stops[rows[some]])
        tally.met[some] = counts.sum(axis=1)
        for place, seen in enumerate((masks, masks & ~np.uint16(PRIVATE))):
            tally.alone[some, place] = counts @ (seen[:, None] == _BITS)
            tally.some[some, place] = counts @ (seen[:, None] & _BITS != 0)
            tally.free[some, place] = counts[:, seen == 0].sum(axis=1)
    return tally


def no_tally(people: int) -> Tally:
    """Nothing counted yet."""
    shape = (people, 2, len(STOPS))
    return Tally(
        np.zeros(shape, np.int64),
        np.zeros(shape, np.int64),
        np.zeros(shape[:2], np.int64),
        np.zeros(people, np.int64),
    )


def _counted(stops: Masks) -> tuple[Masks, Ints]:
    """The masks that occur among people she could have met, and how often each does: [rows, masks]."""
    masks = np.flatnonzero(np.bincount(stops.ravel(), minlength=MASKS)).astype(np.uint16)
    masks = masks[masks & np.uint16(ABSENT) == 0]
    place = np.full(MASKS, len(masks), np.uint16)
    place[masks] = np.arange(len(masks))
    width = len(masks) + 1  # the last column takes those she could not
    cells = np.arange(len(stops))[:, None] * width + place[stops]
    counts = np.bincount(cells.ravel(), minlength=len(stops) * width).reshape(len(stops), width)
    return masks, counts[:, :-1]
