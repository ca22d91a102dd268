"""Steps: what a pair agreed on, and what came of it."""

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.sessions.api.lists import NewestQuery, newest
from services.sessions.api.reading import (
    MAX_TEXT_CHARS,
    PREFIX,
    Json,
    listed,
    my_pair,
    my_session,
    reader,
    shown,
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


MAX_OPTIONS = 10
MAX_OPTION_CHARS = 500


class StepIn(Body):
    """What the mentee will do, in the pair's own words."""

    text = text_field(required=True)
    options = fields.List(
        text_field(MAX_OPTION_CHARS),
        load_default=[],
        validate=validate.Length(0, MAX_OPTIONS),
        metadata={"description": "What was weighed (R11)."},
    )
    chosen = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(0, MAX_OPTIONS - 1),
        metadata={"description": "The place of the option that was taken, from 0."},
    )


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
    options = fields.List(fields.String(allow_none=True))
    chosen = fields.Integer(allow_none=True)
    agreed_by = fields.String()
    agreed_at = fields.AwareDateTime(format="iso")
    closed_at = fields.AwareDateTime(format="iso", allow_none=True)


class RemindersIn(Body):
    """Whether the pair is reminded of its open steps."""

    on = fields.Boolean(required=True, truthy={True}, falsy={False})


class RemindersOut(Schema):
    on = fields.Boolean()


StepsOut = listed(StepOut)


@BLP.route("/sessions/<id>/steps", methods=["POST"])
@open_to(MENTEE, MENTOR)
@BLP.arguments(StepIn)
@BLP.response(201, StepOut)
def agree_step(asked: Json, id: str) -> Json:
    """Agree on a step in a session that was held. The text is for the two only."""
    here, session = room(), my_session(id)
    text = here.vault.hide(session.relationship, asked["text"])
    options = tuple(here.vault.hide(session.relationship, option) for option in asked["options"])
    answer = here.store.change(
        call(),
        lambda tx: commands.agree_step(tx, id, text=text, options=options, chosen=asked["chosen"]),
    )
    return show_step(reader().get(STEPS, answer["id"]))


@BLP.route("/pairs/<id>/steps")
@open_to(MENTEE, MENTOR)
@BLP.arguments(NewestQuery, location="query")
@BLP.response(200, StepsOut)
def steps_of_pair(query: Json, id: str) -> Json:
    """The steps of one of my pairs, the latest first."""
    my_pair(id)
    return newest(reader(), STEPS, {"relationship": id}, query, by="agreed_at", show=show_step)


@BLP.route("/steps/<id>")
@open_to(MENTEE, MENTOR)
@BLP.response(200, StepOut)
def one_step(id: str) -> Json:
    """One step of mine."""
    step = reader().get(STEPS, id)
    of_pair(asker().member, step)
    return show_step(step)


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
    return show_step(reader().get(STEPS, id))


@BLP.route("/pairs/<id>/reminders", methods=["PUT"])
@open_to(MENTEE, MENTOR)
@BLP.arguments(RemindersIn)
@BLP.response(200, RemindersOut)
def reminders(asked: Json, id: str) -> Json:
    """Reminders of open steps, by default weekly and four times at most: the mentee turns them on, either side turns them off."""
    return room().store.change(call(), lambda tx: commands.want_reminders(tx, id, on=asked["on"]))


def show_step(step: Step) -> Json:
    """A step as its two see it."""
    return {
        "id": step.id,
        "relationship": step.relationship,
        "session": step.session,
        "state": step.state,
        "text": shown(step.text),
        "came_of_it": shown(step.came_of_it),
        "options": [shown(option) for option in step.options],
        "chosen": step.chosen,
        "agreed_by": step.agreed_by,
        "agreed_at": step.agreed_at,
        "closed_at": step.closed_at,
    }
