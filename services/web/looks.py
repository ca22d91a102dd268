"""What every template can use: texts, times, addresses of static files, who visits, and the key of each form."""

import hashlib
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, request, session, url_for
from jinja2 import StrictUndefined

from services.web import codes, sentences, times, words
from services.web.apis import Away
from services.web.visitor import asked_address, her_zone, now, once, visitor

STATIC = Path(__file__).parent / "static"
#: The lists of codes that templates put into words.
CODES = (
    "CATEGORIES",
    "CONFLICTS",
    "CONFLICTS_OF_OTHERS",
    "GROUPS",
    "PULSE_MOMENTS",
    "REPORT_STATES",
    "ROUTES",
    "SCALES",
    "SCALE_QUESTIONS",
    "STANDINGS",
    "WHY_NOT",
    "WHY_NOT_IN_SHORT",
)
STATIC_FOR_S = 365 * 24 * 3600


def furnish(app: Flask) -> None:
    """Give the templates of this application what they use."""
    env = app.jinja_env
    env.undefined = StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        lambda text: words.catalogue(words.language()).gettext(text),
        lambda one, many, num: words.catalogue(words.language()).ngettext(one, many, num),
        newstyle=True,
    )
    env.filters |= {
        "when": _when,
        "last_minute": _last_minute,
        "day": _day,
        "left": _left,
        "short_day": _short_day,
    }
    env.globals |= {
        "asset": asset,
        "once": once,
        "said": sentences.named,
        "outcome_moment": sentences.outcome_moment,
        "one_word": sentences.one_word,
        "STATES": sentences.STATES,
        "MODES": sentences.MODES,
        "PURPOSES": sentences.PURPOSES,
        "ROLES": sentences.ROLES,
        "language_name": sentences.language_name,
        "AWAY": sentences.AWAY,
        **{name: getattr(codes, name) for name in CODES},
    }
    app.context_processor(_of_this_page)
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = STATIC_FOR_S


def asset(name: str) -> str:
    """The address of a static file, which changes with its content, so that browsers may keep it."""
    return url_for("static", filename=name, v=_digest(name))


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def _of_this_page() -> dict[str, Any]:
    try:
        who = visitor()
    except Away:
        who = None
    return {
        "who": who,
        "her_name": (session.get("me") or {}).get("name", "") if who else "",
        "language": words.language(),
        "page_languages": words.LANGUAGES,
        "here": request.path,
        "asked_address": asked_address(),
        "mailbox": "mailbox.inbox" in current_app.view_functions,
        "parts_away": sorted(g.get("away", ())),
    }


def _when(text: str | datetime) -> str:
    return times.when(_moment(text), her_zone())


def _last_minute(text: str | datetime) -> str:
    """A moment from which something is over, told as the last minute before it."""
    return times.when(_moment(text) - timedelta(minutes=1), her_zone())


def _day(text: str | datetime) -> str:
    return times.day(_moment(text), her_zone())


def _short_day(text: str | datetime) -> str:
    return times.short_day(_moment(text), her_zone())


def _left(text: str | datetime) -> str:
    return times.days_left(_moment(text), now())


def _moment(text: str | datetime) -> datetime:
    return text if isinstance(text, datetime) else times.read(text)
