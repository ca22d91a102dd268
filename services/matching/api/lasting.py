"""A relationship that has started: renewed under seal, paused, looked back on, ended; and what may follow an end."""

from flask_smorest import Blueprint
from marshmallow import fields, validate

from services.matching.api.paging import PREFIX, Json, id_field
from services.matching.api.shown import OwnRelationship, seen
from services.matching.commands import applications, sealing
from services.matching.commands import lasting as commands
from shared.http import Body, call, open_to, room
from shared.sealed import sealed

BLP = Blueprint(
    "lasting", __name__, url_prefix=PREFIX, description="Renewals, pauses, reviews and ends of a relationship"
)


class Renewal(Body):
    renewal = fields.String(required=True, validate=validate.OneOf(["yes", "no"]))


class Pause(Body):
    days = fields.Integer(
        load_default=None,
        strict=True,
        validate=validate.Range(min=1, max=180),
        metadata={"description": "As long as the terms allow where it is left out."},
    )


class Ending(Body):
    reason = fields.String(
        load_default=None,
        validate=validate.OneOf(["by_coordinator", "for_cause"]),
        metadata={"description": "For coordinators only, who must give one."},
    )


class Return(Ending):
    cycle = id_field(
        load_default="", metadata={"description": "Which cycle's pool; the pair's own where it is left out."}
    )


@BLP.route("/relationships/<id>/renewal", methods=["POST"])
@open_to()
@sealed
@BLP.arguments(Renewal)
@BLP.response(200, OwnRelationship)
def renew(body: Json, id: str) -> Json:
    """Say, sealed, whether to go on for a (further) full term. Two yeses begin it; anything else shows at the end, as one thing."""
    sealing.renew(room(), call(), id, body["renewal"])
    return seen(id)


@BLP.route("/relationships/<id>/pause", methods=["POST"])
@open_to()
@BLP.arguments(Pause)
@BLP.response(200, OwnRelationship)
def pause(body: Json, id: str) -> Json:
    """Pause, without guilt: every date waits, and it goes on by itself."""
    room().store.change(call(), lambda tx: commands.pause(tx, id, days=body["days"]))
    return seen(id)


@BLP.route("/relationships/<id>/resume", methods=["POST"])
@open_to()
@BLP.response(200, OwnRelationship)
def resume(id: str) -> Json:
    """Go on before the pause is over."""
    room().store.change(call(), lambda tx: commands.resume(tx, id))
    return seen(id)


@BLP.route("/relationships/<id>/review", methods=["POST"])
@open_to()
@BLP.response(200, OwnRelationship)
def close_review(id: str) -> Json:
    """Say that the review at half term is done."""
    room().store.change(call(), lambda tx: commands.close_review(tx, id))
    return seen(id)


@BLP.route("/relationships/<id>/ending", methods=["POST"])
@open_to()
@BLP.arguments(Ending)
@BLP.response(200, OwnRelationship)
def end(body: Json, id: str) -> Json:
    """End it: either of the two, without a reason; or a coordinator, with one. The mentor's place is free at once."""
    room().store.change(call(), lambda tx: commands.end(tx, id, reason=body["reason"]))
    return seen(id)


@BLP.route("/relationships/<id>/again", methods=["POST"])
@open_to()
@BLP.response(200, OwnRelationship)
def again(id: str) -> Json:
    """Say of a pair that is over that you would be brought together again. It takes both; the other is not told."""
    room().store.change(call(), lambda tx: commands.want_again(tx, id))
    return seen(id)


@BLP.route("/relationships/<id>/return", methods=["POST"])
@open_to()
@BLP.arguments(Return)
@BLP.response(200, OwnRelationship)
def go_back(body: Json, id: str) -> Json:
    """Go back to the pool in one step, where one stood in the queue: ends the pair where it is not over. A coordinator gives a reason."""
    room().store.change(
        call(), lambda tx: applications.go_back(tx, id, cycle=body["cycle"], reason=body["reason"])
    )
    return seen(id)
