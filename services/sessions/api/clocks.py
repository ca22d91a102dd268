"""The clock of a silent pair: what the two answer when asked, and the coordinator's list of quiet pairs."""

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.sessions.api.reading import PREFIX, Json, PageQuery, my_pair, page, reader
from services.sessions.commands import clock as commands
from services.sessions.domain.clock import FLAGGED
from services.sessions.kinds import CLOCKS
from shared.auth import COORDINATOR, MENTEE, MENTOR
from shared.http import Body, call, open_to, room

BLP = Blueprint("clocks", __name__, url_prefix=PREFIX, description="The clock of a silent pair")


class CheckInIn(Body):
    """What one of the two answers. To pause or to end is asked of matching, whose relationship it is."""

    answer = fields.String(required=True, validate=validate.OneOf(("go_on",)))


class QuietOut(Schema):
    """A pair that has been silent for so long that the coordinator is to know: who, and since when."""

    relationship = fields.String()
    mentee = fields.String()
    mentor = fields.String()
    silent_since = fields.AwareDateTime(format="iso")
    go_on_mentee = fields.AwareDateTime(format="iso", allow_none=True)
    go_on_mentor = fields.AwareDateTime(format="iso", allow_none=True)


class QuietListOut(Schema):
    items = fields.List(fields.Nested(QuietOut))
    next = fields.String(allow_none=True)


@BLP.route("/pairs/<id>/check-in", methods=["POST"])
@open_to(MENTEE, MENTOR)
@BLP.arguments(CheckInIn)
@BLP.response(204)
def check_in(_asked: Json, id: str) -> None:
    """Asked whether to go on, pause or end: go on. It is recorded; the clock is set back by meeting only."""
    my_pair(id)
    room().store.change(call(), lambda tx: commands.check_in(tx, id))


@BLP.route("/quiet-pairs", methods=["GET"])
@open_to(COORDINATOR)
@BLP.arguments(PageQuery, location="query")
@BLP.response(200, QuietListOut)
def quiet(query: Json) -> Json:
    """The pairs of the chapter that have been silent for five weeks or more."""
    where = {"over": False, "taken": {"$gte": FLAGGED}}
    return page(
        reader(),
        CLOCKS,
        where,
        query,
        lambda clock: {
            "relationship": clock.relationship,
            "mentee": clock.mentee,
            "mentor": clock.mentor,
            "silent_since": clock.since,
            "go_on_mentee": clock.go_on_mentee,
            "go_on_mentor": clock.go_on_mentor,
        },
    )
