"""A member's own page: what waits for her, whom she is paired with, where she can apply."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from services.web import times
from services.web.apis import Problem
from services.web.conditions import in_the_way
from services.web.pages import asked
from services.web.people import cards, name_of
from services.web.sentences import told
from services.web.visitor import change, get, get_or_none, her, me, now, signed_in
from services.web.words import gettext

pages = Blueprint("member", __name__)

OPEN_STATES = ("proposed", "introduction", "booked", "voting", "trial", "active", "review", "paused")
#: How long before a trial ends its renewal stands among what waits.
RENEWAL_DUE = timedelta(days=14)
#: Refusals after which the intake is the next page.
NEEDS_INTAKE = ("not_in_the_pool", "intake_missing")
#: Applications to cycles that take none any more, shown with where she stands.
MAX_ELSEWHERE = 10
#: Pairs whose meetings one page asks for; nobody has so many at a time.
MAX_PAIRS = 20
#: Pages of pairs that are read, of a hundred each: more than a lifetime's.
MAX_PAGES = 5


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for her: what, where, and until when."""

    title: str
    link: str
    button: str
    due: datetime | None = None
    text: str = ""


@pages.get("/me")
@signed_in()
def home() -> ResponseReturnValue:
    mine = me()
    pairs = all_pairs()
    open_pairs = [pair for pair in pairs if pair["state"] in OPEN_STATES][:MAX_PAIRS]
    known = cards(other_side(pair) for pair in pairs)
    tasks: list[Task] = []
    coming: list[dict[str, Any]] = []
    for pair in open_pairs:
        name = name_of(known, other_side(pair))
        sessions = of_pair(pair["id"], "sessions") if pair["state"] not in ("proposed", "voting") else []
        tasks += _tasks(pair, name, sessions)
        coming += [session | {"name": name} for session in sessions if session["state"] == "planned"]
    tasks += _asked()
    if her().takes_part and not any(
        mine.get(name, "away") for name in ("areas_wanted", "areas_offered", "hours")
    ):
        title = gettext("Say what you look for, what you can share, and when you are free")
        tasks.append(Task(title, url_for("details.details"), gettext("Fill in my details")))
    cycles = (get_or_none("matching", "/cycles") or {"items": []})["items"]
    applications = [
        one | {"obstacles": [in_the_way(each, one["role"]) for each in one["in_the_way"]]}
        for one in (get_or_none("matching", "/me/applications") or {"items": []})["items"]
    ]
    return render_template(
        "home.html",
        tasks=sorted(tasks, key=lambda task: task.due.timestamp() if task.due else float("inf")),
        coming=sorted(coming, key=lambda session: session["starts_at"]),
        pairs=[pair | {"name": name_of(known, other_side(pair))} for pair in open_pairs],
        past=[
            pair | {"name": name_of(known, other_side(pair))}
            for pair in pairs
            if pair["state"] not in OPEN_STATES
        ],
        cycles=cycles,
        applications=applications,
        elsewhere=_of_other_cycles(applications, {cycle["id"] for cycle in cycles}),
        intake=_intake(),
    )


@pages.post("/applications")
@signed_in()
def apply() -> ResponseReturnValue:
    wanted = {"cycle": request.form.get("cycle", ""), "role": request.form.get("role", "")}
    try:
        change("POST", "matching", "/applications", wanted)
        flash(gettext("You have applied. When the round is made, you get a mail."), "good")
    except Problem as problem:
        missed = [in_the_way(one, wanted["role"]) for one in problem.document.get("unmet", ())]
        flash(" ".join([told(problem), *missed]), "bad")
        if problem.code in NEEDS_INTAKE:
            return redirect(url_for("intake.compass"), 303)
    return redirect(url_for("member.home"), 303)


@pages.post("/applications/<id:application>/withdrawal")
@signed_in()
def withdraw(application: str) -> ResponseReturnValue:
    try:
        change("DELETE", "matching", f"/applications/{application}")
        flash(gettext("Your application is withdrawn."), "good")
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("member.home"), 303)


def of_hers(pair: Mapping[str, Any]) -> bool:
    """Whether she is one of the two; a coordinator reads states and dates of others."""
    return her().member in (pair["mentee"], pair["mentor"])


def own_pair(rel: str) -> dict[str, Any]:
    """A pair of hers; `NotFound` where it is another's, since only the two write what is between them."""
    pair: dict[str, Any] = get("matching", f"/relationships/{rel}")
    if not of_hers(pair):
        raise NotFound
    return pair


def other_side(pair: Mapping[str, Any]) -> str:
    """The id of the one whom she is paired with."""
    return str(pair["mentor"] if pair["mentee"] == her().member else pair["mentee"])


def all_pairs() -> list[dict[str, Any]]:
    """Her pairs, past ones included; none where matching is away."""
    pairs: list[dict[str, Any]] = []
    after = ""
    for _ in range(MAX_PAGES):
        page = get_or_none("matching", "/me/relationships", after=after) or {"items": [], "next": None}
        pairs += page["items"]
        after = page["next"] or ""
        if not after:
            break
    return pairs


def of_pair(rel: str, what: str) -> list[dict[str, Any]]:
    """The newest of the pair's `sessions` or `steps`."""
    items: list[dict[str, Any]] = page_of_pair(rel, what)["items"]
    return items


def page_of_pair(rel: str, what: str) -> dict[str, Any]:
    """The newest of something of the pair, and where the `next` page begins; nothing yet where sessions has not heard of the pair."""
    try:
        found: dict[str, Any] | None = get_or_none("sessions", f"/pairs/{rel}/{what}")
    except Problem as problem:
        if problem.status != 404:
            raise
        found = None
    return found or {"items": [], "next": None}


def _asked() -> Iterator[Task]:
    """What she is asked about herself."""
    for id, until in asked.open_pulses():
        yield Task(
            gettext("Three minutes for yourself: how are you?"), url_for("asked.pulse", pulse=id), gettext("Answer"), until
        )  # fmt: skip
    for id, until in asked.open_outcomes():
        yield Task(
            gettext("Four questions: what has become of you?"), url_for("asked.outcome", outcome=id), gettext("Answer"), until
        )  # fmt: skip


def _of_other_cycles(applications: list[dict[str, Any]], shown: Container[str]) -> list[dict[str, Any]]:
    """Her applications to cycles that are not open or planned, the newest first, with the cycle's name."""
    found = [one for one in applications if one["cycle"] not in shown and one["state"] != "withdrawn"]
    newest = sorted(found, key=lambda one: str(one["applied_at"]), reverse=True)[:MAX_ELSEWHERE]
    cycles = {id: get_or_none("matching", f"/cycles/{id}") for id in {one["cycle"] for one in newest}}
    return [one | {"name": (cycles[one["cycle"]] or {"name": ""})["name"]} for one in newest]


def _intake() -> Any:
    """Her intake; None before she took it, or where matching is away."""
    try:
        return get_or_none("matching", "/me/intake")
    except Problem as problem:
        if problem.status != 404:
            raise
        return None


def _tasks(pair: Mapping[str, Any], name: str, sessions: list[dict[str, Any]]) -> Iterator[Task]:
    link = url_for("pairs.relationship", rel=pair["id"])
    match pair["state"]:
        case "proposed" if not pair.get("my_answer"):
            yield Task(
                gettext("A proposal: meet %(name)s", name=name), url_for("pairs.proposal", rel=pair["id"]),
                gettext("Read and answer"), times.read(pair["answer_by"]),
            )  # fmt: skip
        case "voting" if not pair.get("my_vote"):
            yield Task(
                gettext("You have met %(name)s: yes or no?", name=name),
                link,
                gettext("Vote"),
                times.read(pair["vote_by"]),
            )
        case "introduction" if not any(session["state"] == "planned" for session in sessions):
            yield Task(
                gettext("Find a time to get to know %(name)s", name=name), url_for("meetings.schedule", rel=pair["id"]),
                gettext("Arrange the introduction"), times.read(pair["meet_by"]),
            )  # fmt: skip
        case "trial" | "active" | "review" if pair.get("silent_since"):
            yield Task(
                gettext("You and %(name)s: go on, pause, or end?", name=name),
                link,
                gettext("Say how to go on"),
            )
        case "trial" if (
            not pair.get("my_renewal") and times.read(pair["trial_ends_at"]) - now() < RENEWAL_DUE
        ):
            yield Task(
                gettext("Go on with %(name)s for a full term?", name=name), link, gettext("Say yes or no"),
                times.read(pair["trial_ends_at"]),
            )  # fmt: skip
        case "review":
            yield Task(gettext("Look back with %(name)s, and on", name=name), link, gettext("Look back"))
        case "trial" | "active" if not sessions:
            yield Task(
                gettext("Arrange your first session with %(name)s", name=name),
                url_for("meetings.schedule", rel=pair["id"]), gettext("Arrange a session"),
            )  # fmt: skip
    for session in sessions:
        word = session["said_mentee" if pair["mentee"] == her().member else "said_mentor"]
        waits = session["state"] == "disputed" or (session["state"] == "planned" and word is None)
        if waits and times.read(session["starts_at"]) <= now():
            yield Task(
                gettext("Did your meeting with %(name)s take place?", name=name), link, gettext("Say how it went"),
                times.read(session["starts_at"]),
            )  # fmt: skip
