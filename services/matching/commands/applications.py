"""Applying, being entered by a coordinator, and taking an application back."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from services.matching.commands import lasting
from services.matching.commands.consent import withdrawals
from services.matching.commands.intake import intake_id, stand_in
from services.matching.commands.markets import RELATIONSHIPS_READ
from services.matching.domain import applications
from services.matching.domain.applications import SIDES, Application, Side, application_id
from services.matching.domain.cycles import Cycle
from services.matching.domain.intake import need_pool
from services.matching.domain.steps import CLOSED, State
from services.matching.kinds import (
    APPLICATIONS,
    CYCLES,
    INTAKES,
    MEMBERS,
    PROGRAMMES,
    RELATIONSHIPS,
    WITHDRAWALS,
)
from shared.auth import COORDINATOR
from shared.call import Call
from shared.errors import NotAllowed, NotThere, Refused
from shared.events.matching import EndReason
from shared.ids import derived_id
from shared.store import Store
from shared.transaction import Reader, Tx

Answer = dict[str, Any]

#: How many members one transaction enters.
ENTERED_AT_ONCE = 250
#: How many transactions one request makes: 100,000 members, where a chapter has some thousands.
CALLS_AT_ONCE = 400


def upcoming(reader: Reader, cycle: Cycle, now: Any) -> Cycle | None:
    """The chapter's next cycle that has not opened yet."""
    if cycle.stage(now) != "closed":
        return None
    found = reader.find(CYCLES, {"opens_at": {"$gt": now}}, sort=[("opens_at", 1)], limit=1)
    return found[0] if found else None


def apply(tx: Tx, *, cycle: str, role: Side) -> Answer:
    """The asker applies.

    `Refused`: `cycle_closed`, `role_not_held`, `not_eligible` (with `unmet`), `intake_missing`, `not_in_the_pool`, `already_applied`.
    """
    entered = tx.get(CYCLES, cycle)
    applications.open_for(entered, tx.call.at, upcoming(tx, entered, tx.call.at))
    if role not in tx.call.roles:
        raise Refused(
            "role_not_held", f"Your profile does not say that you are a {role}. Add that role first."
        )
    known = tx.load(MEMBERS, tx.call.asker)
    if known is not None:
        applications.need_eligible(tx.get(PROGRAMMES, entered.programme).eligibility, known, role)
    if role == "mentee":
        need_pool(tx.load(INTAKES, intake_id(tx.call.asker)))
    id = application_id(cycle, tx.call.asker, role)
    before = tx.load(APPLICATIONS, id)
    application, fact = applications.apply(
        before, id, cycle=entered, member=tx.call.asker, role=role, now=tx.call.at
    )
    tx.save(APPLICATIONS, application, fact)
    return {"id": id}


def withdraw(tx: Tx, id: str) -> Answer:
    """The asker takes her application back."""
    application = tx.get(APPLICATIONS, id)
    if application.member != tx.call.asker:
        raise NotThere("application")
    withdrawn, fact = applications.withdraw(application)
    tx.save(APPLICATIONS, withdrawn, fact)
    return {"id": id}


def enter(tx: Tx, *, cycle: str, wishes: Sequence[tuple[str, Side]]) -> Answer:
    """A coordinator enters members of her chapter. All or none: `Refused` 422 points at those unknown or not in the role."""
    entered = tx.get(CYCLES, cycle)
    applications.open_for(entered, tx.call.at, upcoming(tx, entered, tx.call.at))
    tx.prefetch(MEMBERS, [member for member, _ in wishes])
    problems = []
    for place, (member, role) in enumerate(wishes):
        known = tx.load(MEMBERS, member)
        if known is None:
            problems.append(
                {"pointer": f"/members/{place}/member", "detail": "no such member in your chapter"}
            )
        elif role not in known.roles:
            problems.append({"pointer": f"/members/{place}/role", "detail": f"this member is no {role}"})
    if problems:
        raise Refused(
            "invalid",
            "Some members cannot be entered like this; nobody was.",
            status=422,
            errors=problems[:50],
        )
    return _enter(tx, entered, wishes)


def enter_all(store: Store, call: Call, cycle: str) -> Answer:
    """Enter every member of the chapter, in parts.

    Each part is a call of its own whose id follows from the request's: a repeat finds what the first run did, and goes on where it stopped.
    """
    entered = already = elsewhere = 0
    after = ""
    for number in range(CALLS_AT_ONCE):
        part = replace(call, id=derived_id("call", call.id, "everyone", str(number)))
        answer = store.change(part, partial(enter_everyone, cycle=cycle, after=after))
        entered, already, after = entered + answer["entered"], already + answer["already"], answer["last"]
        elsewhere += answer["routed_elsewhere"]
        if not after:
            break
    return {"entered": entered, "already": already, "routed_elsewhere": elsewhere}


def enter_everyone(tx: Tx, *, cycle: str, after: str) -> Answer:
    """Enter the next `ENTERED_AT_ONCE` members on each side whose role they have; `last` is where the next call goes on."""
    entered = tx.get(CYCLES, cycle)
    applications.open_for(entered, tx.call.at, upcoming(tx, entered, tx.call.at))
    members = tx.find(MEMBERS, {"_id": {"$gt": after}}, sort=[("_id", 1)], limit=ENTERED_AT_ONCE)
    wishes = [(member.id, side) for member in members for side in SIDES if side in member.roles]
    answer = _enter(tx, entered, wishes)
    return {**answer, "last": members[-1].id if len(members) == ENTERED_AT_ONCE else ""}


def _enter(tx: Tx, cycle: Cycle, wishes: Sequence[tuple[str, Side]]) -> Answer:
    # Whoever is erased at the same moment collides with this, and one of the two looks again.
    tx.save(WITHDRAWALS, withdrawals(tx, cycle.chapter))
    ids = [application_id(cycle.id, member, role) for member, role in wishes]
    tx.prefetch(APPLICATIONS, ids)
    elsewhere = stand_in(tx, dict.fromkeys(member for member, role in wishes if role == "mentee"))
    entered = already = routed_elsewhere = 0
    for id, (member, role) in zip(ids, wishes, strict=True):
        before = tx.load(APPLICATIONS, id)
        if before is not None:
            # One that she withdrew herself stays withdrawn: coming back is hers to decide.
            already += 1
            continue
        if role == "mentee" and member in elsewhere:
            routed_elsewhere += 1
            continue
        application, fact = applications.apply(
            None, id, cycle=cycle, member=member, role=role, now=tx.call.at
        )
        tx.save(APPLICATIONS, application, fact)
        entered += 1
    return {"entered": entered, "already": already, "routed_elsewhere": routed_elsewhere}


def open_states(reader: Reader, found: Sequence[Application]) -> dict[str, list[State]]:
    """The states of each applicant's open relationships on the side that she applies on, by the application's id. One that she wants no
    contact in any more is none of hers."""
    members = {side: sorted({one.member for one in found if one.role == side}) for side in SIDES}
    theirs = [{side: {"$in": ids}} for side, ids in members.items() if ids]
    if not theirs:
        return {}
    states: dict[tuple[str, str], list[State]] = {}
    for one in reader.find(RELATIONSHIPS, {"open": True, "$or": theirs}, limit=RELATIONSHIPS_READ):
        for member in {one.mentee, one.mentor}.difference(one.hushed_by):
            states.setdefault((member, one.side_of(member)), []).append(one.state)
    return {one.id: states.get((one.member, one.role), []) for one in found}


def go_back(tx: Tx, id: str, *, cycle: str, reason: EndReason | None) -> Answer:
    """A pair is over, or is ended by this, and its mentee is in the pool again, where she stood in the queue: one step.

    By the mentee; or by a coordinator, with her reason. `Refused`: what ending refuses, `not_yours_to_return` (403) for the mentor, whose
    place is free again by the end itself, `cycle_needed`, `cycle_closed` for another cycle than the pair's, `not_in_the_pool`.
    """
    relationship = tx.get(RELATIONSHIPS, id)
    if tx.call.asker == relationship.mentor:
        raise NotAllowed(
            "not_yours_to_return", "End it, and your place is free again; the mentee decides for herself."
        )
    if relationship.state not in CLOSED:
        lasting.end(tx, id, reason=reason)
    elif tx.call.asker != relationship.mentee and COORDINATOR not in tx.call.roles:
        raise NotThere("relationship")
    wanted = cycle or relationship.cycle
    if not wanted:
        raise Refused("cycle_needed", "The pair came from no cycle: name the cycle to wait in.")
    entered = tx.get(CYCLES, wanted)
    if wanted != relationship.cycle:
        applications.open_for(entered, tx.call.at, upcoming(tx, entered, tx.call.at))
    if (known := tx.load(INTAKES, intake_id(relationship.mentee))) is not None:
        need_pool(known)
    application = application_id(wanted, relationship.mentee, "mentee")
    back = applications.go_back(
        tx.load(APPLICATIONS, application),
        application,
        cycle=entered,
        member=relationship.mentee,
        queued_at=relationship.queued_at or relationship.since,
    )
    if back is not None:
        tx.save(APPLICATIONS, *back)
    return {"id": application}
