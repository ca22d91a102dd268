"""What a member says about herself, and who of the chapter's staff looked at it (R16)."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from services.web import times
from services.web.apis import Problem
from services.web.numbers import whole_number
from services.web.people import areas
from services.web.sentences import faults, language_name
from services.web.visitor import change, get, her, signed_in
from services.web.words import LANGUAGES, N_, gettext

pages = Blueprint("details", __name__)

#: Parts of a day that a member ticks, each with its hours on the chapter's clock: from, until before.
PARTS_OF_DAY = (
    ("early", N_("Early"), 6, 9),
    ("morning", N_("Morning"), 9, 12),
    ("noon", N_("Noon"), 12, 14),
    ("afternoon", N_("Afternoon"), 14, 18),
    ("evening", N_("Evening"), 18, 22),
)
DAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
SPOKEN = (
    "en",
    "zh",
    "de",
    "fr",
    "it",
    "es",
    "pt",
    "ja",
    "ko",
    "ru",
    "ar",
    "hi",
    "nl",
    "tr",
    "pl",
    "vi",
    "th",
    "id",
)
WISHES = ((1, N_("a little")), (2, N_("much")), (3, N_("most of all")))
MAX_YEARS = 70
MAX_CAPACITY = 20


@pages.route("/me/details", methods=["GET", "POST"])
@signed_in()
def details() -> ResponseReturnValue:
    mine = get("profiles", "/me")
    errors: dict[str, str] = {}
    if request.method == "POST":
        asked, errors = _asked(mine)
        if not errors:
            try:
                change("PATCH", "profiles", "/me", asked)
                session.pop("language", None)
                session["me"] = {name: asked[name] for name in ("name", "locale", "time_zone")}
                flash(gettext("Saved."), "good")
                return redirect(url_for("details.details"), 303)
            except Problem as problem:
                errors = faults(problem, "name", "time_zone", "roles", "languages", "capacity")
        mine = mine | asked
    return render_template("details.html", mine=mine, errors=errors, **_choices(mine)), 422 if errors else 200


@pages.get("/me/looks")
@signed_in()
def looks() -> ResponseReturnValue:
    after = request.args.get("after", "")
    found = get("profiles", "/me/looks", **({"after": after} if after else {}))
    return render_template("looks.html", looks=found["items"], following=found["next"])


def _asked(mine: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The change that the form means, and what cannot be understood in it."""
    form, errors = request.form, dict[str, str]()
    asked: dict[str, Any] = {
        "name": form.get("name", "").strip(),
        "locale": form.get("locale", "en"),
        "time_zone": form.get("time_zone", ""),
        "roles": form.getlist("roles"),
        "languages": sorted(
            {*form.getlist("languages"), *(one for one in mine["languages"] if one not in SPOKEN)}
        ),
    }
    if not asked["name"]:
        errors["name"] = gettext("Give your name.")
    if not asked["roles"] and "coordinator" not in her().roles:
        errors["roles"] = gettext("Choose one or both.")
    if "whole" not in form:  # who takes no part is not asked for the rest
        return asked, errors
    asked |= {
        "areas_wanted": [
            {"area": area, "weight": int(weight)}
            for area, weight in _filled("wants-")
            if weight in ("1", "2", "3")
        ],
        "areas_offered": [],
        "wants_to_learn": form.getlist("wants_to_learn"),
        "could_teach": form.getlist("could_teach"),
        "hours": _hours(mine["hours"], form.getlist("hours")),
    }
    for area, years in _filled("offers-"):
        if not whole_number(years, MAX_YEARS):
            errors[f"offers-{area}"] = gettext(
                "%(area)s: give whole years, at most %(num)d.", area=areas().get(area, area), num=MAX_YEARS
            )
        else:
            asked["areas_offered"].append({"area": area, "years": int(years)})
    capacity = form.get("capacity", "0").strip() or "0"
    if not whole_number(capacity, MAX_CAPACITY):
        errors["capacity"] = gettext("Give a whole number, at most %(num)d.", num=MAX_CAPACITY)
    else:
        asked["capacity"] = int(capacity)
    return asked, errors


def _filled(prefix: str) -> list[tuple[str, str]]:
    return [
        (name.removeprefix(prefix), value.strip())
        for name, value in request.form.items()
        if name.startswith(prefix) and value.strip()
    ]


def _hours(before: Iterable[int], ticked: Iterable[str]) -> list[int]:
    """The free hours of the week: a part of a day that was left as it was keeps its hours, also where only some of them are free."""
    hours, wanted = set(before), set(ticked)
    for day in range(len(DAYS)):
        for part, _, start, end in PARTS_OF_DAY:
            block = set(range(day * 24 + start, day * 24 + end))
            if f"{day}-{part}" in wanted:
                hours |= block
            elif block <= hours:
                hours -= block
    return sorted(hours)


def _choices(mine: Mapping[str, Any]) -> dict[str, Any]:
    names = areas()
    offered = {offer["area"]: offer["years"] for offer in mine["areas_offered"]}
    wanted = {wish["area"]: wish["weight"] for wish in mine["areas_wanted"]}
    hours = set(mine["hours"])
    week = [
        (
            gettext(text),
            [
                (f"{day}-{part}", block <= hours, sorted(block & hours) if not block <= hours else [])
                for part, _, start, end in PARTS_OF_DAY
                for block in [set(range(day * 24 + start, day * 24 + end))]
            ],
        )
        for day, text in enumerate(DAYS)
    ]
    return {
        "areas": [
            (slug, names.get(slug, slug)) for slug in [*names, *sorted({*offered, *wanted} - set(names))]
        ],
        "offered": offered,
        "wanted": wanted,
        "wishes": [(weight, gettext(text)) for weight, text in WISHES],
        "spoken": [(tag, language_name(tag)) for tag in SPOKEN],
        "zones": [
            (name, name.replace("_", " ")) for name in dict.fromkeys([mine["time_zone"], *times.zone_names()])
        ],
        "locales": list(LANGUAGES.items()),
        "week": week,
        "parts": [(gettext(text), f"{start}–{end}") for _, text, start, end in PARTS_OF_DAY],  # noqa: RUF001 - an en dash between hours
        "takes_part": bool({"mentee", "mentor"} & set(mine["roles"])),
    }
