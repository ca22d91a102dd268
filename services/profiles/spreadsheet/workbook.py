"""The door for a file: what it is, by its content and not by its name, and its rows under their headings."""

import re
from pathlib import PurePath

from services.profiles.spreadsheet import limits
from services.profiles.spreadsheet.delimited import read_delimited
from services.profiles.spreadsheet.headings import with_headings
from services.profiles.spreadsheet.survey import too_many_rows
from services.profiles.spreadsheet.values import Unreadable, Workbook
from services.profiles.spreadsheet.xlsx import read_xlsx
from services.profiles.spreadsheet.zip_guard import SAVE_AS, encrypted

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Microsoft's older container: .xls, or an encrypted .xlsx
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_OTHERS = (b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf")
_MARKUP = re.compile(rb"\s*(<\?xml|<!doctype|<html|<table|<head|<body|<meta)", re.IGNORECASE)


def read_workbook(raw: bytes, filename: str) -> Workbook:
    """The file's sheets, with their headings found. `filename` may be anything; only its role words count.

    Raises Unreadable with one of these codes: too_large, zip_bomb, too_many_rows, too_many_columns,
    too_many_sheets, not_a_spreadsheet, old_format, other_format, encrypted, macros, unsafe_xml, broken_file,
    unclosed_quote, empty.
    """
    if len(raw) > limits.MAX_FILE_BYTES:
        raise Unreadable(
            "too_large",
            f"The file is larger than {limits.MAX_FILE_BYTES // 2**20} MB. Remove pictures or split it, and import it again.",
        )
    name = PurePath(filename.replace("\\", "/").replace("\x00", "")).name[-limits.MAX_FILENAME_CHARS :]
    if raw.startswith(_ZIP):
        sheets = tuple(with_headings(sheet) for sheet in read_xlsx(raw))
        workbook = Workbook(name, "xlsx", None, None, sheets)
    else:
        _refuse_others(raw)
        sheet, encoding, delimiter = read_delimited(raw, name)
        workbook = Workbook(name, "csv", encoding, delimiter, (with_headings(sheet),))
    if workbook.row_count == 0:
        raise Unreadable(
            "empty", "There are no rows with people in this file. Check that it is the right one."
        )
    if workbook.row_count > limits.MAX_ROWS:
        raise too_many_rows()
    return workbook


def _refuse_others(raw: bytes) -> None:
    if not raw.strip():
        raise Unreadable("empty", "The file is empty. Check that it is the right one.")
    if raw.startswith(_COMPOUND):
        if _ENCRYPTED_STREAM in raw:
            raise encrypted()
        raise Unreadable("old_format", f"This is an old Excel file (.xls). {SAVE_AS}")
    if raw.startswith(_OTHERS) or _MARKUP.match(raw[:1_000]):
        raise Unreadable("not_a_spreadsheet", f"This is neither an Excel workbook nor a CSV file. {SAVE_AS}")
