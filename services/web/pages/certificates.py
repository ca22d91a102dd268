"""Certificates: one's own, each as a page to print; and whether one is genuine, open to anybody who has its code.

The open page shows no more than the certificate says (R18).
"""

import re
from datetime import date

from babel.dates import format_date
from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web.apis import Problem
from services.web.sentences import told
from services.web.visitor import change, fetch, get, signed_in
from services.web.words import LANGUAGES, babel_locale, gettext, language, ngettext

pages = Blueprint("certificates", __name__)

CODE = re.compile(r"[A-Za-z2-7]{4}(-[A-Za-z2-7]{4}){3}")


@pages.get("/certificates/<code>")
def verify(code: str) -> ResponseReturnValue:
    if CODE.fullmatch(code) is None:
        abort(404)
    said = get("sessions", f"/certificates/{code}")
    return render_template("certificate.html", certificate=said, **_days(said))


@pages.get("/me/certificates")
@signed_in()
def mine() -> ResponseReturnValue:
    """Her certificates, each to take along and to show."""
    found = get("sessions", "/me/certificates", after=request.args.get("after", ""))
    certificates = [one | _days(one) for one in found["items"]]
    return render_template("certificates.html", certificates=certificates, next=found["next"])


@pages.get("/me/certificates/<id:certificate>.pdf")
@signed_in()
def pdf(certificate: str) -> ResponseReturnValue:
    locale = request.args.get("locale", "")
    locale = locale if locale in LANGUAGES else language()
    answer = fetch("GET", "sessions", f"/me/certificates/{certificate}.pdf", query={"locale": locale})
    named = {"Content-Disposition": 'attachment; filename="certificate.pdf"'}
    return Response(answer.content, mimetype="application/pdf", headers=named)


@pages.post("/relationships/<id:rel>/certificate")
@signed_in("mentee", "mentor")
def issue(rel: str) -> ResponseReturnValue:
    """Take a certificate over all that took place so far."""
    try:
        change("POST", "sessions", f"/pairs/{rel}/certificate")
    except Problem as problem:
        flash(_too_few(problem) if problem.code == "too_few_sessions" else told(problem), "bad")
        return redirect(url_for("pairs.relationship", rel=rel), 303)
    flash(gettext("Here it is."), "good")
    return redirect(url_for("certificates.mine"), 303)


def _too_few(problem: Problem) -> str:
    """How many sessions there were, and how many it takes, where the refusal says so."""
    held, least = problem.document.get("held"), problem.document.get("least")
    if not isinstance(held, int) or not isinstance(least, int):
        return told(problem)
    return ngettext(
        "A certificate needs %(least)s sessions that took place; so far there was %(num)d.",
        "A certificate needs %(least)s sessions that took place; so far there were %(num)d.",
        held,
        least=least,
    )


def _days(said: dict[str, str]) -> dict[str, str]:
    return {
        name: format_date(date.fromisoformat(said[name]), "long", locale=babel_locale())
        for name in ("first_on", "last_on", "issued_on")
    }
