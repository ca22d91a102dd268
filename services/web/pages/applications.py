"""Cycles, as a coordinator runs them: the window on the chapter's clock, who has applied, and the rounds made of it."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web import times
from services.web.apis import LONG_READ_TIMEOUT_S, Problem
from services.web.people import cards, name_of
from services.web.rounds_plots import number
from services.web.rounds_words import LOOKS, STATES, asked_in_words
from services.web.sentences import faults, told
from services.web.visitor import change, get, her, signed_in
from services.web.words import gettext, ngettext

pages = Blueprint("applications", __name__, url_prefix="/coordinator/cycles")

PAGE = 100
ROUNDS_LISTED = 20
MAX_NAME_CHARS = 120
MINUTES = ("opens_local", "closes_local")


@pages.route("/new", methods=["GET", "POST"])
@signed_in("coordinator")
def new_cycle() -> ResponseReturnValue:
    fields = ("programme", "name", *MINUTES)
    given = {name: request.form.get(name, request.args.get(name, "")).strip() for name in fields}
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _missing(given)
        if not errors:
            try:
                asked = given | {name: given[name][:16] for name in MINUTES}
                made = change("POST", "matching", "/cycles", asked)
                flash(gettext("The cycle is planned."), "good")
                return redirect(url_for("applications.cycle", cycle=made["id"]), 303)
            except Problem as problem:
                errors = faults(problem, *fields)
    page = render_template(
        "cycle_new.html",
        programmes=[(one["id"], one["name"]) for one in get("matching", "/programmes")["items"]],
        chapter=get("profiles", f"/chapters/{her().chapter}"),
        given=given,
        errors=errors,
    )
    return page, 422 if errors else 200


def _missing(given: Mapping[str, str]) -> dict[str, str]:
    errors = {}
    if not given["programme"]:
        errors["programme"] = gettext("Choose one.")
    if not 1 <= len(given["name"]) <= MAX_NAME_CHARS:
        errors["name"] = gettext("Give a name of at most %(num)d characters.", num=MAX_NAME_CHARS)
    for name in MINUTES:
        try:
            times.typed(given[name], times.zone("UTC"))  # the chapter's own clock is matching's to read
        except times.NoSuchTime as problem:
            errors[name] = str(problem)
    return errors


@pages.get("/<id:cycle>")
@signed_in("coordinator")
def cycle(cycle: str) -> ResponseReturnValue:
    found = get("matching", f"/cycles/{cycle}/applications", limit=PAGE, after=request.args.get("after", ""))
    known = cards(one["member"] for one in found["items"])
    offered_on = request.args.get("offered_on") == "true"
    rounds = _rounds(cycle, ROUNDS_LISTED, offered_on=offered_on, after=request.args.get("rounds_after", ""))
    return render_template(
        "cycle.html",
        cycle=get("matching", f"/cycles/{cycle}"),
        applications=[one | {"name": name_of(known, one["member"])} for one in found["items"]],
        following=found["next"],
        rounds=rounds["items"],
        older_rounds=rounds["next"],
        offered_on=offered_on,
        any_offered_on=offered_on or bool(_rounds(cycle, 1, offered_on=True)["items"]),
        asked=asked_in_words,
        states=STATES,
        looks=LOOKS,
    )


def _rounds(cycle: str, limit: int, *, offered_on: bool, after: str = "") -> Any:
    """A page of the cycle's rounds without their reports, the newest first: those that offered places on are a list of their own."""
    return get(
        "matching",
        f"/cycles/{cycle}/rounds",
        limit=limit,
        after=after,
        offered_on=str(offered_on).lower(),
        reports="false",
    )


@pages.post("/<id:cycle>/everyone")
@signed_in("coordinator")
def enter_everyone(cycle: str) -> ResponseReturnValue:
    try:
        answer = change(
            "POST",
            "matching",
            f"/cycles/{cycle}/applications",
            {"everyone": True},
            timeout_s=LONG_READ_TIMEOUT_S,
        )
        flash(_entered(answer["entered"], answer["already"]), "good")
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("applications.cycle", cycle=cycle), 303)


def _entered(new: int, already: int) -> str:
    entered = ngettext(
        "%(count)s application entered.", "%(count)s applications entered.", new, count=number(new)
    )
    before = ngettext(
        "%(count)s was there before.", "%(count)s were there before.", already, count=number(already)
    )
    return f"{entered} {before}"
