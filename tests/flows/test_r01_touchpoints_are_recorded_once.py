"""R1: a touchpoint is recorded once, however often it is sent, and within its limits; who was there is a set."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from services.matching.domain.touchpoints import MEMBERS_MOST, Touchpoint, with_members
from shared.errors import Refused
from shared.ids import new_id
from tests.flows.matching_people import City, a_city, at_once, made
from tests.stack import NOON, Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


@pytest.mark.parametrize("kind", ["event", "group", "introduction"])
def test_the_same_record_sent_again_is_one_touchpoint(city: City, kind: str) -> None:
    ana, bo = city.mentee(), city.mentor()
    body = {"kind": kind, "name": "Walk", "members": [ana, bo, ana]}
    by = city.staff | {"Idempotency-Key": new_id("key")}
    first, again = city.post("/touchpoints", body, by), city.post("/touchpoints", body, by)
    assert (first.status, first.body) == (again.status, again.body)
    (seen,) = city.get("/touchpoints").body["items"]
    assert seen["members"] == sorted([ana, bo])
    other = city.post("/touchpoints", body | {"name": "Run"}, by)
    assert (other.status, other.body["code"]) == (422, "idempotency_key_reused")


def test_attendance_told_twice_and_by_two_at_once_is_everybody_once(city: City) -> None:
    people = city.people("mentee", 6)
    walk = made(city.post("/touchpoints", {"kind": "event", "name": "Walk", "members": people[:1]}))
    path = f"/touchpoints/{walk}/members"
    asks = [lambda some=some: city.post(path, {"members": some}) for some in (people[:4], people[2:]) * 2]
    assert {answer.status for answer in at_once(*asks)} == {200}
    assert city.get("/touchpoints").body["items"][0]["members"] == sorted(people)


def test_an_introduction_is_of_two_and_one_stranger_in_the_list_records_nobody(city: City) -> None:
    three = city.people("mentee", 3)
    refused = city.post("/touchpoints", {"kind": "introduction", "name": "Tea", "members": three})
    assert (refused.status, refused.body["code"]) == (422, "two_only")
    tea = made(city.post("/touchpoints", {"kind": "introduction", "name": "Tea", "members": three[:2]}))
    assert city.post(f"/touchpoints/{tea}/members", {"members": three[2:]}).body["code"] == "two_only"
    body = {"kind": "group", "name": "Choir", "members": [*three, "mem_nobody"]}
    unknown = city.post("/touchpoints", body)
    assert [error["pointer"] for error in unknown.body["errors"]] == ["/members/3"]
    assert [one["members"] for one in city.get("/touchpoints").body["items"]] == [sorted(three[:2])]


def test_a_request_names_at_most_so_many_and_an_event_is_not_planned_for_ever(city: City) -> None:
    many = [f"mem_{number}" for number in range(501)]
    too_many = city.post("/touchpoints", {"kind": "group", "name": "All", "members": many})
    assert [error["pointer"] for error in too_many.body["errors"]] == ["/members"]
    late = (city.stack.clock() + timedelta(days=733)).isoformat()
    refused = city.post("/touchpoints", {"kind": "event", "name": "Far", "at": late})
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/at")
    assert city.get("/touchpoints").body["items"] == []


def test_a_touchpoint_holds_a_thousand() -> None:
    group = Touchpoint("tpt_1", "shanghai", "group", "All", NOON, True, ())
    full = with_members(group, [f"mem_{number}" for number in range(MEMBERS_MOST)])
    assert with_members(full, ["mem_0"]) == full
    with pytest.raises(Refused, match="too_many_members"):
        with_members(full, ["one more"])
