"""Coordinators' spreadsheets, as they really are: bytes in, people and problems out.

A pure package: no web, no store, no log, no clock. The same bytes and the same mapping always give the same answer.

The way of one import::

    workbook = read_workbook(raw, filename)                     # or raises Unreadable(code, message)
    mapping = guess_mapping(workbook, areas=..., questions=..., remembered=...)
    ...                                                         # the coordinator looks, and changes what she likes
    mapping = Mapping.from_dict(posted)                         # ValueError with the place for what does not fit
    wrong = check_mapping(workbook, mapping, areas=..., questions=...)
    reading = read_people(workbook, mapping, areas=..., questions=..., known_mails=...)   # the dry run
    chapter_memory = mapping.over(remembered).to_dict()         # for the chapter's next sheet

What always holds:

1. A file is refused as a whole (`Unreadable`) or read as a whole; nothing is cut silently. Every size has a limit
   (`limits.py`), checked before memory is spent on it.
2. Formulas are never run and never kept: a cached result is read, a formula without one is a problem.
3. `read_people` and `guess_mapping` raise nothing, whatever the cells hold. Whatever was not understood is in
   `Reading.problems`, with sheet, row as Excel shows it, heading, value, and what to do.
4. One person a mail address. A row is left out, or taken without single cells; which, is the problem's severity:
   `sheet` nothing of the sheet is read, `row` the row is left out, `cell` the row is taken without that cell or
   part, `note` nothing is lost.
5. A sensitive answer (R7) is read only where a consent column of the same row says yes, and never repeated in a
   problem. `PersonRow.about` and text answers are confidential: they belong into no event, log or list.
6. What goes out into a file again goes through `safe_cell`.

`Area` and the default list are in `services.profiles.areas`. `FIELDS` names everything that a column can feed, with
labels for the mapping page; `ColumnUse.question`, `.area` and `.weekday` are required where `Field.needs` says so.
"""

from services.profiles.areas import DEFAULT_AREAS, Area
from services.profiles.spreadsheet.guessing import guess_mapping
from services.profiles.spreadsheet.mapping import FIELDS, ColumnUse, Field, Mapping
from services.profiles.spreadsheet.plan import check_mapping
from services.profiles.spreadsheet.problem_list import problems_to_xlsx
from services.profiles.spreadsheet.reading import read_people
from services.profiles.spreadsheet.safe_text import safe_cell
from services.profiles.spreadsheet.values import (
    Answer,
    Column,
    Option,
    PersonRow,
    Problem,
    Question,
    Reading,
    Role,
    Row,
    Severity,
    Sheet,
    Spoiled,
    Unreadable,
    Workbook,
)
from services.profiles.spreadsheet.workbook import read_workbook

__all__ = [
    "DEFAULT_AREAS",
    "FIELDS",
    "Answer",
    "Area",
    "Column",
    "ColumnUse",
    "Field",
    "Mapping",
    "Option",
    "PersonRow",
    "Problem",
    "Question",
    "Reading",
    "Role",
    "Row",
    "Severity",
    "Sheet",
    "Spoiled",
    "Unreadable",
    "Workbook",
    "check_mapping",
    "guess_mapping",
    "problems_to_xlsx",
    "read_people",
    "read_workbook",
    "safe_cell",
]
