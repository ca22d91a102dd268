"""All that matching keeps about a person, for herself."""

from dataclasses import asdict
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from services.matching.api import goals, intake, lineage, relationships, touchpoints
from services.matching.api.applications import show as show_application
from services.matching.api.paging import PREFIX, Json
from services.matching.api.shown import show_own
from services.matching.commands.intake import intake_id
from services.matching.kinds import (
    APPLICATIONS,
    GOALS,
    INTAKES,
    MEMBERS,
    OVERRIDES,
    PLACES,
    RELATIONSHIPS,
    TOUCHPOINTS,
)
from shared.http import asker, open_to, room

BLP = Blueprint("export", __name__, url_prefix=PREFIX, description="One's own data")

#: Of each kind; nobody has more.
MOST = 1_000


class Export(Schema):
    member = fields.Dict(required=True, allow_none=True)
    places = fields.Dict(required=True, allow_none=True)
    intake = fields.Dict(required=True, allow_none=True)
    applications = fields.List(fields.Dict(), required=True)
    relationships = fields.List(fields.Dict(), required=True)
    touchpoints = fields.List(fields.Dict(), required=True)
    lineage = fields.Dict(required=True)
    overrides = fields.List(
        fields.Dict(),
        required=True,
        metadata={
            "description": "Where you, as a coordinator, introduced people despite a conflict, and why."
        },
    )


@BLP.route("/me/export", methods=["GET"])
@open_to()
@BLP.response(200, Export)
def export() -> Json:
    """Everything: the copied profile, intake, applications, relationships with texts and goals, touchpoints, lineage, overrides."""
    who = asker()
    reader = room().store.reader(who.chapter)
    member, places = reader.load(MEMBERS, who.member), reader.load(PLACES, who.member)
    taken = reader.load(INTAKES, intake_id(who.member))
    hers = {"$or": [{"mentee": who.member}, {"mentor": who.member}]}
    pairs = reader.find(RELATIONSHIPS, hers, sort=[("_id", 1)], limit=MOST)
    applied = reader.find(APPLICATIONS, {"member": who.member}, sort=[("_id", 1)], limit=MOST)
    met = reader.find(TOUCHPOINTS, {"members": who.member}, sort=[("_id", 1)], limit=MOST)
    overridden = reader.find(OVERRIDES, {"by": who.member}, sort=[("_id", 1)], limit=MOST)
    return {
        "member": _plain(member),
        "places": None if places is None else {"capacity": places.capacity, "taken": list(places.taken)},
        "intake": None if taken is None else intake.show(taken, "en"),
        "applications": [show_application(one) for one in applied],
        "relationships": [
            {
                **show_own(pair, who.member),
                "goals": [
                    goals.show(goal)
                    for goal in reader.find(GOALS, {"relationship": pair.id}, sort=[("_id", 1)])
                ],
            }
            for pair in pairs
        ],
        "touchpoints": [touchpoints.show(one) for one in met],
        "lineage": lineage.shown(),
        "overrides": [relationships.show_override(one) for one in overridden],
    }


def _plain(member: Any) -> Json | None:
    """Her own copy, without the lists of those whom others keep from her; her own she has from profiles."""
    if member is None:
        return None
    kept = asdict(member)
    return {name: kept[name] for name in kept if name not in ("apart_from", "no_contact", "groups")}
