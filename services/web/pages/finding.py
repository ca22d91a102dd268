"""Mentors who could be hers, for a mentee who waits in a cycle: why she might want to meet each, and how they can meet (R1).

Invariant: nobody is named here. Matching tells who it is only of those whom she has met, so that she can ask; asked, they have names.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from services.web.apis import Problem
from services.web.conditions import in_the_way
from services.web.pages.pairs import reasons_in_words
from services.web.pages.touchpoints import way_in_words
from services.web.people import coordinators
from services.web.rounds_words import change_in_words
from services.web.sentences import named, reason_for_mentee, told
from services.web.visitor import get, signed_in
from services.web.words import N_, gettext

pages = Blueprint("finding", __name__)

#: Cycles that she waits in and that one page looks through; nobody waits in so many.
MAX_CYCLES = 3
#: Refusals that are said in the place of mentors.
NOT_NOW = ("too_large_to_look", "look_again")
WHY_NOBODY: Mapping[str, str] = {
    "withdrawn": N_("Your application is withdrawn. You can apply again while the cycle takes applications."),
    "matched": N_("You are matched in this cycle. Should it end, you can go back and look again."),
    "in_the_way": N_("As things are, the next round cannot take you:"),
    "no_seat": N_(
        "You have as many proposals and pairs as this programme allows. When one of them comes to an end, look again."
    ),
    "nobody": N_("Nobody who waits in this cycle fits what you look for at the moment."),
}


@pages.get("/me/mentors")
@signed_in("mentee")
def mentors() -> ResponseReturnValue:
    applied = [one for one in get("matching", "/me/applications")["items"] if one["role"] == "mentee"]
    newest = sorted(applied, key=lambda one: str(one["applied_at"]), reverse=True)
    waiting = [one for one in newest if one["state"] == "waiting"][:MAX_CYCLES]
    return render_template(
        "mentors.html",
        cycles=[_in_cycle(one) for one in waiting or newest[:1]],
        coordinators=list(coordinators().values()),
        to_come=[] if applied else get("matching", "/cycles")["items"],
    )


def _in_cycle(application: Mapping[str, Any]) -> dict[str, Any]:
    """What she finds in one cycle, in words."""
    shown: dict[str, Any] = {
        "name": get("matching", f"/cycles/{application['cycle']}")["name"],
        "nobody": "", "obstacles": [], "changes": [], "found": [],
    }  # fmt: skip
    try:
        answer = get("matching", f"/applications/{application['id']}/mentors")
    except Problem as problem:
        if problem.code not in NOT_NOW:
            raise
        return shown | {"nobody": told(problem)}
    return shown | {
        "nobody": named(WHY_NOBODY, answer["why"]) if answer["why"] else "",
        "obstacles": [in_the_way(one, "mentee") for one in answer["in_the_way"]],
        "changes": [one | {"text": change_in_words(one, "mentee")} for one in answer["changes"]],
        "found": _found(answer["items"]),
    }


def _found(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each mentor with the reasons in sentences, and the ways to meet; the same way is put into words once."""
    ways = {_key(way): way for one in items for way in one["bridge"]}
    told_ways = {key: way_in_words(way) for key, way in ways.items()}
    return [
        {
            "mentor": one["mentor"],
            "reasons": [
                _begun(text)
                for text in reasons_in_words(one["reasons"], reason_for_mentee, gettext("this mentor"))
            ],
            "ways": [told_ways[_key(way)] for way in one["bridge"]],
        }
        for one in items
    ]


def _begun(sentence: str) -> str:
    """The sentence with a capital letter, whatever stands first in it."""
    return sentence[:1].upper() + sentence[1:]


def _key(way: Mapping[str, Any]) -> tuple[str, str]:
    return str(way["route"]), str(way.get("touchpoint") or way.get("cycle") or "")
