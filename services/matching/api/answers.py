"""What the two say before they start: an answer, one question and its answer, a vote. Nothing sealed leaves a trace."""

from flask_smorest import Blueprint
from marshmallow import fields, validate

from services.matching.api.paging import PREFIX, Json
from services.matching.api.shown import OwnRelationship, seen
from services.matching.commands import relationships as commands
from services.matching.commands import sealing
from services.matching.kinds import RELATIONSHIPS
from shared.http import Body, asker, call, open_to, room
from shared.sealed import sealed

BLP = Blueprint("answers", __name__, url_prefix=PREFIX, description="Answers to proposals, and sealed votes")

QUESTION_CHARS = 1_000


class AnswerBody(Body):
    answer = fields.String(required=True, validate=validate.OneOf(["accept", "decline"]))


class VoteBody(Body):
    vote = fields.String(required=True, validate=validate.OneOf(["yes", "no"]))


class TextBody(Body):
    text = fields.String(
        required=True,
        validate=validate.Length(min=1, max=QUESTION_CHARS),
        metadata={"description": "Read by the two only."},
    )


@BLP.route("/relationships/<id>/answer", methods=["POST"])
@open_to()
@sealed
@BLP.arguments(AnswerBody)
@BLP.response(200, OwnRelationship)
def answer(body: Json, id: str) -> Json:
    """Answer a proposal. It can be changed until the other's answer is in; nothing tells the other before."""
    sealing.answer(room(), call(), id, body["answer"])
    return seen(id)


@BLP.route("/relationships/<id>/vote", methods=["POST"])
@open_to()
@sealed
@BLP.arguments(VoteBody)
@BLP.response(200, OwnRelationship)
def vote(body: Json, id: str) -> Json:
    """Vote after the introduction, sealed. Two yeses start the trial at once; anything else shows at `vote_by`, as one thing."""
    sealing.vote(room(), call(), id, body["vote"])
    return seen(id)


@BLP.route("/relationships/<id>/question", methods=["POST"])
@open_to()
@BLP.arguments(TextBody)
@BLP.response(201, OwnRelationship)
def ask(body: Json, id: str) -> Json:
    """The mentor asks one thing more before she answers a proposal: once, and the mentee answers once."""
    asked, here = call(), room()
    here.store.reader(asked.chapter).get(RELATIONSHIPS, id).side_of(asker().member)
    question = here.vault.hide(id, body["text"])
    here.store.change(asked, lambda tx: commands.ask(tx, id, question=question))
    return seen(id)


@BLP.route("/relationships/<id>/question/answer", methods=["POST"])
@open_to()
@BLP.arguments(TextBody)
@BLP.response(201, OwnRelationship)
def reply(body: Json, id: str) -> Json:
    """The mentee answers the mentor's question."""
    asked, here = call(), room()
    here.store.reader(asked.chapter).get(RELATIONSHIPS, id).side_of(asker().member)
    text = here.vault.hide(id, body["text"])
    here.store.change(asked, lambda tx: commands.reply(tx, id, text=text))
    return seen(id)
