"""One market as columns: the people of a programme's cycle and its rules, pinned by a hash.

Invariants:
1. Rows stand in the order of the public ids, so nothing downstream can depend on the order people came in.
2. The hash covers all that can influence a round and nothing else: not the order, not repeats, not answers
   without consent (R7), not exclusions of people outside the market.
3. Arrays are read-only.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import islice, pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.errors import EngineError
from services.matching.engine.people import MENTORING, ROLES, Answer, Person
from services.matching.engine.rules import AREAS_MAX, CHAPTERS_MAX, HOURS_IN_A_WEEK, Rules

PEOPLE_PER_SIDE_MAX = 2_000
"""Above this an exact answer over all pairs would take too long and too much memory for the plain engine."""
LANGUAGES_MAX = 256
CHOICES_MAX = 64
FORMAT = "cairn-market/1"
WORD_BITS = 64

T = TypeVar("T")
A = TypeVar("A", bound=NDArray[Any])
Ints = NDArray[np.int64]
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


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Snapshot:
    """See `snapshot`. Pairs are (mentee row, mentor row)."""

    hash: str
    rules: Rules
    areas: tuple[str, ...]
    languages: tuple[str, ...]
    chapters: tuple[str, ...]
    chapters_open: Bools  # [chapters, chapters]
    mentees: Side
    mentors: Side
    excluded_by_mentee: Ints  # [pairs, 2]
    excluded_by_mentor: Ints  # [pairs, 2]
    same_person: Ints  # [pairs, 2]
    conflicts: tuple[tuple[Ints, Ints], ...]  # mentee rows and mentor rows that share a group

    def mentee_row(self, member: str) -> int:
        return _row(self.mentees, member, "mentee")

    def mentor_row(self, member: str) -> int:
        return _row(self.mentors, member, "mentor")


def snapshot(people: Iterable[Person], rules: Rules) -> Snapshot:
    """Compile the market. Raises `EngineError`: duplicate_id, market_too_large (over 2,000 on a side),
    too_many (areas, languages, chapters or choices), bad_answer (an answer that does not fit its
    question)."""
    everyone = sorted(islice(people, 2 * PEOPLE_PER_SIDE_MAX + 1), key=lambda person: person.id)
    for one, next_one in pairwise(everyone):
        if one.id == next_one.id:
            raise EngineError("duplicate_id", "give each person once", where=one.id)
    sides = {role: [person for person in everyone if role in person.roles] for role in ROLES}
    for role, members in sides.items():
        if len(members) > PEOPLE_PER_SIDE_MAX:
            detail = f"this engine takes up to {PEOPLE_PER_SIDE_MAX:,} on each side; make the market smaller"
            raise EngineError("market_too_large", detail, where=role)
    areas = _names(
        "areas",
        AREAS_MAX,
        (
            name
            for person in everyone
            for names in (
                person.areas_wanted,
                person.areas_offered,
                person.likes_to_teach,
                person.wants_to_learn,
                person.could_teach,
            )
            for name in names
        ),
    )
    languages = _names("languages", LANGUAGES_MAX, (name for person in everyone for name in person.languages))
    chapters = _names("chapters", CHAPTERS_MAX, (person.chapter for person in everyone))
    answers = {person.id: _answers(person, rules) for person in everyone}
    choices = _choices(everyone, answers, rules)
    columns = {
        role: _side(role, members, rules, areas, languages, chapters, answers, choices)
        for role, members in sides.items()
    }
    mentees, mentors = columns["mentee"], columns["mentor"]
    by_mentee = [
        (i, mentors.row[other])
        for i, one in enumerate(sides["mentee"])
        for other in one.exclusions
        if other in mentors.row
    ]
    by_mentor = [
        (mentees.row[other], j)
        for j, one in enumerate(sides["mentor"])
        for other in one.exclusions
        if other in mentees.row
    ]
    return Snapshot(
        hash=_hash(everyone, answers, rules),
        rules=rules,
        areas=areas,
        languages=languages,
        chapters=chapters,
        chapters_open=_fixed(_open_chapters(rules, chapters)),
        mentees=mentees,
        mentors=mentors,
        excluded_by_mentee=_couples(by_mentee),
        excluded_by_mentor=_couples(by_mentor),
        same_person=_couples([(i, mentors.row[one]) for one, i in mentees.row.items() if one in mentors.row]),
        conflicts=_conflicts(sides),
    )


def _open_chapters(rules: Rules, chapters: tuple[str, ...]) -> Bools:
    table = [[rules.chapters_open(one, other) for other in chapters] for one in chapters]
    return np.array(table, bool).reshape(len(chapters), len(chapters))


def _names(what: str, most: int, given: Iterable[str]) -> tuple[str, ...]:
    names = tuple(sorted(set(given)))
    if len(names) > most:
        raise EngineError(
            "too_many", f"use at most {most} {what} in one market, not {len(names)}", where=what
        )
    return names


def _answers(person: Person, rules: Rules) -> dict[str, Answer]:
    """The answers that may count: consented to, and asked by the rules."""
    counted = {}
    for question in rules.questions:
        answer = person.answers.get(question.key)
        if answer is None or not answer.consented:
            continue
        if isinstance(answer.value, int) == (question.match == "same"):
            detail = (
                "this question compares choices: give texts"
                if question.match == "same"
                else "give a whole number"
            )
            raise EngineError("bad_answer", detail, where=f"{person.id}/answers/{question.key}")
        counted[question.key] = answer
    return counted


def _taken(answer: Answer | None) -> Collection[str]:
    """The choices in an answer to a "same" question."""
    if answer is None or isinstance(answer.value, int):
        return ()
    return (answer.value,) if isinstance(answer.value, str) else answer.value


def _choices(
    everyone: Sequence[Person], answers: Mapping[str, Mapping[str, Answer]], rules: Rules
) -> dict[str, tuple[str, ...]]:
    return {
        question.key: _names(
            f"choices of {question.key}", CHOICES_MAX,
            (name for person in everyone for name in _taken(answers[person.id].get(question.key))),
        )
        for question in rules.questions
    }  # fmt: skip


def _side(
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
            bits = sum(1 << choices[question.key].index(name) for name in _taken(answer))
            taken[row, place] = np.uint64(bits)
    return Side(
        ids=tuple(person.id for person in members),
        chapter=_fixed(np.array([chapter[person.chapter] for person in members], np.int64)),
        seats=_fixed(np.array([_seats(role, person, rules) for person in members], np.int64)),
        barred=_fixed(np.array([_barred(person) for person in members], np.int64)),
        languages=_bits([person.languages for person in members], languages),
        hours=_bits([person.hours for person in members], range(HOURS_IN_A_WEEK)),
        wanted=_fixed(wanted),
        years=_fixed(years),
        offered=_fixed(offered),
        likes=_fixed(likes),
        wants_to_learn=_bits([person.wants_to_learn for person in members], areas),
        could_teach=_bits([person.could_teach for person in members], areas),
        choices=_fixed(taken),
        scales=_fixed(scales),
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
    return _fixed(words)


def _couples(pairs: Iterable[tuple[int, int]]) -> Ints:
    return _fixed(np.array(sorted(pairs), np.int64).reshape(-1, 2))


def _conflicts(sides: Mapping[str, Sequence[Person]]) -> tuple[tuple[Ints, Ints], ...]:
    groups: dict[tuple[str, str], dict[str, list[int]]] = {}
    for role, members in sides.items():
        for row, person in enumerate(members):
            for kind, names in person.conflicts.items():
                for name in names:
                    groups.setdefault((kind, name), {}).setdefault(role, []).append(row)
    return tuple(
        (_fixed(np.array(rows["mentee"], np.int64)), _fixed(np.array(rows["mentor"], np.int64)))
        for _, rows in sorted(groups.items())
        if len(rows) == len(ROLES)
    )


def _hash(everyone: Sequence[Person], answers: Mapping[str, Mapping[str, Answer]], rules: Rules) -> str:
    here = {person.id for person in everyone}
    digest = hashlib.sha256()
    digest.update(_canonical({"format": FORMAT, "rules": rules.to_dict(), "people": len(everyone)}))
    for person in everyone:
        plain = {one.name: _plain(getattr(person, one.name)) for one in fields(person)}
        plain["exclusions"] = sorted(here.intersection(person.exclusions))
        plain["answers"] = {key: _plain(answer.value) for key, answer in answers[person.id].items()}
        digest.update(_canonical(plain))
    return digest.hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return sorted(value) if isinstance(value, frozenset) else value


def _canonical(plain: Mapping[str, object]) -> bytes:
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


def _fixed(array: A) -> A:
    array.setflags(write=False)
    return array


def _row(side: Side, member: str, role: str) -> int:
    if member not in side.row:
        raise EngineError("unknown_person", f"no {role} of this id stands in the snapshot", where=member)
    return side.row[member]
