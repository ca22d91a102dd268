"""The mailbox of a local stack: every mail that Cairn sent, so that each link can be followed. In other modes this page does not exist."""

import json
from typing import Any
from urllib.parse import urlencode

import urllib3
from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from services.web import times
from services.web.apis import Away
from services.web.visitor import her_zone, visitor

pages = Blueprint("mailbox", __name__, url_prefix="/mailbox")

TIMEOUT_S = 5.0
PAGE = 100
#: As many as the mail catcher lists at a time, the newest; it may keep more.
MAX_LISTED = 500
MAX_MAIL_BYTES = 16 * 1024 * 1024
_POOL = urllib3.PoolManager(timeout=TIMEOUT_S, retries=False)


@pages.get("")
def inbox() -> ResponseReturnValue:
    to = request.args.get("to", "").strip()[:254]
    before = request.args.get("before", type=int)
    asked = {"limit": MAX_LISTED} | ({"to": to} if to else {})
    listed = json.loads(_caught(f"/messages?{urlencode(asked)}"))["messages"]
    older = listed if before is None else [mail for mail in listed if mail["id"] < _id(before)]
    mails, further = older[:PAGE], older[PAGE:]
    return render_template(
        "mailbox.html",
        mails=[mail | {"at": _at(mail)} for mail in mails],
        to=to,
        before=before,
        following=int(mails[-1]["id"]) if further else None,
        most=MAX_LISTED if len(listed) == MAX_LISTED and not further else None,
    )


@pages.get("/<int:mail>")
def letter(mail: int) -> ResponseReturnValue:
    found = json.loads(_caught(f"/messages/{_id(mail)}"))
    return render_template("mail.html", mail=found, at=_at(found))


@pages.get("/<int:mail>/raw")
def raw(mail: int) -> ResponseReturnValue:
    return Response(_caught(f"/messages/{_id(mail)}/raw"), mimetype="text/plain")


@pages.get("/<int:mail>/attachments/<int:number>")
def attachment(mail: int, number: int) -> ResponseReturnValue:
    """Always as a download: what others wrote is never shown as a page of ours."""
    described = json.loads(_caught(f"/messages/{_id(mail)}"))["attachments"]
    if number >= len(described):
        raise NotFound
    answer = Response(
        _caught(f"/messages/{_id(mail)}/attachments/{number}"), content_type=described[number]["content_type"]
    )
    name = described[number]["filename"] or (
        "invitation.ics" if described[number]["content_type"] == "text/calendar" else "attachment"
    )
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _id(mail: int) -> str:
    return f"{mail:010d}"


def _at(mail: dict[str, Any]) -> str:
    place = her_zone() if visitor() else times.zone("UTC")
    return times.when(times.read(mail["received_at"]), place)


def _caught(path: str) -> bytes:
    """What the mail catcher answers. `Away` where it does not, `NotFound` where it has no such mail (any longer)."""
    try:
        answer = _POOL.request(
            "GET",
            current_app.extensions["cairn.settings"].mailbox_url.rstrip("/") + path,
            preload_content=False,
        )
        content = answer.read(MAX_MAIL_BYTES)
        answer.release_conn()
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Away("mailbox") from error
    if answer.status == 404:
        raise NotFound
    if answer.status != 200:
        raise Away("mailbox")
    return content
