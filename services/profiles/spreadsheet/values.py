"""The values that the spreadsheet reader takes and gives. All frozen; none knows a file, a store or a clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["mentor", "mentee"]
Severity = Literal["sheet", "row", "cell", "note"]

ROLES: tuple[Role, ...] = ("mentee", "mentor")


class Unreadable(Exception):
    """The file as a whole cannot be read. `code` is stable, `message` is one plain line that says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Spoiled:
    """A cell that has no value to take: `code` as in `troubles.TROUBLES`, `shown` is what the user sees there."""

    code: Literal["formula", "error_value", "too_long"]
    shown: str


Cell = str | Spoiled


@dataclass(frozen=True, slots=True)
class Column:
    """One column of one sheet. `key` is the folded heading, unique within the sheet; mappings refer to it."""

    index: int  # from 0
    letter: str  # as Excel shows it
    heading: str  # as typed; "Column C" where there is none
    key: str
    samples: tuple[str, ...] = ()  # a few different values as typed, for the mapping page


@dataclass(frozen=True, slots=True)
class Row:
    """A row with something in it. `number` is the one Excel shows, from 1; cells may be fewer than columns."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet with its headings found: `header_row` is None where no row looks like headings."""

    name: str
    hidden: bool
    title: str  # the text above the headings
    header_row: int | None
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]  # below the headings, blank ones left out


@dataclass(frozen=True, slots=True)
class Workbook:
    """What is in the file. `encoding` and `delimiter` are None for .xlsx."""

    filename: str
    format: Literal["xlsx", "csv"]
    encoding: str | None
    delimiter: str | None
    sheets: tuple[Sheet, ...]

    @property
    def row_count(self) -> int:
        return sum(len(sheet.rows) for sheet in self.sheets)


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that a question offers: a stable key and every spelling that means it."""

    key: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A programme's own question.

    kind: `choice` (one of `options`, several where `several`), `scale` (one of `options`, from low to high),
    `text`. A sensitive one (R7) is read only where a consent column says yes.
    """

    key: str
    kind: Literal["choice", "scale", "text"]
    labels: tuple[str, ...] = ()  # how it may be worded as a heading
    options: tuple[Option, ...] = ()
    several: bool = False
    sensitive: bool = False


Answer = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as the sheet tells it, every value already checked.

    mail: lower-case throughout, ASCII (an international domain in its xn-- form); the identity in a chapter.
    areas_*: slugs in the order typed. area_years: whole years (rounded down) by slug. languages: BCP 47 base
    languages. hours: free hours of the week, 0 = Monday 00:00-01:00 .. 167, on the chapter's clock.
    answers: option key (choice, scale), tuple of keys (choice with `several`), or text, by question key.
    consents: yes or no by question key, plus `terms` for the general one; absent = not asked or not said.
    submitted_at: the form's own time stamp as `YYYY-MM-DDTHH:MM:SS`, wall time without a zone.
    about: free text, confidential: it never goes into an event, a log or a problem.
    """

    sheet: str
    row: int
    name: str
    mail: str
    roles: tuple[Role, ...]  # sorted: mentee before mentor
    areas_offered: tuple[str, ...] = ()
    areas_wanted: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    seniority_years: int | None = None
    area_years: Mapping[str, int] = field(default_factory=dict)
    hours: tuple[int, ...] = ()
    capacity: int | None = None  # mentees at a time
    pledge_hours_per_month: int | None = None
    organisation: str = ""
    unit: str = ""
    reports_to: str = ""
    about: str = ""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    consents: Mapping[str, bool] = field(default_factory=dict)
    submitted_at: str = ""
    known: bool = False  # the mail is among `known_mails`
    also_rows: tuple[tuple[str, int], ...] = ()  # further (sheet, row) merged into this person


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to look at.

    severity: `sheet` nothing of the sheet is taken, `row` the row is left out, `cell` the row is taken
    without that cell (or without the part that was not understood), `note` all is taken, worth knowing.
    value: as typed, at most 80 characters; empty where it is sensitive or confidential.
    """

    sheet: str
    row: int  # as Excel shows it; 0 where it is about the sheet
    column: str  # the heading as typed; empty where it is about the row
    value: str
    code: str
    severity: Severity
    message: str
    what_to_do: str
    suggestion: str = ""  # what was probably meant, ready to paste


@dataclass(frozen=True, slots=True)
class Reading:
    """The outcome of a dry run: whom the sheet holds, and everything that was wrong with it."""

    people: tuple[PersonRow, ...]
    problems: tuple[Problem, ...]
    rows_read: int
    rows_left_out: int
    problems_not_listed: int = 0  # past the limit of the list
    answers_withheld: int = 0  # sensitive answers not taken, because nobody consented
