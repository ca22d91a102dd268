"""Touchpoints: what coordinators record of real contact, what members see of it, and asking somebody whom one has met (R1).

Nobody is listed to other members: who would be asked hands over her own link, as she would a card.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web import times
from services.web.apis import Problem
from services.web.people import cards, confirmed_members, coordinators, name_of
from services.web.sentences import faults, told
from services.web.visitor import change, get, her, her_zone, now, signed_in
from services.web.words import N_, gettext

pages = Blueprint("touchpoints", __name__)

PAGE = 100
#: Pages that are read to find one touchpoint or all of a member's.
MAX_PAGES = 10
MEMBERS_AT_ONCE = 500
MAX_NAME_CHARS = 120
KINDS: Mapping[str, str] = {
    "event": N_("Event"),
    "group": N_("Group"),
    "introduction": N_("Two people introduced to each other"),
}


@pages.route("/coordinator/touchpoints", methods=["GET", "POST"])
@signed_in("coordinator")
def recorded() -> ResponseReturnValue:
    """The chapter's events, groups and introductions, and the form to record one."""
    given = {name: request.form.get(name, "").strip() for name in ("kind", "name", "at", "open")}
    ticked = request.form.getlist("members")
    errors: dict[str, str] = {}
    if request.method == "POST":
        asked, errors = _asked(given, ticked)
        if not errors:
            try:
                made = change("POST", "matching", "/touchpoints", asked)
                flash(gettext("Recorded. Who was there can ask each other from then on."), "good")
                return redirect(url_for("touchpoints.one", touchpoint=made["id"]), 303)
            except Problem as problem:
                errors = faults(problem, "kind", "name", "at", "members")
    found = get("matching", "/touchpoints", limit=PAGE, after=request.args.get("after", ""))
    page = render_template(
        "touchpoints.html",
        found=sorted(found["items"], key=lambda one: str(one["at"]), reverse=True),
        following=found["next"],
        kinds=KINDS,
        people=_people(),
        ticked=ticked,
        given=given,
        errors=errors,
        zone=times.city(her_zone()),
        now=now(),
        read=times.read,
    )
    return page, 422 if errors else 200


@pages.route("/coordinator/touchpoints/<id:touchpoint>", methods=["GET", "POST"])
@signed_in("coordinator")
def one(touchpoint: str) -> ResponseReturnValue:
    """Who was there, and who is added."""
    ticked = request.form.getlist("members")
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _too_many(ticked) or ({} if ticked else {"members": gettext("Tick at least one person.")})
        if not errors:
            try:
                change("POST", "matching", f"/touchpoints/{touchpoint}/members", {"members": ticked})
                flash(gettext("Noted who was there."), "good")
                return redirect(url_for("touchpoints.one", touchpoint=touchpoint), 303)
            except Problem as problem:
                errors = faults(problem, "members")
    found = next((each for each in _all() if each["id"] == touchpoint), None) or abort(404)
    known = cards(found["members"])
    page = render_template(
        "touchpoint.html",
        found=found,
        kinds=KINDS,
        there=sorted((name_of(known, member) for member in found["members"]), key=str.casefold),
        people=[(id, name) for id, name in _people() if id not in found["members"]],
        ticked=ticked,
        errors=errors,
        coming=times.read(found["at"]) > now(),
    )
    return page, 422 if errors else 200


@pages.get("/me/contacts")
@signed_in()
def mine() -> ResponseReturnValue:
    """The events to come, the open groups, where she was, and her own link."""
    found = _all()
    coming = [each for each in found if each["kind"] == "event" and times.read(each["at"]) > now()]
    groups = [each for each in found if each["kind"] == "group" and each["open"]]
    return render_template(
        "contacts.html",
        coming=sorted(coming, key=lambda each: str(each["at"])),
        groups=groups,
        been=[each for each in found if each["mine"] and each not in coming and each not in groups],
        kinds=KINDS,
        own_link=url_for("touchpoints.ask", member=her().member, _external=True),
    )


@pages.route("/ask/<id:member>", methods=["GET", "POST"])
@signed_in("mentee", "mentor")
def ask(member: str) -> ResponseReturnValue:
    """Ask somebody whom she has met. A stranger is not asked; the page shows the honest routes instead."""
    refusal, bridge, status = "", [], 200
    if request.method == "POST":
        try:
            made = change("POST", "matching", "/requests", {"to": member})
            flash(gettext("Asked. It is a proposal now, which both of you answer."), "good")
            return redirect(url_for("pairs.proposal", rel=made["id"]), 303)
        except Problem as problem:
            if problem.status == 404:
                raise
            refusal, bridge, status = (
                told(problem),
                [way_in_words(route) for route in problem.document.get("bridge", ())],
                problem.status,
            )
    known = cards([member])
    page = render_template(
        "ask.html",
        member=member,
        own=member == her().member,
        name=name_of(known, member) if member in known else "",
        refusal=refusal,
        bridge=bridge,
    )
    return page, status


def _asked(given: Mapping[str, str], ticked: list[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The touchpoint that the form means, and what cannot be understood in it."""
    errors = _too_many(ticked)
    if given["kind"] not in KINDS:
        errors["kind"] = gettext("Choose one.")
    if not given["name"]:
        errors["name"] = gettext("Give it a name that people of the chapter know.")
    asked: dict[str, Any] = {"kind": given["kind"], "name": given["name"][:MAX_NAME_CHARS], "members": ticked}
    asked["open"] = given["kind"] == "group" and given["open"] == "yes"
    if given["at"]:
        try:
            asked["at"] = times.typed(given["at"], her_zone()).isoformat()
        except times.NoSuchTime as fault:
            errors["at"] = str(fault)
    return asked, errors


def _too_many(ticked: list[str]) -> dict[str, str]:
    if len(ticked) <= MEMBERS_AT_ONCE:
        return {}
    return {"members": gettext("Tick at most %(num)d people at a time.", num=MEMBERS_AT_ONCE)}


def _all() -> list[dict[str, Any]]:
    """Every touchpoint that she may see, as far as this page reads."""
    found: list[dict[str, Any]] = []
    after = ""
    for _ in range(MAX_PAGES):
        page = get("matching", "/touchpoints", limit=PAGE, after=after)
        found += page["items"]
        after = page["next"] or ""
        if not after:
            break
    return found


def _people() -> list[tuple[str, str]]:
    return [(each["id"], each["name"]) for each in confirmed_members()]


def way_in_words(route: Mapping[str, Any]) -> dict[str, str]:
    """An honest route in words, with where it leads."""
    contacts, home = url_for("touchpoints.mine"), url_for("member.home")
    match route["route"]:
        case "event":
            text = gettext(
                "Meet at %(name)s, %(day)s; you both may attend.", name=route["name"], day=_day(route["at"])
            )
            return {"text": text, "link": contacts}
        case "group":
            text = gettext("Join the group %(name)s; a coordinator adds you.", name=route["name"])
            return {"text": text, "link": contacts}
        case "coordinator":
            names = [name for id, name in coordinators().items() if id in route["members"]]
            text = gettext("Ask a coordinator of your chapter to introduce you.")
            return {"text": f"{text} {', '.join(names)}".strip(), "link": ""}
        case "cycle" if times.read(route["opens_at"]) > now():
            text = gettext(
                "Apply from %(day)s on; the round proposes people who fit.", day=_day(route["opens_at"])
            )
            return {"text": text, "link": home}
        case "cycle":
            text = gettext(
                "Apply until %(day)s; the round proposes people who fit.", day=_day(route["closes_at"])
            )
            return {"text": text, "link": home}
    return {"text": str(route["detail"]), "link": ""}


def _day(text: str) -> str:
    return times.day(times.read(text), her_zone())
