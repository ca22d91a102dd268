"""A member reports somebody to the coordinators of her chapter, opening exactly what she chooses to show.

Invariants:
1. What she writes is hidden under a key of the report's own; it is shown to her, and to the chapter's coordinators but the one reported.
2. Nobody else learns that there is a report: no list, no look, no mail to the one it is about.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shared.errors import NotThere, Refused
from shared.events.profiles import ReportFiled

MAX_TEXT_CHARS = 4_000
MAX_SHOWN = 20
MAX_WHAT_CHARS = 80
#: Reports of one member that nobody has closed.
MAX_OPEN = 20

State = Literal["open", "in_hand", "closed"]
STATES = ("open", "in_hand", "closed")


@dataclass(frozen=True, slots=True)
class Report:
    """`by` reports `about`. `hidden` is what she wrote, encrypted; empty, like `by`, once she was erased."""

    id: str
    chapter: str
    by: str
    about: str
    filed_at: datetime
    hidden: bytes
    state: State = "open"
    state_by: str = ""
    state_at: datetime | None = None


def file_report(report: Report, open_ones: int) -> tuple[Report, ReportFiled]:
    """The report reaches the coordinators. `Refused`: about_yourself, too_many."""
    if report.by == report.about:
        raise Refused("about_yourself", "Name the person whom the report is about.")
    if open_ones >= MAX_OPEN:
        raise Refused(
            "too_many", f"{MAX_OPEN} of your reports are still open. The coordinators see all of them."
        )
    return report, ReportFiled()


def seen_by_staff(report: Report, coordinator: str) -> Report:
    """The report, for a coordinator; whom it is about does not see it."""
    if report.about == coordinator:
        raise NotThere("report")
    return report


def move(report: Report, state: State, *, by: str, now: datetime) -> Report:
    """A coordinator says how far the report is."""
    return replace(report, state=state, state_by=by, state_at=now)


def without_author(report: Report) -> Report:
    """The report after its author was erased: that there was one, and how far it is."""
    return replace(report, by="", hidden=b"")
