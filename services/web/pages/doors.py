"""Coming in and going out: joining, confirming the address, signing in by a link, signing out.

Invariant: looking at a link from a mail does nothing. Only its button does, because mail scanners and previews follow links, too.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from services.web.apis import Problem
from services.web.integrations import SANDBOX
from services.web.people import chapters
from services.web.sentences import faults, told
from services.web.visitor import (
    MAX_ADDRESS_CHARS,
    change,
    end_session,
    me,
    speak_her_language,
    start_session,
    visitor,
)
from services.web.words import LANGUAGES, gettext, language

pages = Blueprint("doors", __name__)

MAX_TOKEN_CHARS = 500
_NO_NEW_LINK = ("link_of_another_account",)
#: What is answered to a token that nobody was sent, or that was forgotten since.
_NO_SUCH_LINK = ("not_found", "invalid")


@pages.get("/")
def welcome() -> ResponseReturnValue:
    who = visitor()
    if who is None:
        return render_template("welcome.html")
    return redirect(url_for("coordinator.dashboard" if who.coordinates else "member.home"))


@pages.route("/register", methods=["GET", "POST"])
def register() -> ResponseReturnValue:
    places = [(id, name) for id, name in chapters().items() if not id.startswith(SANDBOX)]
    given: dict[str, Any] = {"chapter": request.args.get("chapter", ""), "name": "", "mail": "", "roles": []}
    errors: dict[str, str] = {}
    if request.method == "POST":
        given = {name: request.form.get(name, "").strip() for name in ("chapter", "name", "mail")}
        given["roles"] = request.form.getlist("roles")
        errors = _missing(given)
        if not errors:
            try:
                change("POST", "profiles", "/members", given | {"locale": language()})
                return redirect(url_for("doors.sent", kind="confirmation"), 303)
            except Problem as problem:
                errors = faults(problem, "chapter", "name", "mail", "roles")
    return render_template(
        "register.html", chapters=places, given=given, errors=errors
    ), 422 if errors else 200


def _missing(given: dict[str, Any]) -> dict[str, str]:
    errors = {}
    if not given["name"]:
        errors["name"] = gettext("Give your name.")
    if "@" not in given["mail"]:
        errors["mail"] = gettext("Give your mail address, for example mei@example.org.")
    if not given["roles"]:
        errors["roles"] = gettext("Choose one or both.")
    return errors


@pages.get("/sent/<any(confirmation, link):kind>")
def sent(kind: str) -> ResponseReturnValue:
    return render_template("sent.html", kind=kind)


@pages.route("/confirm/<token>", methods=["GET", "POST"])
def confirm(token: str) -> ResponseReturnValue:
    if request.method == "POST":
        try:
            answer = change("POST", "profiles", "/confirmations", {"token": token[:MAX_TOKEN_CHARS]})
        except Problem as problem:
            again = None if problem.code in _NO_NEW_LINK else url_for("doors.sign_in")
            return _refused(gettext("Confirm your address"), problem, again)
        if answer.get("session"):
            start_session(answer["session"])
            speak_her_language()
            flash(gettext("Welcome. Your address is confirmed, and you are signed in."), "good")
            return redirect(_first_page(), 303)
        flash(gettext("Your address was confirmed before."), "good")
        return redirect(url_for("doors.welcome" if visitor() else "doors.sign_in"), 303)
    return render_template(
        "door.html",
        title=gettext("Confirm your address"),
        text=gettext("One click, and this mail address is known to be yours."),
        button=gettext("Confirm"),
        refusal="",
    )


@pages.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    given = {"mail": request.form.get("mail", "").strip()}
    errors: dict[str, str] = {}
    if request.method == "POST":
        if "@" not in given["mail"]:
            errors["mail"] = gettext("Give your mail address, for example mei@example.org.")
        else:
            try:
                change("POST", "profiles", "/sign-in-links", given)
                return redirect(url_for("doors.sent", kind="link"), 303)
            except Problem as problem:
                errors = faults(problem, "mail")
    return render_template("sign_in.html", given=given, errors=errors), 422 if errors else 200


@pages.route("/sign-in/<token>", methods=["GET", "POST"])
def enter(token: str) -> ResponseReturnValue:
    if request.method == "POST":
        try:
            answer = change("POST", "profiles", "/sign-ins", {"token": token[:MAX_TOKEN_CHARS]})
        except Problem as problem:
            return _refused(gettext("Sign in"), problem, url_for("doors.sign_in"))
        start_session(answer["session"])
        return redirect(session.pop("next", None) or _first_page(), 303)
    return render_template(
        "door.html",
        title=gettext("Sign in"),
        text=gettext("You opened the link from your mail. One click, and you are in."),
        button=gettext("Sign in"),
        refusal="",
    )


@pages.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    if of_session := session.get("session"):
        try:
            change("POST", "profiles", "/sign-outs", {"session": of_session})
        finally:
            end_session()
    flash(gettext("You are signed out."), "good")
    return redirect(url_for("doors.welcome"), 303)


@pages.post("/language")
def choose_language() -> ResponseReturnValue:
    """The pages in another language, for this browser; the language of mails is among a member's details."""
    wanted = request.form.get("language", "")
    if wanted in LANGUAGES:
        session["language"] = wanted
    return redirect(own_address(request.form.get("back", "")), 303)


def own_address(path: str) -> str:
    """The path if it leads to a page of ours, or the start page."""
    safe = (
        len(path) <= MAX_ADDRESS_CHARS
        and path.startswith("/")
        and not path.startswith(("//", "/\\"))
        and path.isprintable()
        and "\\" not in path
    )
    return path if safe else url_for("doors.welcome")


def _refused(title: str, problem: Problem, again: str | None) -> ResponseReturnValue:
    if problem.code in _NO_SUCH_LINK:
        refusal = gettext(
            "This link is not valid: it was used or has expired, or a part of it is missing. Ask for a new one; it comes by mail."
        )
    else:
        refusal = told(problem)
    return render_template("door.html", title=title, refusal=refusal, again=again), problem.status


def _first_page() -> str:
    me()  # from now on the cookie knows her name, language and time zone
    return url_for("doors.welcome")
