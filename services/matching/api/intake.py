"""The intake compass: its questions, one's own answers with the reason in words, and the chapter's demand by route."""

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.matching.api.paging import PREFIX, Json
from services.matching.commands import intake as commands
from services.matching.domain import intake
from services.matching.domain.intake import BECAUSE, QUESTIONS, ROUTES, Intake
from services.matching.kinds import INTAKES
from shared.auth import COORDINATOR
from shared.errors import NotThere
from shared.http import Body, asker, call, open_to, open_to_anybody, room

BLP = Blueprint(
    "intake", __name__, url_prefix=PREFIX, description="The intake: mentor, coach, adviser, or not yet"
)

LANGUAGES = sorted(BECAUSE)


class LanguageQuery(Body):
    locale = fields.String(load_default="en", validate=validate.OneOf(LANGUAGES))


class Answers(Body):
    answers = fields.Dict(
        keys=fields.String(validate=validate.Length(max=40)),
        values=fields.String(validate=validate.Length(max=40)),
        required=True,
        metadata={"description": "By question key, the key of an option."},
    )
    chosen = fields.String(
        load_default=None,
        validate=validate.OneOf(ROUTES),
        metadata={"description": "To go elsewhere than the answers lead; it is recorded."},
    )


class OptionShown(Schema):
    key = fields.String(required=True)
    text = fields.String(required=True)


class QuestionShown(Schema):
    key = fields.String(required=True)
    text = fields.String(required=True)
    options = fields.List(fields.Nested(OptionShown), required=True)


class QuestionList(Schema):
    items = fields.List(fields.Nested(QuestionShown), required=True)


class IntakeShown(Schema):
    answers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    route = fields.String(required=True, validate=validate.OneOf(ROUTES))
    chosen = fields.String(required=True, validate=validate.OneOf(ROUTES))
    by = fields.String(required=True, validate=validate.OneOf(["member", "coordinator"]))
    reason = fields.String(
        required=True, allow_none=True, metadata={"description": "Why this route, in words."}
    )
    at = fields.DateTime(required=True)


class RouteCount(Schema):
    route = fields.String(required=True)
    led = fields.Integer(required=True)
    chosen = fields.Integer(required=True)


class Counts(Schema):
    routes = fields.List(fields.Nested(RouteCount), required=True)
    overrode = fields.Integer(required=True)
    routed_by_coordinator = fields.Integer(required=True)


@BLP.route("/intake/questions", methods=["GET"])
@open_to_anybody
@BLP.arguments(LanguageQuery, location="query")
@BLP.response(200, QuestionList)
def questions(query: Json) -> Json:
    """The four questions with their options."""
    language = query["locale"]
    return {
        "items": [
            {
                "key": question.key,
                "text": question.words[language],
                "options": [
                    {"key": option.key, "text": option.words[language]} for option in question.options
                ],
            }
            for question in QUESTIONS
        ]
    }


@BLP.route("/me/intake", methods=["POST"])
@open_to()
@BLP.arguments(LanguageQuery, location="query")
@BLP.arguments(Answers)
@BLP.response(201, IntakeShown)
def take(query: Json, body: Json) -> Json:
    """Answer the intake, again too. Anything but mentoring takes one's waiting applications as a mentee back."""
    room().store.change(call(), lambda tx: commands.take(tx, answers=body["answers"], chosen=body["chosen"]))
    return _own(query["locale"])


@BLP.route("/me/intake", methods=["GET"])
@open_to()
@BLP.arguments(LanguageQuery, location="query")
@BLP.response(200, IntakeShown)
def mine(query: Json) -> Json:
    """One's own intake. 404 before it was answered."""
    return _own(query["locale"])


@BLP.route("/intake/counts", methods=["GET"])
@open_to(COORDINATOR)
@BLP.response(200, Counts)
def counts() -> Json:
    """The chapter's demand by route, refused demand too."""
    return commands.counts(room().store.reader(asker().chapter))


def show(taken: Intake, language: str) -> Json:
    """An intake as its member sees it."""
    return {
        "answers": taken.answers,
        "route": taken.route,
        "chosen": taken.chosen,
        "by": taken.by,
        "reason": intake.reason(taken.answers, taken.route, language) if taken.answers else None,
        "at": taken.at,
    }


def _own(language: str) -> Json:
    who = asker()
    taken = room().store.reader(who.chapter).load(INTAKES, commands.intake_id(who.member))
    if taken is None:
        raise NotThere("intake")
    return show(taken, language)
