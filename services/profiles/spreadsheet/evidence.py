"""What a column's own cells say about what it holds: the share of them that each reader understands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from services.profiles.areas import Area
from services.profiles.spreadsheet import limits
from services.profiles.spreadsheet.cells import Trouble
from services.profiles.spreadsheet.cells.areas import AreaReader
from services.profiles.spreadsheet.cells.dates import guess_date_order, read_stamp
from services.profiles.spreadsheet.cells.hours import read_hours
from services.profiles.spreadsheet.cells.languages import read_languages
from services.profiles.spreadsheet.cells.numbers import read_number
from services.profiles.spreadsheet.cells.options import OptionReader
from services.profiles.spreadsheet.cells.roles import roles_in
from services.profiles.spreadsheet.cells.yes_no import yes_no
from services.profiles.spreadsheet.mapping import DEFAULT_AREA_SEPARATORS
from services.profiles.spreadsheet.normal import fold, is_blank
from services.profiles.spreadsheet.values import Column, Question, Sheet


@dataclass(frozen=True, slots=True)
class Values:
    """Some different values of one column (of all sheets that have it), blank ones left out."""

    column: Column
    texts: tuple[str, ...]
    sheets: frozenset[str]

    def share(self, understands: Callable[[str], bool]) -> float:
        """From 0 to 1; 0 for an empty column."""
        return sum(1 for text in self.texts if understands(text)) / len(self.texts) if self.texts else 0.0


def values_by_key(sheets: Sequence[Sheet]) -> dict[str, Values]:
    """The columns of these sheets by key, each once, in the order of the file."""
    found: dict[str, Values] = {}
    for sheet in sheets:
        rows = sheet.rows[: limits.GUESS_ROWS]
        for column in sheet.columns:
            cells = (row.cells[column.index] for row in rows if column.index < len(row.cells))
            before = found.get(column.key, Values(column, (), frozenset()))
            texts = dict.fromkeys(before.texts)
            texts.update((cell, None) for cell in cells if isinstance(cell, str) and not is_blank(cell))
            found[column.key] = Values(
                before.column, tuple(texts)[: limits.GUESS_VALUES], before.sheets | {sheet.name}
            )
    return found


class Evidence:
    """Asks the readers of all kinds about a column. One for each guess, since areas and questions differ."""

    def __init__(self, areas: Sequence[Area], questions: Sequence[Question]) -> None:
        self.areas = AreaReader(areas, DEFAULT_AREA_SEPARATORS)
        self.questions = {question.key: question for question in questions}
        self._options = {question.key: OptionReader(question) for question in questions}

    def share(self, field: str, values: Values) -> float:
        """How many of the column's cells can be read as this field; 1 for fields that take any text."""
        understands = self._understands(field, values)
        return values.share(understands) if understands else 1.0

    def options_share(self, key: str, values: Values) -> float:
        """How many cells are answers that the question offers."""
        if self.questions[key].kind == "text":
            return 0.0
        return values.share(self._options[key].knows)

    def _understands(self, field: str, values: Values) -> Callable[[str], bool] | None:
        if field == "submitted_at":
            order = guess_date_order(values.texts)
            return lambda text: read_stamp(text, "mdy" if order == "ymd" else order) is not None
        if field in ("areas", "areas_offered", "areas_wanted"):
            return lambda text: bool(self.areas.read(text).slugs)
        return _UNDERSTANDS.get(field)


def _is_number(text: str, at_most: int = 10_000, of_range: Literal["lower", "upper"] = "lower") -> bool:
    return not isinstance(read_number(text, at_most=at_most, of_range=of_range), Trouble)


def _says_role(text: str) -> bool:
    return yes_no(text) is not None or bool(roles_in(text))


_UNDERSTANDS: dict[str, Callable[[str], bool]] = {
    "mail": lambda text: "@" in text or "＠" in text,  # noqa: RUF001
    "role": lambda text: bool(roles_in(text)),
    "is_mentor": _says_role,
    "is_mentee": _says_role,
    "is_both": lambda text: yes_no(text) is not None,
    "terms": lambda text: yes_no(text) is not None,
    "consent": lambda text: yes_no(text) is not None,
    "area_tick": lambda text: yes_no(text) is not None,
    "hours_tick": lambda text: yes_no(text) is not None,
    "area_years": _is_number,
    "seniority_years": _is_number,
    "capacity": _is_number,
    "pledge_hours_per_month": _is_number,
    "languages": lambda text: bool(read_languages(text).tags),
    "hours": lambda text: bool(read_hours(text).hours),
    "hours_on_day": lambda text: bool(read_hours(text, 0).hours) or yes_no(text) is False,
    "name": lambda text: (
        "@" not in text and not any(c.isdigit() for c in text) and len(fold(text).split()) <= 5
    ),
}
