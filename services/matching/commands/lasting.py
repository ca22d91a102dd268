"""A relationship from its meeting on: held, renewed, paused, looked back on, ended; by its people, dates, staff, or other services."""

from datetime import datetime
from typing import Any

from services.matching.commands.keeping import keep, places_of
from services.matching.domain import apart, booking, lasting, relationships
from services.matching.domain.relationships import Relationship, Sealed, Vote
from services.matching.kinds import GOALS, RELATIONSHIPS
from shared.auth import COORDINATOR
from shared.errors import NotThere, Refused
from shared.events.matching import EndReason
from shared.events.sessions import Mode
from shared.transaction import Tx

Answer = dict[str, Any]


def renew(tx: Tx, relationship: Relationship, *, says: Vote, other: str, sealed: Sealed) -> None:
    """One side's sealed word on a full term; `commands.sealing` gives what the other said."""
    has_goal = tx.first(GOALS, {"relationship": relationship.id, "owner": "mentee"}) is not None
    after, fact = lasting.renew(
        relationship, says=says, other=other, sealed=sealed, has_goal=has_goal, now=tx.call.at
    )
    keep(tx, relationship, after, fact)


def pause(tx: Tx, id: str, *, days: int | None) -> Answer:
    """One of the two pauses, for as long as the terms allow where she names no days."""
    relationship = _own(tx, id)
    wanted = relationship.terms.pause_days if days is None else days
    after, fact = lasting.pause(relationship, days=wanted, now=tx.call.at)
    keep(tx, relationship, after, fact)
    return {}


def resume(tx: Tx, id: str) -> Answer:
    """One of the two goes on before the pause is over."""
    relationship = _own(tx, id)
    after, fact = lasting.resume(relationship, by="one", now=tx.call.at)
    keep(tx, relationship, after, fact)
    return {}


def close_review(tx: Tx, id: str) -> Answer:
    """One of the two says that they have looked back."""
    relationship = _own(tx, id)
    after, fact = lasting.review_over(relationship, by="one", now=tx.call.at)
    keep(tx, relationship, after, fact)
    return {}


def end(tx: Tx, id: str, *, reason: EndReason | None) -> Answer:
    """One of the two ends it, without a reason; or a coordinator of the chapter, with one of hers.

    `Refused`: `wrong_state`, `reason_needed` (422) for a coordinator without one, `reason_not_yours` (403) for one of the two with one.
    """
    relationship = tx.get(RELATIONSHIPS, id)
    if tx.call.asker in (relationship.mentee, relationship.mentor):
        if reason is not None:
            raise Refused("reason_not_yours", "Only coordinators give a reason; you need none.", status=403)
        end_for(tx, relationship, "by_choice")
    elif COORDINATOR not in tx.call.roles:
        raise NotThere("relationship")
    elif reason is None:
        raise Refused("reason_needed", "Give the reason: by_coordinator or for_cause.", status=422)
    else:
        end_for(tx, relationship, reason)
    return {}


def end_for(tx: Tx, relationship: Relationship, reason: EndReason) -> Relationship:
    """End a relationship for this reason; its place is free."""
    places = places_of(tx, relationship)
    after, places_after, fact = lasting.end(relationship, places, reason=reason, now=tx.call.at)
    keep(tx, relationship, after, fact, places=(places, places_after))
    return after


def end_with_everybody(tx: Tx, member: str, reason: EndReason) -> None:
    """End whatever a member has open."""
    hers = {"open": True, "$or": [{"mentee": member}, {"mentor": member}]}
    for relationship in tx.find(RELATIONSHIPS, hers):
        end_for(tx, relationship, reason)


def keep_apart(tx: Tx, member: str, others: set[str]) -> None:
    """A member wants no contact with these others any more: what is open between them comes to nothing (see `domain.apart`)."""
    hers = {"open": True, "$or": [{"mentee": member}, {"mentor": member}]}
    for relationship in tx.find(RELATIONSHIPS, hers):
        if relationship.other(member) not in others:
            continue
        places = places_of(tx, relationship)
        after, places_after, fact = apart.keep_apart(relationship, places, by=member, now=tx.call.at)
        if after != relationship:
            keep(tx, relationship, after, fact, places=(places, places_after))


def hear_of_booking(tx: Tx, id: str, meeting: str, *, planned: bool) -> None:
    """Sessions says that the introduction is planned, or that this meeting is off."""
    relationship = tx.load(RELATIONSHIPS, id)
    if relationship is None:
        return
    heard = (booking.book if planned else booking.call_off)(relationship, meeting, now=tx.call.at)
    if heard != relationship:
        keep(tx, relationship, heard)


def hear_of_session(
    tx: Tx, id: str, *, mentee: str, mentor: str, introduction: bool, held_at: datetime, mode: Mode
) -> None:
    """Sessions says that these two have met: an introduction opens the vote, every meeting breaks a silence, and those who follow the
    relationship hear of it in its own order.
    """
    relationship = tx.load(RELATIONSHIPS, id)
    if relationship is None or (relationship.mentee, relationship.mentor) != (mentee, mentor):
        return
    heard = lasting.hear_of_contact(relationship, met_at=held_at)
    if introduction and relationship.state in ("introduction", "booked"):
        keep(tx, relationship, *relationships.meet(heard, now=tx.call.at))
        return
    fact = None if introduction else lasting.session_held(relationship, held_at=held_at, mode=mode)
    if fact is not None or heard != relationship:
        keep(tx, relationship, heard, fact)


def hear_of_silence(tx: Tx, id: str, *, since: datetime, flagged: bool) -> None:
    """Sessions' clock asks the two, or shows them to their coordinator."""
    relationship = tx.load(RELATIONSHIPS, id)
    if relationship is None:
        return
    heard = lasting.hear_of_silence(relationship, since=since, flagged=flagged, now=tx.call.at)
    if heard is not None:
        keep(tx, relationship, *heard)


def fall_silent(tx: Tx, id: str, *, since: datetime) -> None:
    """Sessions' clock has run out."""
    relationship = tx.load(RELATIONSHIPS, id)
    if relationship is None:
        return
    places = places_of(tx, relationship)
    ended = lasting.fall_silent(relationship, places, since=since, now=tx.call.at)
    if ended is not None:
        after, places_after, fact = ended
        keep(tx, relationship, after, fact, places=(places, places_after))


def fall_due(tx: Tx, id: str) -> None:
    """The clock's own move, where the relationship's deadline has come."""
    relationship = tx.load(RELATIONSHIPS, id)
    if relationship is None:
        return
    places = places_of(tx, relationship)
    due = lasting.fall_due(relationship, places, now=tx.call.at)
    if due is not None:
        after, places_after, fact = due
        keep(tx, relationship, after, fact, places=(places, places_after))


def want_again(tx: Tx, id: str) -> Answer:
    """One of a pair that is over would be brought together with the other again."""
    relationship = _own(tx, id)
    tx.save(RELATIONSHIPS, lasting.want_again(relationship, by=tx.call.asker))
    return {}


def _own(tx: Tx, id: str) -> Relationship:
    relationship = tx.get(RELATIONSHIPS, id)
    relationship.side_of(tx.call.asker)
    return relationship
