"""R12: a declared conflict is never proposed; bringing two together all the same needs a reason, which is kept."""

from collections.abc import Iterator
from typing import Any

import pytest

from shared.events.profiles import MemberKeptApart
from tests.flows.matching_people import City, a_city, a_couple, made
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def apart(city: City, who: str, *others: str, no_contact: tuple[str, ...] = ()) -> None:
    city.hear((who, MemberKeptApart((*others, *no_contact), no_contact)))


def drafted(city: City, cycle: str) -> list[tuple[str, str]]:
    draft = city.post(f"/cycles/{cycle}/rounds", {})
    assert draft.status == 201
    return [(one["mentee"], one["mentor"]) for one in draft.body["proposals"]]


@pytest.mark.parametrize("declared_by", ["mentee", "mentor"])
def test_a_declared_conflict_is_never_proposed_by_a_round(city: City, declared_by: str) -> None:
    ana, bo, cycle = city.mentee(), city.mentor(), city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    assert drafted(city, cycle) == [(ana, bo)]
    before = made(city.post(f"/cycles/{cycle}/rounds", {}))
    apart(city, *((ana, bo) if declared_by == "mentee" else (bo, ana)))
    assert drafted(city, cycle) == []
    published = city.post(f"/rounds/{before}/publication").body
    assert (published["published"], published["skipped"]) == (0, 1)
    assert city.get(f"/rounds/{before}").body["proposals"][0]["skipped"] == "conflict"


def introduce(city: City, mentee: str, mentor: str, **more: Any) -> Any:
    return city.post("/introductions", {"mentee": mentee, "mentor": mentor, "reason": "Do meet."} | more)


def test_a_manual_override_needs_a_reason_and_leaves_a_record(city: City) -> None:
    ana, bo = city.mentee(), city.mentor()
    apart(city, bo, ana)
    refused = introduce(city, ana, bo)
    assert (refused.status, refused.body["code"]) == (409, "conflict")
    assert city.get("/overrides").body["items"] == []
    id = made(introduce(city, ana, bo, override="She left that team in May."))
    (logged,) = city.get("/overrides").body["items"]
    assert (logged["relationship"], logged["by"], logged["reason"]) == (
        id,
        city.staff_id,
        "She left that team in May.",
    )
    assert city.get("/overrides", city.headers(ana)).status == 403
    database = city.stack.running["matching"].room.store.db
    assert "She left that team" not in str(list(database["overrides"].find({"chapter": city.chapter})))


def test_a_coordinators_overrides_are_in_her_own_export_and_in_nobody_elses(city: City) -> None:
    ana, bo = city.mentee(), city.mentor()
    apart(city, bo, ana)
    id = made(introduce(city, ana, bo, override="She left that team in May."))
    (mine,) = city.get("/me/export").body["overrides"]
    assert (mine["relationship"], mine["mentee"], mine["mentor"], mine["reason"]) == (
        id,
        ana,
        bo,
        "She left that team in May.",
    )
    another = city.headers(city.people("coordinator", 1)[0], "coordinator")
    for by in (another, city.headers(ana), city.headers(bo)):
        assert city.get("/me/export", by).body["overrides"] == []


def test_a_reporting_line_from_a_sheet_can_be_overridden_the_same_way(city: City) -> None:
    ana, bo = city.mentee(groups=("g1",)), city.mentor(groups=("g1",))
    assert introduce(city, ana, bo).body["code"] == "conflict"
    assert introduce(city, ana, bo, override="They moved apart.").status == 201


def test_no_contact_cannot_be_overridden_and_ends_what_is_open(city: City) -> None:
    ana, bo = city.mentee(), city.mentor()
    running = a_couple(city).until_trial()
    apart(city, running.mentor, no_contact=(running.mentee,))
    assert city.state(running.id) == "ended"
    apart(city, ana, no_contact=(bo,))
    refused = introduce(city, ana, bo, override="But I want to.")
    assert (refused.status, refused.body["code"]) == (409, "kept_apart")
