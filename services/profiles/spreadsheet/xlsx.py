"""Rows of an .xlsx, through openpyxl in read-only mode, after `zip_guard` and `survey` have found it sane.

A formula is never kept and never evaluated: its cached value is read, and where there is none the cell is spoiled.
"""

import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from services.profiles.spreadsheet import limits
from services.profiles.spreadsheet.cell_text import cell_from
from services.profiles.spreadsheet.survey import SheetSurvey, survey
from services.profiles.spreadsheet.values import Cell, Row, Spoiled, Unreadable
from services.profiles.spreadsheet.zip_guard import SAVE_AS, open_zip

# What openpyxl and the standard library were seen, or are documented, to raise on a file that is not as it should be.
_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    DefusedXmlException,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    ParseError,
    RecursionError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class RawSheet:
    """A sheet before its headings are found; only rows with something in them."""

    name: str
    hidden: bool
    rows: tuple[Row, ...]


def read_xlsx(raw: bytes) -> tuple[RawSheet, ...]:
    """All worksheets, in their order. Raises Unreadable."""
    with open_zip(raw) as archive:
        surveyed = survey(archive)
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", module="openpyxl"
        )  # about styles and extensions, which we do not read
        try:
            reader = _Reader(raw, surveyed)
            try:
                reader.read()
                return tuple(RawSheet(s.name, s.hidden, tuple(_rows(s))) for s in reader.found)
            finally:
                reader.archive.close()
        except _DAMAGE as damage:
            raise Unreadable("broken_file", f"The file is damaged or incomplete. {SAVE_AS}") from damage


@dataclass(frozen=True, slots=True)
class _Found:
    name: str
    hidden: bool
    worksheet: ReadOnlyWorksheet
    survey: SheetSurvey


class _Reader(ExcelReader):
    """openpyxl's reader, which opens only surveyed parts and streams each sheet (no charts, no links)."""

    def __init__(self, raw: bytes, surveyed: dict[str, SheetSurvey]) -> None:
        super().__init__(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
        self.surveyed = surveyed
        self.found: list[_Found] = []
        self.valid_files = [name for name in self.valid_files if name in surveyed]
        for name in set(self.archive.NameToInfo) - set(surveyed):
            del self.archive.NameToInfo[name]

    def read_workbook(self) -> None:
        whole_parts = {part.PartName[1:] for part in self.package.Override if "main+xml" in part.ContentType}
        if any(name.startswith("xl/worksheets/") for name in whole_parts):
            raise ValueError("a worksheet poses as the workbook, which would be read as a whole")
        super().read_workbook()

    def read_worksheets(self) -> None:
        for sheet, relation in self.parser.find_sheets():
            if "chartsheet" in str(relation.Type):
                continue
            if len(self.found) >= limits.MAX_SHEETS:
                raise Unreadable(
                    "too_many_sheets",
                    f"There are more than {limits.MAX_SHEETS} sheets in this file. Import it in parts.",
                )
            worksheet = ReadOnlyWorksheet(self.wb, sheet.name, relation.target, self.shared_strings)
            part = self.surveyed[relation.target]
            self.found.append(_Found(str(sheet.name), sheet.state != "visible", worksheet, part))


def _rows(found: _Found) -> Iterator[Row]:
    last_row = found.survey.last_row
    if last_row == 0:
        return
    # A read-only worksheet borrows this method from Worksheet, which the stubs cannot express.
    values = found.worksheet.iter_rows(1, last_row, 1, limits.MAX_COLUMNS, values_only=True)  # type: ignore[misc]
    for number, row in enumerate(values, start=1):
        if not any(value is not None for value in row) and not found.survey.bare_formulas:
            continue
        cells = [cell_from(value) for value in row]
        if found.survey.bare_formulas:
            _mark_formulas(cells, number, found.survey.bare_formulas)
        while cells and cells[-1] == "":
            cells.pop()
        if any(cells):
            yield Row(number, tuple(cells))


def _mark_formulas(cells: list[Cell], row: int, bare_formulas: set[str]) -> None:
    for index, cell in enumerate(cells):
        if cell == "" and f"{get_column_letter(index + 1)}{row}" in bare_formulas:
            cells[index] = Spoiled("formula", "(formula)")
