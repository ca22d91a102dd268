"""What a member is asked about herself: her pulse at three moments, and what became of her. Each is answered once, by her alone.

Nobody else sees one answer: what leaves is a sum over whole blocks of people, which sessions makes.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web import times
from services.web.apis import Problem
from services.web.codes import SCALE_QUESTIONS
from services.web.sentences import faults
from services.web.visitor import change, get, get_or_none, now, signed_in
from services.web.words import gettext

pages = Blueprint("asked", __name__)

#: How long sessions takes an answer; afterwards it refuses, in words.
PULSE_FOR = timedelta(days=42)
OUTCOME_FOR = timedelta(days=60)
STEPS = tuple(str(step) for step in range(1, 8))


@pages.get("/me/pulses")
@signed_in()
def pulses() -> ResponseReturnValue:
    found = get("sessions", "/me/pulses", after=request.args.get("after", ""))
    answered = [one for one in found["items"] if one["values"]]
    return render_template("pulses.html", answered=answered, next=found["next"])


@pages.route("/me/pulses/<id:pulse>", methods=["GET", "POST"])
@signed_in()
def pulse(pulse: str) -> ResponseReturnValue:
    asked = _mine("pulses", pulse)
    given = {name: request.form.get(name, "") for name in SCALE_QUESTIONS}
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = {name: gettext("Choose one from 1 to 7.") for name in given if given[name] not in STEPS}
        if not errors:
            try:
                values = {name: int(step) for name, step in given.items()}
                change("POST", "sessions", f"/pulses/{pulse}/answer", values)
                flash(gettext("Thank you. Your answers are yours; here is how they have moved."), "good")
                return redirect(url_for("asked.pulses"), 303)
            except Problem as problem:
                errors = faults(problem, *given)
    page = render_template(
        "pulse.html", asked=asked, until=_until(asked, PULSE_FOR), given=given, errors=errors
    )
    return page, 422 if errors else 200


@pages.route("/me/outcomes/<id:outcome>", methods=["GET", "POST"])
@signed_in()
def outcome(outcome: str) -> ResponseReturnValue:
    asked = _mine("outcomes", outcome)
    given = {name: request.form.get(name, "") for name in ("promoted", "new_role", "satisfaction", "gained")}
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = {
            name: gettext("Choose yes or no.")
            for name in ("promoted", "new_role")
            if given[name] not in ("yes", "no")
        } | {
            name: gettext("Choose one from 1 to 7.")
            for name in ("satisfaction", "gained")
            if given[name] not in STEPS
        }
        if not errors:
            try:
                values = {name: given[name] == "yes" for name in ("promoted", "new_role")} | {
                    name: int(given[name]) for name in ("satisfaction", "gained")
                }
                change("POST", "sessions", f"/outcomes/{outcome}/answer", values)
                flash(gettext("Thank you. It counts together with others' answers."), "good")
                return redirect(url_for("member.home"), 303)
            except Problem as problem:
                errors = faults(problem, *given)
    page = render_template(
        "outcome.html", asked=asked, until=_until(asked, OUTCOME_FOR), given=given, errors=errors
    )
    return page, 422 if errors else 200


def open_pulses() -> list[tuple[str, datetime]]:
    """The pulses that wait for her: their ids, and until when."""
    return _open(get_or_none("sessions", "/me/pulses"), PULSE_FOR)


def open_outcomes() -> list[tuple[str, datetime]]:
    """The questions on what became of her that wait: their ids, and until when."""
    return _open(get_or_none("sessions", "/me/outcomes"), OUTCOME_FOR)


def _open(found: Mapping[str, Any] | None, within: timedelta) -> list[tuple[str, datetime]]:
    items: Iterable[Mapping[str, Any]] = found["items"] if found else ()
    return [
        (one["id"], until)
        for one in items
        if one["values"] is None and (until := _until(one, within)) > now()
    ]


def _mine(kind: str, id: str) -> dict[str, Any]:
    """One of the askings that she was sent; anything else is not there."""
    items: list[dict[str, Any]] = get("sessions", f"/me/{kind}")["items"]
    found = next((one for one in items if one["id"] == id), None)
    return found if found is not None else abort(404)


def _until(asked: Mapping[str, Any], within: timedelta) -> datetime:
    return times.read(asked["asked_at"]) + within
