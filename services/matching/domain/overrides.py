"""Overrides: that a coordinator brought two people together although a conflict was declared, and why (R12)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Override:
    """`reason` is the coordinator's, sealed for the platform: for coordinators of the chapter to read."""

    id: str
    chapter: str
    relationship: str
    mentee: str
    mentor: str
    by: str
    at: datetime
    reason: str
