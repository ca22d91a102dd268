"""How a member is told of things: by mail, by chat or not at all; quiet hours; digests. What is essential is always told."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web.apis import Problem
from services.web.codes import CHANNELS, DIGESTS, QUIET_FOR
from services.web.sentences import faults, named
from services.web.visitor import change, get, signed_in
from services.web.words import gettext

pages = Blueprint("settings", __name__)

HOURS = [(str(hour), f"{hour:02}:00") for hour in range(24)]


@pages.route("/me/settings", methods=["GET", "POST"])
@signed_in()
def settings() -> ResponseReturnValue:
    mine = get("notifications", "/me/settings")
    errors: dict[str, str] = {}
    if request.method == "POST":
        asked = _asked(mine)
        try:
            change("PATCH", "notifications", "/me/settings", asked)
            flash(gettext("Saved."), "good")
            return redirect(url_for("settings.settings"), 303)
        except Problem as problem:
            errors = faults(problem, "chat", "digest", "from_hour", "to_hour", "of")
        mine = mine | {name: asked[name] for name in asked if name != "chat"}
    page = render_template(
        "settings.html",
        mine=mine,
        channels=[(code, named(CHANNELS, code)) for code in CHANNELS],
        digests=[(code, named(DIGESTS, code)) for code in DIGESTS],
        quiet_for=[(code, named(QUIET_FOR, code)) for code in QUIET_FOR],
        hours=HOURS,
        errors=errors,
    )
    return page, 422 if errors else 200


def _asked(mine: Mapping[str, Any]) -> dict[str, Any]:
    """The change that the form means; a field that was not sent stays as it is."""
    form, quiet = request.form, mine["quiet_hours"]
    hours = {
        name: int(value) if (value := form.get(name, "")).isdecimal() and len(value) <= 2 else quiet[name]
        for name in ("from_hour", "to_hour")
    }
    asked: dict[str, Any] = {
        "categories": {
            category: form.get(f"tell-{category}", channel)
            for category, channel in mine["categories"].items()
        },
        "digest": form.get("digest", mine["digest"]),
        "quiet_hours": hours | {"of": form.get("of", quiet["of"])},
    }
    if "forget_chat" in form:
        asked["chat"] = ""
    elif address := form.get("chat", "").strip():
        asked["chat"] = address
    return asked
