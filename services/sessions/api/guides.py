"""Open questions by stage: the library, the chapter's own, and those for a pair's next session."""

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.sessions.api.reading import PREFIX, Json, all_of, listed, my_pair, reader, text_field
from services.sessions.commands import guides as commands
from services.sessions.commands.tally import tally
from services.sessions.domain.guides import (
    LIBRARY,
    LOCALES,
    MAX_GUIDES_A_CHAPTER,
    STAGES,
    GuideStage,
    stage_of,
)
from services.sessions.kinds import GUIDES
from shared.auth import COORDINATOR, MENTEE, MENTOR
from shared.http import Body, asker, call, open_to, room

BLP = Blueprint("guides", __name__, url_prefix=PREFIX, description="Open questions for a session")

MAX_QUESTION_CHARS = 300


class GuideIn(Body):
    """A question that the chapter adds to the library."""

    stage = fields.String(required=True, validate=validate.OneOf(STAGES))
    locale = fields.String(required=True, validate=validate.OneOf(LOCALES))
    question = text_field(MAX_QUESTION_CHARS, required=True)


class GuideQuery(Body):
    """Which questions, in which language; those that a chapter added come in the language in which it wrote them."""

    stage = fields.String(load_default=None, validate=validate.OneOf(STAGES))
    locale = fields.String(load_default="en", validate=validate.OneOf(LOCALES))


class LocaleQuery(Body):
    locale = fields.String(load_default="en", validate=validate.OneOf(LOCALES))


class GuideOut(Schema):
    """A question; `id` is null for those of the library."""

    id = fields.String(allow_none=True)
    stage = fields.String()
    locale = fields.String()
    question = fields.String()


GuidesOut = listed(GuideOut)


class PairGuideOut(Schema):
    stage = fields.String()
    items = fields.List(fields.Nested(GuideOut))


@BLP.route("/guides", methods=["GET"])
@open_to()
@BLP.arguments(GuideQuery, location="query")
@BLP.response(200, GuidesOut)
def guides(query: Json) -> Json:
    """The library and the chapter's own questions."""
    stages = STAGES if query["stage"] is None else (query["stage"],)
    return all_of([one for stage in stages for one in _questions(stage, query["locale"])])


@BLP.route("/guides", methods=["POST"])
@open_to(COORDINATOR)
@BLP.arguments(GuideIn)
@BLP.response(201, GuideOut)
def add(asked: Json) -> Json:
    """Add a question of the chapter's own."""
    answer: Json = room().store.change(call(), lambda tx: commands.add(tx, **asked))
    return {**asked, "id": answer["id"]}


@BLP.route("/guides/<id>", methods=["DELETE"])
@open_to(COORDINATOR)
@BLP.response(204)
def remove(id: str) -> None:
    """Take one of the chapter's own questions out again."""
    room().store.change(call(), lambda tx: commands.remove(tx, id))


@BLP.route("/pairs/<id>/guide", methods=["GET"])
@open_to(MENTEE, MENTOR)
@BLP.arguments(LocaleQuery, location="query")
@BLP.response(200, PairGuideOut)
def for_pair(query: Json, id: str) -> Json:
    """The questions that fit where the pair stands."""
    pair = my_pair(id)
    stage = stage_of(pair, held=tally(reader(), id)["held"], now=room().now(asker().chapter))
    return {"stage": stage, "items": _questions(stage, query["locale"])}


def _questions(stage: GuideStage, locale: str) -> list[Json]:
    library = [
        {"id": None, "stage": stage, "locale": locale, "question": one[locale]} for one in LIBRARY[stage]
    ]
    added = reader().find(GUIDES, {"stage": stage}, sort=[("_id", 1)], limit=MAX_GUIDES_A_CHAPTER)
    return library + [
        {"id": one.id, "stage": stage, "locale": one.locale, "question": one.question} for one in added
    ]
