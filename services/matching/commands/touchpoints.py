"""Recording touchpoints, and asking somebody whom one really knows (R1)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from services.matching.commands import relationships
from services.matching.commands.bridges import bridges
from services.matching.domain.members import Member, apart
from services.matching.domain.programmes import Terms
from services.matching.domain.relationships import Pair
from services.matching.domain.touchpoints import Touchpoint, with_members
from services.matching.kinds import MEMBERS, RELATIONSHIPS, TOUCHPOINTS
from shared.errors import NotAllowed, Refused
from shared.transaction import Reader, Tx

Answer = dict[str, Any]
#: Touchpoints of one member, and relationships between two, that are looked at.
READ_MOST = 500


def record(tx: Tx, touchpoint: Touchpoint, members: Sequence[str]) -> Answer:
    """A coordinator records a touchpoint. `Refused` 422 points at people who are none of her chapter."""
    _need_members(tx, members)
    tx.save(TOUCHPOINTS, with_members(touchpoint, members))
    return {"id": touchpoint.id}


def add(tx: Tx, id: str, members: Sequence[str]) -> Answer:
    """A coordinator records who was there, or joined."""
    touchpoint = tx.get(TOUCHPOINTS, id)
    _need_members(tx, members)
    tx.save(TOUCHPOINTS, with_members(touchpoint, members))
    return {"id": id}


def ask(tx: Tx, id: str, to: str) -> Answer:
    """The asker would like to be paired with somebody. With a touchpoint between them that is a proposal; to a stranger it is refused.

    `Refused`: `cold_asking` (403) with the bridges that exist, also where the two are kept apart, of which nothing is told; and what
    `relationships.check_pair` refuses.
    """
    asker, asked = tx.get(MEMBERS, tx.call.asker), tx.get(MEMBERS, to)
    if asker.id == asked.id:
        raise Refused("same_person", "Nobody can be paired with herself.")
    shared = shared_touchpoint(tx, asker.id, asked.id)
    if shared is not None and asked.confirmed:
        # First, for whoever shares one: what was between the two is refused in the same words whether they are kept apart now or not.
        relationships.check_pair(tx, *_sides(asker, asked))
    if shared is None or apart(asker, asked) or not asked.confirmed:
        raise NotAllowed(
            "cold_asking",
            "A pair starts from a proposal, an introduction or a touchpoint, not from asking a stranger. See the routes given.",
            bridge=bridges(tx, tx.call.asker, to, tx.call.at),
        )
    mentee, mentor = _sides(asker, asked)
    pair = Pair(mentee.id, mentor.id, "touchpoint", touchpoint=shared)
    relationships.propose(tx, id, pair, Terms())
    return {"id": id}


def shared_touchpoint(reader: Reader, one: str, other: str) -> str | None:
    """The latest touchpoint that the two share: its id, or `session` where they have met in a session."""
    found = reader.find(TOUCHPOINTS, {"members": {"$all": [one, other]}}, sort=[("at", -1)], limit=READ_MOST)
    now = reader.call.at if isinstance(reader, Tx) else None
    for touchpoint in found:
        if now is None or touchpoint.joins(one, other, now):
            return touchpoint.id
    for mentee, mentor in ((one, other), (other, one)):
        before = reader.find(RELATIONSHIPS, {"mentee": mentee, "mentor": mentor}, limit=READ_MOST)
        if any(pair.last_met_at is not None for pair in before):
            return "session"
    return None


def met_by(reader: Reader, member: str, others: Collection[str], now: datetime) -> set[str]:
    """Those of these people with whom she shares a touchpoint, so that she may ask them."""
    ids = list(others)
    both = {"$and": [{"members": member}, {"members": {"$in": ids}}]}
    shared = reader.find(TOUCHPOINTS, both, sort=[("at", -1)], limit=READ_MOST)
    met = {one for one in ids for touchpoint in shared if touchpoint.joins(member, one, now)}
    for mine, theirs in (("mentee", "mentor"), ("mentor", "mentee")):
        before = reader.find(RELATIONSHIPS, {mine: member, theirs: {"$in": ids}}, limit=READ_MOST)
        met |= {pair.other(member) for pair in before if pair.last_met_at is not None}
    return met


def _sides(asker: Member, asked: Member) -> tuple[Member, Member]:
    """Who is the mentee: the asker, where that fits the roles of the two."""
    if "mentee" in asker.roles and "mentor" in asked.roles:
        return asker, asked
    if "mentor" in asker.roles and "mentee" in asked.roles:
        return asked, asker
    raise Refused("role_not_held", "One of the two would have to be a mentor, and the other a mentee.")


def _need_members(tx: Tx, members: Sequence[str]) -> None:
    tx.prefetch(MEMBERS, members)
    problems = [
        {"pointer": f"/members/{place}", "detail": "no such member in your chapter"}
        for place, member in enumerate(members)
        if tx.load(MEMBERS, member) is None
    ]
    if problems:
        raise Refused(
            "invalid",
            "Some of these people are not known here; nothing was recorded.",
            status=422,
            errors=problems[:50],
        )
