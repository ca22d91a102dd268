"""Applications: who asks to be matched in a cycle, on which side (R30).

Invariants:
1. A member has one application for each cycle and side; withdrawn, it can come back while the window is open.
2. Outside the window nothing is taken, whoever asks; the refusal says when the next window opens. Whoever was matched in a cycle and
   whose pair ended can go back to the same cycle's pool at any time, with the place in the queue that she had.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from services.matching.domain.cycles import Cycle
from services.matching.domain.eligibility import Rules, Unmet, admits, in_words, unmet
from services.matching.domain.members import Member
from services.matching.domain.programmes import Terms
from services.matching.domain.steps import RUNNING, State
from shared.errors import Refused
from shared.events.matching import (
    ApplicationNotMatched,
    ApplicationReceived,
    ApplicationWithdrawn,
    NotMatchedReason,
)
from shared.ids import derived_id

Side = Literal["mentee", "mentor"]
Standing = Literal["waiting", "proposed", "matched", "not_this_time", "withdrawn"]
#: What an applicant is told for each reason, plainly and without fault.
WHY_TEXT: dict[NotMatchedReason, str] = {
    "not_confirmed": "Your address was not confirmed when the round was made. Follow the link in our mail.",
    "not_in_role": "Your profile did not have this role when the round was made.",
    "not_eligible": "This programme is for others this time; see its conditions.",
    "nobody_fits": "Nobody in this round fitted what you look for. You wait on, where you stood.",
    "no_place": "There were fewer places than people in this round. You wait on, where you stood.",
}
SIDES: tuple[Side, ...] = ("mentee", "mentor")


@dataclass(frozen=True, slots=True)
class Application:
    """`applied_at` is her place in the queue: when she last applied. `not_matched` is why the last round found nobody for her."""

    id: str
    chapter: str
    cycle: str
    member: str
    role: Side
    state: Literal["waiting", "matched", "withdrawn"]
    applied_at: datetime
    not_matched: NotMatchedReason | None = None
    not_matched_at: datetime | None = None


def application_id(cycle: str, member: str, role: Side) -> str:
    """A member has one application for each cycle and side, so its id follows from them."""
    return derived_id("app", cycle, member, role)


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
    if before is not None and before.state != "withdrawn":
        raise Refused(
            "already_applied", f"You have applied to this cycle as {role} already.", application=before.id
        )
    application = Application(id, cycle.chapter, cycle.id, member, role, "waiting", now)
    return application, ApplicationReceived(cycle.id, member, role)


def need_eligible(rules: Rules, member: Member, role: Side) -> None:
    """`Refused` (`not_eligible`) where what she has said does not meet the programme's conditions; it says which, and what to do."""
    missed = unmet(rules, member, role)
    if missed:
        words = " ".join(in_words(one, role) for one in missed)
        raise Refused(
            "not_eligible",
            f"This programme cannot take you as a {role} yet. {words}",
            unmet=[told(one, role) for one in missed],
        )


def told(one: Unmet, role: Side) -> dict[str, Any]:
    """A condition that is not met as it is told to whom it concerns."""
    return {
        "rule": one.rule,
        "question": one.question,
        "wanted": list(one.wanted),
        "detail": in_words(one, role),
    }


def in_the_way(application: Application, member: Member | None, rules: Rules) -> list[dict[str, Any]]:
    """What would keep a waiting application out of a round if it were made now, and what its member can do about it."""
    if application.state != "waiting" or member is None:
        return []
    if not member.confirmed:
        return [_obstacle("not_confirmed", "Your address is not confirmed. Follow the link in our mail.")]
    if application.role not in member.roles:
        return [_obstacle("not_in_role", f"You are no {application.role} any more. Add that role first.")]
    missed = unmet(rules, member, application.role)
    return [{"code": "not_eligible", **told(one, application.role)} for one in missed]


def _obstacle(code: NotMatchedReason, detail: str) -> dict[str, Any]:
    return {"code": code, "rule": "", "question": "", "wanted": [], "detail": detail}


def still_so(reason: NotMatchedReason, member: Member, role: Side, rules: Rules) -> bool:
    """Whether what kept her out of a round when it was made is so now; what lay with the others is as the round has it."""
    if reason == "not_confirmed":
        return not member.confirmed
    if reason == "not_in_role":
        return role not in member.roles
    return reason != "not_eligible" or not admits(rules, member, role)


def withdraw(application: Application) -> tuple[Application, ApplicationWithdrawn]:
    """The application, taken back. `Refused` (`already_withdrawn`) where it was before."""
    if application.state == "withdrawn":
        raise Refused("already_withdrawn", "This application has been withdrawn already.")
    fact = ApplicationWithdrawn(application.cycle, application.member, application.role)
    return replace(application, state="withdrawn"), fact


def go_back(
    before: Application | None, id: str, *, cycle: Cycle, member: str, queued_at: datetime
) -> tuple[Application, ApplicationReceived] | None:
    """A mentee whose pair is over goes back to the pool, where she stood in the queue. None where she is there already."""
    if before is not None and before.state == "waiting":
        return None
    stands_at = queued_at if before is None else before.applied_at
    application = Application(id, cycle.chapter, cycle.id, member, "mentee", "waiting", stands_at)
    return application, ApplicationReceived(cycle.id, member, "mentee")


def not_matched(
    application: Application, reason: NotMatchedReason, *, terms: Terms, now: datetime
) -> tuple[Application, ApplicationNotMatched]:
    """A round went out without a proposal for her; she waits on, and is told why. `terms` are the programme's, as for who was proposed."""
    fact = ApplicationNotMatched(
        application.cycle,
        application.member,
        application.role,
        reason,
        terms.outcome_months,
        terms.outcome_end_days,
    )
    return replace(application, not_matched=reason, not_matched_at=now), fact


def told_since(application: Application, drafted_at: datetime) -> bool:
    """Whether another round has told her since one was drafted, whose draft knows nothing newer."""
    return application.not_matched_at is not None and application.not_matched_at >= drafted_at


def standing(
    application: Application, open_states: Sequence[State]
) -> tuple[Standing, NotMatchedReason | None]:
    """Where an applicant stands, and why where it is not this time. `open_states` are those of her open relationships on this side."""
    if application.state == "withdrawn":
        return "withdrawn", None
    if any(state in RUNNING for state in open_states):
        return "matched", None
    if open_states:
        return "proposed", None
    if application.not_matched is not None:
        return "not_this_time", application.not_matched
    return ("matched" if application.state == "matched" else "waiting"), None
