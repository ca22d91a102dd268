"""Cycles: when a programme takes applications, on the chapter's clock."""

from datetime import datetime

from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError, fields, validate

from services.matching.api.paging import PREFIX, Json, PageQuery, id_field, page
from services.matching.commands import programmes as commands
from services.matching.domain.cycles import Cycle
from services.matching.kinds import CYCLES
from shared.auth import COORDINATOR
from shared.http import Body, asker, call, open_to, room
from shared.ids import derived_id

BLP = Blueprint(
    "cycles", __name__, url_prefix=PREFIX, description="Cycles: application windows on the chapter's clock"
)

MINUTE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}"
YEARS = range(2000, 2200)
ON_THE_CLOCK = "A minute on the chapter's clock, for example 2026-11-30T23:59."


def minute_field(description: str) -> fields.String:
    """A minute on the chapter's clock, without a zone."""
    return fields.String(
        required=True,
        validate=[validate.Regexp(MINUTE + r"\Z", error="Write a minute as 2026-11-30T23:59."), _real],
        metadata={"description": f"{ON_THE_CLOCK} {description}"},
    )


def _real(text: str) -> None:
    try:
        if datetime.fromisoformat(text).year in YEARS:
            return
    except ValueError:
        pass
    raise ValidationError("There is no such minute in any calendar that we use.")


class NewCycle(Body):
    programme = id_field(required=True)
    name = fields.String(required=True, validate=validate.Length(min=1, max=120))
    opens_local = minute_field("Applications are taken from here on.")
    closes_local = minute_field("The last minute in which applications are taken.")


class CycleShown(Schema):
    id = fields.String(required=True)
    programme = fields.String(required=True)
    name = fields.String(required=True)
    stage = fields.String(required=True, validate=validate.OneOf(["planned", "open", "closed"]))
    time_zone = fields.String(required=True)
    opens_local = fields.String(required=True)
    closes_local = fields.String(required=True)
    opens_at = fields.DateTime(required=True)
    closes_at = fields.DateTime(
        required=True,
        metadata={
            "description": "The first moment at which applications are refused: the end of the minute closes_local."
        },
    )


class CycleList(Schema):
    items = fields.List(fields.Nested(CycleShown), required=True)
    next = fields.String(required=True, allow_none=True)


@BLP.route("/cycles", methods=["POST"])
@open_to(COORDINATOR)
@BLP.arguments(NewCycle)
@BLP.response(201, CycleShown)
def plan(body: Json) -> Json:
    """Plan a cycle of a programme."""
    asked = call()
    id = derived_id("cyc", asked.id)
    window = commands.Window(
        body["name"],
        datetime.fromisoformat(body["opens_local"]),
        datetime.fromisoformat(body["closes_local"]),
    )
    answer = room().store.change(
        asked, lambda tx: commands.plan_cycle(tx, id, programme=body["programme"], window=window)
    )
    return _shown(answer["id"])


@BLP.route("/cycles", methods=["GET"])
@open_to()
@BLP.arguments(PageQuery, location="query")
@BLP.response(200, CycleList)
def listed(query: Json) -> Json:
    """The chapter's cycles: for members those that are open or still to open, for coordinators all."""
    who = asker()
    now = room().now(who.chapter)
    where = {} if COORDINATOR in who.roles else {"closes_at": {"$gt": now}}
    return page(room().store.reader(who.chapter), CYCLES, where, query, show)


@BLP.route("/cycles/<id>", methods=["GET"])
@open_to()
@BLP.response(200, CycleShown)
def one(id: str) -> Json:
    """One cycle."""
    return _shown(id)


def show(cycle: Cycle) -> Json:
    """A cycle as everybody in the chapter sees it."""
    return {
        "id": cycle.id,
        "programme": cycle.programme,
        "name": cycle.name,
        "stage": cycle.stage(room().now(cycle.chapter)),
        "time_zone": cycle.time_zone,
        "opens_local": cycle.opens_local,
        "closes_local": cycle.closes_local,
        "opens_at": cycle.opens_at,
        "closes_at": cycle.closes_at,
    }


def _shown(id: str) -> Json:
    return show(room().store.reader(asker().chapter).get(CYCLES, id))
