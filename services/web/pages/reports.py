"""Reports that members filed to the coordinators of their chapter, and conflicts that coordinators set (R12)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web.apis import Problem
from services.web.codes import REPORT_STATES
from services.web.people import cards, name_of
from services.web.sentences import told
from services.web.visitor import change, get, signed_in
from services.web.words import gettext

pages = Blueprint("reports", __name__, url_prefix="/coordinator")

PAGE = 100


@pages.get("/reports")
@signed_in("coordinator")
def reports() -> ResponseReturnValue:
    state = request.args.get("state", "")
    asked: dict[str, str | int] = {"limit": PAGE, "after": request.args.get("after", "")}
    if state in REPORT_STATES:
        asked["state"] = state
    found = get("profiles", "/reports", **asked)
    known = cards(one for report in found["items"] for one in (report["by"], report["about"]))
    rows = [
        report | {"by_name": name_of(known, report["by"]), "about_name": name_of(known, report["about"])}
        for report in found["items"]
    ]
    return render_template("reports.html", reports=rows, following=found["next"], state=state)


@pages.route("/reports/<id:report>", methods=["GET", "POST"])
@signed_in("coordinator")
def report(report: str) -> ResponseReturnValue:
    if request.method == "POST":
        try:
            change("PATCH", "profiles", f"/reports/{report}", {"state": request.form.get("state", "")})
            flash(gettext("Noted. The one who reported sees it."), "good")
        except Problem as problem:
            flash(told(problem), "bad")
        return redirect(url_for("reports.report", report=report), 303)
    found = get("profiles", f"/reports/{report}")
    known = cards([found["by"], found["about"]])
    return render_template(
        "report.html",
        found=found,
        by=name_of(known, found["by"]),
        about=name_of(known, found["about"]),
        states=[state for state in REPORT_STATES if state != found["state"]],
    )


@pages.post("/members/<id:member>/conflicts")
@signed_in("coordinator")
def set_conflict(member: str) -> ResponseReturnValue:
    """Set a conflict between two members of the chapter."""
    asked = {"member": request.form.get("other", ""), "kind": request.form.get("kind", "")}
    try:
        change("POST", "profiles", f"/members/{member}/conflicts", asked)
        flash(gettext("They will not be proposed to each other. Both see that you set it."), "good")
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("coordinator.member", member=member, reason=gettext("conflicts")), 303)


@pages.post("/members/<id:member>/conflicts/<id:entry>/end")
@signed_in("coordinator")
def end_conflict(member: str, entry: str) -> ResponseReturnValue:
    try:
        change("DELETE", "profiles", f"/members/{member}/conflicts/{entry}")
        flash(gettext("Taken back."), "good")
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("coordinator.member", member=member, reason=gettext("conflicts")), 303)
