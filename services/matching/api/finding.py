"""Mentors who could be hers, for a mentee who waits in a cycle."""

from dataclasses import asdict

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.matching.api.applications import ObstacleShown
from services.matching.api.paging import PREFIX, Json
from services.matching.api.rounds_shown import ReasonShown
from services.matching.commands import finding as commands
from shared.http import asker, open_to, room

BLP = Blueprint("finding", __name__, url_prefix=PREFIX, description="Mentors who could be hers (mentees)")


class RouteShown(Schema):
    """A way to meet, as a refused direct request gives it; an event has `at`, coordinators are `members`, a cycle has its window."""

    route = fields.String(required=True, validate=validate.OneOf(["event", "group", "coordinator", "cycle"]))
    detail = fields.String(required=True)
    touchpoint = fields.String()
    name = fields.String()
    at = fields.String()
    members = fields.List(fields.String())
    cycle = fields.String()
    opens_at = fields.String()
    closes_at = fields.String()


class PossibleShown(Schema):
    mentor = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Only where you two have met: you can ask her (`POST /requests`)."},
    )
    reasons = fields.List(fields.Nested(ReasonShown), required=True)
    bridge = fields.List(
        fields.Nested(RouteShown), required=True, metadata={"description": "How you two can meet."}
    )


class ChangeForHer(Schema):
    code = fields.String(required=True)
    people = fields.Integer(
        required=True, metadata={"description": "How many more could be yours then: three at least."}
    )
    name = fields.String(required=True, allow_none=True)
    value = fields.Integer(required=True, allow_none=True)


class MentorsShown(Schema):
    cycle = fields.String(required=True)
    why = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(["withdrawn", "matched", "in_the_way", "no_seat", "nobody"]),
        metadata={"description": "Why there is nobody here."},
    )
    in_the_way = fields.List(
        fields.Nested(ObstacleShown),
        required=True,
        metadata={"description": "What keeps you out, as you are."},
    )
    changes = fields.List(
        fields.Nested(ChangeForHer),
        required=True,
        metadata={"description": "What would help, where nobody fits."},
    )
    items = fields.List(fields.Nested(PossibleShown), required=True)


@BLP.route("/applications/<id>/mentors", methods=["GET"])
@open_to()
@BLP.response(200, MentorsShown)
def mentors(id: str) -> Json:
    """At most twenty mentors who could be yours, the best for you and the least missed by others first; who they are you read once you
    have met. Nobody hears that you looked."""
    who = asker()
    here = room()
    found = commands.mentors(here.store.reader(who.chapter), id, by=who.member, now=here.now(who.chapter))
    return {
        "cycle": found.cycle,
        "why": found.why,
        "in_the_way": found.in_the_way,
        "changes": [asdict(one) for one in found.changes],
        "items": [
            {
                "mentor": one.mentor,
                "reasons": [asdict(reason) for reason in one.reasons],
                "bridge": one.bridge,
            }
            for one in found.mentors
        ],
    }
