"""Who follows the chapter's events: service accounts, made and taken back here, and the chapter's own webhooks at a glance.

Invariant: a key or a secret is on the page that answers the form which made it, and nowhere else: no cookie, no address holds it.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from services.web import times
from services.web.apis import Problem
from services.web.integrations import (
    ORDERINGS,
    REASONS,
    SANDBOX,
    SCOPES,
    WEBHOOK_STATES,
    commands_to_try,
    in_short,
    public_types,
    stamp,
    title_of,
)
from services.web.sentences import faults, told
from services.web.visitor import change, get, her, her_zone, now, signed_in
from services.web.words import N_, gettext

pages = Blueprint("integrations", __name__, url_prefix="/coordinator/integrations")

PAGE = 100
USES = 50
MAX_NAME_CHARS = 100
MAX_NOTE_CHARS = 200
#: For how many hours an old key or secret may live on beside a new one, and how long it usually does.
OVERLAPS: Mapping[int, str] = {0: N_("Not at all"), 24: N_("24 hours"), 168: N_("7 days")}
USUAL_OVERLAP = 24
#: Of a download: events in one question to the feed, and questions in all.
EVENTS_A_PAGE = 500
MAX_PAGES = 10_000
#: Downloads that one process serves at once: each has a thread to itself.
MAX_DOWNLOADS = 2

_downloading = threading.BoundedSemaphore(MAX_DOWNLOADS)


@pages.get("")
@signed_in("coordinator")
def integrations() -> ResponseReturnValue:
    return _overview()


@pages.post("/accounts")
@signed_in("coordinator")
def make_account() -> ResponseReturnValue:
    """The new account with its key, in this answer only."""
    given = {"name": request.form.get("name", "").strip(), "scopes": request.form.getlist("scopes")}
    errors = {}
    if not given["name"]:
        errors["name"] = gettext("Give it a name: whose system it is.")
    if not given["scopes"]:
        errors["scopes"] = gettext("Choose at least one.")
    if not errors:
        try:
            made = change("POST", "notifications", "/service-accounts", given)
            return _key_page(made["id"], made["name"], made["key"])
        except Problem as problem:
            errors = faults(problem, *given)
    return _overview(account=given, errors=errors)


@pages.post("/accounts/grants")
@signed_in("coordinator")
def let_in() -> ResponseReturnValue:
    """Scopes here for an account of another chapter, or other scopes for one that has some."""
    account = request.form.get("account", "").strip()
    given = {"account": account, "scopes": request.form.getlist("granted")}
    errors = {}
    if not account:
        errors["account"] = gettext("Give its id, as whoever runs it told you: svc_…")
    if not given["scopes"]:
        errors["granted"] = gettext("Choose at least one.")
    if not errors:
        try:
            change("POST", "notifications", "/service-accounts/grants", given)
            flash(gettext("Saved. It counts from now on."), "good")
            return redirect(url_for("integrations.account", account=account), 303)
        except Problem as problem:
            if problem.status == 404:
                errors["account"] = gettext("No service account has this id, or it was closed.")
            else:
                errors = faults(problem, "account", "granted")
    return _overview(grant={"account": account, "scopes": given["scopes"]}, errors=errors)


@pages.get("/accounts/<id:account>")
@signed_in("coordinator")
def account(account: str) -> ResponseReturnValue:
    found = get("notifications", f"/service-accounts/{account}")
    used = get(
        "notifications",
        f"/service-accounts/{account}/uses",
        limit=USES,
        after=request.args.get("after", "")[:100],
    )
    return render_template(
        "account.html",
        account=found,
        uses=used["items"],
        following=used["next"],
        scopes=_scopes(),
        overlaps=OVERLAPS,
        usual_overlap=USUAL_OVERLAP,
        stamp=stamp,
        city=times.city(her_zone()),
    )


@pages.post("/accounts/<id:account>/keys")
@signed_in("coordinator")
def new_key(account: str) -> ResponseReturnValue:
    """Rotate: the new key, in this answer only."""
    try:
        made = change(
            "POST", "notifications", f"/service-accounts/{account}/keys", {"overlap_hours": overlap()}
        )
    except Problem as problem:
        flash(told(problem), "bad")
        return redirect(url_for("integrations.account", account=account), 303)
    name = get("notifications", f"/service-accounts/{account}")["name"]
    return _key_page(account, name, made["key"])


@pages.post("/accounts/<id:account>/keys/<id:key>/removal")
@signed_in("coordinator")
def remove_key(account: str, key: str) -> ResponseReturnValue:
    try:
        change("DELETE", "notifications", f"/service-accounts/{account}/keys/{key}")
        flash(gettext("Taken back. It opens nothing any more."), "good")
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("integrations.account", account=account), 303)


@pages.post("/accounts/<id:account>/removal")
@signed_in("coordinator")
def remove_account(account: str) -> ResponseReturnValue:
    try:
        change("DELETE", "notifications", f"/service-accounts/{account}")
        flash(gettext("Taken back. It may do nothing here any more."), "good")
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("integrations.integrations"), 303)


@pages.get("/events.ndjson")
@signed_in("coordinator")
def download() -> ResponseReturnValue:
    """Every event of the chapter so far, one a line. It is read as it is sent: a file of any length takes no memory."""
    first = _events("")
    if not _downloading.acquire(blocking=False):
        flash(gettext("Others are downloading. Try again in a minute."), "bad")
        return redirect(url_for("integrations.integrations"), 303)
    answer = Response(
        stream_with_context(_lines(first)),
        content_type="application/x-ndjson",
        headers={"Content-Disposition": f'attachment; filename="cairn-events-{now():%Y-%m-%d}.ndjson"'},
    )
    answer.call_on_close(_downloading.release)
    return answer


def _lines(page: Any) -> Iterator[str]:
    for _ in range(MAX_PAGES):
        for event in page["items"]:
            yield json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n"
        if not page["more"]:
            return
        page = _events(page["next"])


def _events(after: str) -> Any:
    return get("notifications", "/relationship-events", limit=EVENTS_A_PAGE, after=after)


def overlap() -> int:
    """For how many hours the form lets the old one live on."""
    wanted = request.form.get("overlap", "")
    return int(wanted) if wanted in map(str, OVERLAPS) else USUAL_OVERLAP


def _key_page(account: str, name: str, key: str | None) -> ResponseReturnValue:
    commands = commands_to_try(account, key) if key else []
    return render_template("account_key.html", account=account, name=name, key=key, commands=commands)


def _scopes() -> list[tuple[str, str]]:
    """The scopes in words, each with its name."""
    return [(scope, f"{gettext(text)} ({scope})") for scope, text in SCOPES.items()]


def _overview(**form: Any) -> ResponseReturnValue:
    """The whole page; `form` holds what was typed into one of its forms, and what was wrong with it."""
    errors = form.get("errors", {})
    page = render_template(
        "integrations.html",
        accounts=get("notifications", "/service-accounts", limit=PAGE)["items"],
        webhooks=get("notifications", "/webhooks", limit=PAGE)["items"],
        types=[(type, in_short(type)) for type in public_types()],
        scopes=_scopes(),
        orderings=[(name, gettext(text)) for name, text in ORDERINGS.items()],
        states=WEBHOOK_STATES,
        reasons=REASONS,
        title_of=title_of,
        in_sandbox=her().chapter.startswith(SANDBOX),
        account={"name": "", "scopes": list(SCOPES)} | form.get("account", {}),
        grant={"account": "", "scopes": ["events:read"]} | form.get("grant", {}),
        webhook={"url": "", "types": [], "ordering": "relationship", "note": ""} | form.get("webhook", {}),
        opened=next((name for name in ("account", "grant", "webhook") if name in form), ""),
        errors=errors,
    )
    return page, 422 if errors else 200


overview = _overview
