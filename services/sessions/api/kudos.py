"""Thanks and milestones of a pair; the wall of a chapter shows those that both of the two publish (R25)."""

from datetime import datetime

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.sessions.api.lists import NewestQuery, Place, find_newest, newest, page_of
from services.sessions.api.reading import (
    MAX_LISTED,
    PREFIX,
    Json,
    all_of,
    listed,
    my_pair,
    reader,
    shown,
    text_field,
)
from services.sessions.commands import kudos as commands
from services.sessions.commands.tally import tally
from services.sessions.domain.kudos import Kudos, Milestone, Shared, milestones
from services.sessions.domain.pairs import of_pair
from services.sessions.kinds import KUDOS, SHARED
from shared.auth import MENTEE, MENTOR
from shared.errors import NotThere
from shared.http import Body, asker, call, open_to, room
from shared.ids import derived_id

BLP = Blueprint("kudos", __name__, url_prefix=PREFIX, description="Thanks and milestones")

MAX_KUDOS_CHARS = 500


class KudosIn(Body):
    """Why one thanks the other."""

    text = text_field(MAX_KUDOS_CHARS, required=True)


class PublishIn(Body):
    """Whether one of the two would publish it; it is public while both would."""

    publish = fields.Boolean(required=True, truthy={True}, falsy={False})


class KudosOut(Schema):
    id = fields.String()
    giver = fields.String()
    receiver = fields.String()
    text = fields.String(allow_none=True)
    given_at = fields.AwareDateTime(format="iso")
    by_mentee = fields.Boolean()
    by_mentor = fields.Boolean()
    public = fields.Boolean()


class MilestoneOut(Schema):
    milestone = fields.String()
    by_mentee = fields.Boolean()
    by_mentor = fields.Boolean()
    public = fields.Boolean()


class PublicOut(Schema):
    """What both of a pair publish: thanks with their words, or a milestone."""

    kind = fields.String(validate=validate.OneOf(("kudos", "milestone")))
    mentee = fields.String()
    mentor = fields.String()
    giver = fields.String(allow_none=True)
    text = fields.String(allow_none=True)
    milestone = fields.String(allow_none=True)
    at = fields.AwareDateTime(format="iso")


KudosListOut = Schema.from_dict(
    {"items": fields.List(fields.Nested(KudosOut)), "next": fields.String(allow_none=True)},
    name="KudosListOut",
)
MilestonesOut, PublicsOut = listed(MilestoneOut), listed(PublicOut)


@BLP.route("/pairs/<id>/kudos", methods=["POST"])
@open_to(MENTEE, MENTOR)
@BLP.arguments(KudosIn)
@BLP.response(201, KudosOut)
def give(asked: Json, id: str) -> Json:
    """Thank the other, who is told; the words are for the two only."""
    my_pair(id)
    text = room().vault.hide(id, asked["text"])
    answer = room().store.change(call(), lambda tx: commands.give(tx, id, text=text))
    return show_kudos(reader().get(KUDOS, answer["id"]))


@BLP.route("/pairs/<id>/kudos", methods=["GET"])
@open_to(MENTEE, MENTOR)
@BLP.arguments(NewestQuery, location="query")
@BLP.response(200, KudosListOut)
def given(query: Json, id: str) -> Json:
    """The thanks between the two, the newest first."""
    my_pair(id)
    return newest(reader(), KUDOS, {"relationship": id}, query, by="given_at", show=show_kudos)


@BLP.route("/kudos/<id>/publication", methods=["PUT"])
@open_to(MENTEE, MENTOR)
@BLP.arguments(PublishIn)
@BLP.response(200, KudosOut)
def publish(asked: Json, id: str) -> Json:
    """Publish thanks, or no longer. Everybody in the chapter reads them while both of the two publish them."""
    of_pair(asker().member, reader().get(KUDOS, id))
    room().store.change(call(), lambda tx: commands.publish(tx, id, wanted=asked["publish"]))
    return show_kudos(reader().get(KUDOS, id))


@BLP.route("/pairs/<id>/milestones", methods=["GET"])
@open_to(MENTEE, MENTOR)
@BLP.response(200, MilestonesOut)
def reached(id: str) -> Json:
    """What the two have reached."""
    my_pair(id)
    counts = tally(reader(), id)
    shared = {one.milestone: one for one in reader().find(SHARED, {"relationship": id}, limit=MAX_LISTED)}
    found = milestones(
        held=counts["held"], reversed_held=counts["reversed_held"], acted_on=counts["acted_on"]
    )
    return all_of([_milestone(name, shared.get(name)) for name in found])


@BLP.route("/pairs/<id>/milestones/<milestone>/publication", methods=["PUT"])
@open_to(MENTEE, MENTOR)
@BLP.arguments(PublishIn)
@BLP.response(200, MilestoneOut)
def publish_milestone(asked: Json, id: str, milestone: Milestone) -> Json:
    """Publish a milestone that the two have reached, or no longer."""
    my_pair(id)
    if milestone not in milestones(held=10, reversed_held=1, acted_on=5):
        raise NotThere("milestone")
    room().store.change(
        call(), lambda tx: commands.publish_milestone(tx, id, milestone, wanted=asked["publish"])
    )
    return _milestone(milestone, reader().load(SHARED, derived_id("mst", id, milestone)))


@BLP.route("/wall", methods=["GET"])
@open_to()
@BLP.arguments(NewestQuery, location="query")
@BLP.response(200, PublicsOut)
def wall(query: Json) -> Json:
    """What pairs of the chapter publish, both of the two; the newest first."""
    public, after, limit = {"public": True}, query["after"], query["limit"]
    thanks = find_newest(reader(), KUDOS, public, after, by="given_at", limit=limit + 1)
    reached = find_newest(reader(), SHARED, public, after, by="at", limit=limit + 1)
    both: list[Kudos | Shared] = [*thanks, *reached]
    both.sort(key=lambda one: (_when(one), one.id), reverse=True)
    return page_of(both[: limit + 1], limit, lambda one: Place(_when(one), one.id), _publicly)


def _when(one: Kudos | Shared) -> datetime:
    return one.given_at if isinstance(one, Kudos) else one.at


def _publicly(one: Kudos | Shared) -> Json:
    return {
        "kind": "kudos" if isinstance(one, Kudos) else "milestone",
        "mentee": one.mentee,
        "mentor": one.mentor,
        "giver": one.giver if isinstance(one, Kudos) else None,
        "text": shown(one.text) if isinstance(one, Kudos) else None,
        "milestone": None if isinstance(one, Kudos) else one.milestone,
        "at": _when(one),
    }


def show_kudos(one: Kudos) -> Json:
    """Thanks as the two see them."""
    return {
        "id": one.id,
        "giver": one.giver,
        "receiver": one.receiver,
        "text": shown(one.text),
        "given_at": one.given_at,
        "by_mentee": one.by_mentee,
        "by_mentor": one.by_mentor,
        "public": one.public,
    }


def _milestone(name: str, shared: object) -> Json:
    flags = ("by_mentee", "by_mentor", "public")
    return {"milestone": name, **{flag: bool(getattr(shared, flag, False)) for flag in flags}}
