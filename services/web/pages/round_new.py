"""Asking for a round: which kind, with which options, and what of an earlier draft stays."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from services.web.apis import LONG_READ_TIMEOUT_S, Problem
from services.web.numbers import whole_number
from services.web.people import cards, chapters, name_of
from services.web.rounds_words import ENGINE_REFUSALS, KINDS, PROMISES
from services.web.sentences import faults
from services.web.visitor import change, get, signed_in, speak_her_language
from services.web.words import LANGUAGES, gettext, ngettext

pages = Blueprint("round_new", __name__, url_prefix="/coordinator")

MAX_SEED = 2**53 - 1
MAX_FLOOR = 10**9
MAX_POINTS = 1_000
#: Points of calm where nobody asks for others, as in `engine.Options`.
CALM_POINTS = 5
MAX_GROUPS = 100
#: One per cent of the best total.
MAX_TOLERANCE_PPM = 10_000
#: Pairs whose staying one form asks about, each by its two names: those of one page of a draft, and those that stayed before.
MAX_KEPT = 300
NUMBERS: Mapping[str, int] = {
    "seed": MAX_SEED,
    "floor": MAX_FLOOR,
    "calm": MAX_POINTS,
    "stay": MAX_POINTS,
    "tolerance_ppm": MAX_TOLERANCE_PPM,
}

Form = dict[str, Any]


@pages.get("/cycles/<id:cycle>/rounds/new")
@signed_in("coordinator")
def new(cycle: str) -> ResponseReturnValue:
    return _page(cycle, _empty())


@pages.route("/rounds/<id:made>/again", methods=["GET", "POST"])
@signed_in("coordinator")
def again(made: str) -> ResponseReturnValue:
    """The form as that draft was asked for. Pairs stay that were ticked on its page, or that stayed before and were not shown there.

    Where another language is chosen on the form itself: as it was filled in so far.
    """
    draft = get("matching", f"/rounds/{made}")
    if (wanted := request.form.get("language", "")) in LANGUAGES:
        session["language"] = wanted
        speak_her_language()
        return _page(draft["cycle"], _given(), draft=draft)
    asked = draft["options"]
    ticked, shown = request.form.getlist("keep"), set(request.form.getlist("shown"))
    before = [f"{one['mentee']} {one['mentor']}" for one in asked["locked"]]
    keep = list(dict.fromkeys([*ticked, *(pair for pair in before if pair not in shown)]))
    if len(keep) > MAX_KEPT:
        flash(_too_many_kept(len(keep)), "bad")
        return redirect(url_for("rounds.look", made=made), 303)
    given: Form = {
        "kind": draft["kind"],
        "seed": str(draft["seed"]),
        "floor": str(asked["floor"]),
        "calm": str(CALM_POINTS if asked["calm"] is None else asked["calm"]),
        "stay": "0",
        "tolerance_ppm": str(asked["tolerance_ppm"]),
        "keep": keep,
        "bonus": {group: str(points) for group, points in asked["bonus"].items()},
    }
    return _page(draft["cycle"], given, draft=draft)


@pages.post("/cycles/<id:cycle>/rounds")
@signed_in("coordinator")
def draft(cycle: str) -> ResponseReturnValue:
    return _draft(cycle)


@pages.post("/rounds/<id:made>/next")
@signed_in("coordinator")
def draft_next(made: str) -> ResponseReturnValue:
    """Another draft, of whose pairs those of this one may be worth more."""
    before = get("matching", f"/rounds/{made}")
    return _draft(before["cycle"], before)


def _draft(cycle: str, before: Mapping[str, Any] | None = None) -> ResponseReturnValue:
    given, errors = _given(), {}
    if given["kind"] not in KINDS:
        errors["kind"] = gettext("Choose one.")
    for name, most in NUMBERS.items():
        if not whole_number(given[name], most):
            errors[name] = gettext("Give a whole number from 0 to %(most)s.", most=f"{most:,}")
    for place, points in enumerate(given["bonus"].values()):
        if not whole_number(points, MAX_POINTS):
            errors[f"bonus-{place}"] = gettext(
                "Give a whole number from 0 to %(most)s.", most=f"{MAX_POINTS:,}"
            )
    if len(given["keep"]) > MAX_KEPT:
        errors["keep"] = _too_many_kept(len(given["keep"]))
    if not errors:
        body = _body(given, before)
        try:
            made = change("POST", "matching", f"/cycles/{cycle}/rounds", body, timeout_s=LONG_READ_TIMEOUT_S)
            return redirect(url_for("rounds.look", made=made["id"]), 303)
        except Problem as problem:
            errors = _refused(problem)
    return _page(cycle, given, errors, before), 422


def _refused(problem: Problem) -> dict[str, str]:
    """What cannot be drafted, by the form's fields. The engine's own code is the problem's, or stands at what was asked for."""
    codes = [problem.code, *(str(one.get("code")) for one in problem.document.get("errors", ()))]
    if any(path[0] == "locked" for path, _ in problem.errors):
        codes = ["unknown_person"]
    for code in codes:
        if code in ENGINE_REFUSALS:
            field = next((path[0] for path, _ in problem.errors if path[0] in NUMBERS), "")
            option = next((path[0] for path, _ in problem.errors), "")
            words = ENGINE_REFUSALS.get(f"{code}/{option}", ENGINE_REFUSALS[code])
            return {field: _whose(problem) + gettext(words)}
    return faults(problem, *NUMBERS, "kind", "keep")


def _whose(problem: Problem) -> str:
    """Which two it is about, where the refusal names them."""
    mentee, _, mentor = str(problem.document.get("where", "")).partition("/")
    if not (mentee and mentor):
        return ""
    known = cards([mentee, mentor])
    return f"{_together(known, mentee, mentor)}: "


def _together(known: Mapping[str, Any], mentee: str, mentor: str) -> str:
    return gettext("%(mentee)s and %(mentor)s", mentee=name_of(known, mentee), mentor=name_of(known, mentor))


def _too_many_kept(pairs: int) -> str:
    return ngettext(
        "%(num)d pair is to stay together, and this form takes %(most)d at most. Take some ticks off, or ask through the API.",
        "%(num)d pairs are to stay together, and this form takes %(most)d at most. Take some ticks off, or ask through the API.",
        pairs,
        most=MAX_KEPT,
    )


def _empty() -> Form:
    return {
        "kind": "welfare",
        "seed": "0",
        "floor": "0",
        "calm": str(CALM_POINTS),
        "stay": "0",
        "tolerance_ppm": "0",
        "keep": [],
        "bonus": {},
    }


def _given() -> Form:
    """What the form says; the short one of the cycle's page says little."""
    form = request.form
    given = _empty() | {name: form[name].strip() for name in (*NUMBERS, "kind") if form.get(name, "").strip()}
    groups = form.getlist("group")[:MAX_GROUPS]
    given["bonus"] = {
        group: form.get(f"bonus-{place}", "").strip() or "0" for place, group in enumerate(groups)
    }
    given["keep"] = form.getlist("keep")
    return given


def _body(given: Form, before: Mapping[str, Any] | None) -> dict[str, Any]:
    """The same as matching takes it; only what was asked for."""
    bonus = {group: int(points) for group, points in given["bonus"].items() if int(points)}
    body: dict[str, Any] = {"kind": given["kind"], "seed": int(given["seed"])}
    if int(given["floor"]):
        body["floor"] = int(given["floor"])
    if int(given["tolerance_ppm"]):
        body["tolerance_ppm"] = int(given["tolerance_ppm"])
    if given["kind"] == "calm":
        body["calm"] = int(given["calm"])
    if before and int(given["stay"]):
        body |= {"before": before["id"], "stay": int(given["stay"])}
    if given["keep"]:
        pairs = [pair.partition(" ") for pair in given["keep"]]
        body["locked"] = [{"mentee": mentee, "mentor": mentor} for mentee, _, mentor in pairs]
    return body | ({"bonus": bonus} if bonus else {})


def _page(
    cycle: str, given: Form, errors: Mapping[str, str] | None = None, draft: Mapping[str, Any] | None = None
) -> str:
    pairs = [(pair, *pair.split(" ", 1)) for pair in given["keep"] if " " in pair]
    known = cards(one for pair in pairs for one in pair[1:])
    return render_template(
        "round_new.html",
        cycle=get("matching", f"/cycles/{cycle}"),
        draft=draft,
        given=given,
        errors=errors or {},
        kinds=[(kind, gettext(name), gettext(PROMISES[kind])) for kind, name in KINDS.items()],
        pairs=[(pair, _together(known, mentee, mentor)) for pair, mentee, mentor in pairs],
        groups=_groups(draft, given["bonus"]),
        max_floor=MAX_FLOOR,
        max_points=MAX_POINTS,
        max_seed=MAX_SEED,
        max_tolerance_ppm=MAX_TOLERANCE_PPM,
    )


def _groups(draft: Mapping[str, Any] | None, bonus: Mapping[str, str]) -> Sequence[tuple[str, str, str]]:
    """The groups of mentees that a draft tells apart, and those that have points: (group, its name, points)."""
    report = draft["report"] if draft else {}
    found = {f"{one['question']}/{one['choice']}" for one in report.get("groups", ()) if one["mentees"]}
    several = report.get("chapters", ())
    if len(several) > 1:
        found |= {f"chapter/{one['chapter']}" for one in several}
    found |= bonus.keys()
    names = chapters() if any(group.startswith("chapter/") for group in found) else {}
    return [(group, _group_name(group, names), bonus.get(group, "0")) for group in sorted(found)][:MAX_GROUPS]


def _group_name(group: str, chapter_names: Mapping[str, str]) -> str:
    question, _, choice = group.partition("/")
    return chapter_names.get(choice, choice) if question == "chapter" else f"{question}: {choice}"
