"""Relationships: one's own with reasons, answers and votes; for coordinators states and dates only."""

from dataclasses import asdict

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.matching.api.paging import PREFIX, Json, PageQuery, id_field, page
from services.matching.api.rounds import ReasonShown
from services.matching.commands import relationships as commands
from services.matching.commands import sealing
from services.matching.domain.relationships import STATES, Pair, Relationship
from services.matching.kinds import MEMBERS, RELATIONSHIPS
from shared.auth import COORDINATOR
from shared.errors import NotAllowed, NotThere
from shared.http import Body, asker, call, open_to, room
from shared.ids import derived_id
from shared.sealed import sealed

BLP = Blueprint(
    "relationships",
    __name__,
    url_prefix=PREFIX,
    description="The pair: proposals, answers, votes, relationships",
)

REASON_CHARS = 1_000


class Introduction(Body):
    mentee = id_field(required=True)
    mentor = id_field(required=True)
    reason = fields.String(
        required=True,
        validate=validate.Length(min=1, max=REASON_CHARS),
        metadata={"description": "To the two, and read by them only: why they should meet."},
    )
    programme = id_field(
        load_default="", metadata={"description": "Whose terms hold; the defaults where there is none."}
    )


class Request(Body):
    to = id_field(required=True)


class AnswerBody(Body):
    answer = fields.String(required=True, validate=validate.OneOf(["accept", "decline"]))


class VoteBody(Body):
    vote = fields.String(required=True, validate=validate.OneOf(["yes", "no"]))


class ListQuery(PageQuery):
    state = fields.String(load_default=None, validate=validate.OneOf(STATES))


class RelationshipShown(Schema):
    """What a coordinator sees: who, states and dates."""

    id = fields.String(required=True)
    mentee = fields.String(required=True)
    mentor = fields.String(required=True)
    origin = fields.String(required=True, validate=validate.OneOf(["round", "coordinator"]))
    programme = fields.String(required=True, allow_none=True)
    cycle = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    since = fields.DateTime(required=True, metadata={"description": "When the state began."})
    answer_by = fields.DateTime(required=True)
    meet_by = fields.DateTime(required=True, allow_none=True)
    vote_by = fields.DateTime(required=True, allow_none=True)
    started_at = fields.DateTime(required=True, allow_none=True)
    trial_ends_at = fields.DateTime(required=True, allow_none=True)


class OwnRelationship(RelationshipShown):
    """What one of the two sees. `my_answer` and `my_vote` are her own, while they can still be changed."""

    side = fields.String(validate=validate.OneOf(["mentee", "mentor"]))
    other = fields.String()
    my_answer = fields.String(allow_none=True)
    my_vote = fields.String(allow_none=True)
    reasons = fields.List(fields.Nested(ReasonShown))
    introduced = fields.String(
        allow_none=True, metadata={"description": "What the coordinator wrote when she introduced the two."}
    )


class OwnList(Schema):
    items = fields.List(fields.Nested(OwnRelationship), required=True)
    next = fields.String(required=True, allow_none=True)


class RelationshipList(Schema):
    items = fields.List(fields.Nested(RelationshipShown), required=True)
    next = fields.String(required=True, allow_none=True)


@BLP.route("/introductions", methods=["POST"])
@open_to(COORDINATOR)
@BLP.arguments(Introduction)
@BLP.response(201, RelationshipShown)
def introduce(body: Json) -> Json:
    """Introduce two members of the chapter: a proposal with the coordinator as its origin."""
    asked, here = call(), room()
    id = derived_id("rel", asked.id)
    reader = here.store.reader(asked.chapter)
    for side in ("mentee", "mentor"):
        reader.get(MEMBERS, body[side])
    pair = Pair(
        mentee=body["mentee"],
        mentor=body["mentor"],
        origin="coordinator",
        programme=body["programme"],
        words=here.vault.hide(id, body["reason"]),
    )
    answer = here.store.change(asked, lambda tx: commands.introduce(tx, id, pair))
    return show(reader.get(RELATIONSHIPS, answer["id"]))


@BLP.route("/requests", methods=["POST"])
@open_to()
@BLP.arguments(Request)
@BLP.response(204)
def ask_directly(body: Json) -> None:
    """Asking a stranger is always refused (403 `cold_asking`), with the honest routes there are: `bridge` (R1)."""
    reader = room().store.reader(asker().chapter)
    reader.get(MEMBERS, body["to"])
    raise NotAllowed(
        "cold_asking",
        "A pair starts from a proposal or an introduction, not from a direct request. See the routes given.",
        bridge=commands.bridges(reader, room().clock()),
    )


@BLP.route("/me/relationships", methods=["GET"])
@open_to()
@BLP.arguments(PageQuery, location="query")
@BLP.response(200, OwnList)
def mine(query: Json) -> Json:
    """One's own proposals and relationships."""
    who = asker()
    where = {"$or": [{"mentee": who.member}, {"mentor": who.member}]}
    return page(
        room().store.reader(who.chapter), RELATIONSHIPS, where, query, lambda one: show_own(one, who.member)
    )


@BLP.route("/relationships", methods=["GET"])
@open_to(COORDINATOR)
@BLP.arguments(ListQuery, location="query")
@BLP.response(200, RelationshipList)
def listed(query: Json) -> Json:
    """The chapter's relationships."""
    where = {} if query["state"] is None else {"state": query["state"]}
    return page(room().store.reader(asker().chapter), RELATIONSHIPS, where, query, show)


@BLP.route("/relationships/<id>", methods=["GET"])
@open_to()
@BLP.response(200, OwnRelationship)
def one(id: str) -> Json:
    """A relationship of one's own; a coordinator sees every one of her chapter, in states and dates."""
    return _seen(id)


@BLP.route("/relationships/<id>/answer", methods=["POST"])
@open_to()
@sealed
@BLP.arguments(AnswerBody)
@BLP.response(200, OwnRelationship)
def answer(body: Json, id: str) -> Json:
    """Answer a proposal. It can be changed until the other's answer is in; nothing tells the other before."""
    sealing.answer(room(), call(), id, body["answer"])
    return _seen(id)


@BLP.route("/relationships/<id>/vote", methods=["POST"])
@open_to()
@sealed
@BLP.arguments(VoteBody)
@BLP.response(200, OwnRelationship)
def vote(body: Json, id: str) -> Json:
    """Vote after the introduction, sealed. Two yeses start the trial at once; anything else shows at `vote_by`, as one thing."""
    sealing.vote(room(), call(), id, body["vote"])
    return _seen(id)


def show(relationship: Relationship) -> Json:
    """States and dates: what anybody who may see the relationship sees of it."""
    return {
        "id": relationship.id,
        "mentee": relationship.mentee,
        "mentor": relationship.mentor,
        "origin": relationship.origin,
        "programme": relationship.programme or None,
        "cycle": relationship.cycle or None,
        "state": relationship.state,
        "since": relationship.since,
        "answer_by": relationship.answer_by,
        "meet_by": relationship.meet_by,
        "vote_by": relationship.vote_by,
        "started_at": relationship.started_at,
        "trial_ends_at": relationship.trial_ends_at,
    }


def show_own(relationship: Relationship, member: str) -> Json:
    """What one of the two sees: her own reasons, and her own word while it is sealed."""
    side = relationship.side_of(member)
    word = sealing.own_word(room(), relationship, side) or None
    reasons = relationship.reasons_mentee if side == "mentee" else relationship.reasons_mentor
    return {
        **show(relationship),
        "side": side,
        "other": relationship.other(member),
        "my_answer": word if relationship.state == "proposed" else None,
        "my_vote": word if relationship.state == "voting" else None,
        "reasons": [asdict(reason) for reason in reasons],
        "introduced": room().vault.show(relationship.words) if relationship.words else None,
    }


def _seen(id: str) -> Json:
    who = asker()
    relationship = room().store.reader(who.chapter).get(RELATIONSHIPS, id)
    if who.member in (relationship.mentee, relationship.mentor):
        return show_own(relationship, who.member)
    if COORDINATOR in who.roles:
        return show(relationship)
    raise NotThere("relationship")
