"""Steps: what a pair agreed on, and what came of it."""

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.sessions.api.reading import (
    MAX_LISTED,
    MAX_TEXT_CHARS,
    PREFIX,
    Json,
    listed,
    my_pair,
    my_session,
    reader,
    text_field,
)
from services.sessions.commands import steps as commands
from services.sessions.domain.pairs import of_pair
from services.sessions.domain.steps import Step
from services.sessions.kinds import STEPS
from shared.auth import MENTEE, MENTOR
from shared.http import Body, asker, call, open_to, room

BLP = Blueprint(
    "steps", __name__, url_prefix=PREFIX, description="What a pair agreed on, and what came of it"
)


class StepIn(Body):
    """What the mentee will do, in the pair's own words."""

    text = text_field(required=True)


class ClosingIn(Body):
    """How the step ended, and what came of it."""

    outcome = fields.String(required=True, validate=validate.OneOf(("done", "let_go")))
    text = fields.String(load_default="", validate=validate.Length(0, MAX_TEXT_CHARS))


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


StepsOut = listed(StepOut)


@BLP.route("/sessions/<id>/steps", methods=["POST"])
@open_to(MENTEE, MENTOR)
@BLP.arguments(StepIn)
@BLP.response(201, StepOut)
def agree_step(asked: Json, id: str) -> Json:
    """Agree on a step in a session that was held. The text is for the two only."""
    here, session = room(), my_session(id)
    text = here.vault.hide(session.relationship, asked["text"])
    answer = here.store.change(call(), lambda tx: commands.agree_step(tx, id, text=text))
    return _shown(reader().get(STEPS, answer["id"]))


@BLP.route("/pairs/<id>/steps")
@open_to(MENTEE, MENTOR)
@BLP.response(200, StepsOut)
def steps_of_pair(id: str) -> Json:
    """The steps of one of my pairs, the latest first."""
    my_pair(id)
    found = reader().find(
        STEPS, {"relationship": id}, sort=[("agreed_at", -1), ("_id", -1)], limit=MAX_LISTED
    )
    return {"items": [_shown(step) for step in found], "next": None}


@BLP.route("/steps/<id>/closing", methods=["POST"])
@open_to(MENTEE, MENTOR)
@BLP.arguments(ClosingIn)
@BLP.response(200, StepOut)
def close_step(asked: Json, id: str) -> Json:
    """Close a step: what the mentee did, and what came of it. The mentor is told once."""
    here, step = room(), reader().get(STEPS, id)
    of_pair(asker().member, step)
    text = here.vault.hide(step.relationship, asked["text"]) if asked["text"].strip() else b""
    here.store.change(
        call(), lambda tx: commands.close_step(tx, id, outcome=asked["outcome"], came_of_it=text)
    )
    return _shown(reader().get(STEPS, id))


def _shown(step: Step) -> Json:
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
