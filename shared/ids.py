"""New identifiers: the only module that draws them.

Invariants:
1. An id says what it names: `<prefix>_<26 characters>`, a lower-case ULID, so that ids of one kind sort by age.
2. A derived id is the same every time it is derived from the same words; a repeated call finds what the first one made.
"""

import hashlib

from ulid import ULID


def new_id(prefix: str) -> str:
    """A fresh id, for example `rel_01jd3c5v8e6k9x2m4q7r0s1t2v`."""
    return f"{prefix}_{str(ULID()).lower()}"


def derived_id(prefix: str, *words: str) -> str:
    """The id that these words always give (SHA-256, 128 bits kept)."""
    digest = hashlib.sha256("\x1f".join(words).encode()).hexdigest()
    return f"{prefix}_{digest[:32]}"
