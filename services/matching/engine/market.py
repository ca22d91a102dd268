"""One market as columns: the people of a programme's cycle and its rules, pinned by a hash.

Invariants:
1. Rows stand in the order of the public ids, so nothing downstream can depend on the order people came in.
2. The hash covers all that can influence a round and nothing else: not the order, not repeats, not answers
   without consent (R7), not exclusions of people outside the market, not what a conflict's group is called.
3. Arrays are read-only.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass

import numpy as np

from services.matching.engine.columns import Bools, Ints, Side, fixed
from services.matching.engine.errors import EngineError
from services.matching.engine.gathering import Columns, Couples, Gathering
from services.matching.engine.people import Person
from services.matching.engine.rules import Rules

FORMAT = "cairn-market/2"


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Snapshot:
    """See `snapshot`. Pairs are (mentee row, mentor row)."""

    hash: str
    rules: Rules
    areas: tuple[str, ...]
    languages: tuple[str, ...]
    chapters: tuple[str, ...]
    choices: tuple[tuple[str, ...], ...]  # of each question, in the order of rules.questions
    chapters_open: Bools  # [chapters, chapters]
    mentees: Side
    mentors: Side
    excluded_by_mentee: Couples
    excluded_by_mentor: Couples
    same_person: Couples
    conflicts: tuple[tuple[Ints, Ints], ...]  # mentee rows and mentor rows that share a group

    def mentee_row(self, member: str) -> int:
        return _row(self.mentees, member, "mentee")

    def mentor_row(self, member: str) -> int:
        return _row(self.mentors, member, "mentor")

    def refuse_unless_by(self, rules: Rules) -> None:
        """Raises `EngineError` (snapshot_outdated) where these are not the rules it was taken by."""
        if rules != self.rules:
            detail = "the rules have changed since the market was looked at; ask again"
            raise EngineError("snapshot_outdated", detail)


def snapshot(people: Iterable[Person], rules: Rules) -> Snapshot:
    """Compile the market from people in any order, each seen once. Raises `EngineError`: duplicate_id,
    market_too_large (over 1,500,000 on a side, or over 5,000,000 areas offered), too_many (areas, languages, chapters,
    choices, or 10 million exclusions), bad_answer (an answer that does not fit its question)."""
    gathering = Gathering(rules)
    for person in people:
        gathering.add(person)
    columns, names = gathering.columns(), gathering.names
    return compiled(
        rules,
        columns,
        areas=names.areas.sorted(),
        languages=names.languages.sorted(),
        chapters=names.chapters.sorted(),
        choices=tuple(choices.sorted() for choices in names.choices),
    )


def compiled(
    rules: Rules,
    columns: Columns,
    *,
    areas: tuple[str, ...],
    languages: tuple[str, ...],
    chapters: tuple[str, ...],
    choices: tuple[tuple[str, ...], ...],
) -> Snapshot:
    """The market of these columns, whose numbers are places in these names."""
    named = {"areas": areas, "languages": languages, "chapters": chapters, "choices": choices}
    return Snapshot(
        hash=_hash({"format": FORMAT, "rules": rules.to_dict(), **named}, columns),
        rules=rules,
        areas=areas,
        languages=languages,
        chapters=chapters,
        choices=choices,
        chapters_open=fixed(_open_chapters(rules, chapters)),
        mentees=columns.mentees,
        mentors=columns.mentors,
        excluded_by_mentee=columns.excluded_by_mentee,
        excluded_by_mentor=columns.excluded_by_mentor,
        same_person=columns.same_person,
        conflicts=columns.conflicts,
    )


def _open_chapters(rules: Rules, chapters: tuple[str, ...]) -> Bools:
    table = [[rules.chapters_open(one, other) for other in chapters] for one in chapters]
    return np.array(table, bool).reshape(len(chapters), len(chapters))


def _hash(named: dict[str, object], columns: Columns) -> str:
    """Of the names in canonical JSON, and of the bytes of every column under its own name, type and shape."""
    digest = hashlib.sha256(_canonical(named))
    for name, column in _buffers("", columns):
        if isinstance(column, np.ndarray):
            digest.update(_canonical([name, column.dtype.str, column.shape]))
            digest.update(column.tobytes())
        else:
            digest.update(_canonical([name, column]))
    return digest.hexdigest()


def _buffers(name: str, value: object) -> Iterator[tuple[str, object]]:
    """Everything in these columns, each under the way to it."""
    if is_dataclass(value):
        for one in fields(value):
            yield from _buffers(f"{name}/{one.name}", getattr(value, one.name))
    elif isinstance(value, tuple) and not all(isinstance(one, str) for one in value):
        for place, one in enumerate(value):
            yield from _buffers(f"{name}/{place}", one)
    else:
        yield name, value


def _canonical(plain: object) -> bytes:
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


def _row(side: Side, member: str, role: str) -> int:
    row = side.row_of(member)
    if row is None:
        raise EngineError("unknown_person", f"no {role} of this id stands in the snapshot", where=member)
    return row
