"""A pair, from its proposal on: the reasons, the answer, the sealed vote, and where it stands."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web import times
from services.web.apis import Problem
from services.web.pages.member import of_hers, other_side, page_of_pair
from services.web.people import area_in_text, area_name, cards, name_of
from services.web.sentences import reason_for_mentee, reason_for_mentor, told
from services.web.visitor import change, get, get_or_none, her, now, signed_in
from services.web.words import N_, gettext
from shared.sealed import sealed

pages = Blueprint("pairs", __name__)

#: The stages of a pair in their order, each with its name on the way shown to the two.
WAY = (
    ("proposed", N_("Proposal")),
    ("introduction", N_("Introduction")),
    ("voting", N_("Sealed vote")),
    ("trial", N_("Trial term")),
    ("active", N_("Full term")),
)
NOTHING: Mapping[str, Any] = {"items": (), "next": None}
#: States in which a pair meets and writes.
RUNS = ("trial", "active", "review")
#: States that have a place on the way which is not their own.
ON_THE_WAY = {"booked": "introduction", "review": "active"}
#: A full term can be renewed in its last weeks; matching says so where it is too early.
RENEW_WITHIN = timedelta(days=42)


@pages.get("/proposals/<id:rel>")
@signed_in()
def proposal(rel: str) -> ResponseReturnValue:
    pair = get("matching", f"/relationships/{rel}")
    if not of_hers(pair) or pair["state"] != "proposed":
        return redirect(url_for("pairs.relationship", rel=rel))
    known = cards([other_side(pair)])
    return render_template("proposal.html", reasons=_reasons(pair, known), **_of_pair(pair, known))


@pages.post("/proposals/<id:rel>/answer")
@sealed
@signed_in()
def answer(rel: str) -> ResponseReturnValue:
    said = request.form.get("answer", "")
    try:
        change("POST", "matching", f"/relationships/{rel}/answer", {"answer": said})
    except Problem as problem:
        flash(told(problem), "bad")
        return redirect(url_for("pairs.proposal", rel=rel), 303)
    if said == "accept":
        flash(gettext("Thank you. You said: let us meet."), "good")
    else:
        flash(gettext("Thank you. You said no; nobody is told who it was."), "good")
    return redirect(url_for("pairs.proposal", rel=rel), 303)


@pages.get("/relationships/<id:rel>")
@signed_in()
def relationship(rel: str) -> ResponseReturnValue:
    pair = get("matching", f"/relationships/{rel}")
    if not of_hers(pair):
        known = cards([pair["mentee"], pair["mentor"]])
        return render_template(
            "pair_for_staff.html",
            pair=pair,
            way=_way(pair),
            mentee=name_of(known, pair["mentee"]),
            mentor=name_of(known, pair["mentor"]),
        )
    if pair["state"] == "proposed":
        return redirect(url_for("pairs.proposal", rel=rel))
    met = pair["state"] not in ("declined", "lapsed")
    lasts = bool(pair["started_at"])
    lists = {what: page_of_pair(rel, what) if asked else NOTHING for what, asked in
             (("sessions", met), ("steps", met), ("kudos", lasts))}  # fmt: skip
    sessions, steps = lists["sessions"]["items"], lists["steps"]["items"]
    planned = [session for session in sessions if session["state"] in ("planned", "disputed")]
    mine = "said_mentee" if pair["mentee"] == her().member else "said_mentor"
    return render_template(
        "relationship.html",
        planned=sorted(planned, key=lambda session: session["starts_at"]),
        begun={session["id"] for session in planned if times.read(session["starts_at"]) <= now()},
        my_word={session["id"]: session[mine] for session in planned},
        held=[session for session in sessions if session["state"] == "held"],
        missed=[session for session in sessions if session["state"] == "missed"],
        cancelled=[session for session in sessions if session["state"] == "cancelled"],
        open_steps=[step for step in steps if step["state"] == "agreed"],
        closed_steps=[step for step in steps if step["state"] != "agreed"],
        is_mentee=pair["mentee"] == her().member,
        lasts=lasts,
        runs=pair["state"] in RUNS,
        tally=_tally(rel) if met else None,
        kudos=lists["kudos"]["items"],
        older={what: page["next"] for what, page in lists.items()},
        **_goals(pair, lasts=lasts),
        **_of_pair(pair, cards([other_side(pair)])),
    )


@pages.post("/relationships/<id:rel>/vote")
@sealed
@signed_in()
def vote(rel: str) -> ResponseReturnValue:
    try:
        change("POST", "matching", f"/relationships/{rel}/vote", {"vote": request.form.get("vote", "")})
        flash(gettext("Your vote is in, sealed."), "good")
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("pairs.relationship", rel=rel), 303)


def _of_pair(pair: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    card = known.get(other_side(pair), {})
    return {
        "pair": pair,
        "way": _way(pair),
        "name": name_of(known, other_side(pair)),
        "card": card,
        "offers": [(area_name(offer["area"]), offer["years"]) for offer in card.get("areas_offered", ())],
        "role_of_other": "mentor" if pair["mentee"] == her().member else "mentee",
        "city": times.city(times.zone(card["time_zone"])) if card.get("time_zone") else "",
    }


def reasons_in_words(
    reasons: Sequence[Mapping[str, Any]], say: Callable[[Mapping[str, Any], str, str], str], name: str
) -> list[str]:
    """The reasons in sentences by `say`; years ahead are told once for an area."""
    told_already = {reason.get("area") for reason in reasons if reason["code"] == "wants"}
    return [
        say(reason, name, area_in_text(reason.get("area")))
        for reason in reasons
        if not (reason["code"] == "gap" and reason.get("area") in told_already)
    ]


def _reasons(pair: Mapping[str, Any], known: Mapping[str, Any]) -> list[str]:
    say = reason_for_mentee if pair["mentee"] == her().member else reason_for_mentor
    return reasons_in_words(pair["reasons"], say, name_of(known, other_side(pair)))


def _tally(rel: str) -> dict[str, Any] | None:
    """What sessions counts of the pair; None where it does not answer, or has not heard of the pair yet."""
    try:
        found: dict[str, Any] | None = get_or_none("sessions", f"/pairs/{rel}")
    except Problem as problem:
        if problem.status != 404:
            raise
        return None
    return found


def _goals(pair: Mapping[str, Any], *, lasts: bool) -> dict[str, Any]:
    """The goals of both sides, whether the mentee has one, and whether the term can be renewed now."""
    goals = get("matching", f"/relationships/{pair['id']}/goals")["items"] if lasts else []
    ends_at = pair["term_ends_at"] if pair["term"] else pair["trial_ends_at"]
    late = pair["state"] in ("active", "review") and times.read(ends_at) - now() <= RENEW_WITHIN
    return {
        "goals": goals,
        "has_goal": any(goal["owner"] == "mentee" for goal in goals),
        "can_renew": pair["state"] == "trial" or late,
    }


def _way(pair: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each stage with `done`, `now` or `ahead`; nothing where the pair has left the way."""
    states = [state for state, _ in WAY]
    state = ON_THE_WAY.get(pair["state"], pair["state"])
    if state not in states:
        return []
    here = states.index(state)
    return [
        (gettext(text), "done" if place < here else "now" if place == here else "ahead")
        for place, (_, text) in enumerate(WAY)
    ]
