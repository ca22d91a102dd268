"""Mentors lent to another chapter and offered by one: a coordinator of each agrees, on record (R16)."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web.apis import Problem
from services.web.integrations import SANDBOX
from services.web.numbers import whole_number
from services.web.people import cards, chapters, confirmed_members, name_of
from services.web.sentences import faults, told
from services.web.visitor import change, get, her, signed_in
from services.web.words import N_, gettext

pages = Blueprint("crossings", __name__, url_prefix="/coordinator/crossings")

PAGE = 100
MAX_SEATS = 20
#: What is done with one button: method, path, what is said afterwards.
PRESSED = {
    "acceptance": ("POST", "/crossings/{id}/acceptance", N_("Agreed. She is a guest here now, and is proposed like anybody.")),
    "refusal": ("POST", "/crossings/{id}/refusal", N_("Said no. Her chapter sees it.")),
    "withdrawal": ("DELETE", "/crossings/{id}", N_("Taken back.")),
}  # fmt: skip


@pages.route("", methods=["GET", "POST"])
@signed_in("coordinator")
def crossings() -> ResponseReturnValue:
    """What the chapter lends and what it is offered, and the form to lend."""
    given = {name: request.form.get(name, "").strip() for name in ("member", "to", "seats")}
    given["seats"] = given["seats"] or "1"
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _missing(given)
        if not errors:
            try:
                change("POST", "profiles", "/crossings", given | {"seats": int(given["seats"])})
                flash(gettext("Offered. Nothing crosses before a coordinator there agrees."), "good")
                return redirect(url_for("crossings.crossings"), 303)
            except Problem as problem:
                errors = faults(problem, *given)
    lists = {side: _list(side) for side in ("lent", "offered")}
    known = cards(
        one
        for each in lists.values()
        for row in each["items"]
        for one in (row["member"], row["guest"])
        if one
    )
    names = chapters()
    page = render_template(
        "crossings.html",
        **lists,
        name=lambda member: name_of(known, member),
        chapter_name=lambda id: names.get(id, id),
        mentors=[(one["id"], one["name"]) for one in confirmed_members() if "mentor" in one["roles"]],
        chapters=[
            (id, name) for id, name in names.items() if id != her().chapter and not id.startswith(SANDBOX)
        ],
        given=given,
        errors=errors,
        max_seats=MAX_SEATS,
    )
    return page, 422 if errors else 200


@pages.post("/<id:crossing>/<any(acceptance, refusal, withdrawal):word>")
@signed_in("coordinator")
def settle(crossing: str, word: str) -> ResponseReturnValue:
    method, path, said = PRESSED[word]
    try:
        change(method, "profiles", path.format(id=crossing), {} if method == "POST" else None)
        flash(gettext(said), "good")
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("crossings.crossings"), 303)


def _missing(given: dict[str, str]) -> dict[str, str]:
    errors = {}
    if not given["member"]:
        errors["member"] = gettext("Choose a person.")
    if not given["to"]:
        errors["to"] = gettext("Choose a chapter.")
    if not whole_number(given["seats"], MAX_SEATS, least=1):
        errors["seats"] = gettext("Give a whole number from 1 to %(num)d.", num=MAX_SEATS)
    return errors


def _list(side: str) -> dict[str, Any]:
    """One page of the crossings of a side; `next` where there are more."""
    after = request.args.get(f"after-{side}", "")
    found: dict[str, Any] = get("profiles", "/crossings", side=side, limit=PAGE, after=after)
    return found
