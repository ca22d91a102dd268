"""Touchpoints: recorded by coordinators; and asking somebody with whom one shares one."""

from datetime import timedelta

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.matching.api.paging import PREFIX, Json, PageQuery, id_field, page
from services.matching.api.shown import OwnRelationship, seen
from services.matching.commands import touchpoints as commands
from services.matching.domain.touchpoints import Touchpoint
from services.matching.kinds import MEMBERS, TOUCHPOINTS
from shared.auth import COORDINATOR
from shared.errors import Refused
from shared.http import Body, asker, call, open_to, room
from shared.ids import derived_id

BLP = Blueprint(
    "touchpoints", __name__, url_prefix=PREFIX, description="Real contact, and asking those one knows"
)

KINDS = ["event", "group", "introduction"]
MEMBERS_AT_ONCE = 500
#: A touchpoint is planned at most so far ahead.
AHEAD = timedelta(days=732)


class NewTouchpoint(Body):
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    name = fields.String(
        required=True,
        validate=validate.Length(min=1, max=120),
        metadata={"description": "What the chapter calls it; everybody in the chapter may read it."},
    )
    at = fields.AwareDateTime(load_default=None, metadata={"description": "When; now where it is left out."})
    open = fields.Boolean(load_default=False, metadata={"description": "A group that takes new members."})
    members = fields.List(id_field(), load_default=list, validate=validate.Length(max=MEMBERS_AT_ONCE))


class Attendance(Body):
    members = fields.List(id_field(), required=True, validate=validate.Length(min=1, max=MEMBERS_AT_ONCE))


class TouchpointShown(Schema):
    id = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    name = fields.String(required=True)
    at = fields.DateTime(required=True)
    open = fields.Boolean(required=True)
    members = fields.List(fields.String(), metadata={"description": "For coordinators only."})
    mine = fields.Boolean(required=True, metadata={"description": "Whether you were there."})


class TouchpointList(Schema):
    items = fields.List(fields.Nested(TouchpointShown), required=True)
    next = fields.String(required=True, allow_none=True)


class Request(Body):
    to = id_field(required=True)


@BLP.route("/touchpoints", methods=["POST"])
@open_to(COORDINATOR)
@BLP.arguments(NewTouchpoint)
@BLP.response(201, TouchpointShown)
def record(body: Json) -> Json:
    """Record an event, a group, or that a coordinator introduced two people to each other."""
    asked = call()
    at = body["at"] or asked.at
    if at > asked.at + AHEAD:
        raise Refused(
            "invalid",
            "The touchpoint cannot be recorded like this.",
            status=422,
            errors=[{"pointer": "/at", "detail": f"at most {AHEAD.days} days ahead"}],
        )
    made = Touchpoint(
        derived_id("tpt", asked.id), asked.chapter, body["kind"], body["name"], at, body["open"], ()
    )
    answer = room().store.change(asked, lambda tx: commands.record(tx, made, body["members"]))
    return _seen(answer["id"])


@BLP.route("/touchpoints/<id>/members", methods=["POST"])
@open_to(COORDINATOR)
@BLP.arguments(Attendance)
@BLP.response(200, TouchpointShown)
def attended(body: Json, id: str) -> Json:
    """Record who was there, or joined."""
    room().store.change(call(), lambda tx: commands.add(tx, id, body["members"]))
    return _seen(id)


@BLP.route("/touchpoints", methods=["GET"])
@open_to()
@BLP.arguments(PageQuery, location="query")
@BLP.response(200, TouchpointList)
def listed(query: Json) -> Json:
    """For coordinators all; for members those that they were at, the events to come, and the open groups."""
    who = asker()
    now = room().now(who.chapter)
    where: Json = {}
    if COORDINATOR not in who.roles:
        coming = {"kind": "event", "at": {"$gt": now}}
        where = {"$or": [{"members": who.member}, coming, {"kind": "group", "open": True}]}
    return page(room().store.reader(who.chapter), TOUCHPOINTS, where, query, show)


@BLP.route("/requests", methods=["POST"])
@open_to()
@BLP.arguments(Request)
@BLP.response(201, OwnRelationship)
def ask(body: Json) -> Json:
    """Ask somebody with whom you share a touchpoint: that is a proposal. A stranger: 403 `cold_asking`, with `bridge` (R1)."""
    asked = call()
    id = derived_id("rel", asked.id)
    room().store.reader(asked.chapter).get(MEMBERS, body["to"])
    answer = room().store.change(asked, lambda tx: commands.ask(tx, id, body["to"]))
    return seen(answer["id"])


def show(touchpoint: Touchpoint) -> Json:
    """A touchpoint; who was there is for coordinators."""
    who = asker()
    shown = {
        "id": touchpoint.id,
        "kind": touchpoint.kind,
        "name": touchpoint.name,
        "at": touchpoint.at,
        "open": touchpoint.open,
        "mine": who.member in touchpoint.members,
    }
    return shown | ({"members": list(touchpoint.members)} if COORDINATOR in who.roles else {})


def _seen(id: str) -> Json:
    return show(room().store.reader(asker().chapter).get(TOUCHPOINTS, id))
