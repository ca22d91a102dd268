"""The life of a relationship: proposed, answered, met, voted on, and ended by its dates.

Each open state has one timer, whose id names the relationship and the date, so that none of them can be taken for another.
"""

from datetime import datetime
from typing import Any

from services.matching.domain import relationships
from services.matching.domain.market import PROPOSALS_HELD
from services.matching.domain.places import Places
from services.matching.domain.programmes import Terms
from services.matching.domain.relationships import Answer, Pair, Relationship, Sealed, Vote
from services.matching.kinds import CYCLES, MEMBERS, PLACES, PROGRAMMES, RELATIONSHIPS
from shared.errors import Refused
from shared.transaction import Reader, Tx


def introduce(tx: Tx, id: str, pair: Pair) -> dict[str, Any]:
    """A coordinator's introduction (R1): a proposal to two confirmed members of her chapter.

    `Refused`: `same_person`, `role_not_held`, `not_confirmed`, `conflict`, `already_paired`, `paired_before`, `too_many_proposals`.
    """
    terms = tx.get(PROGRAMMES, pair.programme).terms if pair.programme else Terms()
    mentee, mentor = tx.get(MEMBERS, pair.mentee), tx.get(MEMBERS, pair.mentor)
    if mentee.id == mentor.id:
        raise Refused("same_person", "Nobody can be introduced to herself.")
    for member, side in ((mentee, "mentee"), (mentor, "mentor")):
        if side not in member.roles:
            raise Refused("role_not_held", f"The one named as {side} is none.", side=side)
        if not member.confirmed:
            raise Refused("not_confirmed", f"The {side} has not confirmed her address yet.", side=side)
    if set(mentee.groups) & set(mentor.groups):
        raise Refused(
            "conflict", "These two must not be paired: they share a reporting line, a household or the like."
        )
    earlier = tx.find(RELATIONSHIPS, {"mentee": mentee.id, "mentor": mentor.id})
    if any(one.open for one in earlier):
        raise Refused("already_paired", "These two have been brought together already.")
    if any(one.state != "lapsed" for one in earlier):
        raise Refused("paired_before", "These two were brought together before, and it ended.")
    if tx.count(RELATIONSHIPS, {"mentee": mentee.id, "state": "proposed"}) >= PROPOSALS_HELD:
        raise Refused(
            "too_many_proposals", f"The mentee holds {PROPOSALS_HELD} unanswered proposals already."
        )
    propose(tx, id, pair, terms)
    return {"id": id}


def propose(tx: Tx, id: str, pair: Pair, terms: Terms) -> Relationship:
    """Make the proposal and start its time. Who may be proposed has been decided before."""
    relationship, fact = relationships.propose(id, pair, chapter=tx.call.chapter, terms=terms, now=tx.call.at)
    tx.save(RELATIONSHIPS, relationship, fact)
    _start_time(tx, relationship)
    return relationship


def answer(tx: Tx, relationship: Relationship, *, says: Answer, other: str, sealed: Sealed) -> None:
    """One side answers the proposal; `commands.sealing` gives what the other said."""
    places = places_of(tx, relationship)
    after, places_after, fact = relationships.answer(
        relationship, says=says, other=other, sealed=sealed, places=places, now=tx.call.at
    )
    _keep(tx, relationship, after, fact)
    if places_after != places:
        tx.save(PLACES, places_after)


def vote(tx: Tx, relationship: Relationship, *, says: Vote, other: str, sealed: Sealed) -> None:
    """One side votes; `commands.sealing` gives what the other said."""
    after, fact = relationships.vote(relationship, says=says, other=other, sealed=sealed, now=tx.call.at)
    _keep(tx, relationship, after, fact)


def hear_of_meeting(tx: Tx, id: str, mentee: str, mentor: str) -> None:
    """Sessions says that the introduction of these two was held. Nothing happens where no introduction is awaited (any more)."""
    relationship = tx.load(RELATIONSHIPS, id)
    if relationship is None or relationship.state != "introduction":
        return
    if (relationship.mentee, relationship.mentor) != (mentee, mentor):
        return
    after, fact = relationships.meet(relationship, now=tx.call.at)
    _keep(tx, relationship, after, fact)


def fall_due(tx: Tx, id: str) -> None:
    """The clock's own move, where the relationship's deadline has come."""
    relationship = tx.load(RELATIONSHIPS, id)
    if relationship is None:
        return
    places = places_of(tx, relationship)
    due = relationships.fall_due(relationship, places, now=tx.call.at)
    if due is None:
        return
    after, places_after, fact = due
    _keep(tx, relationship, after, fact)
    if places_after != places:
        tx.save(PLACES, places_after)


def places_of(tx: Tx, relationship: Relationship) -> Places:
    """The mentor's places; none where her profile has not been heard of."""
    return tx.load(PLACES, relationship.mentor) or Places(relationship.mentor, relationship.chapter)


def bridges(reader: Reader, now: datetime) -> list[dict[str, Any]]:
    """The honest routes to a mentor that exist now in the chapter (R1): her coordinators, and the cycle that is open or opens next."""
    routes: list[dict[str, Any]] = []
    staff = [
        one.id
        for one in reader.find(
            MEMBERS, {"roles": "coordinator", "confirmed": True}, sort=[("_id", 1)], limit=10
        )
    ]
    if staff:
        routes.append(
            {
                "route": "coordinator",
                "members": staff,
                "detail": "Ask a coordinator of your chapter to introduce you.",
            }
        )
    cycles = reader.find(CYCLES, {"closes_at": {"$gt": now}}, sort=[("opens_at", 1)], limit=1)
    routes += [
        {
            "route": "cycle",
            "cycle": cycle.id,
            "opens_at": cycle.opens_at.isoformat(),
            "closes_at": cycle.closes_at.isoformat(),
            "detail": "Apply to this cycle; its round proposes a mentor to you.",
        }
        for cycle in cycles
    ]
    return routes


def _keep(tx: Tx, before: Relationship, after: Relationship, fact: Any) -> None:
    tx.save(RELATIONSHIPS, after, *(() if fact is None else (fact,)))
    if after.state != before.state:
        if before.deadline is not None:
            tx.clear_timer(f"{before.id}:{before.deadline[0]}")
        _start_time(tx, after)


def _start_time(tx: Tx, relationship: Relationship) -> None:
    if relationship.deadline is not None:
        name, due = relationship.deadline
        tx.set_timer(f"{relationship.id}:{name}", name, relationship.id, due)
