"""Between the two of a pair: notes, thanks that both publish, everything older; and the wall, where the chapter reads what pairs publish.

Staff read none of it but the wall, as every member does.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web.apis import Problem
from services.web.pages.member import other_side, own_pair
from services.web.people import cards, name_of
from services.web.sentences import faults, told
from services.web.visitor import change, get, her, signed_in
from services.web.words import N_, gettext

pages = Blueprint("between", __name__)

MOST_CHARS = 2_000
#: What a pair reaches, as the wall says it.
MILESTONES: Mapping[str, str] = {
    "first_session": N_("Two people met for their first session."),
    "five_sessions": N_("Two people have met five times."),
    "ten_sessions": N_("Two people have met ten times."),
    "first_step": N_("A first step was acted on."),
    "five_steps": N_("Five steps were acted on."),
    "turned_round": N_("Two people turned the roles round: the mentor learned."),
}


@pages.route("/relationships/<id:rel>/notes", methods=["GET", "POST"])
@signed_in("mentee", "mentor")
def notes(rel: str) -> ResponseReturnValue:
    """Her notes, and those of the other that are for both."""
    pair = own_pair(rel)
    text, shared = request.form.get("text", "").strip(), bool(request.form.get("shared"))
    errors: dict[str, str] = {}
    if request.method == "POST":
        if not text:
            errors["text"] = gettext("Write a few words.")
        else:
            try:
                change("POST", "sessions", f"/pairs/{rel}/notes", {"text": text, "shared": shared})
                flash(gettext("Your note is written down."), "good")
                return redirect(url_for("between.notes", rel=rel), 303)
            except Problem as problem:
                errors = faults(problem, "text")
    found = get("sessions", f"/pairs/{rel}/notes", after=request.args.get("after", ""))
    page = render_template(
        "notes.html",
        notes=found["items"],
        next=found["next"],
        me=her().member,
        name=name_of(cards([other_side(pair)]), other_side(pair)),
        text=text,
        shared=shared,
        most_chars=MOST_CHARS,
        errors=errors,
        rel=rel,
    )
    return page, 422 if errors else 200


@pages.post("/relationships/<id:rel>/notes/<id:note>/removal")
@signed_in("mentee", "mentor")
def remove_note(rel: str, note: str) -> ResponseReturnValue:
    try:
        change("DELETE", "sessions", f"/notes/{note}")
        flash(gettext("Your note is removed."), "good")
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("between.notes", rel=rel), 303)


@pages.post("/relationships/<id:rel>/thanks/<id:kudos>/publication")
@signed_in("mentee", "mentor")
def publish(rel: str, kudos: str) -> ResponseReturnValue:
    """She would publish thanks, or would not any more; they are public while both would."""
    wanted = request.form.get("publish") == "yes"
    try:
        said = change("PUT", "sessions", f"/kudos/{kudos}/publication", {"publish": wanted})
        if said["public"]:
            flash(gettext("Published: the chapter can read it, without your names."), "good")
        else:
            flash(
                gettext("Noted. It takes both of you.") if wanted else gettext("It is not published."), "good"
            )
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("pairs.relationship", rel=rel), 303)


@pages.get("/relationships/<id:rel>/older/<any(sessions, steps, kudos):past>")
@signed_in("mentee", "mentor")
def older(rel: str, past: str) -> ResponseReturnValue:
    """What the page of the pair has no room for: its older sessions, steps or thanks."""
    found: dict[str, Any] = get("sessions", f"/pairs/{rel}/{past}", after=request.args.get("after", ""))
    return render_template("older.html", what=past, items=found["items"], next=found["next"], rel=rel)


@pages.get("/wall")
@signed_in()
def wall() -> ResponseReturnValue:
    """What pairs of her chapter publish, both of the two; without names."""
    found = get("sessions", "/wall", after=request.args.get("after", ""))
    return render_template("wall.html", items=found["items"], next=found["next"], milestones=MILESTONES)
