"""The coordinator's chapter at a glance, its members and its pairs. She sees states and dates, never votes or texts (R14)."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from services.web.apis import Problem
from services.web.codes import CONFLICTS_OF_OTHERS
from services.web.people import area_name, cards, confirmed_members, name_of
from services.web.sentences import STATES, faults, language_name, named
from services.web.visitor import change, get, get_or_none, her, signed_in
from services.web.words import gettext, ngettext

pages = Blueprint("coordinator", __name__, url_prefix="/coordinator")

OPEN_STATES = ("proposed", "introduction", "booked", "voting", "trial", "active", "review", "paused")
PAGE = 100
INTRODUCTION = ("mentee", "mentor", "reason", "programme", "override")
#: The refusal after which a coordinator may introduce two people all the same, with a reason that is logged (R12).
CONFLICTING = "conflict"


@pages.get("")
@signed_in("coordinator")
def dashboard() -> ResponseReturnValue:
    her()
    counted = {
        state: get_or_none("matching", "/relationships", state=state, limit=PAGE) for state in OPEN_STATES
    }
    unread = get_or_none("profiles", "/reports", state="open", limit=PAGE)
    return render_template(
        "coordinator.html",
        lists=get_or_none("matching", "/coordinator"),
        reports=f"{len(unread['items'])}{'+' if unread['next'] else ''}" if unread else None,
        counts=get_or_none("profiles", "/counts"),
        chapter=get_or_none("profiles", f"/chapters/{her().chapter}"),
        programmes=(get_or_none("matching", "/programmes") or {"items": []})["items"],
        cycles=_cycles_newest_first(),
        pairs={
            state: f"{len(found['items'])}{'+' if found['next'] else ''}"
            for state, found in counted.items()
            if found
        },
    )


@pages.get("/members")
@signed_in("coordinator")
def members() -> ResponseReturnValue:
    confirmed = request.args.get("confirmed", "")
    after = request.args.get("after", "")
    asked: dict[str, str | int] = {"limit": PAGE, "after": after}
    if confirmed in ("true", "false"):
        asked["confirmed"] = confirmed
    found = get("profiles", "/members", **asked)
    return render_template(
        "members.html", members=found["items"], following=found["next"], confirmed=confirmed, after=after
    )


@pages.get("/members/<id:member>")
@signed_in("coordinator")
def member(member: str) -> ResponseReturnValue:
    """One member's record. Reading it is a look that she sees on her own page (R16), so it is asked for first, with a reason."""
    reason = request.args.get("reason", "").strip()
    if not reason:
        found = get("profiles", "/cards", ids=member)["items"]
        if not found:
            raise NotFound
        return render_template("look.html", name=found[0]["name"])
    found = get("profiles", f"/members/{member}", reason=reason)
    conflicts = get("profiles", f"/members/{member}/conflicts", reason=reason)["items"]
    known = cards(one for entry in conflicts for one in (entry["member"], entry["other"]))
    return render_template(
        "record.html",
        conflicts=[
            entry | {"name": name_of(known, entry["other"] if entry["member"] == member else entry["member"])}
            for entry in conflicts
        ],
        kinds=[(code, named(CONFLICTS_OF_OTHERS, code)) for code in CONFLICTS_OF_OTHERS],
        people=[(one["id"], one["name"]) for one in confirmed_members() if one["id"] != member],
        found=found,
        offers=[(area_name(one["area"]), one["years"]) for one in found["areas_offered"]],
        wants=[area_name(one["area"]) for one in found["areas_wanted"]],
        languages=[language_name(tag) for tag in found["languages"]],
    )


@pages.get("/pairs")
@signed_in("coordinator")
def pairs() -> ResponseReturnValue:
    state = request.args.get("state", "")
    state = state if state in STATES else ""
    asked: dict[str, str | int] = {"limit": PAGE, "after": request.args.get("after", "")}
    if state:
        asked["state"] = state
    found = get("matching", "/relationships", **asked)
    known = cards(one for pair in found["items"] for one in (pair["mentee"], pair["mentor"]))
    rows = [
        pair | {"mentee_name": name_of(known, pair["mentee"]), "mentor_name": name_of(known, pair["mentor"])}
        for pair in found["items"]
    ]
    return render_template("pairs.html", pairs=rows, following=found["next"], state=state)


@pages.route("/introductions/new", methods=["GET", "POST"])
@signed_in("coordinator")
def introduce() -> ResponseReturnValue:
    entered = request.form if request.method == "POST" else request.args
    given = {name: entered.get(name, "").strip() for name in INTRODUCTION}
    errors: dict[str, str] = {}
    conflicting = bool(given["override"])
    if request.method == "POST":
        if not given["reason"]:
            errors["reason"] = gettext("Write why these two should meet.")
        else:
            try:
                made = change(
                    "POST",
                    "matching",
                    "/introductions",
                    {name: value for name, value in given.items() if value},
                )
                flash(gettext("Both get your words and can answer."), "good")
                if made["proposals_held"] > 1:
                    flash(_held(made["proposals_held"]), "note")
                return redirect(url_for("pairs.relationship", rel=made["id"]), 303)
            except Problem as problem:
                errors = faults(problem, *given)
                conflicting |= problem.code == CONFLICTING
    people = confirmed_members()
    page = render_template(
        "introduce.html",
        mentees=[(one["id"], one["name"]) for one in people if "mentee" in one["roles"]],
        mentors=[(one["id"], one["name"]) for one in people if "mentor" in one["roles"]],
        programmes=[(one["id"], one["name"]) for one in get("matching", "/programmes")["items"]],
        given=given,
        errors=errors,
        conflicting=conflicting,
    )
    return page, 422 if errors else 200


def _held(proposals: int) -> str:
    """That the mentee had a proposal already."""
    return ngettext(
        "With this one the mentee has %(num)d proposal to answer.",
        "With this one the mentee has %(num)d proposals to answer.",
        proposals,
    )


@pages.get("/overrides")
@signed_in("coordinator")
def overrides() -> ResponseReturnValue:
    """Who brought people together although a conflict was declared, and why."""
    found = get("matching", "/overrides", limit=PAGE, after=request.args.get("after", ""))
    known = cards(one for row in found["items"] for one in (row["mentee"], row["mentor"], row["by"]))
    rows = [
        row | {f"{who}_name": name_of(known, row[who]) for who in ("mentee", "mentor", "by")}
        for row in found["items"]
    ]
    return render_template("overrides.html", overrides=rows, following=found["next"])


def _cycles_newest_first() -> list[dict[str, Any]]:
    found = get_or_none("matching", "/cycles", limit=PAGE)
    return sorted(found["items"], key=lambda cycle: str(cycle["opens_at"]), reverse=True) if found else []
