"""Rounds of the worker in tests of flows: asked for, stepped as far as a test wants them, and looked at."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from services.matching.commands import jobs as worker
from services.matching.commands.jobs import Jobs
from services.matching.commands.rubbish import clear
from services.matching.kinds import ROUNDS
from shared.service import Room
from tests.flows.matching_people import City, Reply, made

LATER = {"Prefer": "respond-async"}


def room_of(city: City) -> Room:
    return city.stack.running["matching"].room


def a_cycle(city: City, pairs: int = 3, **mentors: Any) -> str:
    """A cycle to which so many mentees and mentors have applied."""
    city.people("mentee", pairs)
    city.people("mentor", pairs, **mentors)
    cycle = city.cycle()
    assert city.post(f"/cycles/{cycle}/applications", {"everyone": True}).body["entered"] >= 2 * pairs
    return cycle


def a_draft(city: City, pairs: int = 1, **mentors: Any) -> tuple[str, str]:
    """The ids of a cycle and of a draft round with so many proposals."""
    cycle = a_cycle(city, pairs, **mentors)
    return cycle, made(city.post(f"/cycles/{cycle}/rounds", {}))


def ask(city: City, cycle: str, **body: Any) -> Reply:
    """A round for which nobody waits."""
    return city.post(f"/cycles/{cycle}/rounds", body, city.staff | LATER)


def asked(city: City, cycle: str, **body: Any) -> str:
    answer = ask(city, cycle, **body)
    assert answer.status == 202, answer.text
    return str(answer.body["id"])


def work(city: City, jobs: Jobs | None = None) -> None:
    """The worker's chores, until there is nothing to do."""
    jobs = jobs or Jobs()
    while jobs.step(room_of(city)):
        pass
    while clear(room_of(city)):
        pass


def killed(jobs: Jobs) -> None:
    """The worker is gone without a word to anybody; its process goes with it."""
    jobs._going = None


def kept_one_by_one(monkeypatch: pytest.MonkeyPatch, *others: ModuleType) -> None:
    """The worker keeps a result by single lines and proposals, and the others read pages of one: a test can come in between."""
    for module in (worker, *others):
        monkeypatch.setattr(module, "PROPOSALS_A_PAGE", 1)
    monkeypatch.setattr(worker, "LINES_AT_ONCE", 1)


def kept(city: City) -> dict[str, int]:
    """How many documents of rounds the chapter has."""
    database = room_of(city).store.db
    names = ("rounds", "proposal_pages", "left_overs", "market_pieces", "rubbish")
    return {name: database[name].count_documents({"chapter": city.chapter}) for name in names}


def state(city: City, this: str) -> tuple[str, Any]:
    """The state of a round, and the code of its fault."""
    shown = city.get(f"/rounds/{this}").body
    return shown["state"], (shown["fault"] or {}).get("code")


def but_for_its_id(shown: dict[str, Any]) -> dict[str, Any]:
    """A round as it is shown, for comparing it with another of the same market."""
    return {name: value for name, value in shown.items() if name != "id"}


def result(city: City, this: str) -> str:
    """The digest of all that was found."""
    return room_of(city).store.reader(city.chapter).get(ROUNDS, this).result


def until(
    city: City, jobs: Jobs, reached: Callable[[Any], bool], this: str, room: Room | None = None
) -> None:
    """Step the worker until the round has come so far."""
    for _ in range(200):
        shown = room_of(city).store.reader(city.chapter).get(ROUNDS, this)
        if shown.job is None or reached(shown.job):
            return
        jobs.step(room or room_of(city))
    raise AssertionError("the round did not come so far")


def computing() -> list[int]:
    """The processes of ours that compute a round."""
    children = (path.read_text().split() for path in Path("/proc/self/task").glob("*/children"))
    commands = {int(child): Path(f"/proc/{child}/cmdline").read_text() for some in children for child in some}
    return [child for child, command in commands.items() if "services.matching.drafting" in command]


def tried_more_than(times: int, job: Any) -> bool:
    return bool(job.tries > times)


def has_turns(number: int, job: Any) -> bool:
    return bool(job.turn >= number)


def pins_after(turn: int, job: Any) -> bool:
    """Whether a later turn pins the market."""
    return bool(job.turn > turn and job.pieces)
