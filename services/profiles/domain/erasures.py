"""That a person was erased: who asked for it and when, and whether her keys are gone (R14).

It holds no personal fact, and stays: after a backup was restored, it says whose keys are to be erased again.
"""

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Erasure:
    """`id` is the erased member's; `by` is herself or `operator`; `finished_at` is None until nothing of her is left."""

    id: str
    chapter: str
    asked_at: datetime
    by: str
    finished_at: datetime | None = None


def finish(erasure: Erasure, now: datetime) -> Erasure:
    """Nothing of her is left here."""
    return replace(erasure, finished_at=now)
