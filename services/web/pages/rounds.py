"""A round: the draft with its reasons for both sides, who is left over and why, and publishing it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web.apis import LONG_READ_TIMEOUT_S, Problem
from services.web.people import area_name, cards, name_of
from services.web.sentences import reason_in_short, told, why_left_over
from services.web.visitor import change, get, signed_in
from services.web.words import gettext

pages = Blueprint("rounds", __name__, url_prefix="/coordinator/rounds")

PAGE = 100
#: Scores that the chart counts; the page says so where there are more.
MAX_CHARTED = 1_000
BINS = 12
CHART_HEIGHT_PX = 120
BIN_WIDTH_PX = 40
REASONS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the chart: scores from `low` to `high`, how many, and where it stands (px)."""

    low: int
    high: int
    count: int
    x: int
    y: int
    height: int


@pages.get("/<id:made>")
@signed_in("coordinator")
def look(made: str) -> ResponseReturnValue:
    start = max(0, request.args.get("after", 0, type=int))
    this_round = get("matching", f"/rounds/{made}")
    listed = get("matching", f"/rounds/{made}/proposals", after=start, limit=PAGE)
    left_start = max(0, request.args.get("left_after", 0, type=int))
    left = get("matching", f"/rounds/{made}/left-over", after=left_start, limit=PAGE)
    ids = [one for pair in listed["items"] for one in (pair["mentee"], pair["mentor"])] + [
        one["member"] for one in left["items"]
    ]
    known = cards(ids)
    return render_template(
        "round.html",
        round=this_round,
        report=this_round["report"],
        rows=[_row(pair, known) for pair in listed["items"]],
        start=start,
        following=listed["next"],
        left=[
            {
                "name": name_of(known, one["member"]),
                "member": one["member"],
                "side": one["side"],
                "why": why_left_over(one["code"]),
            }
            for one in left["items"]
        ],
        left_following=left["next"],
        bars=bars(_scores(made, this_round)),
        width=BINS * BIN_WIDTH_PX,
        charted=min(this_round["proposals_total"], MAX_CHARTED),
    )


@pages.post("/<id:made>/publication")
@signed_in("coordinator")
def publish(made: str) -> ResponseReturnValue:
    try:
        change("POST", "matching", f"/rounds/{made}/publication", timeout_s=LONG_READ_TIMEOUT_S)
        flash(gettext("Published. Everybody with a proposal gets a mail now."), "good")
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("rounds.look", made=made), 303)


@pages.post("/<id:made>/discard")
@signed_in("coordinator")
def discard(made: str) -> ResponseReturnValue:
    this_round = get("matching", f"/rounds/{made}")
    try:
        change("DELETE", "matching", f"/rounds/{made}")
        flash(gettext("The draft is thrown away."), "good")
    except Problem as problem:
        flash(told(problem), "bad")
        return redirect(url_for("rounds.look", made=made), 303)
    return redirect(url_for("applications.cycle", cycle=this_round["cycle"]), 303)


def bars(scores: Sequence[int]) -> list[Bar]:
    """How the scores are spread, in `BINS` bars of equal width; nothing where there are none."""
    if not scores:
        return []
    low, high = min(scores), max(scores)
    wide = max(1, -(-(high - low + 1) // BINS))
    counts = [0] * BINS
    for score in scores:
        counts[(score - low) // wide] += 1
    most = max(counts)
    found = []
    for place, count in enumerate(counts):
        tall = -(-count * CHART_HEIGHT_PX // most)
        found.append(
            Bar(
                low + place * wide,
                low + (place + 1) * wide - 1,
                count,
                place * BIN_WIDTH_PX,
                CHART_HEIGHT_PX - tall,
                tall,
            )
        )
    return found


def _scores(made: str, this_round: Mapping[str, Any]) -> list[int]:
    scores = [pair["w"] for pair in this_round["proposals"]]
    while len(scores) < min(this_round["proposals_total"], MAX_CHARTED):
        page = get("matching", f"/rounds/{made}/proposals", after=len(scores), limit=PAGE)["items"]
        if not page:
            break
        scores += [pair["w"] for pair in page]
    return scores


def _row(pair: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "mentee": name_of(known, pair["mentee"]),
        "mentor": name_of(known, pair["mentor"]),
        "score": pair["w"],
        "for_mentee": _short(pair["reasons_mentee"]),
        "for_mentor": _short(pair["reasons_mentor"]),
        "relationship": pair["relationship"],
        "skipped": pair["skipped"],
    }


def _short(reasons: Iterable[Mapping[str, Any]]) -> list[str]:
    said = [reason_in_short(reason, area_name(reason.get("area"))) for reason in reasons]
    return list(dict.fromkeys(said))[:REASONS_SHOWN]
