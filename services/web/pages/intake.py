"""The intake compass: four questions, where the answers lead and why, and the choice to go elsewhere all the same (R8)."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web.apis import Problem
from services.web.codes import ROUTES
from services.web.sentences import faults, told
from services.web.visitor import change, get, signed_in
from services.web.words import gettext, language

pages = Blueprint("intake", __name__, url_prefix="/intake")


@pages.route("", methods=["GET", "POST"])
@signed_in()
def compass() -> ResponseReturnValue:
    """The questions where she has not answered them, or wants to answer again; otherwise where they lead."""
    taken = _taken()
    errors: dict[str, str] = {}
    if request.method == "GET" and taken and "again" not in request.args:
        return render_template(
            "intake_route.html", taken=taken, others=[one for one in ROUTES if one != taken["chosen"]]
        )
    questions = get("matching", "/intake/questions", locale=language())["items"]
    answers = {
        question["key"]: request.form.get(question["key"], "")
        for question in questions
        if request.form.get(question["key"])
    }
    if request.method == "POST":
        errors = {
            question["key"]: gettext("Choose one answer: %(question)s", question=question["text"])
            for question in questions
            if question["key"] not in answers
        }
        if not errors:
            try:
                change("POST", "matching", "/me/intake", {"answers": answers})
                return redirect(url_for("intake.compass"), 303)
            except Problem as problem:
                errors = faults(problem, *answers)
    given = answers or (taken["answers"] if taken else {})
    page = render_template("intake.html", questions=questions, given=given, errors=errors)
    return page, 422 if errors else 200


@pages.post("/choice")
@signed_in()
def choose() -> ResponseReturnValue:
    """Take another route than the answers lead to. It is recorded, and can be changed again."""
    taken, chosen = _taken(), request.form.get("chosen", "")
    if not taken or not taken["answers"] or chosen not in ROUTES:
        return redirect(url_for("intake.compass", again=1), 303)
    try:
        change("POST", "matching", "/me/intake", {"answers": taken["answers"], "chosen": chosen})
        flash(gettext("Noted: that is your choice."), "good")
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("intake.compass"), 303)


def _taken() -> Any:
    """Her intake, or None before she took it."""
    try:
        return get("matching", "/me/intake", locale=language())
    except Problem as problem:
        if problem.status != 404:
            raise
        return None
