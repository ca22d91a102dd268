"""Relationships: one's own with reasons, answers and votes; for coordinators states and dates only."""

from dataclasses import asdict

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.matching.api.paging import PREFIX, Json, PageQuery, id_field, page
from services.matching.api.shown import OwnRelationship, RelationshipShown, seen, show_own, show_staff
from services.matching.commands import relationships as commands
from services.matching.domain.overrides import Override
from services.matching.domain.relationships import Pair
from services.matching.domain.steps import STATES
from services.matching.kinds import MEMBERS, OVERRIDES, RELATIONSHIPS
from shared.auth import COORDINATOR
from shared.http import Body, asker, call, open_to, room
from shared.ids import derived_id

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
    override = fields.String(
        load_default="",
        validate=validate.Length(max=REASON_CHARS),
        metadata={
            "description": "Why you introduce them although a conflict is declared; kept with your name."
        },
    )


class IntroductionShown(RelationshipShown):
    proposals_held = fields.Integer(
        required=True,
        metadata={"description": "How many proposals the mentee has to answer now, with this one."},
    )


class ListQuery(PageQuery):
    state = fields.String(load_default=None, validate=validate.OneOf(STATES))


class OwnList(Schema):
    items = fields.List(fields.Nested(OwnRelationship), required=True)
    next = fields.String(required=True, allow_none=True)


class RelationshipList(Schema):
    items = fields.List(fields.Nested(RelationshipShown), required=True)
    next = fields.String(required=True, allow_none=True)


class OverrideShown(Schema):
    id = fields.String(required=True)
    relationship = fields.String(required=True)
    mentee = fields.String(required=True)
    mentor = fields.String(required=True)
    by = fields.String(required=True)
    at = fields.DateTime(required=True)
    reason = fields.String(required=True, allow_none=True)


class OverrideList(Schema):
    items = fields.List(fields.Nested(OverrideShown), required=True)
    next = fields.String(required=True, allow_none=True)


@BLP.route("/introductions", methods=["POST"])
@open_to(COORDINATOR)
@BLP.arguments(Introduction)
@BLP.response(201, IntroductionShown)
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
    override = here.seal(asked.asker, {"reason": body["override"]}) if body["override"] else ""
    answer = here.store.change(asked, lambda tx: commands.introduce(tx, id, pair, override=override))
    held = reader.count(RELATIONSHIPS, {"mentee": body["mentee"], "state": "proposed"})
    return {**show_staff(reader.get(RELATIONSHIPS, answer["id"])), "proposals_held": held}


@BLP.route("/overrides", methods=["GET"])
@open_to(COORDINATOR)
@BLP.arguments(PageQuery, location="query")
@BLP.response(200, OverrideList)
def overrides(query: Json) -> Json:
    """Who brought people together although a conflict was declared, and why."""
    return page(room().store.reader(asker().chapter), OVERRIDES, {}, query, show_override)


@BLP.route("/me/relationships", methods=["GET"])
@open_to()
@BLP.arguments(PageQuery, location="query")
@BLP.response(200, OwnList)
def mine(query: Json) -> Json:
    """One's own proposals and relationships, without what goes on only to keep a wish for no contact from showing."""
    who = asker()
    where = {
        "$or": [{"mentee": who.member}, {"mentor": who.member}],
        "$nor": [{"hushed_by": who.member, "open": True}],
    }
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
    return page(room().store.reader(asker().chapter), RELATIONSHIPS, where, query, show_staff)


@BLP.route("/relationships/<id>", methods=["GET"])
@open_to()
@BLP.response(200, OwnRelationship)
def one(id: str) -> Json:
    """A relationship of one's own; a coordinator sees every one of her chapter, in states and dates."""
    return seen(id)


def show_override(logged: Override) -> Json:
    """Who brought two together although a conflict was declared, and why: for coordinators."""
    return {**asdict(logged), "reason": (room().unseal(logged.reason) or {}).get("reason")}
