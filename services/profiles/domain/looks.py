"""Every look of the chapter's staff at a member's record, kept for the member's own page (R16)."""

from dataclasses import dataclass
from datetime import datetime

MAX_REASON_CHARS = 200


@dataclass(frozen=True, slots=True)
class Look:
    """`by` looked at the record of `member`; `reason` in the words of the one who looked, empty where none was given."""

    id: str
    chapter: str
    member: str
    by: str
    at: datetime
    reason: str
