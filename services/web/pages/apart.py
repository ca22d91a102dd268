"""Whom a member is not to be paired with, whom she blocks, and what she reports to her coordinators (R12, R14).

Of other members she can name those whom she was brought together with; about anybody else she tells a coordinator.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web.apis import Problem
from services.web.codes import CONFLICTS
from services.web.pages.member import all_pairs, other_side
from services.web.people import cards, name_of
from services.web.sentences import STATES, faults, named, told
from services.web.times import day, read
from services.web.visitor import change, get, her_zone, signed_in
from services.web.words import gettext

pages = Blueprint("apart", __name__)

#: Things that she can open on one report, each with what it is.
SHOWN_AT_ONCE = 3


@pages.get("/me/apart")
@signed_in()
def apart() -> ResponseReturnValue:
    return _page({}, {}, "")


@pages.post("/me/apart/<any(conflicts, blocks):among>")
@signed_in()
def declare(among: str) -> ResponseReturnValue:
    field = "other" if among == "conflicts" else "blocked"
    given = {name: request.form.get(name, "") for name in (field, "kind")}
    if not given[field]:
        return _page(given, {field: gettext("Choose a person.")}, among)
    asked = {"member": given[field]} | ({"kind": given["kind"]} if among == "conflicts" else {})
    try:
        change("POST", "profiles", f"/me/{among}", asked)
    except Problem as problem:
        return _page(given, faults(problem, "kind"), among)
    flash(
        gettext("You two will not be proposed to each other.")
        if among == "conflicts"
        else gettext("Blocked. What you had together ends; nobody is told that you did this."),
        "good",
    )
    return redirect(url_for("apart.apart"), 303)


@pages.post("/me/apart/<any(conflicts, blocks):among>/<id:entry>/end")
@signed_in()
def take_back(among: str, entry: str) -> ResponseReturnValue:
    try:
        change("DELETE", "profiles", f"/me/{among}/{entry}")
        flash(gettext("Taken back."), "good")
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("apart.apart"), 303)


@pages.route("/me/reports/new", methods=["GET", "POST"])
@signed_in()
def report() -> ResponseReturnValue:
    given = {"about": request.values.get("about", ""), "text": request.form.get("text", "").strip()}
    shown = [
        {name: request.form.get(f"{name}-{number}", "").strip() for name in ("what", "words")}
        for number in range(SHOWN_AT_ONCE)
    ]
    errors: dict[str, str] = {}
    if request.method == "POST":
        if not given["about"]:
            errors["about"] = gettext("Choose a person.")
        if not given["text"]:
            errors["text"] = gettext("Write what your coordinators should know.")
        if not errors:
            opened = [
                {"what": one["what"] or gettext("Without a name"), "text": one["words"]}
                for one in shown
                if one["words"]
            ]
            try:
                change("POST", "profiles", "/me/reports", given | {"shown": opened})
                flash(
                    gettext("Your report is with the coordinators of your chapter, and with nobody else."),
                    "good",
                )
                return redirect(url_for("apart.apart"), 303)
            except Problem as problem:
                errors = faults(problem, "about", "text")
    page = render_template("report_new.html", people=_people(), given=given, shown=shown, errors=errors)
    return page, 422 if errors else 200


def _page(given: dict[str, str], errors: dict[str, str], what: str) -> ResponseReturnValue:
    people = _people()
    known = dict(people)
    lists = {name: get("profiles", f"/me/{name}")["items"] for name in ("conflicts", "blocks")}
    reports = get("profiles", "/me/reports", limit=100)["items"]
    page = render_template(
        "apart.html",
        people=people,
        kinds=[(code, named(CONFLICTS, code)) for code in CONFLICTS],
        name=lambda member: known.get(member, gettext("somebody")),
        given={"other": "", "blocked": "", "kind": ""} | given,
        errors=errors,
        wrong=what if errors else "",
        reports=sorted(reports, key=lambda one: str(one["filed_at"]), reverse=True),
        **lists,
    )
    return page, 422 if errors else 200


def _people() -> list[tuple[str, str]]:
    """Those whom she was brought together with. Where a pair is over its name is closed, and its state and day tell who it was."""
    pairs = all_pairs()
    known = cards(other_side(pair) for pair in pairs)
    found: dict[str, str] = {}
    for pair in pairs:
        member = other_side(pair)
        if member in known:
            found[member] = name_of(known, member)
        else:
            found.setdefault(member, _then(pair))
    return sorted(found.items(), key=lambda one: one[1].casefold())


def _then(pair: dict[str, Any]) -> str:
    name = gettext("somebody")
    return f"{name}: {named(STATES, pair['state'])}, {day(read(pair['since']), her_zone(), 'medium')}"
