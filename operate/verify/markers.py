"""Marker text: words that occur nowhere else, one for each field that they were planted in, and the search for them in any content.

Invariants:
1. All markers of a run begin with the same word, so that one look at a content says whether any is there, plain or in disguise
   (base64 at each alignment, hexadecimal, upper case, inside a zip, gzip or PDF stream).
"""

import base64
import gzip
import io
import re
import secrets
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

WORD_LETTERS = 14
NUMBER_DIGITS = 4
MAX_PARTS = 200
#: What a packed content may unpack to.
MAX_UNPACKED_BYTES = 64_000_000

#: Who may read what was planted: the two of the pair; its author only; the author and her coordinators; everybody in the chapter, but no
#: event, log, metric or integrator.
Readers = Literal["pair", "author", "report", "personal"]


@dataclass(frozen=True, slots=True)
class Planted:
    """A marker in a field."""

    marker: str
    field: str
    readers: Readers


@dataclass(slots=True)
class Markers:
    """The markers of one run."""

    word: str = field(
        default_factory=lambda: "".join(secrets.choice("bcdfghjkmnpqrstvwxz") for _ in range(WORD_LETTERS))
    )
    planted: dict[str, Planted] = field(default_factory=dict)
    drawn: int = 0

    def new(self, for_field: str, readers: Readers) -> str:
        """A marker for a field. One that the field refused is looked for all the same: what is refused leaves nothing."""
        marker = f"{self.word}{self.drawn:0{NUMBER_DIGITS}d}"
        self.drawn += 1
        self.planted[marker] = Planted(marker, for_field, readers)
        return marker

    def found(self, content: bytes) -> list[Planted | None]:
        """The markers in the content, each once; None for one that cannot be told apart in its disguise."""
        return list(dict.fromkeys(found for part in _parts(content) for found in self._in(part)))

    def _in(self, content: bytes) -> Iterator[Planted | None]:
        plain = content.lower()
        word = self.word.encode()
        for match in re.finditer(re.escape(word) + rb"(\d{%d})?" % NUMBER_DIGITS, plain):
            yield self.planted.get(match[0].decode())
        if word.hex().encode() in plain or any(each in content for each in _as_base64(word)):
            yield None


def _as_base64(word: bytes) -> list[bytes]:
    """What of the word stays the same in base64, at each of the three places where it can begin in a group of bytes."""
    found = []
    for lead in range(3):
        text = base64.b64encode(b"\0" * lead + word)
        found.append(text[(0, 2, 3)[lead] :].rstrip(b"=")[:-2])
    return found


def _parts(content: bytes) -> Iterator[bytes]:
    """The content, and what is packed in it."""
    yield content
    try:
        if content[:4] == b"PK\x03\x04":
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                for name in packed.namelist()[:MAX_PARTS]:
                    with packed.open(name) as part:
                        yield part.read(MAX_UNPACKED_BYTES)
        elif content[:2] == b"\x1f\x8b":
            with gzip.open(io.BytesIO(content)) as part:
                yield part.read(MAX_UNPACKED_BYTES)
        elif content[:5] == b"%PDF-":
            for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL)[:MAX_PARTS]:
                yield zlib.decompressobj().decompress(stream, MAX_UNPACKED_BYTES)
    except (OSError, zipfile.BadZipFile, zlib.error):
        return
