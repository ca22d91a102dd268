"""What grows: a mentor's year, for her own eyes, and who guided whom (R21, R26)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web.apis import Problem
from services.web.people import lineage_names
from services.web.sentences import told
from services.web.visitor import change, get, her_zone, now, signed_in
from services.web.words import gettext

pages = Blueprint("growing", __name__)

FIRST_YEAR = 2000

Twig = Mapping[str, Any]


@pages.get("/me/year")
@signed_in("mentor")
def year() -> ResponseReturnValue:
    this_year = now().astimezone(her_zone()).year
    chosen = min(max(request.args.get("year", this_year, type=int), FIRST_YEAR), this_year)
    return render_template(
        "year.html", grown=get("sessions", "/me/year", year=chosen), year=chosen, last=this_year
    )


@pages.route("/me/lineage", methods=["GET", "POST"])
@signed_in()
def lineage() -> ResponseReturnValue:
    if request.method == "POST":
        try:
            change("PUT", "matching", "/me/lineage", {"named": request.form.get("named") == "yes"})
            flash(gettext("Saved."), "good")
        except Problem as problem:
            flash(told(problem), "bad")
        return redirect(url_for("growing.lineage"), 303)
    found = get("matching", "/me/lineage")
    trees = [found["guided_by"], found["guides"]]
    names = lineage_names(id for tree in trees for id in _named(tree["branches"]))
    return render_template("lineage.html", found=found, names=names)


def _named(twigs: Iterable[Twig]) -> Iterator[str]:
    for twig in twigs:
        if twig["member"]:
            yield twig["member"]
        yield from _named(twig["beyond"])
