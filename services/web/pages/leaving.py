"""Taking along all that is kept about oneself, and being erased (R14).

Invariant: an export is whole or there is none: where one service is away, the page says so instead.
"""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web.apis import LONG_READ_TIMEOUT_S, Problem
from services.web.looks import STATIC
from services.web.sentences import faults
from services.web.visitor import change, end_session, fetch, now, signed_in
from services.web.words import N_, gettext

pages = Blueprint("leaving", __name__)

#: Every service that keeps something about people, and what that is.
KEEPERS = {
    "profiles": N_("Profile and sign-in"),
    "matching": N_("Applications and pairs"),
    "sessions": N_("Sessions, steps and what you wrote"),
    "notifications": N_("What you were told"),
}
#: Deeper values of an export are shown as they are in JSON.
MAX_DEPTH = 12


@pages.get("/me/export")
@signed_in()
def export() -> ResponseReturnValue:
    return render_template("export.html", keepers=[gettext(text) for text in KEEPERS.values()])


@pages.get("/me/export.zip")
@signed_in()
def take_along() -> ResponseReturnValue:
    kept = {name: fetch("GET", name, "/me/export", timeout_s=LONG_READ_TIMEOUT_S).json() for name in KEEPERS}
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "index.html",
            render_template(
                "export_document.html",
                kept=[(gettext(KEEPERS[name]), values) for name, values in kept.items()],
                made_at=now(),
                max_depth=MAX_DEPTH,
                in_words=in_words,
                as_json=as_json,
            ),
        )
        archive.writestr("cairn.css", Path(STATIC / "cairn.css").read_bytes())
        for name, values in kept.items():
            archive.writestr(f"{name}.json", as_json(values))
    return Response(
        written.getvalue(),
        mimetype="application/zip",
        headers={"Content-Disposition": f'attachment; filename="cairn-{now():%Y-%m-%d}.zip"'},
    )


@pages.route("/me/erasure", methods=["GET", "POST"])
@signed_in()
def erasure() -> ResponseReturnValue:
    errors: dict[str, str] = {}
    if request.method == "POST":
        if request.form.get("confirm") != "yes":
            errors["confirm"] = gettext("Tick the box: it cannot be undone.")
        else:
            try:
                change("DELETE", "profiles", "/me", {"confirm": True})
                end_session()
                flash(gettext("You are erased. Thank you for having been here."), "good")
                return redirect(url_for("doors.welcome"), 303)
            except Problem as problem:
                errors = faults(problem, "confirm")
    return render_template("erasure.html", errors=errors), 422 if errors else 200


def in_words(key: str) -> str:
    """A field's name for a reader: `time_zone` is Time zone."""
    return key.replace("_", " ").capitalize()


def as_json(values: Any) -> str:
    """The values as a file of JSON."""
    return json.dumps(values, ensure_ascii=False, indent=2)
