"""Arrays out of an .npz archive that anybody may have written.

Invariants:
1. Nothing takes more memory than a few times the bytes given: the directory is bounded before it is read, entries are
   stored (not compressed), and an array's header must agree with the bytes behind it before they become an array.
2. Only the types, the numbers of dimensions and the keys asked for come out; nothing is ever unpickled.
3. Whatever is wrong is an `EngineError` (bad_market), its `where` the key.
"""

import re
import struct
from collections.abc import Collection
from io import BytesIO
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.columns import fixed
from services.matching.engine.errors import EngineError

BYTES_MAX = 2**31 - 1  # so that no 64-bit extension of the archive's end is ever needed
DIRECTORY_BYTES_MAX = 2**16
ENDING = ".npy"

_END = struct.Struct("<4s4H2LH")  # what a zip archive without a comment ends with
_END_MARK, _FAR_END_MARK = b"PK\x05\x06", b"PK\x06\x07"
_FAR_END_BYTES = 20
_ENCRYPTED = 1
_HEADER = re.compile(
    r"\{ ?'descr': ?'([|<][a-z]\d)', ?'fortran_order': ?(False|True), ?'shape': ?\(((?:\d{1,12},? ?)*)\),? ?\}\s*"
)
_LENGTHS = {1: struct.Struct("<H"), 2: struct.Struct("<I")}  # of the header, by the version of the format
_MAGIC = b"\x93NUMPY"


def bad(where: str, detail: str) -> EngineError:
    """A market that cannot be used because of this key."""
    return EngineError("bad_market", detail, where=where)


def refuse_if(wrong: object, where: str, detail: str) -> None:
    """Raises where this holds; a numpy truth counts as well."""
    if wrong:
        raise bad(where, detail)


class Archive:
    """The arrays of these bytes, one by one. Raises `EngineError` (bad_market) where they are no archive of
    exactly these keys."""

    def __init__(self, packed: bytes, keys: Collection[str]) -> None:
        _refuse_odd_end(packed)
        try:
            self._zip = ZipFile(BytesIO(packed))
        except (BadZipFile, ValueError, NotImplementedError, struct.error, OSError) as wrong:
            raise bad("", "give an .npz archive; this one cannot be opened") from wrong
        self._entries: dict[str, ZipInfo] = {}
        for entry in self._zip.infolist():
            key = entry.filename.removesuffix(ENDING)
            refuse_if(key not in keys or not entry.filename.endswith(ENDING), key[:100], "leave this key out")
            refuse_if(key in self._entries, key, "give this key once")
            refuse_if(
                entry.compress_type != ZIP_STORED or entry.flag_bits & _ENCRYPTED,
                key,
                "store the arrays as they are, neither compressed nor encrypted",
            )
            self._entries[key] = entry
        for key in keys:
            refuse_if(key not in self._entries, key, "this key is missing")
        total = sum(entry.file_size for entry in self._entries.values())
        refuse_if(total > len(packed), "", "the entries overlap")

    def take(self, key: str, kind: str, dimensions: int = 1) -> NDArray[Any]:
        """The array of this key, in memory of its own and read-only."""
        try:
            stored = self._zip.read(self._entries[key])
        except (BadZipFile, ValueError, NotImplementedError, EOFError, struct.error, OSError) as wrong:
            raise bad(key, "the archive is damaged here") from wrong
        found, fortran, shape, start = _header(key, stored)
        refuse_if(found != kind, key, f"give numbers of type {kind}, not {found}")
        refuse_if(len(shape) != dimensions, key, f"give {dimensions} dimensions, not {len(shape)}")
        size = np.dtype(kind).itemsize
        for length in shape:
            size *= length
        refuse_if(size != len(stored) - start, key, "the shape does not fit the number of bytes")
        # A copy: what stands in the middle of an archive need not stand where numbers of its type may.
        numbers = np.frombuffer(stored, kind, offset=start)
        return fixed(numbers.reshape(shape, order="F" if fortran else "C").copy(order="C"))


def _refuse_odd_end(packed: bytes) -> None:
    refuse_if(len(packed) > BYTES_MAX, "", f"give at most {BYTES_MAX:,} bytes")
    refuse_if(len(packed) < _END.size, "", "give an .npz archive; this is too short for one")
    mark, *_, directory, _, comment = _END.unpack(packed[-_END.size :])
    refuse_if(
        mark != _END_MARK or comment, "", "give an .npz archive without a comment; this one is cut or damaged"
    )
    before = len(packed) - _END.size
    refuse_if(
        directory > min(DIRECTORY_BYTES_MAX, before)
        or packed[max(before - _FAR_END_BYTES, 0) :].startswith(_FAR_END_MARK),
        "",
        "the archive's directory is too large",
    )


def _header(key: str, stored: bytes) -> tuple[str, bool, tuple[int, ...], int]:
    """Type, Fortran order, shape, and where the numbers begin."""
    damaged = bad(key, "this is not an array in the .npy format, version 1 or 2")
    length = _LENGTHS.get(stored[len(_MAGIC)] if len(stored) > len(_MAGIC) + 1 else 0)
    if not stored.startswith(_MAGIC) or length is None or len(stored) < len(_MAGIC) + 2 + length.size:
        raise damaged
    begin = len(_MAGIC) + 2 + length.size
    end = begin + length.unpack_from(stored, len(_MAGIC) + 2)[0]
    said = _HEADER.fullmatch(stored[begin:end].decode("latin-1")) if end - begin <= 2**12 else None
    if said is None or end > len(stored):
        raise damaged
    kind, fortran, lengths = said.groups()
    return kind, fortran == "True", tuple(int(one) for one in lengths.replace(",", " ").split()), end
