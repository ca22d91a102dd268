"""A round: how far it is, the draft with its reasons for both sides, who is left over and why, and publishing it."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web import rounds_plots
from services.web.apis import LONG_READ_TIMEOUT_S, Away, Problem
from services.web.people import area_name, cards, chapters, name_of
from services.web.rounds_words import (
    LOOKS,
    PROMISES,
    SKIPPED,
    STATES,
    asked_in_words,
    fault_in_words,
    progress_in_words,
)
from services.web.sentences import named, reason_in_short, told, why_left_over
from services.web.visitor import change, get, signed_in
from services.web.words import gettext, ngettext

pages = Blueprint("rounds", __name__, url_prefix="/coordinator/rounds")

PAGE = 100
#: Rounds of the same cycle that one can be compared with.
OTHERS_LISTED = 20
REASONS_SHOWN = 4
UNDER_WAY = ("asked", "computing")
WITH_REPORT = ("draft", "publishing", "published")


@pages.get("/<id:made>")
@signed_in("coordinator")
def look(made: str) -> ResponseReturnValue:
    this_round = get("matching", f"/rounds/{made}")
    words = {
        "round": this_round,
        "asked": asked_in_words,
        "promises": PROMISES,
        "states": STATES,
        "looks": LOOKS,
        "skipped": SKIPPED,
    }
    if this_round["state"] in (*UNDER_WAY, "failed", "cancelled"):
        return render_template(
            "round_under_way.html",
            **words,
            under_way=this_round["state"] in UNDER_WAY,
            doing=progress_in_words(this_round["progress"]) if this_round["progress"] else "",
            fault=fault_in_words(this_round["fault"]) if this_round["fault"] else "",
        )
    start = max(0, request.args.get("after", 0, type=int))
    listed = _part(this_round, "proposals", start)
    left_start = max(0, request.args.get("left_after", 0, type=int))
    left = _part(this_round, "left_over", left_start)
    known = cards(
        [one for pair in listed["items"] for one in (pair["mentee"], pair["mentor"])]
        + [one["member"] for one in left["items"]]
        + [one["mentor"] for one in this_round["prices"]]
    )
    kept = {(one["mentee"], one["mentor"]) for one in this_round["options"]["locked"]}
    return render_template(
        "round.html",
        **words,
        report=this_round["report"],
        publishable=_can_be_published(this_round),
        rows=[_row(pair, known, kept) for pair in listed["items"]],
        start=start,
        following=listed["next"],
        left=[
            one | {"name": name_of(known, one["member"]), "why": why_left_over(one["code"])}
            for one in left["items"]
        ],
        left_following=left["next"],
        going=_going_out(this_round)[0] if this_round["state"] == "publishing" else "",
        of_best=rounds_plots.of_best,
        number=rounds_plots.number,
        others=_others(this_round) if this_round["report"] else [],
        **_drawn(this_round, known),
    )


@pages.get("/<id:made>/progress")
@signed_in("coordinator")
def progress(made: str) -> ResponseReturnValue:
    """How far it is, for the page's script; without scripts the page loads itself anew."""
    this_round = get("matching", f"/rounds/{made}")
    at = this_round["progress"]
    if this_round["state"] == "publishing":
        words, done, of = _going_out(this_round)
        return jsonify(state="running", done=done, total=of, words=words)
    if this_round["state"] not in UNDER_WAY or at is None:
        return jsonify(state=this_round["state"])
    badge = named(STATES, this_round["state"])
    return jsonify(state="running", done=at["done"], total=at["of"], words=progress_in_words(at), badge=badge)


@pages.route("/<id:made>/cancellation", methods=["GET", "POST"])
@signed_in("coordinator")
def cancel(made: str) -> ResponseReturnValue:
    if request.method == "POST":
        try:
            change("POST", "matching", f"/rounds/{made}/cancellation")
            flash(gettext("The round is cancelled. Nobody heard of it."), "good")
        except Problem as problem:
            flash(told(problem), "bad")
        return redirect(url_for("rounds.look", made=made), 303)
    if get("matching", f"/rounds/{made}")["state"] not in UNDER_WAY:
        return redirect(url_for("rounds.look", made=made), 303)
    return render_template("round_cancel.html", made=made)


@pages.route("/<id:made>/publication", methods=["GET", "POST"])
@signed_in("coordinator")
def publish(made: str) -> ResponseReturnValue:
    """Publishing reaches everybody at once: first it is asked whether it should, with whom it would reach."""
    look_at = url_for("rounds.look", made=made)
    if request.method == "POST":
        try:
            after = change("POST", "matching", f"/rounds/{made}/publication", timeout_s=LONG_READ_TIMEOUT_S)
            flash(*_published(after))
        except Problem as problem:
            flash(told(problem), "bad")
        return redirect(look_at, 303)
    this_round = get("matching", f"/rounds/{made}")
    if not _can_be_published(this_round):
        return redirect(look_at, 303)
    return render_template("round_publish.html", round=this_round, number=rounds_plots.number)


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


def _can_be_published(this_round: Mapping[str, Any]) -> bool:
    """Whether it is a draft that still holds, and there is anybody to be told of it."""
    reaches = this_round["proposals_total"] or this_round["left_over_total"]
    return this_round["state"] == "draft" and not this_round["outdated"] and bool(reaches)


def _published(after: Mapping[str, Any]) -> tuple[str, str]:
    """What became of a round at the press of the button, and how that is said."""
    if after["state"] == "publishing":
        return gettext("It is going out. This page says how far it is."), "good"
    if not after["proposals_total"]:
        return gettext("Published. Those left over are told."), "good"
    if not after["published"]:
        return gettext("Published, but none of its proposals could go out any more."), "note"
    said = ngettext(
        "Published. %(count)s proposal went out; both get a mail.",
        "Published. %(count)s proposals went out; the two of each get a mail.",
        after["published"],
        count=rounds_plots.number(after["published"]),
    )
    return said, "good"


def _going_out(this_round: Mapping[str, Any]) -> tuple[str, int, int]:
    """How far a round is that goes out, in words and in numbers: first its proposals, then those left over are told."""
    done, of = this_round["published"] + this_round["skipped"], this_round["proposals_total"]
    if done < of:
        words = gettext(
            "%(done)s of %(all)s proposals are out. The rest follows by itself.",
            done=rounds_plots.number(done),
            all=rounds_plots.number(of),
        )
        return words, done, of
    done, of = this_round["told"], this_round["left_over_total"]
    words = gettext(
        "All proposals are out. Those left over are being told: %(done)s of %(all)s.",
        done=rounds_plots.number(done),
        all=rounds_plots.number(of),
    )
    return words, done, of


def _part(this_round: Mapping[str, Any], name: str, start: int) -> Any:
    """A page of one of its lists; the round itself comes with the first."""
    if start:
        path = f"/rounds/{this_round['id']}/{name.replace('_', '-')}"
        return get("matching", path, after=start, limit=PAGE)
    return {"items": this_round[name], "next": PAGE if this_round[f"{name}_total"] > PAGE else None}


def _drawn(this_round: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The plots of its report; rounds of before there were spreads lack some of them."""
    report = this_round["report"]
    if not report:
        return {"spreads": [], "plots": [], "dearest": []}
    spread = report.get("spread") or {}
    titles = (
        ("u", gettext("What mentees get")),
        ("v", gettext("What mentors get")),
        ("w", gettext("Both together")),
    )
    spreads = [rounds_plots.spread(name, title, spread[name]) for name, title in titles if name in spread]
    plots = [
        rounds_plots.shares(gettext("Who has a proposal"), report, _chapters(report)),
        rounds_plots.left(
            gettext("Who is left, and what stopped them"), report, this_round["left_over_total"]
        ),
        rounds_plots.stopped(gettext("What stops pairs"), report),
        rounds_plots.seats(gettext("Where one more place would help most"), report.get("seats", []), known),
    ]
    return {
        "spreads": [one for one in spreads if one],
        "plots": [one for one in plots if one],
        "dearest": [
            name_of(known, one["mentor"]) for one in report.get("seats", []) if one["points"] is None
        ],
    }


def _chapters(report: Mapping[str, Any]) -> dict[str, str]:
    """Their names, where a round has several."""
    if len(report["chapters"]) < 2:
        return {}
    try:
        return chapters()
    except Away:
        return {}


def _others(this_round: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Rounds of the same cycle that it can be compared with, newest first."""
    asked: dict[str, str | int] = {"limit": PAGE, "offered_on": "false", "reports": "false"}
    listed = get("matching", f"/cycles/{this_round['cycle']}/rounds", **asked)["items"]
    others = [
        one
        for one in listed
        if one["state"] in WITH_REPORT and not one["outdated"] and one["id"] != this_round["id"]
    ]
    return others[:OTHERS_LISTED]


def _row(pair: Mapping[str, Any], known: Mapping[str, Any], kept: set[tuple[str, str]]) -> dict[str, Any]:
    return {
        "pair": f"{pair['mentee']} {pair['mentor']}",
        "ids": {"mentee": pair["mentee"], "mentor": pair["mentor"]},
        "mentee": name_of(known, pair["mentee"]),
        "mentor": name_of(known, pair["mentor"]),
        "score": pair["w"],
        "for_mentee": reasons_in_short(pair["reasons_mentee"]),
        "for_mentor": reasons_in_short(pair["reasons_mentor"]),
        "relationship": pair["relationship"],
        "skipped": pair["skipped"],
        "kept": (pair["mentee"], pair["mentor"]) in kept,
    }


def reasons_in_short(reasons: Iterable[Mapping[str, Any]]) -> list[str]:
    """The first reasons in a word or two each, as a table holds them."""
    said = [reason_in_short(reason, area_name(reason.get("area"))) for reason in reasons]
    return list(dict.fromkeys(said))[:REASONS_SHOWN]
