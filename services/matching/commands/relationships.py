"""A relationship up to its trial: proposed, asked about, answered, voted on."""

from typing import Any

from services.matching.commands.keeping import keep, places_of, start_time
from services.matching.domain import questions, relationships
from services.matching.domain.lasting import both_again
from services.matching.domain.market import PROPOSALS_HELD
from services.matching.domain.members import Member, apart, no_contact
from services.matching.domain.overrides import Override
from services.matching.domain.programmes import Terms
from services.matching.domain.relationships import Answer, Pair, Relationship, Sealed, Vote
from services.matching.kinds import MEMBERS, OVERRIDES, PROGRAMMES, RELATIONSHIPS
from shared.errors import Refused
from shared.ids import derived_id
from shared.transaction import Tx


def introduce(tx: Tx, id: str, pair: Pair, *, override: str = "") -> dict[str, Any]:
    """A coordinator's introduction (R1): a proposal to two confirmed members of her chapter.

    `override` is her sealed reason to bring two together although a conflict was declared; it is kept, with who did it (R12).
    `Refused`: `conflict` without one, `kept_apart` where one of the two wants no contact, and what `check_pair` refuses.
    """
    terms = tx.get(PROGRAMMES, pair.programme).terms if pair.programme else Terms()
    mentee, mentor = tx.get(MEMBERS, pair.mentee), tx.get(MEMBERS, pair.mentor)
    check_pair(tx, mentee, mentor)
    if no_contact(mentee, mentor):
        raise Refused("kept_apart", "These two cannot be brought together, whatever the reason.")
    if apart(mentee, mentor):
        if not override:
            raise Refused(
                "conflict",
                "A conflict is declared between these two. Give your reason as `override` to introduce them all the same.",
            )
        logged = Override(
            id=derived_id("ovr", id),
            chapter=tx.call.chapter,
            relationship=id,
            mentee=mentee.id,
            mentor=mentor.id,
            by=tx.call.asker,
            at=tx.call.at,
            reason=override,
        )
        tx.save(OVERRIDES, logged)
    propose(tx, id, pair, terms)
    return {"id": id}


def check_pair(tx: Tx, mentee: Member, mentor: Member) -> None:
    """Whether these two can be proposed to each other, conflicts aside.

    `Refused`: `same_person`, `role_not_held`, `not_confirmed`, `already_paired`, `paired_before`, `too_many_proposals`.
    """
    if mentee.id == mentor.id:
        raise Refused("same_person", "Nobody can be introduced to herself.")
    for member, side in ((mentee, "mentee"), (mentor, "mentor")):
        if side not in member.roles:
            raise Refused("role_not_held", f"The one named as {side} is none.", side=side)
        if not member.confirmed:
            raise Refused("not_confirmed", f"The {side} has not confirmed her address yet.", side=side)
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


def propose(tx: Tx, id: str, pair: Pair, terms: Terms) -> Relationship:
    """Make the proposal and start its time. Who may be proposed has been decided before.

    The two are saved with it, unchanged: so whoever proposes one of them at the same moment, erases her, or keeps her apart from the
    other, collides with this, and one of them looks again.
    """
    for member in (pair.mentee, pair.mentor):  # not her places: every accept writes those
        tx.save(MEMBERS, tx.get(MEMBERS, member))
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
    asked, fact = questions.ask(relationship, by=tx.call.asker, question=question, now=tx.call.at)
    keep(tx, relationship, asked, fact)
    return {}


def reply(tx: Tx, id: str, *, text: bytes) -> dict[str, Any]:
    """The mentee answers it."""
    relationship = _own(tx, id)
    answered, fact = questions.reply(relationship, by=tx.call.asker, text=text, now=tx.call.at)
    keep(tx, relationship, answered, fact)
    return {}


def _own(tx: Tx, id: str) -> Relationship:
    relationship = tx.get(RELATIONSHIPS, id)
    relationship.side_of(tx.call.asker)
    return relationship
