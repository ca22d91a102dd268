"""Programmes: a coordinator's rules as data."""

from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.matching.api.paging import PREFIX, Json, PageQuery, page
from services.matching.commands import programmes as commands
from services.matching.domain.programmes import Programme
from services.matching.kinds import PROGRAMMES
from shared.auth import COORDINATOR
from shared.http import Body, asker, call, open_to, room
from shared.ids import derived_id

BLP = Blueprint(
    "programmes", __name__, url_prefix=PREFIX, description="Programmes: rules held as data (coordinators)"
)

NAME_CHARS = 120
RULES = (
    "What is left out has its default. Days: answer_days 7 (1-60), meet_days 21 (1-180), vote_days 7 (1-60), trial_days 42 (7-365), "
    "question_days 3 (1-14), term_days 182 (28-730), review_days 14 (1-60), renew_days 42 (7-180), pause_days 60 (1-180); "
    "of silence, ascending: nudge_days 21, ask_days 28, flag_days 35, close_days 42 (7-240); remind_days 7 (1-60). "
    "word_hours 48 (12-336), certificate_sessions 4 (1-52), reminders_most 4 (1-20), outcome_months [6, 12] (up to 4, rising, 1-60). "
    "matching: the engine's hard rules, weights and questions. eligibility: by side, languages_any, areas_any, years_at_least, answers. "
    "offer_on true: whether the places of a proposal that comes to nothing are offered to others of the cycle at once."
)


class NewProgramme(Body):
    name = fields.String(required=True, validate=validate.Length(min=1, max=NAME_CHARS))
    rules = fields.Dict(keys=fields.String(), load_default=dict, metadata={"description": RULES})


class ProgrammeChange(Body):
    name = fields.String(load_default=None, validate=validate.Length(min=1, max=NAME_CHARS))
    rules = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        metadata={"description": "A merge patch (RFC 7396) of the rules; null puts one back to its default."},
    )


class ProgrammeShown(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    rules = fields.Dict(required=True, metadata={"description": RULES})


class ProgrammeList(Schema):
    items = fields.List(fields.Nested(ProgrammeShown), required=True)
    next = fields.String(required=True, allow_none=True)


@BLP.route("/programmes", methods=["POST"])
@open_to(COORDINATOR)
@BLP.arguments(NewProgramme)
@BLP.response(201, ProgrammeShown)
def plan(body: Json) -> Json:
    """Plan a programme."""
    asked = call()
    id = derived_id("prg", asked.id)
    answer = room().store.change(
        asked, lambda tx: commands.plan_programme(tx, id, name=body["name"], rules=body["rules"])
    )
    return _shown(answer["id"])


@BLP.route("/programmes", methods=["GET"])
@open_to(COORDINATOR)
@BLP.arguments(PageQuery, location="query")
@BLP.response(200, ProgrammeList)
def listed(query: Json) -> Json:
    """The chapter's programmes."""
    return page(room().store.reader(asker().chapter), PROGRAMMES, {}, query, show)


@BLP.route("/programmes/<id>", methods=["GET"])
@open_to(COORDINATOR)
@BLP.response(200, ProgrammeShown)
def one(id: str) -> Json:
    """One programme with its rules."""
    return _shown(id)


@BLP.route("/programmes/<id>", methods=["PATCH"])
@open_to(COORDINATOR)
@BLP.arguments(ProgrammeChange)
@BLP.response(200, ProgrammeShown)
def change(body: Json, id: str) -> ResponseReturnValue:
    """Change rules. Relationships that are under way keep the rules that they began with."""
    room().store.change(
        call(), lambda tx: commands.change_programme(tx, id, name=body["name"], rules=body["rules"])
    )
    return _shown(id)


def show(programme: Programme) -> Json:
    """A programme as coordinators see it."""
    return {
        "id": programme.id,
        "name": programme.name,
        "rules": programme.rules,
    }


def _shown(id: str) -> Json:
    return show(room().store.reader(asker().chapter).get(PROGRAMMES, id))
