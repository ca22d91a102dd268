"""One click, and no more mails of a kind: for mail programs (RFC 8058), and as a page for people who follow the link.

Invariants:
1. GET changes nothing: mail scanners and previews open links.
2. No sign-in, no cookie: the token in the address says everything. It never expires, as a mail may be old.
3. A person sees a page, whatever the link is worth: what is off now, the way back, and where all settings are.
"""

import base64
import hashlib
from pathlib import Path

from flask import Response, request
from flask_smorest import Blueprint
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from marshmallow import Schema, fields

from services.notifications import wishes
from services.notifications.domain.people import Person, first_zone
from services.notifications.domain.preferences import all_off
from services.notifications.kinds import CHAPTERS, PEOPLE
from services.notifications.mail.words import Words, best_language
from services.notifications.paging import Json
from services.notifications.unsubscribing import PATH, Unsubscription, read_token
from shared.errors import NotThere
from shared.http import Body, call_of_anybody, open_to_anybody, room

BLP = Blueprint("unsubscription", __name__, description="No more mails of a kind, by one click")

#: What mail programs send, and no form of ours does (RFC 8058 section 3.2).
MACHINE_FIELD, MACHINE_VALUE = "List-Unsubscribe", "One-Click"

STYLE = """
body { margin: 0; background: #f5f5f2; color: #1c1c1a; font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 36em; margin: 0 auto; padding: 24px }
button { background: #1f5f4a; color: #fff; font: inherit; padding: 10px 18px; border: 0; border-radius: 6px; cursor: pointer }
a { color: #1f5f4a }
:focus-visible { outline: 3px solid #1f5f4a; outline-offset: 3px }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
)


class TokenQuery(Body):
    """The signed token of a mail. What others put behind a link that they pass on is not looked at."""

    token = fields.String(load_default="")


class Unsubscribed(Schema):
    status = fields.String(required=True)


@BLP.route(PATH, methods=["POST"])
@open_to_anybody
@BLP.arguments(TokenQuery, location="query")
@BLP.response(200, Unsubscribed)
def unsubscribe(asked: Json) -> Json | Response:
    """One click of a mail program (RFC 8058), or a button of the page: `then=on` is the way back. A repeat changes nothing."""
    machine = request.form.get(MACHINE_FIELD) == MACHINE_VALUE
    found = read_token(asked["token"], room().keys)
    person = _person(found) if found else None
    if found is None or (person is None and not machine):
        if machine:
            raise NotThere("link")
        return _broken()
    on = not machine and request.form.get("then") == "on"
    switch = wishes.switch_on if on else wishes.switch_off
    room().store.change(call_of_anybody(found.chapter), lambda tx: switch(tx, found.member, found.categories))
    if machine:
        return {"status": "unsubscribed"}
    return _page(found, asked["token"], changed=True)


@BLP.route(PATH)
@open_to_anybody
@BLP.arguments(TokenQuery, location="query")
def unsubscription_page(asked: Json) -> Response:
    """How it stands with these mails, and the button that changes it."""
    found = read_token(asked["token"], room().keys)
    return _page(found, asked["token"]) if found and _person(found) else _broken()


def category_names(say: Words) -> dict[str, str]:
    """What the optional categories are called, as on the page of settings."""
    return {
        "sessions": say("Sessions: arranged, moved, cancelled"),
        "steps": say("Steps: agreed, done, due"),
        "goals": say("Goals: set, commented"),
        "reminders": say("A nudge after weeks of silence"),
        "thanks": say("Thanks and certificates"),
        "surveys": say("Pulses and questions on what became of you"),
        "staff": say("Silent pairs and failing receivers, for coordinators"),
    }


def _person(found: Unsubscription) -> Person | None:
    """Whose mails they are; None where she has left."""
    person = room().store.reader(found.chapter).load(PEOPLE, found.member)
    return None if person is None or person.erased else person


def _words(*tags: str) -> Words:
    """In the language of her mails; where nothing is known of her, in her browser's."""
    return Words(best_language([*tags, *request.accept_languages.values()]), first_zone([]))


def _page(found: Unsubscription, token: str, *, changed: bool = False) -> Response:
    reader = room().store.reader(found.chapter)
    person, chapter = reader.get(PEOPLE, found.member), reader.load(CHAPTERS, found.chapter)
    say = _words(person.locale, *(chapter.locales if chapter else ()))
    names = category_names(say)
    kinds = [names[one] for one in found.categories if one in names]
    if all_off(person.preferences, found.categories):
        return _render(
            say,
            title=say("These mails are off"),
            text=say("You get no more mails about:"),
            kinds=kinds,
            after=say("What needs your answer still comes by mail."),
            button=say("Switch them on again"),
            then="on",
            action=f"{PATH}?token={token}",
        )
    title = say("You get these mails again") if changed else say("No more mails of this kind?")
    text = say("You get mails about:")
    return _render(
        say,
        title=title,
        text=text,
        kinds=kinds,
        after="",
        button=say("Switch them off") if changed else say("Yes, switch them off"),
        then="off",
        action=f"{PATH}?token={token}",
    )


def _broken() -> Response:
    say = _words()
    page = _render(
        say,
        title=say("This link does not work"),
        text=say(
            "It may have been cut off on its way, or it belongs to somebody who has left. Nothing was changed."
        ),
        kinds=[],
        after=say("Try the link in a newer mail, or change what you are told in your settings."),
        button="",
        then="",
        action="",
    )
    page.status_code = 404
    return page


def _render(say: Words, **what: str | list[str]) -> Response:
    text = _PAGES.get_template("unsubscription.html").render(
        language=say.tag,
        style=STYLE,
        settings=f"{room().settings.public_url}/me/settings",
        all_settings=say("All that I am told, and how"),
        **what,
    )
    return Response(text, mimetype="text/html", headers=_HEADERS)
