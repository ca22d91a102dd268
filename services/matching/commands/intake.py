"""The intake: a member answers it, a coordinator who enters somebody stands in for it, and demand is counted by route."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.matching.domain import applications, intake
from services.matching.domain.intake import POOLED, ROUTES
from services.matching.kinds import APPLICATIONS, INTAKES
from shared.events.matching import Route
from shared.ids import derived_id
from shared.transaction import Reader, Tx

#: Applications of one member that are looked at when she leaves the pool: two a cycle, for longer than any programme has run.
APPLICATIONS_READ = 500


def intake_id(member: str) -> str:
    """A member has one intake, which she can answer again."""
    return derived_id("int", member)


def take(tx: Tx, *, answers: Mapping[str, str], chosen: Route | None) -> dict[str, Any]:
    """The asker answers. Where she is led, or goes, elsewhere than to a mentor, her waiting applications as a mentee are taken back."""
    taken, fact = intake.take(
        intake_id(tx.call.asker),
        chapter=tx.call.chapter,
        member=tx.call.asker,
        answers=answers,
        chosen=chosen,
        now=tx.call.at,
    )
    tx.save(INTAKES, taken, fact)
    if taken.chosen != POOLED:
        waiting = {"member": tx.call.asker, "role": "mentee", "state": "waiting"}
        for application in tx.find(APPLICATIONS, waiting, limit=APPLICATIONS_READ):
            withdrawn, left = applications.withdraw(application)
            tx.save(APPLICATIONS, withdrawn, left)
    return {"id": taken.id}


def stand_in(tx: Tx, members: Iterable[str]) -> set[str]:
    """Route to mentoring those whom a coordinator enters and who have no intake; returns those whose own intake leads elsewhere."""
    wanted = list(members)
    tx.prefetch(INTAKES, [intake_id(member) for member in wanted])
    elsewhere = set()
    for member in wanted:
        known = tx.load(INTAKES, intake_id(member))
        if known is None:
            routed = intake.routed_by_coordinator(
                intake_id(member), chapter=tx.call.chapter, member=member, now=tx.call.at
            )
            tx.save(INTAKES, routed)
        elif known.chosen != POOLED:
            elsewhere.add(member)
    return elsewhere


def counts(reader: Reader) -> dict[str, Any]:
    """The chapter's demand: where answers led, and what people chose."""
    mine = {"by": "member"}
    return {
        "routes": [
            {
                "route": route,
                "led": reader.count(INTAKES, {**mine, "route": route}),
                "chosen": reader.count(INTAKES, {**mine, "chosen": route}),
            }
            for route in ROUTES
        ],
        "overrode": reader.count(INTAKES, {**mine, "overrode": True}),
        "routed_by_coordinator": reader.count(INTAKES, {"by": "coordinator"}),
    }
