"""Rounds: draft, look, publish. Coordinators only; members cannot see drafts."""

import re
from dataclasses import replace
from typing import Any

from flask import request
from flask_smorest import Blueprint
from marshmallow import ValidationError, fields, validate, validates_schema

from services.matching.api.paging import MOST_A_PAGE, PREFIX, Json, PageQuery, id_field
from services.matching.api.rounds_shown import (
    LeftOverList,
    ProposalList,
    RoundList,
    RoundLookedAt,
    RoundShown,
    left_over,
    listed,
    looked_at,
    proposals,
    show,
)
from services.matching.commands import drafting
from services.matching.commands import rounds as commands
from services.matching.domain.rounds import Asked, Bonus, Couple, Round
from services.matching.engine import KINDS, Options
from services.matching.kinds import CYCLES, NEWEST_FIRST, ROUNDS
from shared.auth import COORDINATOR
from shared.http import Body, asker, call, open_to, room
from shared.transaction import Reader

BLP = Blueprint(
    "rounds", __name__, url_prefix=PREFIX, description="Rounds: drafted, looked at, published (coordinators)"
)

#: What every reader of JSON can hold.
SEED_MAX = 2**53 - 1
#: The engine's own bounds; no more pairs are locked than a request holds.
POINTS_MAX, FLOOR_MAX, BONUS_MAX, LOCKED_MOST, TOLERANCE_PPM_MAX = 1_000, 10**9, 100, 3_000, 10_000
GROUP_CHARS = 250
#: What a calm round is asked for without a word of it.
CALM_POINTS = Options().calm
#: No list of a round is longer: it leaves over 1,500,000 people on each side at most, and proposes as many three times.
PLACE_MAX = 10_000_000


class CoupleBody(Body):
    mentee = id_field(required=True)
    mentor = id_field(required=True)


def points_field(description: str, least: int = 0, most: int = POINTS_MAX, **kwargs: Any) -> fields.Integer:
    """A number of points."""
    return fields.Integer(
        strict=True,
        validate=validate.Range(min=least, max=most),
        metadata={"description": description},
        **kwargs,
    )


class NewRound(Body):
    kind = fields.String(
        load_default="welfare",
        validate=validate.OneOf(KINDS),
        metadata={
            "description": "welfare: the largest total; stable: no two would both rather have each other; calm: nearly the largest"
            " total, and no two where both would gain more than `calm` points."
        },
    )
    seed = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(min=0, max=SEED_MAX),
        metadata={"description": "Breaks ties: the same applicants, rules and seed give the same round."},
    )
    floor = points_field("The least joint score that may be proposed.", most=FLOOR_MAX, load_default=0)
    calm = points_field(f"In a calm round; {CALM_POINTS} where none is given.", load_default=None)
    locked = fields.List(
        fields.Nested(CoupleBody),
        load_default=list,
        validate=validate.Length(max=LOCKED_MOST),
        metadata={"description": "Pairs that must be proposed, whatever the floor."},
    )
    before = id_field(
        load_default="",
        metadata={"description": "An earlier round of this cycle, whose pairs are worth `stay` points more."},
    )
    stay = points_field("With `before`.", least=1, load_default=None)
    tolerance_ppm = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(min=0, max=TOLERANCE_PPM_MAX),
        metadata={
            "description": "By how many millionths of its bound the best total of a large market may fall short and be taken sooner;"
            " 0 is the best there is. Small markets are always solved to the end."
        },
    )
    bonus = fields.Dict(
        keys=fields.String(validate=validate.Length(min=1, max=GROUP_CHARS)),
        values=fields.Integer(strict=True, validate=validate.Range(min=0, max=POINTS_MAX)),
        load_default=dict,
        validate=validate.Length(max=BONUS_MAX),
        metadata={
            "description": "Points more for each mentee of a group: `chapter/<chapter>` or `<question key>/<choice>`."
        },
    )

    @validates_schema(skip_on_field_errors=True)
    def _together(self, data: Json, **_kwargs: Any) -> None:
        if data["calm"] is not None and data["kind"] != "calm":
            raise ValidationError("Only a calm round takes this.", "calm")
        if bool(data["before"]) != (data["stay"] is not None):
            missing = "stay" if data["before"] else "before"
            raise ValidationError("Give `before` and `stay` together.", missing)


class RoundsQuery(PageQuery):
    offered_on = fields.Boolean(
        load_default=None,
        metadata={
            "description": "false: the rounds that coordinators asked for; true: those that offered places on by themselves."
        },
    )
    reports = fields.Boolean(
        load_default=True, metadata={"description": "false leaves the reports out: they are empty."}
    )


class RoundPageQuery(Body):
    """Which part of a round's list: `after` is the `next` of the part before."""

    after = fields.Integer(load_default=0, validate=validate.Range(min=0, max=PLACE_MAX))
    limit = fields.Integer(load_default=MOST_A_PAGE, validate=validate.Range(min=1, max=MOST_A_PAGE))


@BLP.route("/cycles/<id>/rounds", methods=["POST"])
@open_to(COORDINATOR)
@BLP.arguments(NewRound)
@BLP.response(201, RoundLookedAt)
@BLP.alt_response(
    202, schema=RoundLookedAt, description="Asked for: the worker computes it. Look at it again."
)
def draft(body: Json, id: str) -> tuple[Json, int, dict[str, str]]:
    """Draft a round of a cycle: nothing is announced.

    A large market's round is computed by the worker, and so is any with `Prefer: respond-async` (RFC 7240).
    """
    asked = Asked(
        floor=body["floor"],
        calm=CALM_POINTS if body["kind"] == "calm" and body["calm"] is None else body["calm"],
        stay=body["stay"] or 0,
        before=body["before"],
        tolerance_ppm=body["tolerance_ppm"],
        locked=tuple(Couple(one["mentee"], one["mentor"]) for one in body["locked"]),
        bonus=tuple(Bonus(group, points) for group, points in sorted(body["bonus"].items())),
    )
    later = "respond-async" in re.split(r"[\s,;]+", request.headers.get("Prefer", "").lower())
    wanted = drafting.Wanted(body["kind"], body["seed"], asked, later)
    made = _looked_at(drafting.draft(room(), call(), id, wanted))
    applied = {"Preference-Applied": "respond-async"} if later else {}
    return made, 202 if made["progress"] else 201, applied


@BLP.route("/cycles/<id>/rounds", methods=["GET"])
@open_to(COORDINATOR)
@BLP.arguments(RoundsQuery, location="query")
@BLP.response(200, RoundList)
def of_cycle(query: Json, id: str) -> Json:
    """The rounds of a cycle, drafts too, the newest first."""
    reader, limit = _reader(), query["limit"]
    within: Json = {"cycle": reader.get(CYCLES, id).id}
    if query["offered_on"] is not None:
        within["offered_on.0"] = {"$exists": query["offered_on"]}
    if query["after"]:
        last = reader.get(ROUNDS, query["after"])
        older = [{"made_at": {"$lt": last.made_at}}, {"_id": {"$lt": last.id}}]
        within |= {"made_at": {"$lte": last.made_at}, "$or": older}
    found = reader.find(ROUNDS, within, sort=NEWEST_FIRST, limit=limit + 1)
    shown = [one if query["reports"] else replace(one, report={}) for one in found[:limit]]
    return {
        "items": listed(reader, room().store.reader(), shown),
        "next": found[limit - 1].id if len(found) > limit else None,
    }


@BLP.route("/rounds/<id>", methods=["GET"])
@open_to(COORDINATOR)
@BLP.response(200, RoundLookedAt)
def look(id: str) -> Json:
    """A round with its report, and the first 100 of its proposals and of those left over."""
    return _looked_at(id)


@BLP.route("/rounds/<id>/proposals", methods=["GET"])
@open_to(COORDINATOR)
@BLP.arguments(RoundPageQuery, location="query")
@BLP.response(200, ProposalList)
def all_proposals(query: Json, id: str) -> Json:
    """All proposals of a round, in pages."""
    reader = _reader()
    this_round = reader.get(ROUNDS, id)
    start, stop = query["after"], query["after"] + query["limit"]
    return {
        "items": proposals(reader, this_round, start, stop),
        "next": stop if stop < this_round.proposals else None,
    }


@BLP.route("/rounds/<id>/left-over", methods=["GET"])
@open_to(COORDINATOR)
@BLP.arguments(RoundPageQuery, location="query")
@BLP.response(200, LeftOverList)
def all_left_over(query: Json, id: str) -> Json:
    """Everybody without a proposal, and why, in pages."""
    reader = _reader()
    this_round = reader.get(ROUNDS, id)
    start, stop = query["after"], query["after"] + query["limit"]
    return {
        "items": left_over(reader, this_round, start, stop),
        "next": stop if stop < this_round.left_over else None,
    }


@BLP.route("/rounds/<id>/publication", methods=["POST"])
@open_to(COORDINATOR)
@BLP.response(200, RoundShown)
def publish(id: str) -> Json:
    """Publish a round: every proposal becomes a relationship, once. A large one is `publishing` until the worker is through."""
    commands.publish(room(), call(), id)
    return _shown(_reader().get(ROUNDS, id))


@BLP.route("/rounds/<id>/cancellation", methods=["POST"])
@open_to(COORDINATOR)
@BLP.response(200, RoundShown)
def cancel(id: str) -> Json:
    """Give up a round that waits or is being computed. Nothing of it is kept."""
    room().store.change(call(), lambda tx: drafting.cancel(tx, id))
    return _shown(_reader().get(ROUNDS, id))


@BLP.route("/rounds/<id>", methods=["DELETE"])
@open_to(COORDINATOR)
@BLP.response(204)
def discard(id: str) -> None:
    """Throw away a draft, or a round that failed or was cancelled."""
    room().store.change(call(), lambda tx: commands.discard(tx, id))


def _reader() -> Reader:
    return room().store.reader(asker().chapter)


def _shown(this_round: Round) -> Json:
    return show(this_round, room().store.reader())


def _looked_at(id: str) -> Json:
    return looked_at(_reader(), room().store.reader(), id)
