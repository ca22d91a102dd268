"""Why a round proposes two people, or does not; what would help somebody left over; two rounds side by side. Coordinators only."""

from dataclasses import asdict

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.matching.api.paging import PREFIX, Json, id_field
from services.matching.api.rounds_shown import ReasonShown
from services.matching.commands import discovering
from services.matching.commands import explaining as commands
from services.matching.domain.applications import SIDES
from services.matching.engine import Explanation, Part
from shared.auth import COORDINATOR
from shared.http import Body, asker, open_to, room
from shared.transaction import Reader

BLP = Blueprint(
    "explaining", __name__, url_prefix=PREFIX, description="Why a round is as it is (coordinators)"
)

#: Whose wish or conflict keeps two apart shows to nobody (R12).
NOBODYS = ("exclusion", "conflict")


class PairQuery(Body):
    mentee = id_field(required=True)
    mentor = id_field(required=True)


class MemberQuery(Body):
    member = id_field(required=True)
    side = fields.String(required=True, validate=validate.OneOf(SIDES))


class WithQuery(Body):
    with_ = id_field(required=True, data_key="with")


class StopShown(Schema):
    code = fields.String(required=True)
    by = fields.String(required=True, validate=validate.OneOf(["mentee", "mentor", "both", "pair"]))


class PartShown(Schema):
    code = fields.String(required=True)
    points = fields.Integer(required=True)
    value = fields.Integer(required=True)
    area = fields.String(required=True, allow_none=True)
    key = fields.String(required=True, allow_none=True)
    private = fields.Boolean(
        required=True, metadata={"description": "It counts, and is shown to neither of the two."}
    )


class PriceShown(Schema):
    w = fields.Integer(required=True)
    mentee_price = fields.Integer(required=True)
    mentor_price = fields.Integer(required=True)
    extra = fields.Integer(required=True)
    missing = fields.Integer(
        required=True, metadata={"description": "How many points the pair would cost the round at least."}
    )


class ExplanationShown(Schema):
    mentee = fields.String(required=True)
    mentor = fields.String(required=True)
    proposed = fields.Boolean(required=True, metadata={"description": "Whether the round proposes the two."})
    eligible = fields.Boolean(required=True)
    stops = fields.List(fields.Nested(StopShown), required=True)
    no_seat = fields.List(
        fields.String(), required=True, metadata={"description": "The sides that take nobody more."}
    )
    u = fields.Integer(required=True)
    v = fields.Integer(required=True)
    w = fields.Integer(required=True)
    parts_mentee = fields.List(fields.Nested(PartShown), required=True)
    parts_mentor = fields.List(fields.Nested(PartShown), required=True)
    reasons_mentee = fields.List(fields.Nested(ReasonShown), required=True)
    reasons_mentor = fields.List(fields.Nested(ReasonShown), required=True)
    price = fields.Nested(
        PriceShown,
        required=True,
        allow_none=True,
        metadata={
            "description": "What their two places bring to others in this round, where it does not propose them."
        },
    )


class ChangeShown(Schema):
    code = fields.String(required=True)
    people = fields.Integer(
        required=True, metadata={"description": "How many more she could meet then: three at least."}
    )
    name = fields.String(required=True, allow_none=True)
    value = fields.Integer(required=True, allow_none=True)
    free = fields.Integer(required=True, allow_none=True)


class SeatShown(Schema):
    mentor = fields.String(required=True)
    w = fields.Integer(required=True)
    points = fields.Integer(required=True)


class HelpShown(Schema):
    changes = fields.List(fields.Nested(ChangeShown), required=True)
    seats = fields.List(fields.Nested(SeatShown), required=True)


class OfferShown(Schema):
    mentor = fields.String(required=True)
    w = fields.Integer(required=True)


class MovedShown(Schema):
    mentee = fields.String(required=True)
    one = fields.List(fields.Nested(OfferShown), required=True)
    other = fields.List(fields.Nested(OfferShown), required=True)


class FigureShown(Schema):
    name = fields.String(required=True)
    one = fields.Raw(required=True, allow_none=True)
    other = fields.Raw(required=True, allow_none=True)


class ComparisonShown(Schema):
    same_market = fields.Boolean(required=True)
    kept = fields.Integer(required=True)
    moved = fields.Integer(required=True)
    only_one = fields.Integer(required=True)
    only_other = fields.Integer(required=True)
    changes = fields.List(
        fields.Nested(MovedShown), required=True, metadata={"description": "The first 100 of those who move."}
    )
    figures = fields.List(fields.Nested(FigureShown), required=True)


class MenteeQuery(Body):
    mentee = id_field(required=True)


class FoundShown(Schema):
    mentor = fields.String(required=True)
    w = fields.Integer(required=True)
    price = fields.Integer(
        required=True, metadata={"description": "What a place of hers was worth in the cycle's last round."}
    )
    rank_by = fields.Integer(
        required=True, metadata={"description": "w - price: those with the most come first."}
    )
    reasons = fields.List(fields.Nested(ReasonShown), required=True)


class FoundList(Schema):
    items = fields.List(fields.Nested(FoundShown), required=True)


@BLP.route("/cycles/<id>/discovery", methods=["GET"])
@open_to(COORDINATOR)
@BLP.arguments(MenteeQuery, location="query")
@BLP.response(200, FoundList)
def discovery(query: Json, id: str) -> Json:
    """At most twenty mentors for a mentee of the cycle, those first who would gain her most and others least miss."""
    found = discovering.discovery(_reader(), id, query["mentee"])
    return {"items": [{**asdict(one), "rank_by": one.w - one.price} for one in found]}


@BLP.route("/rounds/<id>/explanation", methods=["GET"])
@open_to(COORDINATOR)
@BLP.arguments(PairQuery, location="query")
@BLP.response(200, ExplanationShown)
def explanation(query: Json, id: str) -> Json:
    """Why these two, or why not: by their answers and the rules as they are now, and by what their places are worth in this round."""
    found, proposed = commands.explanation(_reader(), id, query["mentee"], query["mentor"])
    return _explained(found) | {"proposed": proposed is not None}


@BLP.route("/rounds/<id>/help", methods=["GET"])
@open_to(COORDINATOR)
@BLP.arguments(MemberQuery, location="query")
@BLP.response(200, HelpShown)
def help_for(query: Json, id: str) -> Json:
    """What would help somebody whom the round leaves over."""
    return asdict(commands.help_for(_reader(), id, query["member"], query["side"]))


@BLP.route("/rounds/<id>/comparison", methods=["GET"])
@open_to(COORDINATOR)
@BLP.arguments(WithQuery, location="query")
@BLP.response(200, ComparisonShown)
def comparison(query: Json, id: str) -> Json:
    """This round beside another of the same cycle: who keeps her mentor, who moves, and each one's figures."""
    return asdict(commands.comparison(_reader(), id, query["with_"]))


def _explained(found: Explanation) -> Json:
    price = found.price
    return {
        "mentee": found.mentee,
        "mentor": found.mentor,
        "eligible": found.eligible,
        "stops": [
            {"code": stop.code, "by": "pair" if stop.code in NOBODYS else stop.by} for stop in found.stops
        ],
        "no_seat": list(found.no_seat),
        "u": found.u,
        "v": found.v,
        "w": found.w,
        "parts_mentee": _parts(found.mentee_parts),
        "parts_mentor": _parts(found.mentor_parts),
        "reasons_mentee": [asdict(one) for one in found.reasons("mentee")],
        "reasons_mentor": [asdict(one) for one in found.reasons("mentor")],
        "price": None if price is None else {**asdict(price), "missing": price.missing},
    }


def _parts(parts: tuple[Part, ...]) -> list[Json]:
    """The parts of a score; those that are shown to neither of the two as one, without what they are about."""
    shown = [asdict(one) for one in parts if not one.private]
    hidden = sum(one.points for one in parts if one.private)
    return shown + ([asdict(Part(code="answer", points=hidden, value=0, private=True))] if hidden else [])


def _reader() -> Reader:
    return room().store.reader(asker().chapter)
