"""How HTTP reaches sessions: `/api/sessions/v1`. Only the two of a pair find anything here."""

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.sessions import commands, domain
from services.sessions.kinds import PAIRS, SESSIONS, STEPS
from shared.auth import MENTEE, MENTOR
from shared.http import Body, asker, call, open_to, room
from shared.transaction import Reader

api = Blueprint(
    "sessions",
    __name__,
    url_prefix="/api/sessions/v1",
    description="Meetings of a pair and what comes of them",
)

MODES = ("call", "in_person", "letters")
MAX_STEP_CHARS = 2_000
MAX_LISTED = 200


class PlanIn(Body):
    """A session to be planned; the purpose follows from where the relationship stands."""

    mode = fields.String(load_default="call", validate=validate.OneOf(MODES))
    starts_at = fields.AwareDateTime(format="iso", load_default=None, allow_none=True)
    minutes = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=validate.Range(1, 1_440)
    )


class MoveIn(Body):
    """What is to be different; what is left out stays."""

    mode = fields.String(load_default=None, validate=validate.OneOf(MODES))
    starts_at = fields.AwareDateTime(format="iso", load_default=None)
    minutes = fields.Integer(strict=True, load_default=None, validate=validate.Range(1, 1_440))


class AttendanceIn(Body):
    """That the session took place."""

    held = fields.Boolean(required=True, truthy={True}, falsy=set())


class StepIn(Body):
    """What the mentee will do, in the pair's own words."""

    text = fields.String(
        required=True, validate=[validate.Length(1, MAX_STEP_CHARS), validate.Regexp(r"(?s).*\S")]
    )


class ClosingIn(Body):
    """How the step ended, and what came of it."""

    outcome = fields.String(required=True, validate=validate.OneOf(("done", "let_go")))
    text = fields.String(load_default="", validate=validate.Length(0, MAX_STEP_CHARS))


class PairOut(Schema):
    """A pair as its two see it."""

    id = fields.String()
    mentee = fields.String()
    mentor = fields.String()
    stage = fields.String()


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


class StepOut(Schema):
    """A step as its two see it; a text is null once its key was erased."""

    id = fields.String()
    relationship = fields.String()
    session = fields.String()
    state = fields.String()
    text = fields.String(allow_none=True)
    came_of_it = fields.String(allow_none=True)
    agreed_by = fields.String()
    agreed_at = fields.AwareDateTime(format="iso")
    closed_at = fields.AwareDateTime(format="iso", allow_none=True)


def _listed(item: type[Schema]) -> type[Schema]:
    name = f"{item.__name__.removesuffix('Out')}sOut"
    return Schema.from_dict(
        {"items": fields.List(fields.Nested(item)), "next": fields.String(allow_none=True)}, name=name
    )


PairsOut, SessionsOut, StepsOut = _listed(PairOut), _listed(SessionOut), _listed(StepOut)


@api.route("/me/pairs")
@open_to(MENTEE, MENTOR)
@api.response(200, PairsOut)
def my_pairs() -> dict[str, Any]:
    """The pairs that I am one of, the newest first."""
    me = asker().member
    found = _reader().find(
        PAIRS, {"$or": [{"mentee": me}, {"mentor": me}]}, sort=[("_id", -1)], limit=MAX_LISTED
    )
    return {"items": found, "next": None}


@api.route("/pairs/<id>")
@open_to(MENTEE, MENTOR)
@api.response(200, PairOut)
def one_pair(id: str) -> domain.Pair:
    """One of my pairs."""
    return _my_pair(id)


@api.route("/pairs/<id>/sessions")
@open_to(MENTEE, MENTOR)
@api.response(200, SessionsOut)
def sessions_of_pair(id: str) -> dict[str, Any]:
    """The sessions of one of my pairs, the latest first."""
    _my_pair(id)
    found = _reader().find(
        SESSIONS, {"relationship": id}, sort=[("starts_at", -1), ("_id", -1)], limit=MAX_LISTED
    )
    return {"items": found, "next": None}


@api.route("/pairs/<id>/sessions", methods=["POST"])
@open_to(MENTEE, MENTOR)
@api.arguments(PlanIn)
@api.response(201, SessionOut)
def plan(asked: dict[str, Any], id: str) -> commands.Answer:
    """Plan a session: an introduction before the votes, a regular one once the trial runs."""
    return room().store.change(call(), lambda tx: commands.plan(tx, id, **asked))


@api.route("/sessions/<id>")
@open_to(MENTEE, MENTOR)
@api.response(200, SessionOut)
def one_session(id: str) -> domain.Session:
    """One of my sessions."""
    return _my_session(id)


@api.route("/sessions/<id>", methods=["PATCH"])
@open_to(MENTEE, MENTOR)
@api.arguments(MoveIn)
@api.response(200, SessionOut)
def move(asked: dict[str, Any], id: str) -> commands.Answer:
    """Move a planned session; both are told, and their calendars with them."""
    return room().store.change(call(), lambda tx: commands.move(tx, id, **asked))


@api.route("/sessions/<id>/cancellation", methods=["POST"])
@open_to(MENTEE, MENTOR)
@api.response(200, SessionOut)
def cancel(id: str) -> commands.Answer:
    """Cancel a planned session."""
    return room().store.change(call(), lambda tx: commands.cancel(tx, id))


@api.route("/sessions/<id>/attendance", methods=["POST"])
@open_to(MENTEE, MENTOR)
@api.arguments(AttendanceIn)
@api.response(200, SessionOut)
def hold(_asked: dict[str, Any], id: str) -> commands.Answer:
    """Say that the session took place."""
    return room().store.change(call(), lambda tx: commands.hold(tx, id))


@api.route("/sessions/<id>/steps", methods=["POST"])
@open_to(MENTEE, MENTOR)
@api.arguments(StepIn)
@api.response(201, StepOut)
def agree_step(asked: dict[str, Any], id: str) -> dict[str, Any]:
    """Agree on a step in a session that was held. The text is for the two only."""
    here, session = room(), _my_session(id)
    text = here.vault.hide(session.relationship, asked["text"])
    answer = here.store.change(call(), lambda tx: commands.agree_step(tx, id, text=text))
    return _shown(_reader().get(STEPS, answer["id"]))


@api.route("/pairs/<id>/steps")
@open_to(MENTEE, MENTOR)
@api.response(200, StepsOut)
def steps_of_pair(id: str) -> dict[str, Any]:
    """The steps of one of my pairs, the latest first."""
    _my_pair(id)
    found = _reader().find(
        STEPS, {"relationship": id}, sort=[("agreed_at", -1), ("_id", -1)], limit=MAX_LISTED
    )
    return {"items": [_shown(step) for step in found], "next": None}


@api.route("/steps/<id>/closing", methods=["POST"])
@open_to(MENTEE, MENTOR)
@api.arguments(ClosingIn)
@api.response(200, StepOut)
def close_step(asked: dict[str, Any], id: str) -> dict[str, Any]:
    """Close a step: what the mentee did, and what came of it. The mentor is told once."""
    here, step = room(), _reader().get(STEPS, id)
    domain.of_pair(asker().member, step)
    text = here.vault.hide(step.relationship, asked["text"]) if asked["text"].strip() else b""
    here.store.change(
        call(), lambda tx: commands.close_step(tx, id, outcome=asked["outcome"], came_of_it=text)
    )
    return _shown(_reader().get(STEPS, id))


def _reader() -> Reader:
    return room().store.reader(asker().chapter)


def _my_pair(id: str) -> domain.Pair:
    pair = _reader().get(PAIRS, id)
    domain.of_pair(asker().member, pair)
    return pair


def _my_session(id: str) -> domain.Session:
    session = _reader().get(SESSIONS, id)
    domain.of_pair(asker().member, session)
    return session


def _shown(step: domain.Step) -> dict[str, Any]:
    vault = room().vault
    return {
        "id": step.id,
        "relationship": step.relationship,
        "session": step.session,
        "state": step.state,
        "text": vault.show(step.text),
        "came_of_it": vault.show(step.came_of_it) if step.came_of_it else "",
        "agreed_by": step.agreed_by,
        "agreed_at": step.agreed_at,
        "closed_at": step.closed_at,
    }
