"""Whether a certificate is genuine: open to anybody who has its code, and no more is shown than it says."""

import re
from datetime import date

from babel.dates import format_date
from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from services.web.visitor import get
from services.web.words import babel_locale

pages = Blueprint("certificates", __name__)

CODE = re.compile(r"[A-Za-z2-7]{4}(-[A-Za-z2-7]{4}){3}")


@pages.get("/certificates/<code>")
def verify(code: str) -> ResponseReturnValue:
    if CODE.fullmatch(code) is None:
        abort(404)
    said = get("sessions", f"/certificates/{code}")
    days = {
        name: format_date(date.fromisoformat(said[name]), "long", locale=babel_locale())
        for name in ("first_on", "last_on", "issued_on")
    }
    return render_template("certificate.html", certificate=said, **days)
