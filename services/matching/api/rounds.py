"""Rounds: draft, look, publish. Coordinators only; members cannot see drafts."""

from dataclasses import asdict
from typing import Any, get_args

from flask import request
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.matching.api.paging import MOST_A_PAGE, PREFIX, Json, PageQuery, id_field, page
from services.matching.commands import drafting
from services.matching.commands import rounds as commands
from services.matching.domain.rounds import (
    LEFT_A_PAGE,
    PROPOSALS_A_PAGE,
    Asked,
    Bonus,
    Couple,
    Drafted,
    Round,
    State,
    left_page_id,
    page_id,
)
from services.matching.engine import KINDS
from services.matching.kinds import CYCLES, LEFT_OVERS, PAGES, ROUNDS
from shared.auth import COORDINATOR
from shared.http import Body, asker, call, open_to, room
from shared.transaction import Reader

BLP = Blueprint(
    "rounds", __name__, url_prefix=PREFIX, description="Rounds: drafted, looked at, published (coordinators)"
)

#: What every reader of JSON can hold.
SEED_MAX = 2**53 - 1
#: The engine's own bounds; no more pairs are locked than a request holds.
POINTS_MAX, FLOOR_MAX, BONUS_MAX, LOCKED_MOST = 1_000, 10**9, 100, 3_000
GROUP_CHARS = 250
#: How many of the dearest seats a report names.
SEATS_REPORTED = 10


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
    calm = points_field("In a calm round.", load_default=None)
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


class RoundPageQuery(Body):
    """Which part of a round's list: `after` is the `next` of the part before."""

    after = fields.Integer(load_default=0, validate=validate.Range(min=0, max=1_000_000))
    limit = fields.Integer(load_default=MOST_A_PAGE, validate=validate.Range(min=1, max=MOST_A_PAGE))


class ReasonShown(Schema):
    code = fields.String(required=True)
    value = fields.Integer(required=True)
    area = fields.String(required=True, allow_none=True)
    key = fields.String(required=True, allow_none=True)


class ProposalShown(Schema):
    mentee = fields.String(required=True)
    mentor = fields.String(required=True)
    u = fields.Integer(required=True, allow_none=True, metadata={"description": "What the mentee gets."})
    v = fields.Integer(required=True, allow_none=True, metadata={"description": "What the mentor gets."})
    w = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The joint score, 2uv / (u + v). None in a round that is outdated."},
    )
    reasons_mentee = fields.List(fields.Nested(ReasonShown), required=True)
    reasons_mentor = fields.List(fields.Nested(ReasonShown), required=True)
    relationship = fields.String(
        required=True, allow_none=True, metadata={"description": "Set when published."}
    )
    skipped = fields.String(
        required=True, allow_none=True, metadata={"description": "Why it could not be published any more."}
    )


class LeftOverShown(Schema):
    member = fields.String(required=True)
    side = fields.String(required=True)
    code = fields.String(required=True)


class ProgressShown(Schema):
    step = fields.String(
        required=True,
        metadata={
            "description": "`waiting` (for `of` rounds that come before), `read`, `pin`, the engine's own steps, `keep`."
        },
    )
    done = fields.Integer(required=True)
    of = fields.Integer(required=True)


class FaultShown(Schema):
    code = fields.String(required=True)
    detail = fields.String(required=True)


class CoupleShown(Schema):
    mentee = fields.String(required=True)
    mentor = fields.String(required=True)


class AskedShown(Schema):
    floor = fields.Integer(required=True)
    calm = fields.Integer(required=True, allow_none=True)
    stay = fields.Integer(required=True)
    before = fields.String(required=True, allow_none=True)
    locked = fields.List(fields.Nested(CoupleShown), required=True)
    bonus = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class SeatPriceShown(Schema):
    mentor = fields.String(required=True)
    points = fields.Integer(
        required=True, metadata={"description": "What one more seat at this mentor would add to the total."}
    )


class RoundShown(Schema):
    id = fields.String(required=True)
    cycle = fields.String(required=True)
    programme = fields.String(required=True)
    kind = fields.String(required=True)
    seed = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(get_args(State)))
    progress = fields.Nested(
        ProgressShown,
        required=True,
        allow_none=True,
        metadata={"description": "While it is asked or computing."},
    )
    fault = fields.Nested(
        FaultShown, required=True, allow_none=True, metadata={"description": "Why it failed."}
    )
    options = fields.Nested(AskedShown, required=True)
    prices = fields.List(
        fields.Nested(SeatPriceShown),
        required=True,
        metadata={"description": "The dearest seats, at most 20."},
    )
    made_at = fields.DateTime(required=True)
    published_at = fields.DateTime(required=True, allow_none=True)
    proposals_total = fields.Integer(required=True)
    left_over_total = fields.Integer(required=True)
    published = fields.Integer(required=True)
    skipped = fields.Integer(required=True)
    report = fields.Dict(required=True)
    offered_on = fields.List(
        fields.String(),
        required=True,
        metadata={
            "description": "The relationships that came to nothing and whose places this offers on, by itself; none for a round of yours."
        },
    )
    outdated = fields.Boolean(
        required=True,
        metadata={
            "description": "Somebody took back an answer that it depends on: its scores, reasons, lists and report are not shown."
        },
    )


class RoundLookedAt(RoundShown):
    proposals = fields.List(
        fields.Nested(ProposalShown), required=True, metadata={"description": "The first 100."}
    )
    left_over = fields.List(
        fields.Nested(LeftOverShown), required=True, metadata={"description": "The first 100."}
    )


class RoundList(Schema):
    items = fields.List(fields.Nested(RoundShown), required=True)
    next = fields.String(required=True, allow_none=True)


class ProposalList(Schema):
    items = fields.List(fields.Nested(ProposalShown), required=True)
    next = fields.Integer(required=True, allow_none=True)


class LeftOverList(Schema):
    items = fields.List(fields.Nested(LeftOverShown), required=True)
    next = fields.Integer(required=True, allow_none=True)


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
        calm=body["calm"],
        stay=body["stay"] or 0,
        before=body["before"],
        locked=tuple(Couple(one["mentee"], one["mentor"]) for one in body["locked"]),
        bonus=tuple(Bonus(group, points) for group, points in sorted(body["bonus"].items())),
    )
    later = "respond-async" in request.headers.get("Prefer", "").replace(",", " ").split()
    wanted = drafting.Wanted(body["kind"], body["seed"], asked, later)
    made = _looked_at(drafting.draft(room(), call(), id, wanted))
    applied = {"Preference-Applied": "respond-async"} if later else {}
    return made, 202 if made["progress"] else 201, applied


@BLP.route("/cycles/<id>/rounds", methods=["GET"])
@open_to(COORDINATOR)
@BLP.arguments(PageQuery, location="query")
@BLP.response(200, RoundList)
def of_cycle(query: Json, id: str) -> Json:
    """The rounds of a cycle, drafts too."""
    reader = _reader()
    return page(reader, ROUNDS, {"cycle": reader.get(CYCLES, id).id}, query, show)


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
def proposals(query: Json, id: str) -> Json:
    """All proposals of a round, in pages."""
    reader = _reader()
    this_round = reader.get(ROUNDS, id)
    start, stop = query["after"], query["after"] + query["limit"]
    return {
        "items": _proposals(reader, this_round, start, stop),
        "next": stop if stop < this_round.proposals else None,
    }


@BLP.route("/rounds/<id>/left-over", methods=["GET"])
@open_to(COORDINATOR)
@BLP.arguments(RoundPageQuery, location="query")
@BLP.response(200, LeftOverList)
def left_over(query: Json, id: str) -> Json:
    """Everybody without a proposal, and why, in pages."""
    reader = _reader()
    this_round = reader.get(ROUNDS, id)
    start, stop = query["after"], query["after"] + query["limit"]
    return {
        "items": _left_over(reader, this_round, start, stop),
        "next": stop if stop < this_round.left_over else None,
    }


@BLP.route("/rounds/<id>/publication", methods=["POST"])
@open_to(COORDINATOR)
@BLP.response(200, RoundShown)
def publish(id: str) -> Json:
    """Publish a round: every proposal becomes a relationship, once. A large one is `publishing` until the worker is through."""
    commands.publish(room(), call(), id)
    return show(_reader().get(ROUNDS, id))


@BLP.route("/rounds/<id>/cancellation", methods=["POST"])
@open_to(COORDINATOR)
@BLP.response(200, RoundShown)
def cancel(id: str) -> Json:
    """Give up a round that waits or is being computed. Nothing of it is kept."""
    room().store.change(call(), lambda tx: drafting.cancel(tx, id))
    return show(_reader().get(ROUNDS, id))


@BLP.route("/rounds/<id>", methods=["DELETE"])
@open_to(COORDINATOR)
@BLP.response(204)
def discard(id: str) -> None:
    """Throw away a draft, or a round that failed or was cancelled."""
    room().store.change(call(), lambda tx: commands.discard(tx, id))


def show(this_round: Round) -> Json:
    """A round without its lists."""
    return {
        "id": this_round.id,
        "cycle": this_round.cycle,
        "programme": this_round.programme,
        "kind": this_round.kind,
        "seed": this_round.seed,
        "state": this_round.state,
        "progress": _progress(this_round),
        "fault": None if this_round.fault is None else asdict(this_round.fault),
        "options": _options(this_round.asked),
        "prices": [] if this_round.outdated else [asdict(one) for one in this_round.prices],
        "made_at": this_round.made_at,
        "published_at": this_round.published_at,
        "proposals_total": this_round.proposals,
        "left_over_total": this_round.left_over,
        "published": this_round.published,
        "skipped": this_round.skipped,
        "report": _report(this_round),
        "offered_on": list(this_round.offered_on),
        "outdated": this_round.outdated,
    }


def _progress(this_round: Round) -> Json | None:
    job = this_round.job
    if job is None:
        return None
    if this_round.state == "asked":
        earlier = {"to_compute": True, "made_at": {"$lt": this_round.made_at}}
        return {"step": "waiting", "done": 0, "of": room().store.reader().count(ROUNDS, earlier)}
    return {"step": job.step, "done": job.done, "of": job.of}


def _report(this_round: Round) -> Json:
    """The engine's report, with the dearest seats by the names that they have now."""
    if this_round.outdated or not this_round.report:
        return {}
    return {**this_round.report, "seats": [asdict(one) for one in this_round.prices[:SEATS_REPORTED]]}


def _options(asked: Asked) -> Json:
    bonus = {one.group: one.points for one in asked.bonus}
    return {**asdict(asked), "before": asked.before or None, "bonus": bonus}


def _reader() -> Reader:
    return room().store.reader(asker().chapter)


def _looked_at(id: str) -> Json:
    reader = _reader()
    this_round = reader.get(ROUNDS, id)
    return {
        **show(this_round),
        "proposals": _proposals(reader, this_round, 0, MOST_A_PAGE),
        "left_over": _left_over(reader, this_round, 0, MOST_A_PAGE),
    }


def _proposals(reader: Reader, this_round: Round, start: int, stop: int) -> list[Json]:
    if this_round.outdated and this_round.state == "draft":
        return []  # who was chosen depends on it too
    stop = min(stop, this_round.proposals)
    shown: list[Json] = []
    for number in range(start // PROPOSALS_A_PAGE, -(-stop // PROPOSALS_A_PAGE)):
        first = number * PROPOSALS_A_PAGE
        kept = reader.get(PAGES, page_id(this_round.id, number)).proposals
        shown += [_proposal(one) for one in kept[max(start - first, 0) : stop - first]]
    if this_round.outdated:
        hidden: Json = {"u": None, "v": None, "w": None, "reasons_mentee": [], "reasons_mentor": []}
        return [one | hidden for one in shown]
    return shown


def _proposal(drafted: Drafted) -> Json:
    return {**asdict(drafted), "relationship": drafted.relationship or None}


def _left_over(reader: Reader, this_round: Round, start: int, stop: int) -> list[Json]:
    if this_round.outdated:
        return []
    stop = min(stop, this_round.left_over)
    shown: list[Json] = []
    for number in range(start // LEFT_A_PAGE, -(-stop // LEFT_A_PAGE)):
        first = number * LEFT_A_PAGE
        kept = reader.get(LEFT_OVERS, left_page_id(this_round.id, number)).people
        shown += [asdict(one) for one in kept[max(start - first, 0) : stop - first]]
    return shown
