"""How rounds are shown: to coordinators, with what was asked for, how far they are, and what came of them."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import get_args

from marshmallow import Schema, fields, validate

from services.matching.api.paging import MOST_A_PAGE, Json
from services.matching.commands.kept import hides_prices, hides_scores, left_page, proposals_page
from services.matching.domain.rounds import (
    LEFT_A_PAGE,
    PROPOSALS_A_PAGE,
    Asked,
    Drafted,
    Round,
    State,
)
from services.matching.engine import SeatPrice
from services.matching.kinds import ROUNDS
from shared.transaction import Reader

#: How many of the dearest seats a report names.
SEATS_REPORTED = 10


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
        metadata={
            "description": "The joint score, 2uv / (u + v). None in a round that is outdated. What sensitive answers add counts in"
            " a round, and is in none of the points of a pair."
        },
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
            "description": "`waiting` (for `of` rounds that come before), `read`, `pin`, `start`, the engine's own steps, `keep`."
        },
    )
    done = fields.Integer(required=True)
    of = fields.Integer(required=True)
    upgraded = fields.Boolean(
        required=True,
        metadata={"description": "Begun anew, because the software was upgraded while it was computed."},
    )


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
    tolerance_ppm = fields.Integer(required=True)
    before = fields.String(required=True, allow_none=True)
    locked = fields.List(fields.Nested(CoupleShown), required=True)
    bonus = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class SeatPriceShown(Schema):
    mentor = fields.String(required=True)
    points = fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "What one more seat at this mentor would add to the total: about that, where the report has a `gap`. None where"
            " sensitive answers give points."
        },
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
    told = fields.Integer(
        required=True,
        metadata={
            "description": "How many of those left over it has come to so far; who waits among them is told."
        },
    )
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


class RoundListed(RoundShown):
    overtaken_by = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "Of a draft, the newest of your rounds of this cycle of which proposals have gone out since: who has one gets"
            " none from this."
        },
    )


class RoundLookedAt(RoundListed):
    proposals = fields.List(
        fields.Nested(ProposalShown), required=True, metadata={"description": "The first 100."}
    )
    left_over = fields.List(
        fields.Nested(LeftOverShown), required=True, metadata={"description": "The first 100."}
    )


class RoundList(Schema):
    items = fields.List(fields.Nested(RoundListed), required=True)
    next = fields.String(required=True, allow_none=True)


class ProposalList(Schema):
    items = fields.List(fields.Nested(ProposalShown), required=True)
    next = fields.Integer(required=True, allow_none=True)


class LeftOverList(Schema):
    items = fields.List(fields.Nested(LeftOverShown), required=True)
    next = fields.Integer(required=True, allow_none=True)


def looked_at(reader: Reader, waiting: Reader, id: str) -> Json:
    """A round with the first of its lists. `waiting` reads of all chapters how many come before it."""
    this_round = reader.get(ROUNDS, id)
    (shown,) = listed(reader, waiting, [this_round])
    return {
        **shown,
        "proposals": proposals(reader, this_round, 0, MOST_A_PAGE),
        "left_over": left_over(reader, this_round, 0, MOST_A_PAGE),
    }


def listed(reader: Reader, waiting: Reader, rounds: Sequence[Round]) -> list[Json]:
    """Rounds of one cycle without their lists, the drafts with what has overtaken them. `waiting` reads of all chapters."""
    out = _last_out(reader, [one for one in rounds if one.state == "draft"])
    return [{**show(one, waiting), "overtaken_by": _overtaken_by(one, out)} for one in rounds]


def _last_out(reader: Reader, drafts: Sequence[Round]) -> Round | None:
    """The newest round of which proposals went out since the people of any of these drafts of one cycle were read; those that offer on are
    a place or two."""
    if not drafts:
        return None
    since = {"cycle": drafts[0].cycle, "published_at": {"$gt": min(one.as_of for one in drafts)}}
    placed_people = {"published": {"$gt": 0}, "offered_on.0": {"$exists": False}}
    newest = reader.find(ROUNDS, {**since, **placed_people}, sort=[("published_at", -1)], limit=1)
    return newest[0] if newest else None


def _overtaken_by(this_round: Round, out: Round | None) -> str | None:
    if this_round.state != "draft" or out is None or out.published_at is None:
        return None
    return out.id if out.published_at > this_round.as_of else None


def proposals(reader: Reader, this_round: Round, start: int, stop: int) -> list[Json]:
    """Its proposals from one place to another; without what depends on an answer that was taken back."""
    if this_round.outdated and this_round.state == "draft":
        return []  # who was chosen depends on it too
    stop = min(stop, this_round.proposals)
    shown: list[Json] = []
    for number in range(start // PROPOSALS_A_PAGE, -(-stop // PROPOSALS_A_PAGE)):
        first = number * PROPOSALS_A_PAGE
        kept = proposals_page(reader, this_round.id, number).proposals
        shown += [_proposal(one) for one in kept[max(start - first, 0) : stop - first]]
    if this_round.outdated:
        hidden: Json = {"u": None, "v": None, "w": None, "reasons_mentee": [], "reasons_mentor": []}
        return [one | hidden for one in shown]
    if hides_scores(reader, this_round):
        return [one | {"u": None, "v": None, "w": None} for one in shown]
    return shown


def _proposal(drafted: Drafted) -> Json:
    return {**asdict(drafted), "relationship": drafted.relationship or None}


def left_over(reader: Reader, this_round: Round, start: int, stop: int) -> list[Json]:
    """Those it leaves over, from one place to another."""
    if this_round.outdated:
        return []
    stop = min(stop, this_round.left_over)
    shown: list[Json] = []
    for number in range(start // LEFT_A_PAGE, -(-stop // LEFT_A_PAGE)):
        first = number * LEFT_A_PAGE
        kept = left_page(reader, this_round.id, number)
        shown += [asdict(one) for one in kept[max(start - first, 0) : stop - first]]
    return shown


def show(this_round: Round, waiting: Reader) -> Json:
    """A round without its lists. `waiting` reads of all chapters."""
    return {
        "id": this_round.id,
        "cycle": this_round.cycle,
        "programme": this_round.programme,
        "kind": this_round.kind,
        "seed": this_round.seed,
        "state": this_round.state,
        "progress": _progress(this_round, waiting),
        "fault": None if this_round.fault is None else asdict(this_round.fault),
        "options": _options(this_round.asked),
        "prices": [] if this_round.outdated else _prices(this_round, this_round.prices, waiting),
        "made_at": this_round.made_at,
        "published_at": this_round.published_at,
        "proposals_total": this_round.proposals,
        "left_over_total": this_round.left_over,
        "published": this_round.published,
        "skipped": this_round.skipped,
        "told": this_round.told,
        "report": _report(this_round, waiting),
        "offered_on": list(this_round.offered_on),
        "outdated": this_round.outdated,
    }


def _progress(this_round: Round, waiting: Reader) -> Json | None:
    job = this_round.job
    if job is None:
        return None
    if this_round.state == "asked":
        earlier = {"to_compute": True, "made_at": {"$lt": this_round.made_at}}
        waits = {"step": "waiting", "done": 0, "of": waiting.count(ROUNDS, earlier)}
        return waits | {"upgraded": job.upgraded}
    return {"step": job.step, "done": job.done, "of": job.of, "upgraded": job.upgraded}


def _prices(this_round: Round, prices: Iterable[SeatPrice], reader: Reader) -> list[Json]:
    """The dearest seats, the dearest first; without their points where others' sensitive answers could be reckoned from these."""
    shown = [asdict(one) for one in prices]
    return [one | {"points": None} for one in shown] if shown and hides_prices(reader, this_round) else shown


def _report(this_round: Round, reader: Reader) -> Json:
    """The engine's report, with the dearest seats by the names that they have now."""
    if this_round.outdated or not this_round.report:
        return {}
    seats = _prices(this_round, this_round.prices[:SEATS_REPORTED], reader)
    return {**this_round.report, "seats": seats}


def _options(asked: Asked) -> Json:
    bonus = {one.group: one.points for one in asked.bonus}
    return {**asdict(asked), "before": asked.before or None, "bonus": bonus}
