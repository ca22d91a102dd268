"""Whole sample files: people to records, records to sheets, sheets to files, with the place of every trouble.

The same arguments give the same bytes.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from operate.sample.files import Grid, to_csv, to_xlsx
from operate.sample.people import Invented, invent
from operate.sample.planting import Mark, plant
from operate.sample.records import HEADINGS, Record, Value, tidy_record, untidy_record

Format = Literal["xlsx", "csv"]
RoleFrom = Literal["column", "sheet", "file"]

MAX_PEOPLE = 20_000
_TIDY_COLUMNS = tuple(column for column in HEADINGS if column not in ("stamp", "is_mentor", "is_mentee"))
_UNTIDY_COLUMNS = tuple(column for column in HEADINGS if column != "role")
_ROLE_COLUMNS = ("role", "is_mentor", "is_mentee")
_UNTIDY_CSV = (("utf-16", "\t"), ("gb18030", ";"), ("utf-8-sig", ";"), ("utf-8", "|"))
_TITLES = ("Mentoring programme 2026 / 导师计划", "Please do not forward. Stand: 14. März 2026")


@dataclass(frozen=True, slots=True)
class Planted:
    """A trouble and where it is. An empty `code` is a peculiarity that is read without a problem."""

    what: str
    code: str
    filename: str
    sheet: str
    row: int
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One file, the troubles planted in it, and the people behind all files of the sample."""

    filename: str
    raw: bytes
    planted: tuple[Planted, ...]
    people: tuple[Invented, ...]


def make_samples(
    people: int,
    seed: int,
    *,
    dirty: bool = False,
    file_format: Format = "xlsx",
    role_from: RoleFrom = "column",
    stem: str = "people",
) -> tuple[Sample, ...]:
    """The sample's files: one, or `mentors` and `mentees` where the role comes from the file.

    people: 1 to 20,000 (every kind of trouble from 60 on). A csv file has no sheets: `role_from="sheet"` needs xlsx.
    Raises ValueError for a number or a combination that is not possible.
    """
    _check(people, file_format, role_from)
    invented = invent(people, seed)
    chance = random.Random(f"cairn sheet {seed}")
    groups = _groups(invented, role_from)
    sheets = [
        _sheet(name, members, chance, dirty, role_from, is_first=not at)
        for at, (name, members) in enumerate(groups)
    ]
    if role_from == "file":
        return tuple(
            _file(f"{sheet.grid.name.lower()}.{file_format}", [sheet], seed, dirty, file_format, invented)
            for sheet in sheets
        )
    return (_file(f"{stem}.{file_format}", sheets, seed, dirty, file_format, invented),)


def make_sample(people: int, seed: int, *, dirty: bool = False, file_format: Format = "xlsx") -> Sample:
    """The one file of a sample whose role stands in a column."""
    return make_samples(people, seed, dirty=dirty, file_format=file_format)[0]


def _check(people: int, file_format: Format, role_from: RoleFrom) -> None:
    if not 1 <= people <= MAX_PEOPLE:
        raise ValueError(f"choose from 1 to {MAX_PEOPLE:,} people")
    if role_from == "sheet" and file_format == "csv":
        raise ValueError("a csv file has no sheets: choose --format xlsx, or --role-from file")


@dataclass(frozen=True, slots=True)
class _Sheet:
    grid: Grid
    marks: tuple[tuple[Mark, int, str], ...]  # with the row and the heading


def _groups(invented: Sequence[Invented], role_from: RoleFrom) -> list[tuple[str, list[Invented]]]:
    if role_from == "column":
        return [("People", list(invented))]
    return [
        (name, [person for person in invented if role in person.roles])
        for name, role in (("Mentors", "mentor"), ("Mentees", "mentee"))
    ]


def _sheet(
    name: str,
    members: Sequence[Invented],
    chance: random.Random,
    dirty: bool,
    role_from: RoleFrom,
    *,
    is_first: bool,
) -> _Sheet:
    columns = [
        c
        for c in (_UNTIDY_COLUMNS if dirty else _TIDY_COLUMNS)
        if role_from == "column" or c not in _ROLE_COLUMNS
    ]
    if not dirty:
        records = [tidy_record(person) for person in members]
        headings = {column: HEADINGS[column][0] for column in columns}
        return _Sheet(_grid(name, columns, headings, records, {}), ())
    records = [untidy_record(person, chance, number) for number, person in enumerate(members)]
    # Planted in the first sheet only, on people of one role: others would be refused here and taken there.
    free = [record for record, person in zip(records, members, strict=True) if len(person.roles) == 1]
    marks = plant(records, free, chance, with_role_columns=role_from == "column") if is_first else []
    chance.shuffle(columns)
    headings = {column: chance.choice(HEADINGS[column]) for column in columns}
    gaps = {chance.randrange(1, len(records)) for _ in range(4)} if len(records) > 1 else set()
    grid = _grid(
        name, columns, headings, records, dict.fromkeys(gaps, 1), titles=_TITLES, repeat_at=len(records) // 2
    )
    numbers = _numbers(grid, columns, records)
    placed = [(mark, numbers[id(mark.record)], _heading_of(mark, headings)) for mark in marks]
    return _Sheet(grid, tuple(placed))


def _heading_of(mark: Mark, headings: dict[str, str]) -> str:
    column = mark.kind.column
    return headings.get(column) or headings["is_mentor"]


def _grid(
    name: str,
    columns: Sequence[str],
    headings: dict[str, str],
    records: Sequence[Record],
    gaps: dict[int, int],
    titles: Sequence[str] = (),
    repeat_at: int | None = None,
) -> Grid:
    """Titles, headings, rows; blank rows at the gaps; the headings once more where a block was copied in."""
    head: list[Value] = [headings[column] for column in columns]
    rows: list[list[Value]] = [[title] for title in titles]
    rows += [[]] if titles else []
    rows.append(head)
    for index, record in enumerate(records):
        rows += [[]] * gaps.get(index, 0)
        if index == repeat_at:
            rows.append(list(head))
        rows.append([record[column] for column in columns])
    return Grid(name, rows, title_rows=len(titles), width=len(columns))


def _numbers(grid: Grid, columns: Sequence[str], records: Sequence[Record]) -> dict[int, int]:
    """The row of each record, from 1."""
    head = next(number for number, row in enumerate(grid.rows) if len(row) == len(columns))
    body = [
        number
        for number, row in enumerate(grid.rows, start=1)
        if number > head + 1 and row and list(row) != list(grid.rows[head])
    ]
    return {id(record): number for record, number in zip(records, body, strict=True)}


def _file(
    filename: str,
    sheets: Sequence[_Sheet],
    seed: int,
    dirty: bool,
    file_format: Format,
    people: tuple[Invented, ...],
) -> Sample:
    if file_format == "xlsx":
        raw = to_xlsx([sheet.grid for sheet in sheets])
    else:
        encoding, delimiter = _UNTIDY_CSV[seed % len(_UNTIDY_CSV)] if dirty else ("utf-8-sig", ",")
        raw = to_csv(sheets[0].grid, encoding, delimiter)
    planted = [
        Planted(
            what=mark.kind.what,
            code=mark.kind.code,
            filename=filename,
            sheet=sheet.grid.name if file_format == "xlsx" else Path(filename).stem,
            row=row,
            column=heading,
            value=str(mark.record.get(mark.kind.column, ""))[:60],
        )
        for sheet in sheets
        for mark, row, heading in sheet.marks
    ]
    return Sample(filename, raw, tuple(sorted(planted, key=lambda p: (p.sheet, p.row))), people)
