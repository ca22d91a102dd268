"""Applying to a cycle, on the chapter's clock, through the real HTTP edge."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.matching.commands import applications as commands
from tests.flows.matching_people import City, Couple, a_city, made
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def apply(city: City, cycle: str, member: str, role: str = "mentee") -> Any:
    assert city.compass(member).status == 201
    return city.post("/applications", {"cycle": cycle, "role": role}, city.headers(member, role))


def in_shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text + "+08:00").astimezone(UTC)


def test_a_cycle_that_closes_at_23_59_in_shanghai_refuses_at_midnight_there(city: City) -> None:
    clock = city.stack.clock
    today = clock().astimezone(ZoneInfo("Asia/Shanghai")).date()
    first, last = today + timedelta(days=2), today + timedelta(days=3)
    body = {
        "programme": city.programme(),
        "name": "Autumn",
        "opens_local": f"{first}T09:00",
        "closes_local": f"{last}T23:59",
    }
    cycle = city.post("/cycles", body).body
    opens, midnight = in_shanghai(f"{first}T09:00"), in_shanghai(f"{last + timedelta(days=1)}T00:00")
    assert datetime.fromisoformat(cycle["opens_at"]) == opens
    assert datetime.fromisoformat(cycle["closes_at"]) == midnight
    ana, bea, cleo, dora = city.people("mentee", 4)
    clock.now = opens - timedelta(milliseconds=1)
    early = apply(city, cycle["id"], ana)
    assert (early.status, early.body["code"]) == (409, "cycle_closed")
    assert datetime.fromisoformat(early.body["next_opens_at"]) == opens
    clock.now = opens
    assert apply(city, cycle["id"], bea).status == 201
    clock.now = midnight - timedelta(milliseconds=1)
    assert city.get(f"/cycles/{cycle['id']}").body["stage"] == "open"
    assert apply(city, cycle["id"], cleo).status == 201
    clock.now = midnight
    late = apply(city, cycle["id"], dora)
    assert (late.status, late.body["code"], late.body["next_opens_at"]) == (409, "cycle_closed", None)
    following = city.cycle(body["programme"], opens_in_days=30, closes_in_days=40)
    assert apply(city, cycle["id"], dora).body["next_cycle"] == following
    for bulk in ({"everyone": True}, {"members": [{"member": dora, "role": "mentee"}]}):
        assert city.post(f"/cycles/{cycle['id']}/applications", bulk).body["code"] == "cycle_closed"


def test_an_applicant_applies_once_withdraws_and_comes_back(city: City) -> None:
    ana, cycle = city.mentee(), city.cycle()
    id = made(apply(city, cycle, ana))
    again = apply(city, cycle, ana)
    assert (again.status, again.body["code"]) == (409, "already_applied")
    assert (
        apply(city, cycle, ana, "mentor").status == 201
    )  # the token's roles count: she may stand on both sides
    assert city.delete(f"/applications/{id}", city.headers(city.mentee())).status == 404
    assert city.delete(f"/applications/{id}", city.headers(ana)).status == 204
    gone = city.delete(f"/applications/{id}", city.headers(ana))
    assert (gone.status, gone.body["code"]) == (409, "already_withdrawn")
    mine = city.get("/me/applications", city.headers(ana)).body["items"]
    assert sorted((one["role"], one["state"]) for one in mine) == [
        ("mentee", "withdrawn"),
        ("mentor", "waiting"),
    ]
    assert made(apply(city, cycle, ana)) == id
    refused = city.post(
        "/applications", {"cycle": cycle, "role": "mentor"}, city.headers(city.mentee(), "mentee")
    )
    assert (refused.status, refused.body["code"]) == (409, "role_not_held")


def test_a_coordinator_enters_members_all_or_none(city: City) -> None:
    ana, bo, cycle = city.mentee(), city.mentor(), city.cycle()
    stranger = City(city.stack).mentee()
    wishes = [
        {"member": ana, "role": "mentee"},
        {"member": stranger, "role": "mentee"},
        {"member": bo, "role": "mentee"},
    ]
    refused = city.post(f"/cycles/{cycle}/applications", {"members": wishes})
    assert refused.status == 422
    assert [error["pointer"] for error in refused.body["errors"]] == ["/members/1/member", "/members/2/role"]
    assert city.get(f"/cycles/{cycle}/applications").body["items"] == []
    good = {"members": [{"member": ana, "role": "mentee"}, {"member": bo, "role": "mentor"}]}
    assert city.post(f"/cycles/{cycle}/applications", good).body == {
        "entered": 2,
        "already": 0,
        "routed_elsewhere": 0,
    }
    assert city.post(f"/cycles/{cycle}/applications", good).body == {
        "entered": 0,
        "already": 2,
        "routed_elsewhere": 0,
    }
    twice = {"members": [{"member": ana, "role": "mentee"}] * 2}
    assert city.post(f"/cycles/{city.cycle()}/applications", twice).body == {
        "entered": 1,
        "already": 1,
        "routed_elsewhere": 0,
    }


def test_a_coordinator_lists_those_of_one_side(city: City) -> None:
    sides = {side: set(city.people(side, 3)) for side in ("mentee", "mentor")}
    cycle = city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    for side, people in sides.items():
        first = city.get(f"/cycles/{cycle}/applications?role={side}&limit=2").body
        rest = city.get(f"/cycles/{cycle}/applications?role={side}&limit=2&after={first['next']}").body
        assert {one["member"] for one in first["items"] + rest["items"]} == people
        assert (len(first["items"]), rest["next"]) == (2, None)
    assert city.get(f"/cycles/{cycle}/applications?role=coordinator").status == 422


def test_a_coordinator_sees_of_everybody_in_a_cycle_what_she_is_told_herself(city: City) -> None:
    ana, bea, cleo, dora = city.people("mentee", 4)
    eve, busy = city.mentee(languages=("xx",)), city.mentor(capacity=3)
    cycle = city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    (hers,) = city.get("/me/applications", city.headers(dora)).body["items"]
    city.delete(f"/applications/{hers['id']}", city.headers(dora))
    Couple(city, bea, other := city.mentor(), city.introduced(bea, other)).until_trial()
    round_id = made(city.post(f"/cycles/{cycle}/rounds", {}))
    assert city.post(f"/rounds/{round_id}/publication").body["published"] == 2
    late = city.mentee()
    apply(city, cycle, late)
    listed = city.get(f"/cycles/{cycle}/applications").body["items"]
    assert {one["member"]: (one["state"], one["standing"]) for one in listed} == {
        ana: ("waiting", "proposed"),
        bea: ("waiting", "matched"),
        cleo: ("waiting", "proposed"),
        dora: ("withdrawn", "withdrawn"),
        eve: ("waiting", "not_this_time"),
        busy: ("waiting", "proposed"),
        late: ("waiting", "waiting"),
    }
    for member, standing in ((one["member"], one["standing"]) for one in listed):
        mine = city.get("/me/applications", city.headers(member)).body["items"]
        assert [one["standing"] for one in mine] == [standing]


def test_everyone_is_entered_in_parts_once_and_who_withdrew_stays_away(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "ENTERED_AT_ONCE", 3)
    cycle = city.cycle()
    members = city.people("mentee", 5) + city.people("mentor", 2)
    id = made(apply(city, cycle, members[0]))
    city.delete(f"/applications/{id}", city.headers(members[0]))
    key = city.staff | {"Idempotency-Key": "all"}
    for _ in range(2):
        assert city.post(f"/cycles/{cycle}/applications", {"everyone": True}, key).body == {
            "entered": 6,
            "already": 1,
            "routed_elsewhere": 0,
        }
    assert city.post(f"/cycles/{cycle}/applications", {"everyone": True}).body == {
        "entered": 0,
        "already": 7,
        "routed_elsewhere": 0,
    }
    pages: list[Any] = []
    after: str | None = ""
    while after is not None:
        page = city.get(f"/cycles/{cycle}/applications?limit=3&after={after}").body
        pages.append(page["items"])
        after = page["next"]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert sorted(one["member"] for page in pages for one in page) == sorted(members)
    assert {one["member"]: one["state"] for page in pages for one in page}[members[0]] == "withdrawn"


def test_members_see_the_cycles_that_are_open_or_still_to_open(city: City) -> None:
    programme = city.programme()
    over = city.cycle(programme, opens_in_days=-3, closes_in_days=1)
    city.stack.clock.advance(days=2)
    now, then = city.cycle(programme), city.cycle(programme, opens_in_days=3)
    shown = {
        one["id"]: one["stage"] for one in city.get("/cycles", city.headers(city.mentee())).body["items"]
    }
    assert shown == {now: "open", then: "planned"}
    assert {one["id"] for one in city.get("/cycles").body["items"]} == {over, now, then}
