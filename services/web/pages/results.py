"""What a coordinator is told of the whole chapter: her Monday's lists, the demand by route, what became of people.

States, dates and counts only. Of pulses and outcomes, figures about whole blocks of people, with their denominators (R22, R27).
"""

from typing import Any

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from services.web.apis import LONG_READ_TIMEOUT_S
from services.web.codes import PULSE_MOMENTS
from services.web.people import cards, name_of
from services.web.plots import MEASURED_ROLES, mean_in_words, plot, share_in_words
from services.web.visitor import fetch, get, get_or_none, signed_in
from services.web.words import gettext

pages = Blueprint("results", __name__, url_prefix="/coordinator")

PAGE = 100
#: Where the chapter has no programme that says something else.
USUAL_MONTHS = (6, 12)


@pages.get("/monday")
@signed_in("coordinator")
def monday() -> ResponseReturnValue:
    """Who waits, whose votes are due, which pairs are silent, who has more than she has room for, whose address bounces."""
    lists = get("matching", "/coordinator")
    bounces = (get_or_none("notifications", "/bounces", limit=PAGE) or {"items": []})["items"]
    people = [
        *(one["member"] for one in lists["waiting"]),
        *(
            one[side]
            for kind in ("votes_due", "quiet")
            for one in lists[kind]
            for side in ("mentee", "mentor")
        ),
        *(one["mentor"] for one in lists["overloaded"]),
        *(one["member"] for one in bounces),
    ]
    known = cards(people)
    return render_template(
        "monday.html", lists=lists, bounces=bounces, name=lambda member: name_of(known, member)
    )


@pages.get("/demand")
@signed_in("coordinator")
def demand() -> ResponseReturnValue:
    counts = get("matching", "/intake/counts")
    return render_template(
        "demand.html", counts=counts, most=max((one["led"] for one in counts["routes"]), default=0)
    )


@pages.get("/outcomes")
@signed_in("coordinator")
def outcomes() -> ResponseReturnValue:
    report = get("sessions", "/outcome-report")
    pulses = get("sessions", "/pulse-report")
    rows = report["items"]
    measures = [
        ("response", gettext("How many answered")),
        ("promoted", gettext("Promoted since they were asked before")),
        ("new_role", gettext("In a new role since they were asked before")),
        ("satisfaction", gettext("Satisfied with their work, from 1 to 7")),
        ("gained", gettext("What they gained from taking part, from 1 to 7")),
    ]
    return render_template(
        "outcomes.html",
        least=report["least_people"],
        months=[] if any(row[role]["asked"] for row in rows for role in MEASURED_ROLES) else _months(),
        plots=[plot(name, title, rows) for name, title in measures],
        lines=[
            {"moment": row["moment"], "group": row["group"], "role": role} | _line(row[role])
            for row in rows
            for role in MEASURED_ROLES
            if row[role]["asked"]
        ],
        pulses=[cell for cell in pulses["items"] if cell["moment"] in PULSE_MOMENTS and cell["people"]],
    )


@pages.get("/outcomes.xlsx")
@signed_in("coordinator")
def outcomes_sheet() -> ResponseReturnValue:
    found = fetch("GET", "sessions", "/outcome-report.xlsx", timeout_s=LONG_READ_TIMEOUT_S)
    return Response(
        found.content,
        mimetype=found.media_type,
        headers={"Content-Disposition": 'attachment; filename="outcomes.xlsx"'},
    )


def _months() -> list[int]:
    """How many months after a pair's end its people are asked, in any of the chapter's programmes."""
    programmes = (get_or_none("matching", "/programmes") or {"items": []})["items"]
    found = {months for one in programmes for months in one["rules"]["outcome_months"]}
    return sorted(found or USUAL_MONTHS)


def _line(cell: dict[str, Any]) -> dict[str, Any]:
    shares = {name: share_in_words(cell[name]) for name in ("response", "promoted", "new_role")}
    means = {name: mean_in_words(cell[name], cell["counted"]) for name in ("satisfaction", "gained")}
    return {"counted": cell["counted"]} | shares | means
