"""The chapter's own webhooks: each with its state, statistics and log of deliveries; changes, tests, replays, a new secret, a new start."""

import re
from datetime import UTC
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web import times
from services.web.apis import Problem
from services.web.integrations import (
    DELIVERY_STATES,
    ORDERINGS,
    REASONS,
    REPLAY_STATES,
    WEBHOOK_STATES,
    in_short,
    public_types,
    stamp,
    title_of,
)
from services.web.numbers import whole_number
from services.web.pages.integrations import OVERLAPS, USUAL_OVERLAP, overlap, overview
from services.web.sentences import faults, told
from services.web.visitor import change, get, her_zone, signed_in
from services.web.words import N_, gettext

pages = Blueprint("webhooks", __name__, url_prefix="/coordinator/integrations/webhooks")

DELIVERIES = 25
REPLAYS = 10
HOURS = 24
BAR_WIDTH = 300
#: A delivery's id: of the event, of the webhook, and of what sent it again. Nothing else gets into an address that we ask.
DELIVERY = re.compile(r"[A-Za-z0-9_:]{1,300}")
#: As far as the API counts.
MAX_SEQUENCE = 10**15
SEARCH = ("state", "type", "relationship")
#: What is said once a webhook was put into a state.
SAID = {
    "active": N_("Enabled. What it missed can be sent again, by a replay."),
    "disabled": N_("Stopped. Nothing is sent to it until you enable it again."),
}


@pages.post("")
@signed_in("coordinator")
def make() -> ResponseReturnValue:
    """The new webhook with its secret, in this answer only."""
    given, errors = _typed()
    if not errors:
        try:
            made = change("POST", "notifications", "/webhooks", given)
            return render_template("webhook_secret.html", webhook=made, fresh=True)
        except Problem as problem:
            errors = faults(problem, *given)
    return overview(webhook=given, errors=errors)


@pages.get("/<id:webhook>")
@signed_in("coordinator")
def one(webhook: str) -> ResponseReturnValue:
    return _page(webhook)


@pages.post("/<id:webhook>/change")
@signed_in("coordinator")
def edit(webhook: str) -> ResponseReturnValue:
    """Another address, other events, another order or note."""
    given, errors = _typed()
    if not errors:
        try:
            change("PATCH", "notifications", f"/webhooks/{webhook}", given)
            flash(gettext("Saved. It counts from now on."), "good")
            return redirect(url_for("webhooks.one", webhook=webhook), 303)
        except Problem as problem:
            errors = faults(problem, *given)
    return _page(webhook, errors, edited=given)


@pages.post("/<id:webhook>/state")
@signed_in("coordinator")
def put(webhook: str) -> ResponseReturnValue:
    """Enable it again, or stop it."""
    state = request.form.get("state", "")
    return _done(webhook, "PATCH", "", {"state": state}, gettext(SAID.get(state, "")))


@pages.post("/<id:webhook>/tests")
@signed_in("coordinator")
def test(webhook: str) -> ResponseReturnValue:
    body = {"type": request.form.get("type", "")}
    return _done(
        webhook,
        "POST",
        "/tests",
        body,
        gettext("The test event is on its way. Its delivery is in the log below."),
    )


@pages.post("/<id:webhook>/resend")
@signed_in("coordinator")
def resend(webhook: str) -> ResponseReturnValue:
    delivery = request.form.get("delivery", "")
    if DELIVERY.fullmatch(delivery) is None:
        flash(gettext("There is nothing here, or it is not yours to see."), "bad")
        return redirect(url_for("webhooks.one", webhook=webhook), 303)
    return _done(
        webhook, "POST", f"/deliveries/{delivery}/resend", {}, gettext("It is sent again, under the same id.")
    )


@pages.post("/<id:webhook>/replays")
@signed_in("coordinator")
def replay(webhook: str) -> ResponseReturnValue:
    """History again: from the beginning, from a date, from an event of one relationship, or what has failed."""
    given = {
        name: request.form.get(name, "").strip()[:100] for name in ("from", "since", "of", "from_sequence")
    }
    errors: dict[str, str] = {}
    body: dict[str, Any] = {}
    match given["from"]:
        case "failed":
            body["failed_only"] = True
        case "date":
            try:
                body["since"] = times.typed(given["since"], her_zone()).astimezone(UTC).isoformat()
            except times.NoSuchTime as problem:
                errors["since"] = str(problem)
        case "event":
            number = given["from_sequence"]
            if not given["of"]:
                errors["of"] = gettext("Give its id, as the log has it: rel_…")
            if not whole_number(number, MAX_SEQUENCE, least=1):
                errors["from_sequence"] = gettext("Give a number: 1 is its first event.")
            else:
                body |= {"relationship": given["of"], "from_sequence": int(number)}
        case "beginning":
            pass
        case _:
            errors["from"] = gettext("Choose one.")
    if not errors:
        try:
            made = change("POST", "notifications", f"/webhooks/{webhook}/replays", body)
            return redirect(url_for("webhooks.show_replay", webhook=webhook, replay=made["id"]), 303)
        except Problem as problem:
            errors = faults(problem, *given)
    return _page(webhook, errors, replayed=given)


@pages.get("/<id:webhook>/replays/<id:replay>")
@signed_in("coordinator")
def show_replay(webhook: str, replay: str) -> ResponseReturnValue:
    found = get("notifications", f"/webhooks/{webhook}/replays/{replay}")
    hook = get("notifications", f"/webhooks/{webhook}")
    return render_template(
        "replay.html",
        replay=found,
        webhook=hook,
        title=title_of(hook["url"]),
        states=REPLAY_STATES,
        percent=_percent(found),
    )


@pages.get("/<id:webhook>/replays/<id:replay>/progress")
@signed_in("coordinator")
def progress(webhook: str, replay: str) -> ResponseReturnValue:
    """How far a replay is, for the page's script; without scripts the page loads itself anew."""
    found = get("notifications", f"/webhooks/{webhook}/replays/{replay}")
    return jsonify(state=found["state"], done=_percent(found), total=100)


@pages.post("/<id:webhook>/replays/<id:replay>/end")
@signed_in("coordinator")
def end_replay(webhook: str, replay: str) -> ResponseReturnValue:
    try:
        change("DELETE", "notifications", f"/webhooks/{webhook}/replays/{replay}")
        flash(gettext("Ended. What was on its way still arrives."), "good")
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("webhooks.show_replay", webhook=webhook, replay=replay), 303)


@pages.post("/<id:webhook>/secret")
@signed_in("coordinator")
def new_secret(webhook: str) -> ResponseReturnValue:
    """Rotate: the new secret, in this answer only."""
    try:
        made = change("POST", "notifications", f"/webhooks/{webhook}/secret", {"overlap_hours": overlap()})
        return render_template("webhook_secret.html", webhook=made, fresh=False)
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("webhooks.one", webhook=webhook), 303)


@pages.post("/<id:webhook>/removal")
@signed_in("coordinator")
def remove(webhook: str) -> ResponseReturnValue:
    try:
        change("DELETE", "notifications", f"/webhooks/{webhook}")
        flash(gettext("Removed. Nothing is sent to it any more."), "good")
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("integrations.integrations"), 303)


def _done(webhook: str, method: str, path: str, body: Any, said: str) -> ResponseReturnValue:
    try:
        change(method, "notifications", f"/webhooks/{webhook}{path}", body)
        flash(said, "good")
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("webhooks.one", webhook=webhook), 303)


def _typed() -> tuple[dict[str, Any], dict[str, str]]:
    """What the form says of a webhook, and what is wrong with it."""
    given: dict[str, Any] = {name: request.form.get(name, "").strip() for name in ("url", "note", "ordering")}
    given["ordering"] = given["ordering"] or "relationship"
    given["types"] = request.form.getlist("types")
    return given, {} if given["url"] else {"url": gettext("Give the address that takes the events.")}


def _page(webhook: str, errors: dict[str, str] | None = None, **form: dict[str, Any]) -> ResponseReturnValue:
    """The whole page; `form` holds what was typed into one of its forms, where something was wrong with it."""
    found = get("notifications", f"/webhooks/{webhook}")
    types = public_types()
    wanted = {name: request.args.get(name, "").strip()[:100] for name in SEARCH}
    for name, known in (("state", DELIVERY_STATES), ("type", types)):
        if wanted[name] not in known:  # written by hand: the form shows that all are listed
            wanted[name] = ""
    after = request.args.get("after", "")[:300]
    trouble = dict(errors or {})
    try:
        log = get("notifications", f"/webhooks/{webhook}/deliveries", limit=DELIVERIES, after=after, **wanted)
    except Problem as problem:  # an address that somebody wrote by hand
        log = {"items": [], "next": None}
        trouble[""] = told(problem)
    counted = get("notifications", f"/webhooks/{webhook}/statistics", hours=HOURS)
    page = render_template(
        "webhook.html",
        webhook=found,
        title=title_of(found["url"]),
        deliveries=log["items"],
        following=log["next"],
        wanted=wanted,
        statistics=counted,
        bar=_bar(counted),
        hours=HOURS,
        replays=get("notifications", f"/webhooks/{webhook}/replays", limit=REPLAYS)["items"],
        percent=_percent,
        types=[(type, in_short(type)) for type in types],
        wanted_types=[(type, in_short(type)) for type in found["types"] or types],
        in_short=in_short,
        stamp=stamp,
        city=times.city(her_zone()),
        states=WEBHOOK_STATES,
        reasons=REASONS,
        orderings=ORDERINGS,
        orders=[(name, gettext(text)) for name, text in ORDERINGS.items()],
        delivery_states=DELIVERY_STATES,
        replay_states=REPLAY_STATES,
        overlaps=OVERLAPS,
        usual_overlap=USUAL_OVERLAP,
        edited=found | form.get("edited", {}),
        given={"from": "beginning", "since": "", "of": "", "from_sequence": ""} | form.get("replayed", {}),
        opened=next(iter(form), ""),
        errors=trouble,
    )
    return page, 422 if trouble else 200


def _percent(replay: dict[str, Any]) -> int:
    return round(100 * float(replay["share"]))


def _bar(counted: dict[str, Any]) -> list[tuple[str, float, float]]:
    """What became of the deliveries, as parts of one bar: state, where it begins, how long it is (in units of the drawing)."""
    whole = sum(counted[state] for state in DELIVERY_STATES)
    parts, at = [], 0.0
    for state in ("delivered", "waiting", "failed"):
        length = BAR_WIDTH * counted[state] / whole if whole else 0.0
        parts.append((state, round(at, 1), round(length, 1)))
        at += length
    return parts
