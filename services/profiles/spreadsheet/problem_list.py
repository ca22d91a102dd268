"""The list of problems as a workbook, so that a coordinator can work through it beside her sheet."""

import io
import re
from collections.abc import Iterable

from openpyxl import Workbook as OutWorkbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from services.profiles.spreadsheet.limits import MAX_PROBLEMS
from services.profiles.spreadsheet.safe_text import safe_cell
from services.profiles.spreadsheet.values import Problem

_HEADINGS = ("Sheet", "Row", "Column", "Value", "Problem", "What to do", "Suggestion", "What happens")
_WIDTHS = (16, 7, 24, 32, 48, 56, 28, 30)
_HAPPENS = {
    "sheet": "the sheet is not read",
    "row": "the row is left out",
    "cell": "the row is taken without this",
    "note": "the row is taken",
}
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def problems_to_xlsx(problems: Iterable[Problem]) -> bytes:
    """An .xlsx with one line for each problem (at most MAX_PROBLEMS), no cell of which is a formula."""
    book = OutWorkbook(write_only=True)
    sheet = book.create_sheet("Problems")
    for letter, width in zip("ABCDEFGH", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    headings = [WriteOnlyCell(sheet, value=heading) for heading in _HEADINGS]
    for cell in headings:
        cell.font = Font(bold=True)
    sheet.append(headings)
    for number, found in enumerate(problems):
        if number >= MAX_PROBLEMS:
            break
        texts = (found.sheet, found.column, found.value, found.message, found.what_to_do, found.suggestion)
        name, column, value, message, advice, suggestion = (_text(text) for text in texts)
        row = found.row or None
        sheet.append([name, row, column, value, message, advice, suggestion, _HAPPENS[found.severity]])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _text(text: str) -> str:
    return safe_cell(_NOT_IN_XML.sub("", text))
