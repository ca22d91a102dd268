"""Which software computes a round, as one word: a digest of all that its pinned market and its result follow from.

Invariants:
1. Two workers with the same word read each other's pinned markets and come to the same result, byte for byte. Of any other word nothing
   is known.
2. It is found out once, when a worker starts: sources that are replaced under a running worker do not change what that worker is.
"""

from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

import services.matching

#: What is computed, and how the market and the result are written.
SOURCES = ("engine/**/*.py", "drafting/*.py", "domain/results.py", "domain/rounds.py", "domain/drafting.py")
#: Libraries that a result passes through.
LIBRARIES = ("msgspec", "numba", "numpy", "ortools")


@cache
def software() -> str:
    """The word of what runs here; it takes some milliseconds once."""
    return word_of(Path(services.matching.__file__).parent)


def word_of(root: Path) -> str:
    """The word of the sources in this folder, with the libraries that are installed."""
    found = blake2b(digest_size=8)
    for file in sorted(file for pattern in SOURCES for file in root.glob(pattern)):
        body = file.read_bytes()
        found.update(f"{file.relative_to(root)} {len(body)}\n".encode() + body)
    for library in LIBRARIES:
        found.update(f"{library} {version(library)}\n".encode())
    return found.hexdigest()
