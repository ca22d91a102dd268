"""Mentors for one mentee, as a coordinator looks for them before introducing two people: those first who would gain her most and others
least miss."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.web import rounds_plots
from services.web.apis import Problem
from services.web.pages.round_answers import MAX_CHOICES, applicants, no_answer
from services.web.pages.rounds import reasons_in_short
from services.web.people import cards, name_of
from services.web.visitor import get, signed_in

pages = Blueprint("discovery", __name__, url_prefix="/coordinator/cycles")


@pages.get("/<id:cycle>/mentors")
@signed_in("coordinator")
def mentors(cycle: str) -> ResponseReturnValue:
    mentee = request.args.get("mentee", "")
    choices, cut = applicants(cycle, "mentee")
    names = dict(choices)
    found: list[dict[str, Any]] = []
    refusal = ""
    if mentee:
        try:
            found = _found(get("matching", f"/cycles/{cycle}/discovery", mentee=mentee)["items"])
        except Problem as problem:
            refusal = no_answer(problem)
    return render_template(
        "discovery.html",
        cycle=get("matching", f"/cycles/{cycle}"),
        choices=choices,
        most=rounds_plots.number(MAX_CHOICES) if cut else "",
        mentee=mentee,
        name=names.get(mentee) or (name_of(cards([mentee]), mentee) if mentee else ""),
        found=found,
        refusal=refusal,
    )


def _found(items: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    known = cards(one["mentor"] for one in items)
    return [
        {**one, "name": name_of(known, one["mentor"]), "reasons": reasons_in_short(one["reasons"])}
        for one in items
    ]
