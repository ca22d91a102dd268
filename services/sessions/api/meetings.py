"""Sessions of a pair."""

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.sessions.api.lists import NewestQuery, newest
from services.sessions.api.reading import PREFIX, Json, listed, my_pair, my_session, reader
from services.sessions.commands import meetings as commands
from services.sessions.domain.meetings import Session
from services.sessions.kinds import SESSIONS
from shared.auth import MENTEE, MENTOR
from shared.http import Body, call, open_to, room

BLP = Blueprint("meetings", __name__, url_prefix=PREFIX, description="Meetings of a pair")


MODES = ("call", "in_person", "letters")


class PlanIn(Body):
    """A session to be planned; the purpose follows from where the relationship stands."""

    mode = fields.String(load_default="call", validate=validate.OneOf(MODES))
    starts_at = fields.AwareDateTime(format="iso", load_default=None, allow_none=True)
    minutes = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=validate.Range(1, 1_440)
    )
    reversed_roles = fields.Boolean(
        load_default=False,
        truthy={True},
        falsy={False},
        metadata={"description": "Turned round: the mentee teaches (R23)."},
    )


class MoveIn(Body):
    """What is to be different; what is left out stays."""

    mode = fields.String(load_default=None, validate=validate.OneOf(MODES))
    starts_at = fields.AwareDateTime(format="iso", load_default=None)
    minutes = fields.Integer(strict=True, load_default=None, validate=validate.Range(1, 1_440))


class AttendanceIn(Body):
    """Whether the session took place, in the asker's own word."""

    held = fields.Boolean(required=True, truthy={True}, falsy={False})


class SessionOut(Schema):
    """A session as its two see it."""

    id = fields.String()
    relationship = fields.String()
    mentee = fields.String()
    mentor = fields.String()
    purpose = fields.String()
    mode = fields.String()
    starts_at = fields.AwareDateTime(format="iso")
    minutes = fields.Integer()
    state = fields.String()
    revision = fields.Integer()
    held_at = fields.AwareDateTime(format="iso", allow_none=True)
    reversed_roles = fields.Boolean()
    said_mentee = fields.Boolean(allow_none=True)
    said_mentor = fields.Boolean(allow_none=True)


SessionsOut = listed(SessionOut)


@BLP.route("/pairs/<id>/sessions")
@open_to(MENTEE, MENTOR)
@BLP.arguments(NewestQuery, location="query")
@BLP.response(200, SessionsOut)
def sessions_of_pair(query: Json, id: str) -> Json:
    """The sessions of one of my pairs, the latest first."""
    my_pair(id)
    return newest(reader(), SESSIONS, {"relationship": id}, query, by="starts_at")


@BLP.route("/pairs/<id>/sessions", methods=["POST"])
@open_to(MENTEE, MENTOR)
@BLP.arguments(PlanIn)
@BLP.response(201, SessionOut)
def plan(asked: Json, id: str) -> Json:
    """Plan a session: an introduction before the votes, a regular one once the trial runs."""
    return room().store.change(call(), lambda tx: commands.plan(tx, id, **asked))


@BLP.route("/sessions/<id>")
@open_to(MENTEE, MENTOR)
@BLP.response(200, SessionOut)
def one_session(id: str) -> Session:
    """One of my sessions."""
    return my_session(id)


@BLP.route("/sessions/<id>", methods=["PATCH"])
@open_to(MENTEE, MENTOR)
@BLP.arguments(MoveIn)
@BLP.response(200, SessionOut)
def move(asked: Json, id: str) -> Json:
    """Move a planned session; both are told, and their calendars with them."""
    return room().store.change(call(), lambda tx: commands.move(tx, id, **asked))


@BLP.route("/sessions/<id>/cancellation", methods=["POST"])
@open_to(MENTEE, MENTOR)
@BLP.response(200, SessionOut)
def cancel(id: str) -> Json:
    """Cancel a planned session."""
    return room().store.change(call(), lambda tx: commands.cancel(tx, id))


@BLP.route("/sessions/<id>/attendance", methods=["POST"])
@open_to(MENTEE, MENTOR)
@BLP.arguments(AttendanceIn)
@BLP.response(200, SessionOut)
def say(asked: Json, id: str) -> Json:
    """Say whether the session took place. It is held once both say so, or one does and the other says nothing
    for as many hours as the pair's programme gives her (48 by default)."""
    return room().store.change(call(), lambda tx: commands.say(tx, id, held=asked["held"]))
