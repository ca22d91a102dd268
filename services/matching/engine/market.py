"""One market as columns: the people of a programme's cycle and its rules, pinned by a hash.

Invariants:
1. Rows stand in the order of the public ids, so nothing downstream can depend on the order people came in.
2. The hash covers all that can influence a round and nothing else: not the order, not repeats, not answers
   without consent (R7), not exclusions of people outside the market.
3. Arrays are read-only.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import islice, pairwise

import numpy as np

from services.matching.engine.columns import Bools, Ints, Side, choices_in, fixed, side_of
from services.matching.engine.errors import EngineError
from services.matching.engine.people import ROLES, Answer, Person
from services.matching.engine.rules import AREAS_MAX, CHAPTERS_MAX, Rules

PEOPLE_PER_SIDE_MAX = 2_000
"""Above this an exact answer over all pairs would take too long and too much memory for the plain engine."""
LANGUAGES_MAX = 256
CHOICES_MAX = 64
FORMAT = "cairn-market/1"


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
        role: side_of(role, members, rules, areas, languages, chapters, answers, choices)
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
        chapters_open=fixed(_open_chapters(rules, chapters)),
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


def _choices(
    everyone: Sequence[Person], answers: Mapping[str, Mapping[str, Answer]], rules: Rules
) -> dict[str, tuple[str, ...]]:
    return {
        question.key: _names(
            f"choices of {question.key}", CHOICES_MAX,
            (name for person in everyone for name in choices_in(answers[person.id].get(question.key))),
        )
        for question in rules.questions
    }  # fmt: skip


def _couples(pairs: Iterable[tuple[int, int]]) -> Ints:
    return fixed(np.array(sorted(pairs), np.int64).reshape(-1, 2))


def _conflicts(sides: Mapping[str, Sequence[Person]]) -> tuple[tuple[Ints, Ints], ...]:
    groups: dict[tuple[str, str], dict[str, list[int]]] = {}
    for role, members in sides.items():
        for row, person in enumerate(members):
            for kind, names in person.conflicts.items():
                for name in names:
                    groups.setdefault((kind, name), {}).setdefault(role, []).append(row)
    return tuple(
        (fixed(np.array(rows["mentee"], np.int64)), fixed(np.array(rows["mentor"], np.int64)))
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


def _row(side: Side, member: str, role: str) -> int:
    if member not in side.row:
        raise EngineError("unknown_person", f"no {role} of this id stands in the snapshot", where=member)
    return side.row[member]
