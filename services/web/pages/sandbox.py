"""A sandbox's lives: its coordinator chooses a story, presses, and looks how far it is."""

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web import times
from services.web.apis import Problem
from services.web.integrations import SANDBOX, stamp
from services.web.sentences import told
from services.web.visitor import change, get, her, her_zone, signed_in
from services.web.words import N_, gettext

pages = Blueprint("sandbox", __name__, url_prefix="/coordinator/integrations/lives")

PAGE = 20
STORIES: Mapping[str, str] = {
    "completed": N_("Completed: renewed, paused, reviewed, and over at the end of its term"),
    "declined": N_("Declined: the mentor would rather not"),
    "not-started": N_("Not started: they meet, and two yeses do not come"),
    "ended": N_("Ended: one of the two ends it in the trial"),
    "silent": N_("Silent: they stop meeting, and it is closed"),
    "erased": N_("Erased: completed, and then the mentee leaves for good"),
}
#: What is said of a life while it is played.
STEPS: Mapping[str, str] = {
    "proposed": N_("proposed"),
    "declined": N_("declined"),
    "introduction agreed": N_("introduction agreed"),
    "introduction held": N_("introduction held"),
    "not started": N_("not started"),
    "started: the trial begins": N_("started: the trial begins"),
    "ended, by choice": N_("ended, by choice"),
    "asked, and closed for silence": N_("asked, and closed for silence"),
    "renewed: the full term begins": N_("renewed: the full term begins"),
    "paused, and resumed": N_("paused, and resumed"),
    "looked back": N_("looked back"),
    "completed": N_("completed"),
    "the mentee was erased": N_("the mentee was erased"),
}
STATES: Mapping[str, str] = {
    "waiting": N_("about to be played"),
    "playing": N_("being played"),
    "played": N_("played to its end"),
    "failed": N_("failed"),
}
REASONS: Mapping[str, str] = {
    "interrupted": N_("Whoever played it ended in the middle. Ask for another one."),
    "step_failed": N_("A step did not happen:"),
}


@pages.get("")
@signed_in("coordinator")
def lives() -> ResponseReturnValue:
    """The lives so far, the latest first; there is such a page in a sandbox only."""
    if not her().chapter.startswith(SANDBOX):
        abort(404)
    found = get("notifications", "/sandbox/lives", limit=PAGE, after=request.args.get("after", "")[:100])
    return render_template(
        "lives.html",
        lives=found["items"],
        following=found["next"],
        running=any(one["state"] in ("waiting", "playing") for one in found["items"]),
        stories=[(name, gettext(text)) for name, text in STORIES.items()],
        names=STORIES,
        steps=STEPS,
        states=STATES,
        reasons=REASONS,
        stamp=stamp,
        city=times.city(her_zone()),
    )


@pages.post("")
@signed_in("coordinator")
def play() -> ResponseReturnValue:
    try:
        change("POST", "notifications", "/sandbox/lives", {"story": request.form.get("story", "")})
        flash(gettext("It begins within a second. Look again to see how far it is."), "good")
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("sandbox.lives"), 303)
