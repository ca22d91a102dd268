"""Rounds that the worker computes: asked for, computed by a process of their own, kept piece by piece, cancelled, begun anew."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.matching.commands.jobs import Jobs
from services.matching.commands.rubbish import clear
from services.matching.kinds import ROUNDS
from shared.service import Room
from tests.flows.matching_people import City, Reply, a_city
from tests.stack import Stack

LATER = {"Prefer": "respond-async"}


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def room_of(city: City) -> Room:
    return city.stack.running["matching"].room


def a_cycle(city: City, pairs: int = 3, **mentors: Any) -> str:
    """A cycle to which so many mentees and mentors have applied."""
    city.people("mentee", pairs)
    city.people("mentor", pairs, **mentors)
    cycle = city.cycle()
    assert city.post(f"/cycles/{cycle}/applications", {"everyone": True}).body["entered"] == 2 * pairs
    return cycle


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


def kept(city: City) -> dict[str, int]:
    """How many documents of rounds the chapter has."""
    database = room_of(city).store.db
    names = ("rounds", "proposal_pages", "left_overs", "market_pieces", "rubbish")
    return {name: database[name].count_documents({"chapter": city.chapter}) for name in names}


def test_a_round_that_was_asked_for_becomes_the_draft_that_a_request_would_have_made(city: City) -> None:
    cycle = a_cycle(city)
    waiting = ask(city, cycle, seed=5)
    assert (waiting.status, waiting.body["state"]) == (202, "asked")
    assert waiting.body["progress"] == {"step": "waiting", "done": 0, "of": 0}
    work(city)
    by_worker = city.get(f"/rounds/{waiting.body['id']}").body
    at_once = city.post(f"/cycles/{cycle}/rounds", {"seed": 5}).body
    assert by_worker["state"] == "draft"
    own = {"id": None}
    assert by_worker | own == at_once | own
    assert kept(city) == {
        "rounds": 2,
        "proposal_pages": 2,
        "left_overs": 0,
        "market_pieces": 0,
        "rubbish": 0,
    }
    assert ROUNDS.collection == "rounds"
