"""What sessions does when a relationship moves on: it keeps the pair, and where it stands."""

from dataclasses import replace
from typing import Any

from services.sessions.domain import meetings
from services.sessions.domain.pairs import Pair, Stage
from services.sessions.kinds import PAIRS, SESSIONS
from shared.envelope import Envelope
from shared.events.matching import (
    RelationshipDeclined,
    RelationshipEnded,
    RelationshipIntroductionAgreed,
    RelationshipIntroductionHeld,
    RelationshipNotStarted,
    RelationshipStarted,
)
from shared.kinds import Kind
from shared.service import React, Reaction, Room
from shared.transaction import Tx

_STAGES: dict[type[Any], Stage] = {
    RelationshipIntroductionAgreed: "introduction",
    RelationshipIntroductionHeld: "voting",
    RelationshipStarted: "running",
    RelationshipNotStarted: "over",
    RelationshipDeclined: "over",
    RelationshipEnded: "over",
}


def _moves_to(stage: Stage) -> React:
    def keep(tx: Tx, _room: Room, envelope: Envelope, fact: Any) -> None:
        known = tx.load(PAIRS, envelope.aggregate)
        if known is None and stage == "over":
            return  # declined before anybody could meet: there never was a pair here
        before = known or Pair(envelope.aggregate, envelope.chapter, fact.mentee, fact.mentor, stage)
        tx.save(PAIRS, replace(before, stage=stage))
        if stage == "over":
            _cancel_what_is_planned(tx, envelope.aggregate)

    return keep


def _cancel_what_is_planned(tx: Tx, relationship: str) -> None:
    """Calendars of both forget what will not take place."""
    for session in tx.find(SESSIONS, {"relationship": relationship, "state": "planned"}):
        cancelled, fact = meetings.cancel(session, by=session.mentee)
        tx.save(SESSIONS, cancelled, fact)


def _needs(envelope: Envelope, _fact: Any) -> tuple[tuple[Kind[Any], str], ...]:
    return ((PAIRS, envelope.aggregate),)


REACTIONS = tuple(Reaction(fact, _moves_to(stage), _needs) for fact, stage in _STAGES.items())
