"""R8: four questions say mentor, coach, adviser or not yet, with the reason; only mentoring enters the pool, and demand is counted."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.matching.domain.intake import QUESTIONS, ROUTES, route_of
from tests.flows.matching_people import City, a_city
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def apply(city: City, member: str, cycle: str) -> Any:
    return city.post("/applications", {"cycle": cycle, "role": "mentee"}, city.headers(member, "mentee"))


@pytest.mark.parametrize("route", ROUTES)
def test_the_answers_lead_to_a_route_with_the_reason_in_words(city: City, route: str) -> None:
    taken = city.compass(city.mentee(), route)
    assert (taken.status, taken.body["route"], taken.body["chosen"]) == (201, route, route)
    words = [
        option.words["en"]
        for question in QUESTIONS
        for option in question.options
        if option.points_to == route
    ]
    assert all(word in taken.body["reason"] for word in words)


def test_the_questions_are_four_and_in_both_languages(city: City) -> None:
    english = city.get("/intake/questions", {}).body["items"]
    chinese = city.get("/intake/questions?locale=zh-Hans", {}).body["items"]
    assert len(english) == len(chinese) == 4
    assert [one["key"] for one in english] == [one["key"] for one in chinese]
    assert not {one["text"] for one in english} & {one["text"] for one in chinese}


def test_answers_that_point_everywhere_lead_to_the_first_answer_or_to_not_yet() -> None:
    half = {"want": "been_there", "stuck": "story", "long": "once", "lead": "expert"}
    assert route_of(half) == "mentor"
    torn = {"want": "looking", "stuck": "story", "long": "months", "lead": "expert"}
    assert route_of(torn) == "mentor"
    assert route_of({"want": "looking", "stuck": "story", "long": "weeks", "lead": "expert"}) == "not_yet"


def test_only_mentoring_enters_the_pool_and_an_override_is_recorded(city: City) -> None:
    ana, cycle = city.mentee(), city.cycle()
    assert apply(city, ana, cycle).body["code"] == "intake_missing"
    city.compass(ana, "coach")
    refused = apply(city, ana, cycle)
    assert (refused.status, refused.body["code"], refused.body["route"]) == (409, "not_in_the_pool", "coach")
    overrode = city.compass(ana, "coach", chosen="mentor")
    assert (overrode.body["route"], overrode.body["chosen"]) == ("coach", "mentor")
    assert apply(city, ana, cycle).status == 201
    city.compass(ana, "adviser")
    mine = city.get("/me/applications", city.headers(ana)).body["items"]
    assert [one["state"] for one in mine] == ["withdrawn"]


def test_demand_is_counted_by_route_and_shows_to_coordinators_only(city: City) -> None:
    for route, chosen in (("coach", None), ("coach", "mentor"), ("adviser", None), ("mentor", None)):
        city.compass(city.mentee(), route, chosen)
    counts = city.get("/intake/counts").body
    assert {one["route"]: (one["led"], one["chosen"]) for one in counts["routes"]} == {
        "mentor": (1, 2),
        "coach": (2, 1),
        "adviser": (1, 1),
        "not_yet": (0, 0),
    }
    assert (counts["overrode"], counts["routed_by_coordinator"]) == (1, 0)
    assert city.get("/intake/counts", city.headers("mem_x")).status == 403


def test_whom_a_coordinator_enters_counts_as_routed_by_her_unless_her_own_intake_leads_elsewhere(
    city: City,
) -> None:
    _, away = city.mentee(), city.mentee()
    city.compass(away, "coach")
    entered = city.post(f"/cycles/{city.cycle()}/applications", {"everyone": True}).body
    assert entered == {"entered": 1, "already": 0, "routed_elsewhere": 1}
    assert city.get("/intake/counts").body["routed_by_coordinator"] == 1


def test_an_incomplete_or_unknown_answer_is_refused_with_a_pointer(city: City) -> None:
    ana = city.headers(city.mentee())
    body = {"answers": {"want": "steps", "stuck": "magic", "long": "once", "star": "sign"}}
    refused = city.post("/me/intake", body, ana)
    assert refused.status == 422
    assert [one["pointer"] for one in refused.body["errors"]] == [
        "/answers/stuck",
        "/answers/lead",
        "/answers",
    ]
    assert city.get("/me/intake", ana).status == 404
