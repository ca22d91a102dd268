"""Many at once: one place is taken once, two yeses meet, one proposal is made."""

from collections.abc import Iterator
from functools import partial

import pytest

from services.matching.kinds import PLACES
from tests.flows.matching_people import City, a_city, a_couple, at_once
from tests.stack import Stack

THREADS = 50


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def test_fifty_accepts_at_once_for_one_place_give_exactly_one(city: City) -> None:
    mentor = city.mentor(capacity=1)
    mentees = city.people("mentee", THREADS)
    pairs = [city.introduced(mentee, mentor) for mentee in mentees]
    for id in pairs:
        assert city.answer(id, mentor, "accept").status == 200
    asks = [partial(city.answer, id, mentee, "accept") for id, mentee in zip(pairs, mentees, strict=True)]
    answers = at_once(*asks)
    told = sorted((answer.status, answer.body.get("code")) for answer in answers)
    assert told == [(200, None)] + [(409, "no_place_left")] * (THREADS - 1)
    agreed = [id for id in pairs if city.state(id) == "introduction"]
    assert len(agreed) == 1
    assert city.stack.running["matching"].room.store.reader().get(PLACES, mentor).taken == tuple(agreed)
    announced = [id for id in pairs if city.events(id) == ["proposed", "introduction_agreed"]]
    assert announced == agreed


def test_two_yeses_at_the_same_moment_start_one_trial(city: City) -> None:
    for _ in range(5):
        couple = a_couple(city).until_voting()
        answers = at_once(
            *[partial(city.vote, couple.id, member, "yes") for member in (couple.mentee, couple.mentor)]
        )
        assert [answer.status for answer in answers] == [200, 200]
        assert city.events(couple.id)[-1] == "started"


def test_many_who_introduce_the_same_two_at_once_make_one_pair(city: City) -> None:
    for _ in range(3):
        body = {"mentee": city.mentee(), "mentor": city.mentor(), "reason": "Do."}
        answers = at_once(*[partial(city.post, "/introductions", body)] * 4)
        told = sorted((answer.status, answer.body.get("code")) for answer in answers)
        assert told == [(201, None)] + [(409, "already_paired")] * 3
