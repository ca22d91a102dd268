"""A relationship up to its trial: proposed, asked about, answered, voted on."""

from typing import Any

from services.matching.commands.keeping import keep, places_of, start_time
from services.matching.domain import relationships
from services.matching.domain.lasting import both_again
from services.matching.domain.market import PROPOSALS_HELD
from services.matching.domain.programmes import Terms
from services.matching.domain.relationships import Answer, Pair, Relationship, Sealed, Vote
from services.matching.kinds import MEMBERS, PROGRAMMES, RELATIONSHIPS
from shared.errors import Refused
from shared.transaction import Tx


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
    if any(one.state != "lapsed" and not both_again(one) for one in earlier):
        raise Refused(
            "paired_before",
            "These two were brought together before, and it ended; again only if both say so.",
        )
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
    start_time(tx, relationship)
    return relationship


def answer(tx: Tx, relationship: Relationship, *, says: Answer, other: str, sealed: Sealed) -> None:
    """One side answers the proposal; `commands.sealing` gives what the other said."""
    places = places_of(tx, relationship)
    after, places_after, fact = relationships.answer(
        relationship, says=says, other=other, sealed=sealed, places=places, now=tx.call.at
    )
    keep(tx, relationship, after, fact, places=(places, places_after))


def vote(tx: Tx, relationship: Relationship, *, says: Vote, other: str, sealed: Sealed) -> None:
    """One side votes; `commands.sealing` gives what the other said."""
    after, fact = relationships.vote(relationship, says=says, other=other, sealed=sealed, now=tx.call.at)
    keep(tx, relationship, after, fact)


def ask(tx: Tx, id: str, *, question: bytes) -> dict[str, Any]:
    """The mentor asks her one question (R4)."""
    relationship = _own(tx, id)
    asked, fact = relationships.ask(relationship, by=tx.call.asker, question=question, now=tx.call.at)
    keep(tx, relationship, asked, fact)
    return {}


def reply(tx: Tx, id: str, *, text: bytes) -> dict[str, Any]:
    """The mentee answers it."""
    relationship = _own(tx, id)
    answered, fact = relationships.reply(relationship, by=tx.call.asker, text=text, now=tx.call.at)
    keep(tx, relationship, answered, fact)
    return {}


def _own(tx: Tx, id: str) -> Relationship:
    relationship = tx.get(RELATIONSHIPS, id)
    relationship.side_of(tx.call.asker)
    return relationship
