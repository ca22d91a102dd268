"""Rounds: draft, look, publish. Coordinators only; members cannot see drafts."""

from dataclasses import asdict

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.matching.api.paging import MOST_A_PAGE, PREFIX, Json, PageQuery, page
from services.matching.commands import rounds as commands
from services.matching.domain.rounds import PROPOSALS_A_PAGE, Drafted, Round, page_id
from services.matching.kinds import CYCLES, LEFT_OVERS, PAGES, ROUNDS
from shared.auth import COORDINATOR
from shared.http import Body, asker, call, open_to, room
from shared.transaction import Reader

BLP = Blueprint(
    "rounds", __name__, url_prefix=PREFIX, description="Rounds: drafted, looked at, published (coordinators)"
)

#: What every reader of JSON can hold.
SEED_MAX = 2**53 - 1


class NewRound(Body):
    kind = fields.String(load_default="welfare", validate=validate.OneOf(["welfare"]))
    seed = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(min=0, max=SEED_MAX),
        metadata={"description": "Breaks ties: the same applicants, rules and seed give the same round."},
    )


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


class RoundShown(Schema):
    id = fields.String(required=True)
    cycle = fields.String(required=True)
    programme = fields.String(required=True)
    kind = fields.String(required=True)
    seed = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(["draft", "publishing", "published"]))
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
def draft(body: Json, id: str) -> Json:
    """Draft a round of a cycle: nothing is announced."""
    return _looked_at(commands.draft(room(), call(), id, kind=body["kind"], seed=body["seed"]))


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


@BLP.route("/rounds/<id>", methods=["DELETE"])
@open_to(COORDINATOR)
@BLP.response(204)
def discard(id: str) -> None:
    """Throw a draft away."""
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
        "made_at": this_round.made_at,
        "published_at": this_round.published_at,
        "proposals_total": this_round.proposals,
        "left_over_total": this_round.left_over,
        "published": this_round.published,
        "skipped": this_round.skipped,
        "report": {} if this_round.outdated else this_round.report,
        "offered_on": list(this_round.offered_on),
        "outdated": this_round.outdated,
    }


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
    return [asdict(one) for one in reader.get(LEFT_OVERS, this_round.id).people[start:stop]]
