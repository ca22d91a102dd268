"""Whole relationships in a sandbox, for those who follow its events: asked for here, played within seconds."""

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.notifications.access.follower import chosen, follower, open_to_followers
from services.notifications.domain.accounts import Scope
from services.notifications.domain.lives import MAX_OPEN, STATES, STORIES, WHY_FAILED, Life
from services.notifications.kinds import LIVES
from services.notifications.paging import Json, PageQuery, page
from services.notifications.sandbox import commands
from services.notifications.webhooks.api import call_of
from shared.chapter_clocks import is_sandbox
from shared.errors import NotThere, Refused
from shared.http import Body, room
from shared.ids import derived_id

BLP = Blueprint(
    "sandbox",
    __name__,
    url_prefix="/api/notifications/v1",
    description="The sandbox: whole relationships of invented people, in seconds",
)

#: Whoever may have history sent to its receivers may have events made where all of them are invented.
SCOPE: Scope = "events:replay"
MAX_ID_CHARS = 100


class NewLife(Body):
    story = fields.String(
        required=True,
        validate=validate.OneOf(STORIES),
        metadata={"description": "How the relationship goes, from its proposal on."},
    )
    chapter = fields.String(
        validate=validate.Length(1, MAX_ID_CHARS),
        metadata={"description": "The sandbox; the account's own chapter where none is named."},
    )


class StepShown(Schema):
    step = fields.String(required=True)
    at = fields.DateTime(
        required=True, metadata={"description": "When, by everybody's clock, not the sandbox's."}
    )


class LifeShown(Schema):
    id = fields.String(required=True)
    chapter = fields.String(required=True)
    story = fields.String(required=True, validate=validate.OneOf(STORIES))
    state = fields.String(
        required=True,
        validate=validate.OneOf(STATES),
        metadata={"description": f"At most {MAX_OPEN} of a sandbox wait or are played; one at a time is."},
    )
    relationship = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Its id, as in the events; null until it is proposed."},
    )
    steps = fields.List(fields.Nested(StepShown), required=True)
    reason = fields.String(
        required=True,
        validate=validate.OneOf(["", *WHY_FAILED]),
        metadata={"description": "Why it failed; empty where it did not."},
    )
    detail = fields.String(required=True, metadata={"description": "The same for people."})
    made_at = fields.DateTime(required=True)
    ended_at = fields.DateTime(required=True, allow_none=True)


class LifeList(Schema):
    items = fields.List(fields.Nested(LifeShown), required=True)
    next = fields.String(required=True, allow_none=True)


@BLP.route("/sandbox/lives", methods=["POST"])
@open_to_followers(SCOPE)
@BLP.arguments(NewLife)
@BLP.response(202, LifeShown)
def ask_for(body: Json) -> Any:
    """Let two new invented people live a relationship in a sandbox. It takes seconds; look at it where `Location` says.

    409 `no_sandbox` for any other chapter, 409 `too_many_lives` where enough of the sandbox wait or are played.
    """
    here, who = room(), follower()
    (chapter,) = chosen(who, SCOPE, [body.get("chapter", who.home)])
    if not is_sandbox(chapter):
        raise Refused("no_sandbox", f"{chapter} is no sandbox: lives are played where everybody is invented.")
    asked = call_of(who)
    life = Life(
        id=derived_id("life", asked.id),
        chapter=chapter,
        story=body["story"],
        made_at=asked.at,
        made_by=who.id,
    )
    id = here.store.change(asked, lambda tx: commands.ask_for(tx, life))["id"]
    return _show(here.store.reader().get(LIVES, id)), {"Location": url_for("sandbox.one", id=id)}


@BLP.route("/sandbox/lives")
@open_to_followers(SCOPE)
@BLP.arguments(PageQuery, location="query")
@BLP.response(200, LifeList)
def listed(query: Json) -> Json:
    """The lives of the sandboxes that are granted, the latest first; kept for 90 days after they ended."""
    where: Json = {"chapter": {"$in": list(follower().chapters(SCOPE))}}
    if query["after"]:
        last = _life(query["after"])
        earlier = {"made_at": last.made_at, "_id": {"$lt": last.id}}
        where["$or"] = [{"made_at": {"$lt": last.made_at}}, earlier]
    sort = [("made_at", -1), ("_id", -1)]
    found = room().store.reader().find(LIVES, where, sort=sort, limit=query["limit"] + 1)
    return page(found, query["limit"], lambda life: life.id, _show)


@BLP.route("/sandbox/lives/<string:id>")
@open_to_followers(SCOPE)
@BLP.response(200, LifeShown)
def one(id: str) -> Json:
    """How far a life is: its steps so far, and its relationship once there is one."""
    return _show(_life(id))


def _life(id: str) -> Life:
    found = room().store.reader().load(LIVES, id)
    if found is None or found.chapter not in follower().chapters(SCOPE):
        raise NotThere("life")
    return found


def _show(life: Life) -> Json:
    shown = ("id", "chapter", "story", "state", "steps", "reason", "detail", "made_at", "ended_at")
    return {**{name: getattr(life, name) for name in shown}, "relationship": life.relationship or None}
