"""Forget: a relationship whose texts are to be gone, and a person (R14, R29). Counts stay, names and words do not.

Invariant: what is left of a relationship is how much took place; of a person, that somebody was asked and answered.
"""

from dataclasses import replace
from typing import Any

from services.sessions.commands import outcomes
from services.sessions.commands.tally import tally
from services.sessions.domain import clock, cohorts
from services.sessions.domain.pairs import ERASED
from services.sessions.kinds import (
    CERTIFICATES,
    CLOCKS,
    COHORTS,
    FOLLOWS,
    GUIDES,
    KUDOS,
    NOTES,
    OUTCOMES,
    PAIRS,
    PEOPLE,
    PULSES,
    REFLECTIONS,
    SESSIONS,
    SHARED,
    STEPS,
)  # fmt: skip
from shared.kinds import Kind
from shared.transaction import Tx


def forget_relationship(tx: Tx, id: str) -> None:
    """All that the two wrote, and when they met, is gone; how much it was stays."""
    pair = tx.load(PAIRS, id)
    if pair is None:
        return
    counts = tally(tx, id)
    for session in tx.find(SESSIONS, {"relationship": id, "state": "planned"}):
        tx.clear_timer(f"word:{session.id}")
    for step in tx.find(STEPS, {"relationship": id, "state": "agreed"}):
        tx.clear_timer(f"remind:{step.id}")
    kinds: tuple[Kind[Any], ...] = (SESSIONS, STEPS, REFLECTIONS, NOTES, KUDOS, SHARED, PULSES)
    for kind in kinds:
        _remove_all(tx, kind, {"relationship": id})
    tx.clear_timer(f"clock:{clock.id_of(id)}")
    tx.remove(CLOCKS, clock.id_of(id))
    tx.save(
        PAIRS,
        replace(
            pair,
            mentee=ERASED,
            mentor=ERASED,
            stage="over",
            reminders=False,
            kept_held=counts["held"],
            kept_acted_on=counts["acted_on"],
        ),
    )


def forget_person(tx: Tx, member: str) -> None:
    """Her name, hours, answers and certificates are gone. What was counted already stays counted."""
    tx.remove(PEOPLE, member)
    _remove_all(tx, PULSES, {"member": member})
    _remove_all(tx, CERTIFICATES, {"member": member})
    for follow in tx.find(FOLLOWS, {"member": member}):
        outcomes.stop(tx, follow)
    for outcome in tx.find(OUTCOMES, {"member": member}):
        tx.save(OUTCOMES, replace(outcome, member=ERASED, values=()))
    for cohort in tx.find(COHORTS, {"waiting.member": member}):
        tx.save(COHORTS, cohorts.forget(cohort, member))
    for guide in tx.find(GUIDES, {"added_by": member}):
        tx.save(GUIDES, replace(guide, added_by=ERASED))


def _remove_all(tx: Tx, kind: Kind[Any], where: dict[str, Any]) -> None:
    while found := tx.find(
        kind, where
    ):  # each look finds at most `MAX_FOUND`, and none that was removed before
        tx.prefetch(kind, [value.id for value in found])
        for value in found:
            tx.remove(kind, value.id)
