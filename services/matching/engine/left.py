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
from services.matching.engine.pairs import STOPS, Masks, bit
from services.matching.engine.people import ROLES
from services.matching.engine.round import NOT_THIS_ROUND, LeftCount, LeftOver

ABSENT = np.uint16(bit("confirmed") | bit("route") | bit("same_person"))
"""With an eligible person, these stops mean that there is nobody to meet."""
PRIVATE = np.uint16(
    sum(bit(code) for code in ("exclusion", "conflict", "nothing_for_mentee", "nothing_for_mentor", "floor"))
)
MASKS = 1 << len(STOPS)
SAID = (*STOPS, "no_seat", "nobody", "seats", NOT_THIS_ROUND)
"""What is said of somebody left over (`LeftOver`); arrays hold places in it."""
CELLS_AT_ONCE = 2_000_000  # masks read at once: bounds the memory, 18 bytes each


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Stopping:
    """What stops the pairs of a market, as far as a report needs it.

    `mentees_met` [mentees] and `mentors_met` [mentors]: whether any pair of this person is eligible (the floor
    stops a pair as well, unless it is locked). `of_mentees(rows)` gives the masks [rows, mentors] and
    `of_mentors(rows)` those [rows, mentees]; they are asked about people without an eligible pair only.
    `every` holds a mask for every pair where all were weighed, else None.
    """

    mentees_met: Bools
    mentors_met: Bools
    of_mentees: Callable[[Ints], Masks]
    of_mentors: Callable[[Ints], Masks]
    every: Masks | None = None


def stopping(stops: Masks) -> Stopping:
    """The same from a mask for every pair, as in `Pairs`."""
    free = stops == 0
    return Stopping(
        mentees_met=free.any(axis=1),
        mentors_met=free.any(axis=0),
        of_mentees=stops.__getitem__,
        of_mentors=stops.T.__getitem__,
        every=stops,
    )


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
    mentees = _left(market.mentees, used_i, stops.mentees_met, stops.of_mentees, len(market.mentors))
    mentors = _left(market.mentors, used_j, stops.mentors_met, stops.of_mentors, len(market.mentees))
    rows, code, shown = (np.concatenate(both) for both in zip(mentees, mentors, strict=True))
    side = np.repeat([0, 1], [len(mentees[0]), len(mentors[0])])
    small = (column.astype(np.uint8) for column in (code, shown))
    return Left(side.astype(np.uint8), rows.astype(np.int32), *small)


def _left(
    side: Side, used: Ints, met: Bools, stops_of: Callable[[Ints], Masks], others: int
) -> tuple[Ints, Ints, Ints]:
    """The rows of those left on this side, with code and shown. `stops_of` gives [rows, others]."""
    rows = np.flatnonzero(used == 0)
    barred = side.barred[rows]
    own = np.select(
        [barred == CONFIRMED, barred == ROUTE, side.seats[rows] == 0, met[rows]],
        [SAID.index("confirmed"), SAID.index("route"), SAID.index("no_seat"), SAID.index("seats")],
        -1,
    )
    code, shown = own.copy(), own
    asked = np.flatnonzero(own < 0)
    at_once = max(CELLS_AT_ONCE // max(others, 1), 1)
    for start in range(0, len(asked), at_once):
        some = asked[start : start + at_once]
        masks, counts = _counted(stops_of(rows[some]))
        code[some], shown[some] = _why(masks, counts), _why(masks & ~PRIVATE, counts)
    shown[shown == SAID.index("seats")] = SAID.index(NOT_THIS_ROUND)
    return rows, code, shown


def _counted(stops: Masks) -> tuple[Masks, Ints]:
    """The masks that occur among people she could have met, and how often each does: [rows, masks]."""
    masks = np.flatnonzero(np.bincount(stops.ravel(), minlength=MASKS)).astype(np.uint16)
    masks = masks[masks & ABSENT == 0]
    place = np.full(MASKS, len(masks), np.uint16)
    place[masks] = np.arange(len(masks))
    width = len(masks) + 1  # the last column takes those she could not
    cells = np.arange(len(stops))[:, None] * width + place[stops]
    counts = np.bincount(cells.ravel(), minlength=len(stops) * width).reshape(len(stops), width)
    return masks, counts[:, :-1]


def _why(masks: Masks, counts: Ints) -> Ints:
    """What stopped eligible people, from the stops of everybody each could have met."""
    bits = np.array([bit(code) for code in STOPS], np.uint16)
    alone = counts @ (masks[:, None] == bits)
    among = counts @ (masks[:, None] & bits != 0)
    most = np.where(alone.any(axis=1)[:, None], alone, among).argmax(axis=1)
    free = counts[:, masks == 0].any(axis=1)
    met = counts.any(axis=1)
    return np.select([~met, free], [SAID.index("nobody"), SAID.index("seats")], most)
