"""The first look at a zip file, before anything of it is unpacked: is it a sane .xlsx?

1. Nothing is inflated past the size that the directory declares, and the declared sizes are bounded together,
   so that neither a high ratio nor overlapping or lying entries cost memory.
2. Only stored and deflated entries: zipfile inflates bzip2 and lzma without a bound.
3. Macros, encryption and other programs' formats are refused by name.
"""

import io
import re
import zipfile

from services.profiles.spreadsheet import limits
from services.profiles.spreadsheet.values import Unreadable

_ENCRYPTED_FLAG = 0x1
NEVER_OPENED = (
    "xl/media/",
    "xl/drawings/",
    "xl/charts/",
    "xl/comments",
    "xl/threadedcomments/",
    "xl/pivot",
    "xl/externallinks/",
    "xl/printersettings/",
    "customxml/",
)
_STREAMED = re.compile(r"xl/(worksheets/[^/]+\.xml|sharedstrings\.xml)")

SAVE_AS = "Open it and save it as Excel workbook (.xlsx) or as CSV, then import that file."


def open_zip(raw: bytes) -> zipfile.ZipFile:
    """The archive, checked. Raises Unreadable."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeError) as broken:
        raise Unreadable("broken_file", f"The file is damaged or incomplete. {SAVE_AS}") from broken
    try:
        _check(archive.infolist())
    except Unreadable:
        archive.close()
        raise
    return archive


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > limits.MAX_ZIP_ENTRIES:
        raise _bomb(f"it has {len(entries):,} parts")
    _check_kind({entry.filename.lower() for entry in entries})
    if any(entry.flag_bits & _ENCRYPTED_FLAG for entry in entries):
        raise encrypted()
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise Unreadable(
            "not_a_spreadsheet", f"The file is packed in a way that Excel does not use. {SAVE_AS}"
        )
    if sum(entry.file_size for entry in entries) > limits.MAX_UNZIPPED_BYTES:
        raise _bomb(f"it unfolds to more than {limits.MAX_UNZIPPED_BYTES // 2**20} MB")
    for entry in entries:
        _check_entry(entry)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    if entry.file_size > limits.RATIO_FREE_BYTES:
        ratio = entry.file_size / max(1, entry.compress_size)
        if ratio > limits.MAX_ENTRY_RATIO:
            raise _bomb(f"a part of it is packed {ratio:,.0f} to 1")
    name = entry.filename.lower()
    whole = (
        name.endswith((".xml", ".rels"))
        and not name.startswith(NEVER_OPENED)
        and not _STREAMED.fullmatch(name)
    )
    if whole and entry.file_size > limits.MAX_SMALL_PART_BYTES:
        raise _bomb(f"{entry.filename[:60]} unfolds to {entry.file_size // 2**20} MB")


def _check_kind(names: set[str]) -> None:
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
        raise Unreadable("macros", f"The file contains macros. {SAVE_AS}")
    if "encryptedpackage" in names:
        raise encrypted()
    if "xl/workbook.bin" in names:
        raise Unreadable("old_format", f"This is a binary Excel workbook (.xlsb). {SAVE_AS}")
    if "content.xml" in names and "mimetype" in names:
        raise Unreadable("other_format", f"This is an OpenDocument file (.ods). {SAVE_AS}")
    if any(name.endswith(".iwa") for name in names):
        raise Unreadable("other_format", f"This is an Apple Numbers file. {SAVE_AS}")
    if "[content_types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise Unreadable("not_a_spreadsheet", f"There is no spreadsheet in this file. {SAVE_AS}")


def encrypted() -> Unreadable:
    """The refusal of a file that asks for a password."""
    return Unreadable(
        "encrypted", "The file is protected by a password. Save it without one and import it again."
    )


def _bomb(why: str) -> Unreadable:
    return Unreadable(
        "zip_bomb",
        f"The file is far larger inside than outside ({why}). Copy the rows with people into a new workbook "
        "and import that one.",
    )
