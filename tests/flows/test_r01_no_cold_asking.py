"""R1: a pair starts from a proposal, an introduction or a touchpoint; a stranger's request is refused, with routes that really exist."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from shared.events.profiles import MemberKeptApart
from shared.events.sessions import SessionHeld
from shared.ids import new_id
from tests.flows.matching_people import City, a_city, a_couple, made
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def ask(city: City, asker: str, to: str) -> Any:
    return city.post("/requests", {"to": to}, city.headers(asker))


def bridge(city: City, asker: str, to: str) -> list[str]:
    refused = ask(city, asker, to)
    assert (refused.status, refused.body["code"]) == (403, "cold_asking")
    return [route["route"] for route in refused.body["bridge"]]


def touchpoint(city: City, *members: str, **more: Any) -> str:
    body = {"kind": "event", "name": "Open evening", "members": list(members)} | more
    return made(city.post("/touchpoints", body))


def test_a_stranger_is_refused_with_up_to_three_routes_that_exist_now(city: City) -> None:
    ana, bo = city.mentee(), city.mentor()
    assert bridge(city, ana, bo) == ["coordinator"]
    city.cycle()
    assert bridge(city, ana, bo) == ["coordinator", "cycle"]
    touchpoint(city, bo, kind="group", name="Chess", open=True)
    assert bridge(city, ana, bo) == ["group", "coordinator", "cycle"]
    later = (city.stack.clock() + timedelta(days=3)).isoformat()
    event = touchpoint(city, name="Spring walk", at=later)
    refused = ask(city, ana, bo).body["bridge"]
    assert [one["route"] for one in refused] == ["event", "group", "coordinator"]
    assert (refused[0]["touchpoint"], refused[0]["name"]) == (event, "Spring walk")
    city.stack.clock.advance(days=4)
    assert bridge(city, ana, bo) == ["group", "coordinator", "cycle"]


def test_a_group_that_takes_nobody_or_that_she_is_in_herself_is_no_route(city: City) -> None:
    ana, bo = city.mentee(), city.mentor()
    touchpoint(city, bo, kind="group", name="Closed", open=False)
    assert bridge(city, ana, bo) == ["coordinator"]
    elsewhere = City(city.stack)
    touchpoint(elsewhere, kind="group", name="Elsewhere", open=True)
    assert bridge(city, ana, bo) == ["coordinator"]


def test_whoever_was_at_the_same_event_may_ask_and_the_proposal_names_it(city: City) -> None:
    ana, bo = city.mentee(), city.mentor()
    touchpoint(city, ana, bo)
    asked = ask(city, ana, bo)
    assert (asked.status, asked.body["origin"], asked.body["touchpoint"]) == (
        201,
        "touchpoint",
        "Open evening",
    )
    seen = city.get(f"/relationships/{asked.body['id']}", city.headers(bo)).body
    assert (seen["state"], seen["side"], seen["touchpoint"]) == ("proposed", "mentor", "Open evening")
    assert city.events(asked.body["id"]) == ["proposed"]
    again = ask(city, ana, bo)
    assert (again.status, again.body["code"]) == (409, "already_paired")


def test_an_event_to_come_is_no_touchpoint_until_both_were_there(city: City) -> None:
    ana, bo = city.mentee(), city.mentor()
    later = (city.stack.clock() + timedelta(days=3)).isoformat()
    event = touchpoint(city, ana, bo, at=later)
    assert ask(city, ana, bo).status == 403
    city.stack.clock.advance(days=3)
    assert ask(city, ana, bo).status == 201
    cleo = city.mentee()
    assert ask(city, cleo, bo).status == 403
    assert city.post(f"/touchpoints/{event}/members", {"members": [cleo]}).status == 200
    assert ask(city, cleo, bo).status == 201


def test_earlier_sessions_and_a_coordinators_word_count_as_touchpoints(city: City) -> None:
    couple = a_couple(city).until_trial()
    held = SessionHeld(couple.id, couple.mentee, couple.mentor, "regular", "call", city.stack.clock())
    city.hear((new_id("ses"), held))
    couple.ask("ending", {}, couple.mentee)
    refused = ask(city, couple.mentee, couple.mentor)
    assert (refused.status, refused.body["code"]) == (409, "paired_before")
    for member in (couple.mentee, couple.mentor):
        assert couple.ask("again", {}, member).body["again"] is True
    again = ask(city, couple.mentee, couple.mentor)
    assert (again.status, again.body["touchpoint"]) == (201, "session")
    ana, bo = city.mentee(), city.mentor()
    touchpoint(city, ana, bo, kind="introduction", name="Met at Mei's desk")
    assert ask(city, bo, ana).status == 201


def test_nobody_records_that_she_knows_somebody_and_who_was_there_is_for_coordinators(city: City) -> None:
    ana, bo = city.mentee(), city.mentor()
    as_ana = city.headers(ana)
    body = {"kind": "introduction", "name": "We know each other", "members": [ana, bo]}
    assert city.post("/touchpoints", body, as_ana).status == 403
    event = touchpoint(city, bo)
    assert city.post(f"/touchpoints/{event}/members", {"members": [ana]}, as_ana).status == 403
    assert city.get("/touchpoints", as_ana).body["items"] == []
    (seen,) = city.get("/touchpoints", city.headers(bo)).body["items"]
    assert (seen["mine"], "members" in seen) == (True, False)
    assert city.get("/touchpoints").body["items"][0]["members"] == [bo]


def test_two_who_are_kept_apart_are_strangers_and_nothing_tells_why(city: City) -> None:
    ana, bo, cleo = city.mentee(), city.mentor(), city.mentor()
    touchpoint(city, ana, bo)
    city.hear((bo, MemberKeptApart((ana,), ())))
    assert ask(city, ana, bo).text.replace(bo, "") == ask(city, ana, cleo).text.replace(cleo, "")
