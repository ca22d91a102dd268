"""A coordinator's questions about a round: why these two, or why not; what would help somebody left over; what another draft does
differently.

Invariant: what is said here of exclusions names nobody, and nothing rests on sensitive answers.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from services.web import rounds_plots, sentences
from services.web.apis import Problem
from services.web.people import cards, name_of
from services.web.rounds_words import (
    SKIPPED,
    STATES,
    asked_in_words,
    change_in_words,
    parts_in_words,
    stopped_by,
)
from services.web.visitor import get, signed_in
from services.web.words import N_, gettext

pages = Blueprint("round_answers", __name__, url_prefix="/coordinator/rounds")

PAGE = 100
#: Pages of applicants to choose from; beyond them, a pair is reached from the round's own lists.
CHOICE_PAGES = 10
MAX_CHOICES = CHOICE_PAGES * PAGE
SIDES = ("mentee", "mentor")
#: Why there is no answer now, said on the page: too many wait, or they are being read.
NOT_NOW = ("too_large_to_look", "look_again")
GONE = N_("Somebody whom you ask about has not applied to this cycle, or has withdrawn.")
FIGURES = (
    "total",
    "of_best_ppm",
    "mentees",
    "mentors",
    "blocking_pairs",
    "worst_decile_mentees",
    "worst_decile_mentors",
)
#: The options that change what the best total is. Beside other ones, a share of it says nothing of the totals above it.
OF_THE_BEST = ("floor", "bonus", "stay", "before", "locked")


@pages.get("/<id:made>/pair")
@signed_in("coordinator")
def pair(made: str) -> ResponseReturnValue:
    this_round = get("matching", f"/rounds/{made}")
    chosen = {side: request.args.get(side, "") for side in SIDES}
    told = None
    if all(chosen.values()):
        try:
            told = get("matching", f"/rounds/{made}/explanation", **chosen)
        except Problem as problem:
            flash(no_answer(problem), "note")
    listed = {side: applicants(this_round["cycle"], side) for side in SIDES}
    choices = {side: listed[side][0] for side in SIDES}
    names = dict(entry for side in SIDES for entry in choices[side])
    known = cards(member for member in chosen.values() if member and member not in names)
    return render_template(
        "round_pair.html",
        round=this_round,
        skipped=SKIPPED,
        chosen=chosen,
        choices=choices,
        most=rounds_plots.number(MAX_CHOICES) if any(cut for _, cut in listed.values()) else "",
        names={side: names.get(member) or name_of(known, member) for side, member in chosen.items()},
        told=told and _told(told),
        about=_has_a_gap(this_round),
    )


@pages.get("/<id:made>/help")
@signed_in("coordinator")
def what_helps(made: str) -> ResponseReturnValue:
    member, side = request.args.get("member", ""), request.args.get("side", "")
    if side not in SIDES or not member:
        raise NotFound
    this_round = get("matching", f"/rounds/{made}")
    try:
        found = get("matching", f"/rounds/{made}/help", member=member, side=side)
    except Problem as problem:
        flash(no_answer(problem), "note")
        return redirect(url_for("rounds.look", made=made), 303)
    known = cards([member, *(one["mentor"] for one in found["seats"])])
    return render_template(
        "round_help.html",
        made=made,
        cycle=this_round["cycle"],
        about=_has_a_gap(this_round),
        member=member,
        side=side,
        name=name_of(known, member),
        changes=[one | {"text": change_in_words(one, side)} for one in found["changes"]],
        seats=[one | {"name": name_of(known, one["mentor"])} for one in found["seats"]],
    )


@pages.get("/<id:made>/comparison")
@signed_in("coordinator")
def compare(made: str) -> ResponseReturnValue:
    other = request.args.get("with", "")
    if not other:
        raise NotFound
    try:
        found = get("matching", f"/rounds/{made}/comparison", **{"with": other})
    except Problem as problem:
        if problem.code != "too_large_to_look":
            raise
        flash(gettext("These two rounds have too many proposals to be set side by side."), "note")
        return redirect(url_for("rounds.look", made=made), 303)
    both = [get("matching", f"/rounds/{one}") for one in (made, other)]
    figures = {one["name"]: (one["one"], one["other"]) for one in found["figures"]}
    known = cards(
        [one["mentee"] for one in found["changes"]]
        + [offer["mentor"] for one in found["changes"] for offer in (*one["one"], *one["other"])]
    )
    titles = {
        "u": gettext("What mentees get"),
        "v": gettext("What mentors get"),
        "w": gettext("Both together"),
    }
    spreads = [
        rounds_plots.spread(name, title, *(one[name] for one in figures["spread"]))
        for name, title in titles.items()
        if all(figures["spread"])
    ]
    return render_template(
        "round_compare.html",
        rounds=both,
        asked=asked_in_words,
        states=STATES,
        found=found,
        lines=_lines(figures, one_best=found["same_market"] and _asked_alike(*both)),
        number=rounds_plots.number,
        spreads=[one for one in spreads if one],
        changes=[
            {
                "mentee": name_of(known, one["mentee"]),
                "one": _offers(one["one"], known),
                "other": _offers(one["other"], known),
            }
            for one in found["changes"]
        ],
    )


def _told(told: Mapping[str, Any]) -> dict[str, Any]:
    """An explanation in sentences."""
    price = told["price"]
    return {
        **told,
        "stopped": stopped_by(told["stops"]),
        "parts": {side: parts_in_words(told[f"parts_{side}"]) for side in SIDES},
        "both": _sum(price["mentee_price"], price["mentor_price"]) if price else None,
    }


def _has_a_gap(this_round: Mapping[str, Any]) -> bool:
    """Whether a little less than the best total was taken, sooner: its prices are about right then, and not to the point."""
    return bool(this_round["report"].get("gap"))


def _sum(*prices: int | None) -> int | None:
    """None where the prices are told to nobody."""
    known = [one for one in prices if one is not None]
    return sum(known) if len(known) == len(prices) else None


def no_answer(problem: Problem) -> str:
    """Why there is no answer about somebody now, in words; what is none of these reasons is raised again."""
    if problem.status == 404:
        return gettext(GONE)
    if problem.code not in NOT_NOW:
        raise problem
    return sentences.told(problem)


def applicants(cycle: str, role: str) -> tuple[list[tuple[str, str]], bool]:
    """Who has applied to the cycle in a role, as id and name, by name: `MAX_CHOICES` at most, and whether there are more."""
    found: list[str] = []
    after = ""
    for _ in range(CHOICE_PAGES):
        page = get("matching", f"/cycles/{cycle}/applications", role=role, limit=PAGE, after=after)
        found += [one["member"] for one in page["items"] if one["state"] != "withdrawn"]
        after = page["next"] or ""
        if not after:
            break
    known = cards(found)
    named = ((one, name_of(known, one)) for one in found)
    return sorted(named, key=lambda entry: entry[1].casefold()), bool(after)


def _asked_alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(one["options"][name] == other["options"][name] for name in OF_THE_BEST)


def _lines(figures: Mapping[str, tuple[Any, Any]], *, one_best: bool) -> list[tuple[str, str, str]]:
    """What both reports say, in words; what an older one does not hold is left open. `one_best`: both had the same best total."""
    names = dict(
        zip(
            FIGURES,
            (
                gettext("Total score"),
                gettext("Of the best total with its own options, at least"),
                gettext("Mentees with a proposal"),
                gettext("Mentors with a proposal"),
                gettext("Pairs that would rather have each other"),
                gettext("What the weakest tenth of mentees gets, in points"),
                gettext("What the weakest tenth of mentors gets, in points"),
            ),
            strict=True,
        )
    )
    shown = [key for key in FIGURES if one_best or key != "of_best_ppm"]
    return [(names[key], _figure(key, figures[key][0]), _figure(key, figures[key][1])) for key in shown]


def _figure(key: str, value: Any) -> str:
    if value is None:
        return "-"
    if key in ("mentees", "mentors"):
        return rounds_plots.share_in_words(value)
    return rounds_plots.of_best(value) if key == "of_best_ppm" else rounds_plots.number(value)


def _offers(offers: list[Mapping[str, Any]], known: Mapping[str, Any]) -> list[str]:
    return [name_of(known, one["mentor"]) + _points(one["w"]) for one in offers]


def _points(w: int | None) -> str:
    return "" if w is None else f" ({rounds_plots.number(w)})"
