"""Text made harmless for spreadsheet programs, for everything that we export.

Follows OWASP, "CSV Injection": a cell that begins with = + - @ tab or carriage return, or with a wide form of them,
may be run as a formula by the program that opens the file. A quotation mark in front makes it text.
"""

import unicodedata

_RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_SKIPPED = " \u00a0\u200b\ufeff"  # what a spreadsheet program may drop before it looks


def safe_cell(text: str) -> str:
    """The text, with an apostrophe in front where a spreadsheet program would take it for a formula.

    Safe to apply twice. In a CSV file every cell must be quoted as well (`csv.QUOTE_ALL`), or a delimiter inside
    the text would begin a new cell.
    """
    bare = unicodedata.normalize("NFKC", text.lstrip(_SKIPPED)[:1])
    return f"'{text}" if (bare and bare.startswith(_RUN)) or text[:1] in ("\t", "\r", "\n") else text
