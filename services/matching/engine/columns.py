"""The columns of one side of a market: each fact about a person as an array, bit sets where she lists many.

Invariants: arrays are read-only; a person's row is the same in all of them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.people import MENTORING, Answer, Person
from services.matching.engine.rules import HOURS_IN_A_WEEK, Rules

WORD_BITS = 64

T = TypeVar("T")
A = TypeVar("A", bound=NDArray[Any])
Ints = NDArray[np.signedinteger[Any]]
Bools = NDArray[np.bool_]
Words = NDArray[np.uint64]  # bit sets: [people, words of 64 bits]

CONFIRMED, ROUTE = 1, 2
"""Values of `Side.barred`: the person is unconfirmed, or her intake led elsewhere; 0 is neither."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Side:
    """One side of the market. Every array has one row for each person; area columns follow
    `Snapshot.areas`."""

    ids: tuple[str, ...]
    chapter: Ints  # index into Snapshot.chapters
    seats: Ints  # proposals this person can take on this side
    barred: Ints
    languages: Words
    hours: Words
    wanted: Ints  # 0 to 3
    years: Ints  # mentees: own experience; mentors: the experience they offer
    offered: Bools
    likes: Bools
    wants_to_learn: Words
    could_teach: Words
    choices: Words  # [people, questions]: bits of the choices taken; 0 is no answer
    scales: Ints  # [people, questions]: -1 is no answer
    row: Mapping[str, int]  # id -> row

    def __len__(self) -> int:
        return len(self.ids)


def side_of(
    role: str,
    members: Sequence[Person],
    rules: Rules,
    areas: tuple[str, ...],
    languages: tuple[str, ...],
    chapters: tuple[str, ...],
    answers: Mapping[str, Mapping[str, Answer]],
    choices: Mapping[str, tuple[str, ...]],
) -> Side:
    size = (len(members), len(areas))
    column = {area: place for place, area in enumerate(areas)}
    chapter = {name: place for place, name in enumerate(chapters)}
    wanted, years = np.zeros(size, np.int64), np.zeros(size, np.int64)
    offered, likes = np.zeros(size, bool), np.zeros(size, bool)
    scales = np.full((len(members), len(rules.questions)), -1, np.int64)
    taken = np.zeros((len(members), len(rules.questions)), np.uint64)
    for row, person in enumerate(members):
        for area, weight in person.areas_wanted.items():
            wanted[row, column[area]] = weight
        for area, offer in person.areas_offered.items():
            offered[row, column[area]] = True
            years[row, column[area]] = offer
        if role == "mentee":
            for area in person.years.keys() & column.keys():
                years[row, column[area]] = max(person.years[area], person.areas_offered.get(area, 0))
        for area in person.likes_to_teach:
            likes[row, column[area]] = True
        for place, question in enumerate(rules.questions):
            answer = answers[person.id].get(question.key)
            if answer is not None and isinstance(answer.value, int):
                scales[row, place] = answer.value
            bits = sum(1 << choices[question.key].index(name) for name in choices_in(answer))
            taken[row, place] = np.uint64(bits)
    return Side(
        ids=tuple(person.id for person in members),
        chapter=fixed(np.array([chapter[person.chapter] for person in members], np.int64)),
        seats=fixed(np.array([_seats(role, person, rules) for person in members], np.int64)),
        barred=fixed(np.array([_barred(person) for person in members], np.int64)),
        languages=_bits([person.languages for person in members], languages),
        hours=_bits([person.hours for person in members], range(HOURS_IN_A_WEEK)),
        wanted=fixed(wanted),
        years=fixed(years),
        offered=fixed(offered),
        likes=fixed(likes),
        wants_to_learn=_bits([person.wants_to_learn for person in members], areas),
        could_teach=_bits([person.could_teach for person in members], areas),
        choices=fixed(taken),
        scales=fixed(scales),
        row={person.id: row for row, person in enumerate(members)},
    )


def _seats(role: str, person: Person, rules: Rules) -> int:
    return min(person.mentee_seats, rules.proposals_per_mentee) if role == "mentee" else person.mentor_seats


def _barred(person: Person) -> int:
    if not person.confirmed:
        return CONFIRMED
    return 0 if person.route == MENTORING else ROUTE


def _bits(sets: Sequence[Collection[T]], names: Sequence[T]) -> Words:
    """Bit sets of 64-bit words, the n-th name at bit n; at least one word each."""
    place = {name: at for at, name in enumerate(names)}
    words = np.zeros((len(sets), max(1, -(-len(names) // WORD_BITS))), np.uint64)
    for row, members in enumerate(sets):
        for member in members:
            word, bit = divmod(place[member], WORD_BITS)
            words[row, word] |= np.uint64(1 << bit)
    return fixed(words)


def choices_in(answer: Answer | None) -> Collection[str]:
    """The choices in an answer to a "same" question."""
    if answer is None or isinstance(answer.value, int):
        return ()
    return (answer.value,) if isinstance(answer.value, str) else answer.value


def fixed(array: A) -> A:
    """The same array, read-only from now on."""
    array.setflags(write=False)
    return array
