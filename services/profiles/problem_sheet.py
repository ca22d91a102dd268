"""The problems of a dry run as a workbook that a coordinator can open beside her own.

Every cell is text, and none can be read as a formula by a spreadsheet program, also after it was saved as CSV (OWASP, CSV injection).
"""

import io
from collections.abc import Iterable

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from services.profiles.spreadsheet.values import Problem

_HEADINGS = ("Sheet", "Row", "Column", "Value", "What is wrong", "What to do", "Suggestion", "Effect")
_WIDTHS = (16, 7, 22, 30, 50, 60, 30, 22)
_EFFECTS = {
    "sheet": "the sheet is left out",
    "row": "the row is left out",
    "cell": "taken without it",
    "note": "all is taken",
}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_problems(problems: Iterable[Problem]) -> bytes:
    """The workbook's bytes."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Problems")
    for letter, width in zip("ABCDEFGH", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, heading, bold=True) for heading in _HEADINGS])
    for each in problems:
        texts = (each.sheet, each.column, each.value, each.message, each.what_to_do, each.suggestion)
        name, column, value, message, what_to_do, suggestion = (_cell(sheet, text) for text in texts)
        effect = _cell(sheet, _EFFECTS[each.severity])
        sheet.append([name, each.row or None, column, value, message, what_to_do, suggestion, effect])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def harmless(text: str) -> str:
    """The text so that no spreadsheet program takes it for a formula."""
    plain = ILLEGAL_CHARACTERS_RE.sub("", text)
    return "'" + plain if plain.startswith(_FORMULA_STARTS) else plain


def _cell(sheet: WriteOnlyWorksheet, text: str, *, bold: bool = False) -> Cell:
    cell = WriteOnlyCell(sheet, harmless(text))
    cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell
