"""Why a round proposes two people, or does not; what would help somebody left over; two rounds side by side. Coordinators only."""

from dataclasses import asdict

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.matching.api.paging import PREFIX, Json, id_field
from services.matching.api.rounds_shown import ReasonShown
from services.matching.commands import discovering
from services.matching.commands import explaining as commands
from services.matching.domain.applications import SIDES
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


class PriceShown(Schema):
    """The prices are the round's, and `w` is the pair's as their answers are now. The prices, and what follows from them, are None where
    sensitive answers give points."""

    w = fields.Integer(required=True)
    mentee_price = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "What the round would lose without one of the mentee's places."},
    )
    mentor_price = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "What one more place of the mentor's would add to the round."},
    )
    extra = fields.Integer(required=True)
    missing = fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "How many points the pair would cost the round at least; about that many, where its report has a `gap`."
        },
    )


class ExplanationShown(Schema):
    mentee = fields.String(required=True)
    mentor = fields.String(required=True)
    proposed = fields.Boolean(required=True, metadata={"description": "Whether the round proposes the two."})
    relationship = fields.String(
        required=True, allow_none=True, metadata={"description": "Set when this proposal went out."}
    )
    skipped = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why this proposal could not go out any more."},
    )
    eligible = fields.Boolean(required=True)
    stops = fields.List(fields.Nested(StopShown), required=True)
    private = fields.Boolean(
        required=True,
        metadata={
            "description": "Whether sensitive answers give points in the round. They are in none of those told here."
        },
    )
    no_seat = fields.List(
        fields.String(), required=True, metadata={"description": "The sides that take nobody more."}
    )
    u = fields.Integer(
        required=True,
        metadata={"description": "The sum of its parts; nothing in it rests on sensitive answers."},
    )
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

    better = fields.List(
        fields.String(validate=validate.OneOf(SIDES)),
        required=True,
        metadata={
            "description": "The sides who would not rather have the other: all of theirs in this round are worth as much to them, or"
            " more. Of rounds that have no prices."
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
    points = fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "What one more seat there would add to the round: about that, where its report has a `gap`. None where sensitive"
            " answers give points."
        },
    )


class HelpShown(Schema):
    changes = fields.List(fields.Nested(ChangeShown), required=True)
    seats = fields.List(fields.Nested(SeatShown), required=True)


class OfferShown(Schema):
    mentor = fields.String(required=True)
    w = fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "None where a round of an earlier version keeps what sensitive answers give away."
        },
    )


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
        required=True,
        allow_none=True,
        metadata={
            "description": "What a place of hers was worth in the cycle's last round. None where sensitive answers give points."
        },
    )
    rank_by = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "w - price: those with the most come first. None where there is no price."},
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
    found, hidden = discovering.discovery(_reader(), id, query["mentee"])
    untold: Json = {"price": None, "rank_by": None}
    return {"items": [asdict(one) | (untold if hidden else {"rank_by": one.w - one.price}) for one in found]}


@BLP.route("/rounds/<id>/explanation", methods=["GET"])
@open_to(COORDINATOR)
@BLP.arguments(PairQuery, location="query")
@BLP.response(200, ExplanationShown)
def explanation(query: Json, id: str) -> Json:
    """Why these two, or why not: by their answers and the rules as they are now, and by what their places are worth in this round."""
    return _explained(commands.explanation(_reader(), id, query["mentee"], query["mentor"]))


@BLP.route("/rounds/<id>/help", methods=["GET"])
@open_to(COORDINATOR)
@BLP.arguments(MemberQuery, location="query")
@BLP.response(200, HelpShown)
def help_for(query: Json, id: str) -> Json:
    """What would help somebody whom the round leaves over."""
    found, hidden = commands.help_for(_reader(), id, query["member"], query["side"])
    seats = [asdict(one) | ({"points": None} if hidden else {}) for one in found.seats]
    return {"changes": [asdict(one) for one in found.changes], "seats": seats}


@BLP.route("/rounds/<id>/comparison", methods=["GET"])
@open_to(COORDINATOR)
@BLP.arguments(WithQuery, location="query")
@BLP.response(200, ComparisonShown)
def comparison(query: Json, id: str) -> Json:
    """This round beside another of the same cycle: who keeps her mentor, who moves, and each one's figures."""
    found, hidden = commands.comparison(_reader(), id, query["with_"])
    shown = asdict(found)
    if hidden:
        for change in shown["changes"]:
            change |= {side: [one | {"w": None} for one in change[side]] for side in ("one", "other")}
    return shown


def _explained(why: commands.Why) -> Json:
    found = why.found
    return {
        "mentee": found.mentee,
        "mentor": found.mentor,
        "proposed": why.proposal is not None,
        "relationship": (why.proposal.relationship or None) if why.proposal else None,
        "skipped": why.proposal.skipped if why.proposal else None,
        "eligible": found.eligible,
        "stops": [
            {"code": stop.code, "by": "pair" if stop.code in NOBODYS else stop.by} for stop in found.stops
        ],
        "private": why.hides_prices,
        "no_seat": list(found.no_seat),
        "u": found.u,
        "v": found.v,
        "w": found.w,
        "parts_mentee": [asdict(one) for one in found.mentee_parts],
        "parts_mentor": [asdict(one) for one in found.mentor_parts],
        "reasons_mentee": [asdict(one) for one in found.reasons("mentee")],
        "reasons_mentor": [asdict(one) for one in found.reasons("mentor")],
        "price": _argument(why),
        "better": list(why.better),
    }


def _argument(why: commands.Why) -> Json | None:
    price = why.found.price
    if price is None:
        return None
    told: Json = {"mentee_price": None, "mentor_price": None, "missing": None}
    return asdict(price) | (told if why.hides_prices else {"missing": price.missing})


def _reader() -> Reader:
    return room().store.reader(asker().chapter)
