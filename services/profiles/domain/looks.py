"""Every look of the chapter's staff at a member's record, kept for the member's own page (R16)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

MAX_REASON_CHARS = 200

What = Literal["record", "conflicts"]


@dataclass(frozen=True, slots=True)
class Look:
    """`by` looked at the record of `member`, at `what` of it; `reason` in the words of the one who looked, empty where none was given."""

    id: str
    chapter: str
    member: str
    by: str
    at: datetime
    reason: str
    what: What = "record"
