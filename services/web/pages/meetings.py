"""When two people meet: arranging, moving, cancelling, saying that it took place; and the steps that come of it.

Every time on these pages is on the reader's own clock.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web import times
from services.web.apis import Problem
from services.web.numbers import whole_number
from services.web.pages.member import other_side, own_pair
from services.web.people import cards, name_of
from services.web.sentences import faults, one_word, told
from services.web.times import NoSuchTime
from services.web.visitor import change, get, get_or_none, her_zone, now, signed_in
from services.web.words import gettext, ngettext

pages = Blueprint("meetings", __name__)

LENGTHS_MINUTES = (30, 45, 60, 90, 120)
INTRODUCTION_MINUTES = 30
DEFAULT_MINUTES = 60
MAX_MINUTES = 24 * 60


@pages.route("/relationships/<id:rel>/sessions/new", methods=["GET", "POST"])
@signed_in()
def schedule(rel: str) -> ResponseReturnValue:
    pair = own_pair(rel)
    introduction = pair["state"] in ("introduction", "booked")
    given = {
        "mode": "call",
        "starts_at": "",
        "minutes": str(INTRODUCTION_MINUTES if introduction else DEFAULT_MINUTES),
    }
    errors: dict[str, str] = {}
    if request.method == "POST":
        given, errors = _asked()
        if not errors:
            try:
                change("POST", "sessions", f"/pairs/{rel}/sessions", _slot(given))
                flash(gettext("Arranged. You both get an invitation for your calendars."), "good")
                return redirect(url_for("pairs.relationship", rel=rel), 303)
            except Problem as problem:
                errors = _faults(problem)
    title = gettext("Arrange the introduction") if introduction else gettext("Arrange a session")
    return _form(
        pair, title=title, button=gettext("Arrange"), given=given, errors=errors, introduction=introduction
    )


@pages.route("/sessions/<id:session>/move", methods=["GET", "POST"])
@signed_in()
def move(session: str) -> ResponseReturnValue:
    planned = get("sessions", f"/sessions/{session}")
    given = {
        "mode": planned["mode"],
        "starts_at": times.for_field(times.read(planned["starts_at"]), her_zone())
        if planned["mode"] != "letters"
        else "",
        "minutes": str(planned["minutes"] or DEFAULT_MINUTES),
    }
    errors: dict[str, str] = {}
    if request.method == "POST":
        given, errors = _asked()
        if not errors:
            try:
                change("PATCH", "sessions", f"/sessions/{session}", _slot(given))
                flash(gettext("Moved. Your calendars are told."), "good")
                return redirect(url_for("pairs.relationship", rel=planned["relationship"]), 303)
            except Problem as problem:
                errors = _faults(problem)
    pair = planned | {"id": planned["relationship"]}
    introduction = planned["purpose"] == "introduction"
    return _form(
        pair,
        title=gettext("Move it"),
        button=gettext("Move"),
        given=given,
        errors=errors,
        introduction=introduction,
    )


@pages.route("/sessions/<id:session>/cancel", methods=["GET", "POST"])
@signed_in()
def cancel(session: str) -> ResponseReturnValue:
    planned = get("sessions", f"/sessions/{session}")
    back = url_for("pairs.relationship", rel=planned["relationship"])
    if request.method == "POST":
        try:
            change("POST", "sessions", f"/sessions/{session}/cancellation")
            flash(gettext("Cancelled. Your calendars are told."), "good")
        except Problem as problem:
            flash(told(problem), "bad")
        return redirect(back, 303)
    return render_template(
        "cancel.html",
        session=planned,
        name=name_of(cards([other_side(planned)]), other_side(planned)),
        back=back,
    )


@pages.post("/sessions/<id:session>/held")
@signed_in()
def hold(session: str) -> ResponseReturnValue:
    meeting = get("sessions", f"/sessions/{session}")
    held = request.form.get("held") != "no"
    try:
        meeting = change("POST", "sessions", f"/sessions/{session}/attendance", {"held": held})
        flash(_noted(meeting), "good")
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("pairs.relationship", rel=meeting["relationship"]), 303)


def _noted(meeting: Mapping[str, Any]) -> str:
    if meeting["state"] == "held" and meeting["purpose"] == "introduction":
        return gettext("Good that you met. In a moment, each of you can vote here, sealed.")
    if meeting["state"] == "held":
        return gettext("Noted. Did you agree on a step? Write it down below.")
    if meeting["state"] == "disputed":
        return gettext("Noted. The two of you say different things; it counts once you agree.")
    if meeting["state"] == "missed":
        return gettext("Noted. That happens; arrange another time.")
    pair = get_or_none("sessions", f"/pairs/{meeting['relationship']}")
    return gettext("Noted. %(when_it_counts)s", when_it_counts=one_word(pair))


@pages.route("/sessions/<id:session>/steps/new", methods=["GET", "POST"])
@signed_in()
def agree(session: str) -> ResponseReturnValue:
    meeting = get("sessions", f"/sessions/{session}")
    text = request.form.get("text", "").strip()
    errors: dict[str, str] = {}
    if request.method == "POST":
        if not text:
            errors["text"] = gettext("Write what was agreed.")
        else:
            try:
                change("POST", "sessions", f"/sessions/{session}/steps", {"text": text})
                flash(gettext("The step is written down, for the two of you only."), "good")
                return redirect(url_for("pairs.relationship", rel=meeting["relationship"]), 303)
            except Problem as problem:
                errors = faults(problem, "text")
    back = url_for("pairs.relationship", rel=meeting["relationship"])
    return render_template(
        "step_new.html", session=meeting, text=text, errors=errors, back=back
    ), 422 if errors else 200


@pages.route("/relationships/<id:rel>/steps/<id:step>/close", methods=["GET", "POST"])
@signed_in()
def close(rel: str, step: str) -> ResponseReturnValue:
    found = get("sessions", f"/steps/{step}")
    if found["relationship"] != rel:
        abort(404)
    back = url_for("pairs.relationship", rel=rel)
    given = {"outcome": request.form.get("outcome", ""), "text": request.form.get("text", "").strip()}
    errors: dict[str, str] = {}
    if request.method == "POST":
        if given["outcome"] not in ("done", "let_go"):
            errors["outcome"] = gettext("Choose one of the two.")
        else:
            try:
                change("POST", "sessions", f"/steps/{step}/closing", given)
                flash(
                    gettext("Closed. Your mentor hears once that you acted on it.")
                    if given["outcome"] == "done"
                    else gettext("Closed. Letting go is an answer, too."),
                    "good",
                )
                return redirect(back, 303)
            except Problem as problem:
                errors = faults(problem, "outcome", "text")
    return render_template(
        "step_close.html", step=found, given=given, errors=errors, back=back
    ), 422 if errors else 200


def _asked() -> tuple[dict[str, str], dict[str, str]]:
    """What the form says, and what is wrong with it before any service is asked."""
    given = {name: request.form.get(name, "").strip() for name in ("mode", "starts_at", "minutes")}
    errors = {}
    if given["mode"] != "letters":
        try:
            times.typed(given["starts_at"], her_zone())
        except NoSuchTime as error:
            errors["starts_at"] = str(error)
    if not whole_number(given["minutes"], MAX_MINUTES, least=1):
        errors["minutes"] = gettext("Choose a length.")
    return given, errors


def _slot(given: Mapping[str, str]) -> dict[str, Any]:
    if given["mode"] == "letters":
        return {"mode": "letters"}
    moment = times.typed(given["starts_at"], her_zone())
    return {"mode": given["mode"], "starts_at": moment.isoformat(), "minutes": int(given["minutes"])}


def _faults(problem: Problem) -> dict[str, str]:
    if problem.code in ("time_past", "time_far", "time_missing"):
        return {"starts_at": told(problem)}
    if problem.status == 404:  # both have just said yes, and sessions has not heard of it yet
        return {"": gettext("This has only just come about. Send it again in a few seconds.")}
    return faults(problem, "mode", "starts_at", "minutes")


def _lengths(chosen: str) -> list[int]:
    return sorted({*LENGTHS_MINUTES, *([int(chosen)] if whole_number(chosen, MAX_MINUTES) else [])})


def _form(
    pair: Mapping[str, Any],
    *,
    title: str,
    button: str,
    given: dict[str, str],
    errors: dict[str, str],
    introduction: bool,
) -> ResponseReturnValue:
    other = other_side(pair)
    known = cards([other])
    theirs = times.zone(known.get(other, {}).get("time_zone"))
    page = render_template(
        "schedule.html",
        title=title,
        button=button,
        given=given,
        errors=errors,
        name=name_of(known, other),
        city=times.city(her_zone()),
        their_city=times.city(theirs)
        if other in known and theirs.utcoffset(now()) != her_zone().utcoffset(now())
        else "",
        lengths=[
            (str(minutes), ngettext("%(num)d minute", "%(num)d minutes", minutes))
            for minutes in _lengths(given["minutes"])
        ],
        earliest=times.for_field(now(), her_zone()),
        introduction=introduction,
        back=url_for("pairs.relationship", rel=pair["id"]),
    )
    return page, 422 if errors else 200
