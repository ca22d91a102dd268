"""Grids to files: .xlsx and .csv, the same bytes for the same grid."""

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from openpyxl import Workbook

from operate.sample.records import Value

_EPOCH = (2026, 1, 1, 0, 0, 0)
_STAMPS = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms)")


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet as it will look. `title_rows`: how many rows at the top are one merged cell each."""

    name: str
    rows: Sequence[Sequence[Value]]
    title_rows: int = 0
    width: int = field(default=1)


def to_xlsx(grids: Sequence[Grid]) -> bytes:
    """A workbook with one sheet for each grid. A text that begins with = becomes a formula without a result."""
    book = Workbook()
    for spare in book.worksheets:
        book.remove(spare)
    for grid in grids:
        sheet = book.create_sheet(grid.name)
        for row in grid.rows:
            sheet.append([None if value == "" else value for value in row])
        for number in range(1, grid.title_rows + 1):
            sheet.merge_cells(start_row=number, start_column=1, end_row=number, end_column=grid.width)
    out = io.BytesIO()
    book.save(out)
    return _without_time(out.getvalue())


def _without_time(raw: bytes) -> bytes:
    """The same archive with every time stamp in it set to one fixed moment."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in given.namelist():
            part = given.read(name)
            if name == "docProps/core.xml":
                part = _STAMPS.sub(rb"\g<1>2026-01-01T00:00:00Z\g<2>", part)
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, part)
    return out.getvalue()


def to_csv(grid: Grid, encoding: str = "utf-8-sig", delimiter: str = ",") -> bytes:
    """One grid as delimited text. Dates are written as Excel writes them there: `3-May`, `3/14/2026 8:00:00`."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(
        [_as_text(value) for value in row] for row in grid.rows
    )
    return out.getvalue().encode(encoding)


def _as_text(value: Value) -> str:
    if not isinstance(value, datetime):
        return str(value)
    if value.hour == value.minute == 0:
        return f"{value.day}-{value:%b}"
    return f"{value.month}/{value.day}/{value.year} {value.hour}:{value:%M:%S}"
