"""What people type into one cell, kind by kind: each module turns a text into a value and a list of troubles.

None of them raises for any text. A trouble names its code (see `troubles.py`), the part of the text that is meant
and, where there is one, what was probably meant instead.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with one cell. `part`: the piece not understood; `allowed`: what would be."""

    code: str
    part: str = ""
    suggestion: str = ""
    allowed: str = ""
