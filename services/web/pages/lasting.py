"""A pair that lasts: goals, renewing, pausing, looking back, going on or ending, thanks; what each writes before and after a session.

What is written here is read by the two only; a renewal is sealed, as a vote is.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from services.web.apis import Problem
from services.web.pages.member import own_pair
from services.web.sentences import faults, told
from services.web.visitor import change, get, get_or_none, signed_in
from services.web.words import N_, gettext, language
from shared.sealed import sealed

pages = Blueprint("lasting", __name__)

GO_ON = {"answer": "go_on"}
#: What is done with one button: where it goes, what it sends, what is said afterwards.
PRESSED: dict[str, tuple[str, str, str, Any, str]] = {
    "pause": ("POST", "matching", "/relationships/{rel}/pause", {}, N_("Paused. Every date waits; come back when it suits you.")),
    "resume": ("POST", "matching", "/relationships/{rel}/resume", None, N_("Good to have you back. It goes on.")),
    "review": ("POST", "matching", "/relationships/{rel}/review", None, N_("Noted: you have looked back, and on.")),
    "go-on": ("POST", "sessions", "/pairs/{rel}/check-in", GO_ON, N_("Good. Meeting is what keeps it going: arrange a session.")),
    "again": ("POST", "matching", "/relationships/{rel}/again", None, N_("Noted, for us only. It takes both of you.")),
    "return": ("POST", "matching", "/relationships/{rel}/return", {}, N_("You are back in the pool, where you stood in the queue.")),
    "remind": ("PUT", "sessions", "/pairs/{rel}/reminders", {"on": True}, N_("You will both be reminded of open steps.")),
    "remind-not": ("PUT", "sessions", "/pairs/{rel}/reminders", {"on": False}, N_("No reminders any more.")),
}  # fmt: skip


@pages.post("/relationships/<id:rel>/renewal")
@sealed
@signed_in()
def renew(rel: str) -> ResponseReturnValue:
    try:
        change(
            "POST", "matching", f"/relationships/{rel}/renewal", {"renewal": request.form.get("renewal", "")}
        )
        flash(gettext("Your word is in, sealed."), "good")
    except Problem as problem:
        flash(told(problem), "bad")
    return _back(rel)


@pages.post(
    "/relationships/<id:rel>/<any(pause, resume, review, 'go-on', again, return, remind, 'remind-not'):what>"
)
@signed_in()
def press(rel: str, what: str) -> ResponseReturnValue:
    method, service, path, body, said = PRESSED[what]
    try:
        change(method, service, path.format(rel=rel), body)
        flash(gettext(said), "good")
    except Problem as problem:
        flash(told(problem), "bad")
    return _back(rel)


@pages.route("/relationships/<id:rel>/end", methods=["GET", "POST"])
@signed_in()
def end(rel: str) -> ResponseReturnValue:
    pair = own_pair(rel)
    if request.method == "POST":
        back_to_pool = request.form.get("then") == "pool"
        try:
            change("POST", "matching", f"/relationships/{rel}/{'return' if back_to_pool else 'ending'}", {})
            flash(gettext("It has ended, without fault on either side. Thank you."), "good")
        except Problem as problem:
            flash(told(problem), "bad")
        return _back(rel)
    return render_template("pair_end.html", pair=pair, back=url_for("pairs.relationship", rel=rel))


@pages.route("/relationships/<id:rel>/goals/new", methods=["GET", "POST"])
@signed_in()
def new_goal(rel: str) -> ResponseReturnValue:
    return _write(
        rel,
        ("POST", "matching", f"/relationships/{rel}/goals"),
        title=gettext("A goal of my own"),
        intro=gettext(
            "In your own words; you can change it whenever it changes. The two of you read it, nobody else."
        ),
        label=gettext("My goal"),
        done=gettext("Your goal is written down."),
    )


@pages.route("/relationships/<id:rel>/goals/<id:goal>", methods=["GET", "POST"])
@signed_in()
def rewrite_goal(rel: str, goal: str) -> ResponseReturnValue:
    return _write(
        rel,
        ("PUT", "matching", f"/goals/{goal}"),
        title=gettext("Change my goal"),
        intro=gettext("What stood here before is kept, for the two of you."),
        label=gettext("My goal"),
        done=gettext("Your goal is written down."),
        text=_goal(rel, goal)["text"] or "",
    )


@pages.route("/relationships/<id:rel>/goals/<id:goal>/comment", methods=["GET", "POST"])
@signed_in()
def comment(rel: str, goal: str) -> ResponseReturnValue:
    return _write(
        rel,
        ("POST", "matching", f"/goals/{goal}/comments"),
        title=gettext("Comment on this goal"),
        intro=_goal(rel, goal)["text"] or "",
        label=gettext("My comment"),
        done=gettext("Your comment is written down. The goal stays its owner's."),
    )


@pages.route("/relationships/<id:rel>/thanks", methods=["GET", "POST"])
@signed_in()
def thank(rel: str) -> ResponseReturnValue:
    return _write(
        rel,
        ("POST", "sessions", f"/pairs/{rel}/kudos"),
        title=gettext("Say thank you"),
        intro=gettext("The other one is told that there are thanks; the words are for the two of you."),
        label=gettext("What you are thankful for"),
        done=gettext("Your thanks are on their way."),
        most_chars=500,
    )


@pages.route("/relationships/<id:rel>/sessions/<id:session>/agenda", methods=["GET", "POST"])
@signed_in()
def agenda(rel: str, session: str) -> ResponseReturnValue:
    known = get_or_none("sessions", f"/sessions/{session}/agenda") or {}
    guide = get_or_none("sessions", f"/pairs/{rel}/guide", locale=language()) or {}
    return _write(
        rel,
        ("PUT", "sessions", f"/sessions/{session}/agenda"),
        title=gettext("Before the session"),
        intro=gettext("What do you want to talk about? The two of you read it, nobody else."),
        label=gettext("My agenda"),
        done=gettext("Your agenda is written down."),
        text=known.get("text") or "",
        questions=[item["question"] for item in guide.get("items", ())],
    )


@pages.route("/relationships/<id:rel>/sessions/<id:session>/lines", methods=["GET", "POST"])
@signed_in()
def reflect(rel: str, session: str) -> ResponseReturnValue:
    given = {name: request.form.get(name, "").strip() for name in ("lines", "gained", "step_idea")}
    shared = bool(request.form.get("shared"))
    if get("sessions", f"/sessions/{session}")["relationship"] != rel:
        raise NotFound
    errors: dict[str, str] = {}
    if request.method == "POST":
        if not given["step_idea"]:
            errors["step_idea"] = gettext("Choose one.")
        else:
            try:
                change("PUT", "sessions", f"/sessions/{session}/reflection", given | {"shared": shared})
                flash(gettext("Your lines are written down."), "good")
                return _back(rel)
            except Problem as problem:
                errors = faults(problem, "lines", "gained", "step_idea")
    page = render_template(
        "reflection.html",
        given=given,
        shared=shared,
        errors=errors,
        back=url_for("pairs.relationship", rel=rel),
    )
    return page, 422 if errors else 200


def _write(
    rel: str,
    where: tuple[str, str, str],
    *,
    title: str,
    intro: str,
    label: str,
    done: str,
    text: str = "",
    most_chars: int = 2_000,
    questions: list[str] | None = None,
) -> ResponseReturnValue:
    """A page with one text to write, and where it goes."""
    own_pair(rel)
    errors: dict[str, str] = {}
    if request.method == "POST":
        text = request.form.get("text", "").strip()
        if not text:
            errors["text"] = gettext("Write a few words.")
        else:
            try:
                change(*where, {"text": text})
                flash(done, "good")
                return _back(rel)
            except Problem as problem:
                errors = faults(problem, "text")
    page = render_template(
        "write.html",
        title=title,
        intro=intro,
        label=label,
        text=text,
        most_chars=most_chars,
        questions=questions or [],
        errors=errors,
        back=url_for("pairs.relationship", rel=rel),
    )
    return page, 422 if errors else 200


def _goal(rel: str, goal: str) -> Mapping[str, Any]:
    """A goal of this pair; `NotFound` where it has none with this id."""
    goals: list[dict[str, Any]] = get("matching", f"/relationships/{rel}/goals")["items"]
    for one in goals:
        if one["id"] == goal:
            return one
    raise NotFound


def _back(rel: str) -> ResponseReturnValue:
    return redirect(url_for("pairs.relationship", rel=rel), 303)
