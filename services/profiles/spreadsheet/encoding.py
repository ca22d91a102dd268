"""Bytes of a text file to text, whatever program wrote them.

Order: byte order mark; UTF-16 without one (every second byte is zero); valid UTF-8; then what charset-normalizer
finds among the encodings that spreadsheet programs in use still write. Never raises for text: the last resort is
cp1252, where single wrong letters show in the preview. Raises Unreadable only for what is no text at all.
"""

import codecs
import re

from charset_normalizer import from_bytes

from services.profiles.spreadsheet.values import Unreadable
from services.profiles.spreadsheet.zip_guard import SAVE_AS

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CANDIDATES = ["gb18030", "big5", "cp1252"]
_SAMPLE_BYTES = 64 * 1024
_ZEROS_SHARE = 0.3  # of the even or the odd bytes, in UTF-16 with mostly Latin letters
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1e\x7f]")  # \x1f is a delimiter
_CONTROL_SHARE = 0.005
# Letters of Mac OS Roman (a-umlaut, e-acute, ...) land on these cp1252 characters, which hardly stand inside words.
_MAC_BYTES = re.compile(rb"[A-Za-z][\x87\x88\x89\x8a\x8d\x8e\x8f\x90\x9a\x9f\xa7][a-z]")
_WINDOWS_BYTES = re.compile(rb"[A-Za-z][\xc0-\xff][a-z]")


def decode(raw: bytes) -> tuple[str, str]:
    """The text without its mark, and the name of the encoding. Raises Unreadable(`not_a_spreadsheet`)."""
    encoding = _encoding_of(raw)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = raw.decode(encoding, errors="replace")
    if len(_CONTROL.findall(text[:_SAMPLE_BYTES])) > _CONTROL_SHARE * min(len(text), _SAMPLE_BYTES):
        raise Unreadable("not_a_spreadsheet", f"This is neither an Excel workbook nor a CSV file. {SAVE_AS}")
    return text, encoding


def _encoding_of(raw: bytes) -> str:
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return encoding
    if wide := _utf_16_without_mark(raw[:_SAMPLE_BYTES]):
        return wide
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return _legacy_encoding(raw)
    return "utf-8"


def _utf_16_without_mark(sample: bytes) -> str | None:
    half = len(sample) // 2
    if half < 2 or len(sample) % 2:
        return None
    if sample[1::2].count(0) > _ZEROS_SHARE * half and sample[::2].count(0) == 0:
        return "utf-16-le"
    if sample[::2].count(0) > _ZEROS_SHARE * half and sample[1::2].count(0) == 0:
        return "utf-16-be"
    return None


def _legacy_encoding(raw: bytes) -> str:
    telling = b"\n".join(line for line in raw.splitlines() if not line.isascii())[:_SAMPLE_BYTES]
    best = from_bytes(telling, cp_isolation=_CANDIDATES, preemptive_behaviour=False).best()
    encoding = best.encoding if best else "cp1252"
    if encoding == "cp1252" and len(_MAC_BYTES.findall(raw)) > len(_WINDOWS_BYTES.findall(raw)):
        return "mac_roman"
    return encoding
