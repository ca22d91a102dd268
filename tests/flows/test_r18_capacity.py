"""R18: a mentor's places are never exceeded, whoever asks at the same time, and every end gives one back."""

from collections.abc import Iterator
from functools import partial

import pytest

from services.matching.kinds import PLACES
from tests.flows.matching_people import City, a_city, at_once
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def test_fifty_concurrent_accepts_for_one_place_give_exactly_one(city: City) -> None:
    mentor = city.mentor(capacity=1)
    mentees = city.people("mentee", 50)
    pairs = {mentee: city.introduced(mentee, mentor) for mentee in mentees}
    for id in pairs.values():
        assert city.answer(id, mentor, "accept").status == 200
    answers = at_once(*[partial(city.answer, id, mentee, "accept") for mentee, id in pairs.items()])
    agreed = [answer for answer in answers if answer.status == 200 and answer.body["state"] == "introduction"]
    assert len(agreed) == 1
    assert {answer.status for answer in answers} <= {200, 409, 503}
    places = city.stack.running["matching"].room.store.reader().get(PLACES, mentor)
    assert len(places.taken) == 1


def test_a_mentor_who_makes_less_room_shows_on_the_coordinators_list_and_keeps_whom_she_has(
    city: City,
) -> None:
    mentor, one, two = city.mentor(capacity=2), city.mentee(), city.mentee()
    for mentee in (one, two):
        id = city.introduced(mentee, mentor)
        for member in (mentee, mentor):
            assert city.answer(id, member, "accept").status == 200
    assert city.get("/coordinator").body["overloaded"] == []
    city.hear((mentor, city.profile("mentor", capacity=1)))
    assert city.get("/coordinator").body["overloaded"] == [{"mentor": mentor, "capacity": 1, "taken": 2}]
    assert city.state(id) == "introduction"
    city.post(f"/relationships/{id}/ending", {"reason": "by_coordinator"})
    assert city.get("/coordinator").body["overloaded"] == []
