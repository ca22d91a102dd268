"""Applications: who asks to be matched in a cycle, on which side (R30).

Invariants:
1. A member has one application for each cycle and side; withdrawn, it can come back while the window is open.
2. Outside the window nothing is taken, whoever asks; the refusal says when the next window opens.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.matching.domain.cycles import Cycle
from shared.errors import Refused
from shared.events.matching import ApplicationReceived, ApplicationWithdrawn

Side = Literal["mentee", "mentor"]
SIDES: tuple[Side, ...] = ("mentee", "mentor")


@dataclass(frozen=True, slots=True)
class Application:
    """`applied_at` is her place in the queue: when she last applied."""

    id: str
    chapter: str
    cycle: str
    member: str
    role: Side
    state: Literal["waiting", "withdrawn"]
    applied_at: datetime


def open_for(cycle: Cycle, now: datetime, upcoming: Cycle | None) -> None:
    """`Refused` (`cycle_closed`) outside the window; `upcoming` is the chapter's next cycle that has not opened yet, if there is one."""
    stage = cycle.stage(now)
    if stage == "open":
        return
    following = cycle if stage == "planned" else upcoming
    raise Refused(
        "cycle_closed",
        "This cycle takes no applications now."
        if following is None
        else "This cycle takes no applications now; see when the next one opens.",
        next_opens_at=None if following is None else following.opens_at.isoformat(),
        next_cycle=None if following is None else following.id,
    )


def apply(
    before: Application | None, id: str, *, cycle: Cycle, member: str, role: Side, now: datetime
) -> tuple[Application, ApplicationReceived]:
    """A new application, or a withdrawn one that comes back. `Refused` (`already_applied`) where one is waiting."""
    if before is not None and before.state == "waiting":
        raise Refused(
            "already_applied", f"You have applied to this cycle as {role} already.", application=before.id
        )
    application = Application(id, cycle.chapter, cycle.id, member, role, "waiting", now)
    return application, ApplicationReceived(cycle.id, member, role)


def withdraw(application: Application) -> tuple[Application, ApplicationWithdrawn]:
    """The application, taken back. `Refused` (`already_withdrawn`) where it was before."""
    if application.state == "withdrawn":
        raise Refused("already_withdrawn", "This application has been withdrawn already.")
    fact = ApplicationWithdrawn(application.cycle, application.member, application.role)
    return replace(application, state="withdrawn"), fact
