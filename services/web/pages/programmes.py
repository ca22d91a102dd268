"""Programmes: a chapter's rules as data. A coordinator changes them in a form; relationships under way keep the rules they began with."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web import programme_numbers
from services.web.apis import Problem
from services.web.numbers import whole_number
from services.web.sentences import faults
from services.web.visitor import change, get, signed_in
from services.web.words import N_, gettext

pages = Blueprint("programmes", __name__, url_prefix="/coordinator/programmes")

SWITCHES = (
    ("language", N_("They need a common language")),
    ("hour", N_("They need a common free hour")),
    ("area", N_("The mentor must offer an area that the mentee looks for")),
    ("ahead", N_("The mentor must be ahead in that area")),
)
NUMBERS = (
    ("min_common_hours", N_("Common free hours, at least"), 1, 168),
    ("min_gap_years", N_("Years ahead in the area, at least"), 1, 60),
    ("proposals_per_mentee", N_("Proposals for each mentee, at most"), 1, 3),
)
WEIGHTS = {
    "mentee": (
        ("wants", N_("Each area looked for that is covered"), 10),
        ("gap", N_("Each year the mentor is ahead"), 1),
        ("learns", N_("Each further thing to learn"), 5),
        ("hours", N_("Each common free hour"), 1),
        ("languages", N_("Each common language"), 1),
    ),
    "mentor": (
        ("asked", N_("Each area offered that is wanted"), 10),
        ("likes", N_("Each of these that she likes to pass on"), 5),
        ("learns", N_("Each thing the mentee could show her"), 8),
        ("hours", N_("Each common free hour"), 1),
        ("languages", N_("Each common language"), 1),
    ),
}
MAX_WEIGHT = 1_000
MAX_NAME_CHARS = 120
_NUMBER_FIELDS = (
    *((name, most) for name, _, _, most in NUMBERS),
    *((f"{side}-{name}", MAX_WEIGHT) for side, weights in WEIGHTS.items() for name, _, _ in weights),
)
FIELDS = ("name", *(name for name, _ in _NUMBER_FIELDS))
#: A form that holds all rules says so: where a box of it is not ticked, that is meant.
WHOLE = "whole"


@pages.route("/new", methods=["GET", "POST"])
@signed_in("coordinator")
def new() -> ResponseReturnValue:
    return _edit(None)


@pages.route("/<id:programme>", methods=["GET", "POST"])
@signed_in("coordinator")
def edit(programme: str) -> ResponseReturnValue:
    return _edit(get("matching", f"/programmes/{programme}"))


def _edit(programme: Mapping[str, Any] | None) -> ResponseReturnValue:
    rules: Mapping[str, Any] = programme["rules"] if programme else {}
    given = _shown(programme)
    errors: dict[str, str] = {}
    if request.method == "POST":
        written = {name: value.strip() for name, value in request.form.items()}
        given |= {name: written.get(name, "") for name in FIELDS} | {"rules": request.form.getlist("rules")}
        given |= {
            name: value
            for name, value in written.items()
            if name in given and name not in ("rules", "switched")
        }
        given["switched"] = request.form.getlist("switched") if WHOLE in written else given["switched"]
        errors = _missing(given) | programme_numbers.faults(written, rules)
        if not errors:
            asked = _asked(given)
            asked["rules"] |= programme_numbers.asked(written, rules)
            if WHOLE in written:
                switches = {
                    name: name in given["switched"] for name in programme_numbers.SWITCHES if name in rules
                }
                asked["rules"] |= switches
            try:
                if programme is None:
                    made = change("POST", "matching", "/programmes", asked)
                    flash(
                        gettext("The programme is there. Next: a cycle, with its window for applications."),
                        "good",
                    )
                    return redirect(url_for("applications.new_cycle", programme=made["id"]), 303)
                change("PATCH", "matching", f"/programmes/{programme['id']}", asked)
                flash(gettext("Saved."), "good")
                return redirect(url_for("programmes.edit", programme=programme["id"]), 303)
            except Problem as problem:
                errors = faults(problem, *given)
    page = render_template(
        "programme.html",
        programme=programme,
        given=given,
        errors=errors,
        groups=list(programme_numbers.groups(rules)),
        months_text=gettext(programme_numbers.OUTCOME_MONTHS_TEXT),
        switched=[
            (name, gettext(text)) for name, text in programme_numbers.SWITCHES.items() if name in rules
        ],
        whole=WHOLE,
        switches=[(name, gettext(text)) for name, text in SWITCHES],
        numbers=[(name, gettext(text), most) for name, text, _, most in NUMBERS],
        weights={
            side: [(f"{side}-{name}", gettext(text)) for name, text, _ in weights]
            for side, weights in WEIGHTS.items()
        },
        max_weight=MAX_WEIGHT,
    )
    return page, 422 if errors else 200


def _shown(programme: Mapping[str, Any] | None) -> dict[str, Any]:
    """The rules as the form shows them; defaults for a new programme."""
    rules: Mapping[str, Any] = programme["rules"] if programme else {}
    matching: Mapping[str, Any] = rules.get("matching", {})
    switches: Mapping[str, bool] = matching.get("rules", {})
    weights: Mapping[str, Mapping[str, int]] = matching.get("weights", {})
    return (
        {
            "name": programme["name"] if programme else "",
            "rules": [name for name, _ in SWITCHES if switches.get(name, True)],
        }
        | programme_numbers.shown(rules)
        | {name: matching.get(name, 1) for name, _, _, _ in NUMBERS}
        | {
            f"{side}-{name}": weights.get(side, {}).get(name, usual)
            for side, known in WEIGHTS.items()
            for name, _, usual in known
        }
    )


def _missing(given: Mapping[str, Any]) -> dict[str, str]:
    errors = {} if given["name"] else {"name": gettext("Give the programme a name.")}
    for name, most in _NUMBER_FIELDS:
        if not whole_number(given[name], most):
            errors[name] = gettext("Give a whole number, at most %(num)d.", num=most)
    return errors


def _asked(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": given["name"],
        "rules": {
            "matching": {name: int(given[name]) for name, _, _, _ in NUMBERS}
            | {
                "rules": {name: name in given["rules"] for name, _ in SWITCHES},
                "weights": {
                    side: {name: int(given[f"{side}-{name}"]) for name, _, _ in known}
                    for side, known in WEIGHTS.items()
                },
            }
        },
    }
