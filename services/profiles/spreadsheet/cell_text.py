"""One cell, from whatever the file format held to the text that the user sees, or to the reason why it has none."""

import re
from datetime import date, datetime, time, timedelta

from openpyxl.utils.escape import unescape

from services.profiles.spreadsheet.limits import MAX_CELL_CHARS
from services.profiles.spreadsheet.normal import shown
from services.profiles.spreadsheet.values import Cell, Spoiled

_ERROR = re.compile(
    r"#(N/?A|N/?V|REF!|BEZUG!|VALUE!|WERT!|VALEUR!|DIV/0!|NAME\?|NOM\s?\?|NUM!|ZAHL!|NULL!|SPILL!|CALC!)"
)
_QUOTED_TEXT = re.compile(r'="([^"]*)"')  # how programs make Excel keep a leading zero in a CSV file
_FORMULA_START = re.compile(r"=\s*[^\s=]")
_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_MAX_DIGITS = 40


def cell_from(value: object) -> Cell:
    """The cell for a value as openpyxl gives it. Dates read `2026-03-31`, times `18:30`, numbers without `.0`."""
    if value is None:
        return ""
    if isinstance(value, str):
        return cell_from_text(unescape(value) if _ESCAPED.search(value) else value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds()) // 60
        return f"{minutes // 60:02}:{minutes % 60:02}"
    return cell_from_text(str(value))


def cell_from_text(text: str) -> Cell:
    """The cell for a text as typed. A text that a spreadsheet program would take for a formula is spoiled."""
    text = _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if quoted := _QUOTED_TEXT.fullmatch(text):
        text = quoted[1].strip()
    if _FORMULA_START.match(text):
        return Spoiled("formula", shown(text))
    if text.startswith("#") and _ERROR.fullmatch(text.upper()):
        return Spoiled("error_value", text)
    if len(text) > MAX_CELL_CHARS:
        return Spoiled("too_long", shown(text))
    return text


def _number(value: float) -> Cell:
    if isinstance(value, int):
        return (
            str(value)
            if value.bit_length() < 4 * _MAX_DIGITS
            else Spoiled("too_long", "(a very long number)")
        )
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
