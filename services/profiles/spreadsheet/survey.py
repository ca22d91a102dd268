"""The second look: every XML part of the .xlsx is walked once, counting, in constant memory.

1. A document type, an entity or an external reference in any part refuses the file.
2. After the survey the sizes that openpyxl will meet are known to be within limits: elements, depth, cells of
   one row, rows with something in them.
3. It finds what openpyxl cannot tell in read-only mode: formula cells without a cached value, and the last row
   with something in it (a sheet may carry a million formatted, empty ones below).
"""

import zipfile
import zlib
from dataclasses import dataclass, field
from xml.parsers import expat

from services.profiles.spreadsheet import limits
from services.profiles.spreadsheet.values import Unreadable
from services.profiles.spreadsheet.zip_guard import NEVER_OPENED, SAVE_AS

CHUNK_BYTES = 64 * 1024
_ROW_DIGITS = 7
_LAST_COLUMN = (2, "GR")  # the 200th; Excel's letters sort by length, then by letter
_STRICT_NAMESPACE = "http://purl.oclc.org/ooxml/"
_FEWER = "Copy the rows with people into a new workbook and import that one."


@dataclass(slots=True)
class SheetSurvey:
    """What one worksheet part holds: rows with something in them, and the formulas without a cached value."""

    last_row: int = 0
    bare_formulas: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Tally:
    """Counts over all parts of one file."""

    elements: int = 0
    filled_rows: int = 0


def survey(archive: zipfile.ZipFile) -> dict[str, SheetSurvey]:
    """Each XML part by its path, all that may be opened afterwards. Raises Unreadable."""
    tally = _Tally()
    parts: dict[str, SheetSurvey] = {}
    for entry in archive.infolist():
        name = entry.filename.lower()
        if name.endswith((".xml", ".rels")) and not name.startswith(NEVER_OPENED):
            walk = _Walk(tally)
            _parse(archive, entry, walk)
            parts[entry.filename] = walk.sheet
    return parts


def _parse(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, walk: "_Walk") -> None:
    try:
        with archive.open(entry) as part:
            while chunk := part.read(CHUNK_BYTES):
                walk.parser.Parse(chunk, False)
            walk.parser.Parse(b"", True)
    except (
        expat.ExpatError,
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        RuntimeError,
    ) as broken:
        raise Unreadable("broken_file", f"The file is damaged or incomplete. {SAVE_AS}") from broken
    walk.finish()


def _refuse_doctype(*_: object) -> int:
    raise Unreadable(
        "unsafe_xml", f"The file refers to outside contents, which Excel itself never does. {SAVE_AS}"
    )


class _Walk:
    """The handlers for one part. Names come with the prefix as written; a prefix changes nothing here."""

    def __init__(self, tally: _Tally) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.StartDoctypeDeclHandler = _refuse_doctype
        self.parser.EntityDeclHandler = _refuse_doctype
        self.parser.ExternalEntityRefHandler = _refuse_doctype
        self.tally = tally
        self.sheet = SheetSurvey()
        self.depth = 0
        self.row = 0
        self.cells_in_row = 0
        self.row_is_filled = False
        self.cell = ""
        self.has_formula = False
        self.has_value = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.tally.elements += 1
        self.depth += 1
        if self.tally.elements > limits.MAX_XML_ELEMENTS or self.depth > limits.MAX_XML_DEPTH:
            raise Unreadable("too_large", f"There is too much in this file. {_FEWER}")
        if self.depth == 1 and any(value.startswith(_STRICT_NAMESPACE) for value in attributes.values()):
            raise Unreadable("other_format", f"This is a Strict Open XML workbook. {SAVE_AS}")
        local = tag.rpartition(":")[2]
        if local == "c":
            self._leave_cell()
            self._enter_cell(attributes.get("r", ""))
        elif local == "f":
            self.has_formula = True
        elif local in ("v", "is"):
            if self.has_formula:  # some programs write an empty value beside each formula
                self.parser.CharacterDataHandler = self.text
            else:
                self.has_value = True
        elif local == "row":
            self._enter_row(attributes.get("r", ""))

    def text(self, _text: str) -> None:
        self.has_value = True
        self.parser.CharacterDataHandler = None

    def end(self, _tag: str) -> None:
        self.depth -= 1

    def finish(self) -> None:
        self._leave_row()

    def _enter_row(self, number: str) -> None:
        self._leave_row()
        is_plain = number.isascii() and number.isdigit() and len(number) <= _ROW_DIGITS
        row = int(number) if is_plain else 0
        if not number:  # some programs leave it out
            row = self.row + 1
        if row <= self.row or row > limits.MAX_ROW_NUMBER:
            raise Unreadable("broken_file", f"The rows of a sheet are not in order. {SAVE_AS}")
        self.row = row

    def _enter_cell(self, reference: str) -> None:
        self.cell = reference
        self.cells_in_row += 1
        if self.cells_in_row > limits.MAX_CELLS_IN_ROW:
            raise too_many_columns()

    def _leave_cell(self) -> None:
        if self.has_value or self.has_formula:
            self.row_is_filled = True
            letters = self.cell.rstrip("0123456789")
            if (len(letters), letters) > _LAST_COLUMN or (
                not letters and self.cells_in_row > limits.MAX_COLUMNS
            ):
                raise too_many_columns()
            if not self.has_value:
                self.sheet.bare_formulas.add(self.cell)
        self.has_formula = self.has_value = False
        self.parser.CharacterDataHandler = None

    def _leave_row(self) -> None:
        self._leave_cell()
        if self.row_is_filled:
            self.sheet.last_row = self.row
            self.tally.filled_rows += 1
            if self.tally.filled_rows > limits.MAX_ROWS:
                raise too_many_rows()
        self.row_is_filled = False
        self.cells_in_row = 0


def too_many_rows() -> Unreadable:
    """The refusal of a sheet that is longer than we read."""
    return Unreadable(
        "too_many_rows",
        f"There are more than {limits.MAX_ROWS:,} filled rows in this file. Split it into several files.",
    )


def too_many_columns() -> Unreadable:
    return Unreadable(
        "too_many_columns", f"There are more than {limits.MAX_COLUMNS} columns in this file. {_FEWER}"
    )
