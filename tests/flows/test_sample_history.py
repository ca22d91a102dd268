"""`cairn sample-history`: an invented year has something to read on every page, for everybody, and is the same for the same seed."""

from typing import Any

import pytest

from operate.history import fill
from shared.ids import new_id
from tests.bench.page_reads import READS
from tests.stack import Stack

#: Reads that show nothing to most people: no integrator, no bounced mail, no report, nobody lent, no conflict set aside.
OFTEN_EMPTY = ("/webhooks", "/bounces", "/profiles/v1/reports", "/crossings", "/overrides", "/wall?after")


@pytest.fixture(scope="module")
def name(stack: Stack) -> str:
    made = new_id("s").removeprefix("s_")[-8:]
    written = fill(rooms_of(stack), chapters=1, members=90, seed=7, name=made)
    assert written["matching relationships"] > 10
    return made


def rooms_of(stack: Stack) -> dict[str, Any]:
    return {service: running.room for service, running in stack.running.items()}


def read(stack: Stack, path: str, by: dict[str, str] | None = None) -> Any:
    answer = stack.get(path, by)
    assert answer.status_code == 200, f"{path}: {answer.text}"
    return answer.json


def running_pair(stack: Stack, name: str) -> dict[str, Any]:
    """A full term of the invented chapter."""
    relationships = stack.running["matching"].room.store.db["relationships"]
    found = relationships.find_one({"chapter": f"sample-{name}-1", "state": "active"}, sort=[("_id", 1)])
    assert found is not None
    return dict(found)


@pytest.mark.parametrize("role", sorted(READS))
def test_every_read_of_a_page_has_something_to_show(stack: Stack, name: str, role: str) -> None:
    pair = running_pair(stack, name)
    staff = f"mem_{pair['chapter']}-00000"
    member = staff if role == "coordinator" else pair[role]
    named = {"relationship": pair["_id"], "other": pair["mentor"], "cycle": pair["cycle"]}
    for page_read in READS[role]:
        path = page_read.format(**named)
        found = read(stack, path, stack.sign_in(member, pair["chapter"], role))
        if not any(word in path for word in OFTEN_EMPTY):
            assert found.get("items", found), f"{path} shows nothing"


def test_what_was_written_and_answered_can_be_read(stack: Stack, name: str) -> None:
    pair = running_pair(stack, name)
    mentee = stack.sign_in(pair["mentee"], pair["chapter"], "mentee")
    goals = read(stack, f"/api/matching/v1/relationships/{pair['_id']}/goals", mentee)["items"]
    assert sorted(goal["owner"] for goal in goals) == ["mentee", "mentor"]
    assert all("Invented words" in goal["text"] for goal in goals)
    steps = read(stack, f"/api/sessions/v1/pairs/{pair['_id']}/steps", mentee)["items"]
    assert "Invented words" in str(steps[0]["options"])
    staff = stack.sign_in(f"mem_{pair['chapter']}-00000", pair["chapter"], "coordinator")
    pulses = read(stack, "/api/sessions/v1/pulse-report", staff)["items"]
    assert sum(cell["people"] for cell in pulses) >= 7
    outcomes = read(stack, "/api/sessions/v1/outcome-report", staff)["items"]
    assert any(row["mentee"]["counted"] for row in outcomes)
    assert any(row["group"] == "not_matched" and row["mentee"]["asked"] for row in outcomes)


def test_somebody_has_guided_and_somebody_holds_a_certificate_that_verifies(stack: Stack, name: str) -> None:
    sessions = stack.running["sessions"].room.store.db
    certificate = sessions["certificates"].find_one({"chapter": f"sample-{name}-1"})
    assert certificate is not None
    assert read(stack, f"/api/sessions/v1/certificates/{certificate['code']}")["sessions_held"] >= 4
    branch = stack.running["matching"].room.store.db["lineage"].find_one({"guides": {"$ne": []}})
    assert branch is not None
    mentor = stack.sign_in(branch["_id"], branch["chapter"], "mentor")
    assert read(stack, "/api/matching/v1/me/lineage", mentor)["guides"]["people"] >= 1


def test_the_same_seed_invents_the_same_year_and_announces_nothing(stack: Stack) -> None:
    before = sum(len(stack.announced(service)) for service in stack.running)
    years = []
    for seed in (3, 3, 4):
        made = new_id("s").removeprefix("s_")[-8:]
        fill(rooms_of(stack), chapters=1, members=30, seed=seed, name=made)
        sessions = stack.running["sessions"].room.store.db["sessions"]
        of_chapter = {"chapter": f"sample-{made}-1"}
        years.append(
            [(row["purpose"], row["starts_at"]) for row in sessions.find(of_chapter, sort=[("_id", 1)])]
        )
    assert years[0] == years[1]
    assert years[0] != years[2]
    assert sum(len(stack.announced(service)) for service in stack.running) == before
