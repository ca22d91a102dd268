"""A coordinator's Monday: who waits, whose votes are due, who is silent, who has too many. States and dates, never a word or a vote."""

from datetime import UTC, datetime

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from services.matching.api.applications import ApplicationShown, show
from services.matching.api.paging import MOST_A_PAGE, PREFIX, Json
from services.matching.domain.relationships import Relationship
from services.matching.domain.steps import STATES
from services.matching.kinds import APPLICATIONS, PLACES, RELATIONSHIPS
from shared.auth import COORDINATOR
from shared.http import asker, open_to, room
from shared.transaction import Reader

BLP = Blueprint("coordinator", __name__, url_prefix=PREFIX, description="The coordinator's lists")

EVER = datetime(1970, 1, 1, tzinfo=UTC)


class Waiting(ApplicationShown):
    not_matched = fields.String(required=True, allow_none=True)


class PairDated(Schema):
    relationship = fields.String(required=True)
    mentee = fields.String(required=True)
    mentor = fields.String(required=True)
    state = fields.String(required=True)
    date = fields.DateTime(required=True)


class Overloaded(Schema):
    mentor = fields.String(required=True)
    capacity = fields.Integer(required=True)
    taken = fields.Integer(required=True)


class Lists(Schema):
    """Each at most 100 long, the most urgent first; the totals count all."""

    waiting = fields.List(
        fields.Nested(Waiting),
        required=True,
        metadata={"description": "Mentees by their place in the queue."},
    )
    waiting_total = fields.Integer(required=True)
    votes_due = fields.List(fields.Nested(PairDated), required=True)
    votes_due_total = fields.Integer(required=True)
    quiet = fields.List(
        fields.Nested(PairDated), required=True, metadata={"description": "Silent since date."}
    )
    overloaded = fields.List(fields.Nested(Overloaded), required=True)


class RelationshipCounts(Schema):
    relationships = fields.Integer(required=True)
    by_state = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


@BLP.route("/coordinator/counts", methods=["GET"])
@open_to(COORDINATOR)
@BLP.response(200, RelationshipCounts)
def counts() -> Json:
    """How many relationships of the chapter stand in which state now; states in which none does are left out."""
    reader = room().store.reader(asker().chapter)
    counted = {state: reader.count(RELATIONSHIPS, {"state": state}) for state in STATES}
    by_state = {state: count for state, count in counted.items() if count}
    return {"relationships": sum(by_state.values()), "by_state": by_state}


@BLP.route("/coordinator", methods=["GET"])
@open_to(COORDINATOR)
@BLP.response(200, Lists)
def lists() -> Json:
    """Who waits, whose votes are due, which pairs are silent, who has more than she has room for."""
    reader = room().store.reader(asker().chapter)
    waiting = {"state": "waiting", "role": "mentee"}
    voting = {"state": "voting"}
    due = reader.find(RELATIONSHIPS, voting, sort=[("vote_by", 1)], limit=MOST_A_PAGE)
    quiet = reader.find(
        RELATIONSHIPS,
        {"flagged_at": {"$gt": EVER}, "open": True},
        sort=[("flagged_at", 1)],
        limit=MOST_A_PAGE,
    )
    full = reader.find(PLACES, {"overloaded": True}, sort=[("_id", 1)], limit=MOST_A_PAGE)
    return {
        "waiting": _waiting(reader, waiting),
        "waiting_total": reader.count(APPLICATIONS, waiting),
        "votes_due": [_dated(one, one.vote_by) for one in due],
        "votes_due_total": reader.count(RELATIONSHIPS, voting),
        "quiet": [_dated(one, one.silent_since) for one in quiet],
        "overloaded": [{"mentor": one.id, "capacity": one.capacity, "taken": len(one.taken)} for one in full],
    }


def _waiting(reader: Reader, where: Json) -> list[Json]:
    """Those first in the queue who hold no proposal now."""
    first = reader.find(APPLICATIONS, where, sort=[("applied_at", 1)], limit=MOST_A_PAGE)
    held = reader.find(
        RELATIONSHIPS, {"open": True, "mentee": {"$in": sorted({one.member for one in first})}}
    )
    busy = {one.mentee for one in held}
    return [{**show(one), "not_matched": one.not_matched} for one in first if one.member not in busy]


def _dated(relationship: Relationship, date: datetime | None) -> Json:
    return {
        "relationship": relationship.id,
        "mentee": relationship.mentee,
        "mentor": relationship.mentor,
        "state": relationship.state,
        "date": date or relationship.since,
    }
