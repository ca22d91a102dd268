"""Between the spreadsheet reader and what is kept of an import: JSON texts for choices, packed bytes for people and problems.

Invariants:
1. What was kept can be read again by a later version: fields are added with defaults, and unknown ones are ignored.
2. A dry run's people pass the same rules as somebody who registers herself; whoever does not is a problem row, not a failed run.
"""

import json
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import msgspec

from services.profiles.areas import DEFAULT_AREAS
from services.profiles.domain import words
from services.profiles.domain.imports import (
    PEOPLE_IN_CHUNK,
    PROBLEMS_ON_PAGE,
    ColumnSeen,
    SheetSeen,
)
from services.profiles.spreadsheet.mapping import Mapping
from services.profiles.spreadsheet.normal import fold
from services.profiles.spreadsheet.reading import read_people
from services.profiles.spreadsheet.values import PersonRow, Problem, Question, Unreadable, Workbook
from services.profiles.spreadsheet.workbook import read_workbook
from shared.errors import Refused

MAX_QUESTIONS = 60
MAX_OPTIONS = 100

_Questions = Annotated[tuple[Question, ...], msgspec.Meta(max_length=MAX_QUESTIONS)]
_KEY = re.compile(r"[\w.-]{1,100}")


@dataclass(frozen=True, slots=True)
class Found:
    """What a dry run found. `sheets_left_out` are sheets of which nothing can be read."""

    people: tuple[PersonRow, ...]
    problems: tuple[Problem, ...]
    rows_read: int
    rows_left_out: int
    sheets_left_out: int
    problems_not_listed: int
    answers_withheld: int


def open_workbook(raw: bytes, filename: str) -> Workbook:
    """The workbook; what cannot be read is `Refused` 422 with the reader's own code and advice."""
    try:
        return read_workbook(raw, filename)
    except Unreadable as wrong:
        raise Refused(wrong.code, wrong.message, status=413 if wrong.code == "too_large" else 422) from wrong


def seen(workbook: Workbook) -> tuple[SheetSeen, ...]:
    """What the mapping page shows of the workbook."""
    return tuple(
        SheetSeen(
            key=fold(sheet.name),
            name=sheet.name,
            hidden=sheet.hidden,
            rows=len(sheet.rows),
            columns=tuple(
                ColumnSeen(column.key, column.letter, column.heading, column.samples)
                for column in sheet.columns
            ),
        )
        for sheet in workbook.sheets
    )


def write_mapping(mapping: Mapping) -> str:
    """The mapping as it is kept."""
    return json.dumps(mapping.to_dict())


def read_mapping(text: str) -> Mapping:
    """The mapping that was kept, or that somebody sent. `ValueError` with the place where it does not fit."""
    return Mapping.from_dict(json.loads(text))


def write_questions(questions: Sequence[Question]) -> str:
    """A programme's questions as they are kept."""
    return msgspec.json.encode(questions).decode()


def read_questions(text: str) -> tuple[Question, ...]:
    """Questions that were kept, or that somebody sent. `ValueError` with the place where they do not fit."""
    try:
        questions = msgspec.json.decode(text, type=_Questions)
    except (msgspec.ValidationError, msgspec.DecodeError) as wrong:
        raise ValueError(str(wrong)) from wrong
    if any(len(question.options) > MAX_OPTIONS for question in questions):
        raise ValueError(f"a question has at most {MAX_OPTIONS} options")
    keys = [key for each in questions for key in (each.key, *(option.key for option in each.options))]
    if not all(_KEY.fullmatch(key) for key in keys):
        raise ValueError(
            "a key of a question or an option has letters, digits, dots, hyphens and underscores"
        )
    if len({question.key for question in questions}) != len(questions):
        raise ValueError("two questions have the same key")
    return questions


def dry_run(
    workbook: Workbook,
    mapping: Mapping,
    questions: Sequence[Question],
    *,
    known_mails: frozenset[str],
    trusted_mails: frozenset[str],
) -> Found:
    """All people of the workbook who can be taken, and everything that is wrong with it."""
    reading = read_people(
        workbook,
        mapping,
        areas=DEFAULT_AREAS,
        questions=questions,
        known_mails=known_mails,
        trusted_mails=trusted_mails,
    )
    people: list[PersonRow] = []
    refused: list[Problem] = []
    for row in reading.people:
        try:
            people.append(replace(row, name=words.person_name(row.name), mail=words.address(row.mail)))
        except Refused as wrong:
            refused.append(_left_out(row, wrong.detail))
    return Found(
        people=tuple(people),
        problems=(*reading.problems, *refused),
        rows_read=reading.rows_read,
        rows_left_out=reading.rows_left_out + len(refused),
        sheets_left_out=len({each.sheet for each in reading.problems if each.severity == "sheet"}),
        problems_not_listed=reading.problems_not_listed,
        answers_withheld=reading.answers_withheld,
    )


def _left_out(row: PersonRow, detail: str) -> Problem:
    return Problem(
        sheet=row.sheet,
        row=row.row,
        column="",
        value="",
        code="name_or_mail_unfit",
        severity="row",
        message=detail,
        what_to_do="Correct it in the sheet.",
    )


def pack_people(people: Sequence[PersonRow]) -> list[bytes]:
    """The people in chunks, in their order."""
    return [_pack(people[at : at + PEOPLE_IN_CHUNK]) for at in range(0, len(people), PEOPLE_IN_CHUNK)]


def unpack_people(packed: bytes) -> tuple[PersonRow, ...]:
    """The people of one chunk."""
    return msgspec.msgpack.decode(zlib.decompress(packed), type=tuple[PersonRow, ...])


def pack_problems(problems: Sequence[Problem]) -> list[bytes]:
    """The problems in pages, in their order."""
    return [_pack(problems[at : at + PROBLEMS_ON_PAGE]) for at in range(0, len(problems), PROBLEMS_ON_PAGE)]


def unpack_problems(packed: bytes) -> tuple[Problem, ...]:
    """The problems of one page."""
    return msgspec.msgpack.decode(zlib.decompress(packed), type=tuple[Problem, ...])


def _pack(values: Iterable[Any]) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(tuple(values)), level=6)
