"""The columns of one side of a market: each fact about a person as an array as narrow as its bounds allow,
bit sets where she lists many, one after another where there are few of many (areas).

Invariants: arrays are read-only; a person's row is the same in all of them.
"""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

A = TypeVar("A", bound=NDArray[Any])
Ints = NDArray[np.signedinteger[Any]]
Bools = NDArray[np.bool_]
Words = NDArray[np.uint64]  # bit sets: [people, words of 64 bits]
Bytes = NDArray[np.uint8]

CONFIRMED, ROUTE = 1, 2
"""Values of `Side.barred`: the person is unconfirmed, or her intake led elsewhere; 0 is neither."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Areas:
    """The areas that mentees want, or mentors offer: those of row i stand from start[i] to start[i + 1], in the
    areas' order."""

    start: NDArray[np.int32]  # [people + 1]
    area: Bytes  # place in Snapshot.areas
    years: Bytes  # mentees: own experience; mentors: the experience they offer
    keen: Bytes  # mentees: 1 to 3; mentors: 1 where they like to teach it, else 0

    def of(self, rows: Ints) -> tuple[Ints, Ints]:
        """What these rows have: (place in `rows`, place in `area` and its likes), by both."""
        counts = self.start[rows + 1] - self.start[rows]
        at = np.repeat(np.arange(len(rows)), counts)
        first = self.start[rows] - (np.cumsum(counts) - counts)
        return at, np.arange(len(at)) + np.repeat(first, counts)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Side:
    """One side of the market. Every array has one row for each person, in the order of the ids."""

    ids: tuple[str, ...]
    chapter: NDArray[np.uint16]  # index into Snapshot.chapters
    seats: Bytes  # proposals this person can take on this side
    barred: Bytes
    areas: Areas
    languages: Words
    hours: Words
    wants_to_learn: Words
    could_teach: Words
    choices: Words  # [people, questions]: bits of the choices taken; 0 is no answer
    scales: NDArray[np.int16]  # [people, questions]: -1 is no answer

    def __len__(self) -> int:
        return len(self.ids)

    def row_of(self, member: str) -> int | None:
        """The row of this id; None where nobody here has it."""
        row = bisect_left(self.ids, member)
        return row if row < len(self.ids) and self.ids[row] == member else None


def fixed(array: A) -> A:
    """The same array, read-only from now on."""
    array.setflags(write=False)
    return array
