"""People become columns one after another, in any order and seen once: what is kept of each is a few hundred bytes.

Invariants:
1. Names are numbered as they are met and again by their own order at the end, and rows are put in the order of
   the ids, so that the order in which people come leaves no trace.
2. Every limit is looked at before what would go beyond it is kept.
3. An exclusion is kept as a digest of 128 bits until everybody is known: whom it names may come later, or
   never.
"""

from array import array
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.columns import CONFIRMED, ROUTE, Areas, Ints, Side, Words, fixed
from services.matching.engine.errors import EngineError
from services.matching.engine.people import MENTORING, ROLES, Answer, Person
from services.matching.engine.rules import AREAS_MAX, CHAPTERS_MAX, HOURS_IN_A_WEEK, Question, Rules

PEOPLE_PER_SIDE_MAX = 1_500_000
"""A country's market; memory grows by some 300 bytes a person."""
OFFERED_MAX = 5_000_000
"""Areas that all mentors offer together: a large round takes 40 to 180 bytes for each, in every thread."""
LANGUAGES_MAX = 256
CHOICES_MAX = 64
EXCLUSIONS_MAX = 10_000_000
"""In one market; each takes 20 bytes while the people come."""
EXCLUSIONS_AT_ONCE = 1_000_000  # bounds the memory of looking up whom they name
PEOPLE_AT_ONCE = 65_536  # bounds the memory of making bit sets
WORD_BITS = 64
DIGEST_BYTES = 16

Couples = NDArray[np.int32]  # [couples, 2]: mentee row and mentor row, each couple once, in order


class Names:
    """Names of one kind, numbered as they are met."""

    def __init__(self, what: str, most: int) -> None:
        self._what, self._most = what, most
        self._number: dict[str, int] = {}

    def number(self, name: str) -> int:
        found = self._number.get(name)
        if found is None:
            if len(self._number) == self._most:
                raise EngineError(
                    "too_many", f"use at most {self._most} {self._what} in one market", where=self._what
                )
            found = self._number[name] = len(self._number)
        return found

    def sorted(self) -> tuple[str, ...]:
        return tuple(sorted(self._number))

    def places(self) -> Ints:
        """For each number the name's place among the sorted names."""
        places = np.zeros(len(self._number), np.int64)
        places[[self._number[name] for name in self.sorted()]] = np.arange(len(self._number))
        return places


class _Sets:
    """A set of numbers for each person."""

    def __init__(self) -> None:
        self._counts, self._members = array("H"), array("H")

    def add(self, members: Collection[int]) -> None:
        self._counts.append(len(members))
        self._members.extend(members)

    def words(self, order: Ints, places: Ints) -> Words:
        """Bit sets of 64-bit words in this order of the people, number n at bit places[n]; at least one word each."""
        counts, members = _column(self._counts, np.int64), places[_column(self._members, np.int64)]
        width = max(1, -(-len(places) // WORD_BITS))
        start = np.append(0, np.cumsum(counts))
        words = np.zeros((len(counts), width), np.uint64)
        for first in range(0, len(counts), PEOPLE_AT_ONCE):
            beyond = min(first + PEOPLE_AT_ONCE, len(counts))
            bits = np.zeros((beyond - first, width * WORD_BITS), bool)
            row = np.repeat(np.arange(beyond - first), counts[first:beyond])
            bits[row, members[start[first] : start[beyond]]] = True
            words[first:beyond] = np.packbits(bits, axis=1, bitorder="little").view("<u8")
        return fixed(words[order])


@dataclass(frozen=True, slots=True)
class Numbering:
    """The names of a market; choices by question."""

    areas: Names
    languages: Names
    chapters: Names
    choices: tuple[Names, ...]


class _OneSide:
    """One side as its people come."""

    def __init__(self, role: str, rules: Rules, names: Numbering) -> None:
        self.role, self.ids = role, list[str]()
        self._rules, self._names = rules, names
        self._chapter, self._seats, self._barred = array("H"), array("B"), array("B")
        self._area_counts, self._area, self._years, self._keen = (array("B") for _ in range(4))
        self._languages, self._hours, self._learns, self._teaches = _Sets(), _Sets(), _Sets(), _Sets()
        self._choices = [_Sets() for _ in rules.questions]
        self._scales = array("h")
        self._excluding, self._excluded = array("I"), bytearray()

    def add(self, person: Person, answers: Mapping[str, Answer]) -> None:
        if len(self.ids) == PEOPLE_PER_SIDE_MAX:
            detail = f"this engine takes up to {PEOPLE_PER_SIDE_MAX:,} on each side; make the market smaller"
            raise EngineError("market_too_large", detail, where=self.role)
        names = self._names
        self._chapter.append(names.chapters.number(person.chapter))
        self._seats.append(self._seats_of(person))
        self._barred.append(_barred(person))
        self._add_areas(person)
        self._languages.add([names.languages.number(name) for name in person.languages])
        self._hours.add(person.hours)
        self._learns.add([names.areas.number(name) for name in person.wants_to_learn])
        self._teaches.add([names.areas.number(name) for name in person.could_teach])
        for sets, numbers, question in zip(self._choices, names.choices, self._rules.questions, strict=True):
            answer = answers.get(question.key)
            value = None if answer is None else answer.value
            self._scales.append(value if isinstance(value, int) else -1)
            sets.add([numbers.number(name) for name in _choices_in(value)])
        for other in person.exclusions:
            self._excluding.append(len(self.ids))
            self._excluded += _digest(other)
        self.ids.append(person.id)

    def _seats_of(self, person: Person) -> int:
        if self.role == "mentor":
            return person.mentor_seats
        return min(person.mentee_seats, self._rules.proposals_per_mentee)

    def _add_areas(self, person: Person) -> None:
        known = person.areas_offered
        if self.role == "mentee":
            listed = [
                (area, max(person.years.get(area, 0), known.get(area, 0)), keen)
                for area, keen in person.areas_wanted.items()
            ]
        else:
            listed = [(area, years, int(area in person.likes_to_teach)) for area, years in known.items()]
        if self.role == "mentor" and len(self._area) + len(listed) > OFFERED_MAX:
            detail = f"all mentors together may offer {OFFERED_MAX:,} areas; make the market smaller"
            raise EngineError("market_too_large", detail, where=self.role)
        self._area_counts.append(len(listed))
        for area, years, keen in listed:
            self._area.append(self._names.areas.number(area))
            self._years.append(years)
            self._keen.append(keen)

    def order(self) -> Ints:
        """The rows as they came, in the order of the ids."""
        return np.array(sorted(range(len(self.ids)), key=self.ids.__getitem__), np.int64)

    def side(self, order: Ints) -> Side:
        names, people, questions = self._names, len(self.ids), len(self._rules.questions)
        areas = names.areas.places()
        taken = [
            sets.words(order, own.places())[:, 0]
            for sets, own in zip(self._choices, names.choices, strict=True)
        ]
        return Side(
            ids=tuple(self.ids[row] for row in order.tolist()),
            chapter=fixed(names.chapters.places()[_column(self._chapter, np.int64)][order].astype(np.uint16)),
            seats=fixed(_column(self._seats, np.uint8)[order]),
            barred=fixed(_column(self._barred, np.uint8)[order]),
            areas=self._areas(order, areas),
            languages=self._languages.words(order, names.languages.places()),
            hours=self._hours.words(order, np.arange(HOURS_IN_A_WEEK)),
            wants_to_learn=self._learns.words(order, areas),
            could_teach=self._teaches.words(order, areas),
            choices=fixed(np.array(taken, np.uint64).reshape(questions, people).T.copy()),
            scales=fixed(_column(self._scales, np.int16).reshape(people, questions)[order]),
        )

    def _areas(self, order: Ints, places: Ints) -> Areas:
        counts = _column(self._area_counts, np.int64)
        row = np.repeat(_ranks(order), counts)
        area = places[_column(self._area, np.int64)]
        sorting = np.lexsort((area, row))
        return Areas(
            start=fixed(np.append(0, np.cumsum(counts[order])).astype(np.int32)),
            area=fixed(area[sorting].astype(np.uint8)),
            years=fixed(_column(self._years, np.uint8)[sorting]),
            keen=fixed(_column(self._keen, np.uint8)[sorting]),
        )

    def excluded(self, order: Ints, others: Side) -> tuple[Ints, Ints]:
        """Whom people of this side exclude among the others: (row here, row there)."""
        digests = np.frombuffer(b"".join(_digest(one) for one in others.ids), f"S{DIGEST_BYTES}")
        by_digest = np.argsort(digests)
        ranks, excluding = _ranks(order), np.asarray(self._excluding)
        named = np.frombuffer(self._excluded, f"S{DIGEST_BYTES}")
        here, there = [], []
        for first in range(0, len(named) if len(digests) else 0, EXCLUSIONS_AT_ONCE):
            some = named[first : first + EXCLUSIONS_AT_ONCE]
            place = np.minimum(np.searchsorted(digests, some, sorter=by_digest), len(digests) - 1)
            row = by_digest[place]
            met = digests[row] == some
            here.append(ranks[excluding[first : first + EXCLUSIONS_AT_ONCE][met]])
            there.append(row[met])
        return _joined(here), _joined(there)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Columns:
    """A market's people. Pairs are (mentee row, mentor row)."""

    mentees: Side
    mentors: Side
    excluded_by_mentee: Couples
    excluded_by_mentor: Couples
    same_person: Couples
    conflicts: tuple[tuple[Ints, Ints], ...]


class Gathering:
    """A market as its people come. Raises `EngineError` as `market.snapshot` says."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._ids: set[str] = set()
        self._exclusions = 0
        self.names = Numbering(
            Names("areas", AREAS_MAX),
            Names("languages", LANGUAGES_MAX),
            Names("chapters", CHAPTERS_MAX),
            tuple(Names(f"choices of {question.key}", CHOICES_MAX) for question in rules.questions),
        )
        self._sides = {role: _OneSide(role, rules, self.names) for role in ROLES}
        self._groups: dict[tuple[str, str], tuple[array[int], array[int]]] = {}

    def add(self, person: Person) -> None:
        if person.id in self._ids:
            raise EngineError("duplicate_id", "give each person once", where=person.id)
        self._exclusions += len(person.exclusions)
        if self._exclusions > EXCLUSIONS_MAX:
            detail = f"a market takes up to {EXCLUSIONS_MAX:,} exclusions; make the market smaller"
            raise EngineError("too_many", detail, where="exclusions")
        self._ids.add(person.id)
        answers = {
            question.key: answer
            for question in self._rules.questions
            if (answer := _answer(person, question))
        }
        for place, role in enumerate(ROLES):
            if role not in person.roles:
                continue
            for kind, groups in person.conflicts.items():
                for group in groups:
                    members = self._groups.setdefault((kind, group), (array("I"), array("I")))
                    members[place].append(len(self._sides[role].ids))
            self._sides[role].add(person, answers)

    def columns(self) -> Columns:
        first, second = (self._sides[role] for role in ROLES)
        order_i, order_j = first.order(), second.order()
        mentees, mentors = first.side(order_i), second.side(order_j)
        met = ((row, mentors.row_of(member)) for row, member in enumerate(mentees.ids))
        both = np.array([pair for pair in met if pair[1] is not None], np.int64).reshape(-1, 2)
        i, j = first.excluded(order_i, mentors)
        by_j, by_i = second.excluded(order_j, mentees)
        return Columns(
            mentees=mentees,
            mentors=mentors,
            excluded_by_mentee=_couples(i, j),
            excluded_by_mentor=_couples(by_i, by_j),
            same_person=_couples(both[:, 0], both[:, 1]),
            conflicts=self._conflicts(_ranks(order_i), _ranks(order_j)),
        )

    def _conflicts(self, rank_i: Ints, rank_j: Ints) -> tuple[tuple[Ints, Ints], ...]:
        """Groups with somebody on both sides, each set of people once; what they are called leaves no trace."""
        found = {}
        for mine, theirs in self._groups.values():
            if mine and theirs:
                rows = np.sort(rank_i[_column(mine, np.int64)]).astype(np.int32)
                cols = np.sort(rank_j[_column(theirs, np.int64)]).astype(np.int32)
                found[rows.tobytes(), cols.tobytes()] = (fixed(rows), fixed(cols))
        return tuple(found[key] for key in sorted(found))


def _answer(person: Person, question: Question) -> Answer | None:
    """An answer that may count: consented to, and asked by the rules."""
    answer = person.answers.get(question.key)
    if answer is None or not answer.consented:
        return None
    if isinstance(answer.value, int) == (question.match == "same"):
        detail = (
            "this question compares choices: give texts"
            if question.match == "same"
            else "give a whole number"
        )
        raise EngineError("bad_answer", detail, where=f"{person.id}/answers/{question.key}")
    return answer


def _choices_in(value: str | int | Collection[str] | None) -> Collection[str]:
    """The choices in an answer to a "same" question."""
    if value is None or isinstance(value, int):
        return ()
    return (value,) if isinstance(value, str) else value


def _barred(person: Person) -> int:
    if not person.confirmed:
        return CONFIRMED
    return 0 if person.route == MENTORING else ROUTE


def _digest(member: str) -> bytes:
    return blake2b(member.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()


def _column(gathered: "array[int]", dtype: Any) -> NDArray[Any]:
    """A copy, so that the buffer can grow on."""
    return np.array(gathered, dtype=dtype)


def _ranks(order: Ints) -> Ints:
    """For each row as it came its row in this order."""
    ranks = np.zeros(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks


def _joined(blocks: Iterable[Ints]) -> Ints:
    return np.concatenate([np.zeros(0, np.int64), *blocks])


def _couples(rows: Ints, cols: Ints) -> Couples:
    order = np.lexsort((cols, rows))
    return fixed(np.stack((rows[order], cols[order]), axis=1).astype(np.int32))
