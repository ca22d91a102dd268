"""Rows of a delimited text file (CSV and its relatives): any delimiter, any encoding, line breaks inside quotes.

Row numbers are those that Excel shows: a record with line breaks in it is one row, a blank line is a row.
"""

import csv
import io
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePath

from services.profiles.spreadsheet import limits
from services.profiles.spreadsheet.cell_text import cell_from_text
from services.profiles.spreadsheet.encoding import decode
from services.profiles.spreadsheet.survey import too_many_columns, too_many_rows
from services.profiles.spreadsheet.values import Row, Unreadable
from services.profiles.spreadsheet.xlsx import RawSheet

_USUAL_DELIMITERS = ",;\t|"
_RARE_DELIMITERS = "\x1f^~¦§"
_RARE_WEIGHT = 0.9  # one of these wins only where it cuts far more evenly
_TRIAL_RECORDS = 200
_TRIAL_CHARS = 256 * 1024


def read_delimited(raw: bytes, filename: str) -> tuple[RawSheet, str, str]:
    """The one sheet, the encoding and the delimiter. Raises Unreadable."""
    text, encoding = decode(raw)
    text, delimiter = _stated_delimiter(text)
    delimiter = delimiter or guess_delimiter(text)
    rows = tuple(_rows(text, delimiter))
    return (
        RawSheet(PurePath(filename.replace("\\", "/")).stem or "sheet", hidden=False, rows=rows),
        encoding,
        delimiter,
    )


def _stated_delimiter(text: str) -> tuple[str, str | None]:
    """Excel's own convention: a first line `sep=;`, which it does not count as a row."""
    first, _, rest = text.partition("\n")
    first = first.strip().strip('"')
    if len(first) == 5 and first.lower().startswith("sep=") and first[4] not in '"\n\r':
        return rest, first[4]
    return text, None


def guess_delimiter(text: str) -> str:
    """The delimiter under which the records agree best on how many fields they have."""
    trial = text[:_TRIAL_CHARS]
    scores = {delimiter: _agreement(trial, delimiter) for delimiter in _USUAL_DELIMITERS}
    for delimiter in _RARE_DELIMITERS:
        if delimiter in trial:
            scores[delimiter] = _RARE_WEIGHT * _agreement(trial, delimiter)
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] > 0 else ","


def _agreement(text: str, delimiter: str) -> float:
    """0 for one field everywhere; else the share of records with the usual width, times a slow growth with it."""
    widths: Counter[int] = Counter()
    try:
        for record in itertools.islice(_records(text, delimiter), _TRIAL_RECORDS):
            if any(field.strip() for field in record):
                widths[len(record)] += 1
    except csv.Error:
        return 0.0
    total = sum(widths.values())
    several = {width: count for width, count in widths.items() if width > 1}
    if not several:
        return 0.0
    usual = max(several, key=lambda width: (several[width], width))
    return several[usual] / total * (1 + min(usual, 40) / 40)


def _records(text: str, delimiter: str, *, strict: bool = False) -> Iterator[list[str]]:
    lines = io.StringIO(text, newline="")
    return csv.reader(lines, delimiter=delimiter, strict=strict, skipinitialspace=True)


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    records = _records(text, delimiter, strict=_is_strict(text, delimiter))
    number = filled = 0
    while True:
        try:
            record = next(records, None)
        except csv.Error as broken:
            raise _unclosed(number + 1) from broken
        if record is None:
            return
        number += 1
        cells = [cell_from_text(field) for field in record]
        while cells and cells[-1] == "":
            cells.pop()
        if len(cells) > limits.MAX_COLUMNS:
            raise too_many_columns()
        if number > limits.MAX_ROW_NUMBER:
            raise too_many_rows()
        if any(cells):
            filled += 1
            if filled > limits.MAX_ROWS:
                raise too_many_rows()
            yield Row(number, tuple(cells))


def _is_strict(text: str, delimiter: str) -> bool:
    """Whether the quotes follow the rules. Where they do not (`"Tom" Smith`), they are read as they come."""
    try:
        for _ in _records(text, delimiter, strict=True):
            pass
    except csv.Error as broken:
        return "unexpected end" in str(broken) or "field larger" in str(broken)
    return True


def _unclosed(row: int) -> Unreadable:
    return Unreadable(
        "unclosed_quote",
        f'A quotation mark (") that opens in row {row} is never closed. Add or remove one there and import it again.',
    )
