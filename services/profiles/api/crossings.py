"""Mentors lent from one chapter to another: offered by a coordinator of the one, accepted by a coordinator of the other (R16)."""

from dataclasses import replace
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.profiles.api import PREFIX
from services.profiles.api import fields as ours
from services.profiles.api.bodies import Page
from services.profiles.api.chapters import paged
from services.profiles.commands import crossings
from services.profiles.domain.crossings import Crossing
from services.profiles.domain.profile import MAX_CAPACITY
from services.profiles.kinds import CHAPTERS, CROSSINGS
from shared.auth import COORDINATOR
from shared.call import PLATFORM, Call
from shared.errors import NotThere
from shared.http import Body, asker, call, open_to, room
from shared.ids import new_id

blp = Blueprint("crossings", __name__, url_prefix=PREFIX, description="Mentors lent to another chapter")


class Lending(Body):
    """Which mentor, to which chapter, with how many places."""

    member = ours.id(required=True)
    to = ours.chapter(required=True)
    seats = fields.Integer(load_default=1, strict=True, validate=validate.Range(1, MAX_CAPACITY))


class CrossingShape(Schema):
    """An offer and what became of it. `guest` is who she is in the chapter `to`, once both chapters agreed."""

    id = fields.String()
    chapter = fields.String()
    to = fields.String()
    member = fields.String()
    seats = fields.Integer()
    lent_by = fields.String()
    lent_at = fields.DateTime()
    state = fields.String(metadata={"enum": ["offered", "accepted", "refused", "withdrawn"]})
    accepted_by = fields.String()
    settled_at = fields.DateTime(allow_none=True)
    guest = fields.String()


class CrossingsPage(Page):
    """Which: those that the chapter lends, or those that it is offered."""

    side = fields.String(load_default="lent", validate=validate.OneOf(["lent", "offered"]))


class Crossings(Schema):
    """A page of crossings; `next` is None on the last one."""

    items = fields.List(fields.Nested(CrossingShape))
    next = fields.String(allow_none=True)


@blp.route("/crossings", methods=["POST"])
@open_to(COORDINATOR)
@blp.arguments(Lending)
@blp.response(201, CrossingShape)
def lend(asked: dict[str, Any]) -> Any:
    """Lend a mentor of your chapter to another one: your chapter's consent. Nothing crosses before the other one agrees."""
    here, id = room(), new_id("crs")
    to = here.store.reader().get(CHAPTERS, asked["to"]).id
    lent = here.store.change(call(), lambda tx: crossings.lend(tx, id, asked["member"], to, asked["seats"]))
    return here.store.reader(asker().chapter).get(CROSSINGS, lent["crossing"])


@blp.route("/crossings", methods=["GET"])
@open_to(COORDINATOR)
@blp.arguments(CrossingsPage, location="query")
@blp.response(200, Crossings)
def list_crossings(page: dict[str, Any]) -> dict[str, Any]:
    """What your chapter lends, or what it is offered, with who agreed and when."""
    chapter = asker().chapter
    side = {"chapter": chapter} if page["side"] == "lent" else {"to": chapter}
    where = {**side, "_id": {"$gt": page["after"]}}
    found = room().store.reader().find(CROSSINGS, where, sort=[("_id", 1)], limit=page["limit"] + 1)
    return paged(found, page["limit"])


@blp.route("/crossings/<crossing>/acceptance", methods=["POST"])
@open_to(COORDINATOR)
@blp.arguments(Body)
@blp.response(200, CrossingShape)
def accept(_asked: dict[str, Any], crossing: str) -> Any:
    """Agree, for your chapter, to a mentor whom another one lends: she becomes a guest member here."""
    here, chapter, guest = room(), asker().chapter, new_id("mem")
    _offered(crossing)
    here.people.make([guest])
    here.store.change(_call(), lambda tx: crossings.accept(tx, here, crossing, chapter, guest))
    return _offered(crossing)


@blp.route("/crossings/<crossing>/refusal", methods=["POST"])
@open_to(COORDINATOR)
@blp.arguments(Body)
@blp.response(200, CrossingShape)
def refuse(_asked: dict[str, Any], crossing: str) -> Any:
    """Say no, for your chapter, to a mentor whom another one lends."""
    chapter = asker().chapter
    _offered(crossing)
    room().store.change(_call(), lambda tx: crossings.refuse(tx, crossing, chapter))
    return _offered(crossing)


@blp.route("/crossings/<crossing>", methods=["DELETE"])
@open_to(COORDINATOR)
@blp.response(204)
def withdraw(crossing: str) -> None:
    """Take back an offer of your chapter that the other one has not answered."""
    room().store.change(call(), lambda tx: crossings.withdraw(tx, crossing))


def _offered(id: str) -> Crossing:
    """An offer to the asker's chapter."""
    crossing = room().store.reader().get(CROSSINGS, id)
    if crossing.to != asker().chapter:
        raise NotThere("crossing")
    return crossing


def _call() -> Call:
    """This request as a call of the platform: what it settles stands in two chapters, and the route has seen that one is the asker's."""
    return replace(call(), chapter=PLATFORM)
