"""The introduction is booked when the two have planned it, and open again when it is called off; until they meet, or the date comes."""

from collections.abc import Iterator

import pytest

from shared.events.sessions import SessionMissed
from tests.flows.matching_people import City, a_city, a_couple
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def test_planning_books_calling_off_opens_again_and_meeting_opens_the_vote(city: City) -> None:
    couple = a_couple(city).until_introduction()
    before = couple.seen_by(couple.mentee)
    first = city.planned(couple.id)
    booked = couple.seen_by(couple.mentor)
    assert (booked["state"], booked["meet_by"]) == ("booked", before["meet_by"])
    assert [pair["id"] for pair in city.get("/relationships?state=booked").body["items"]] == [couple.id]
    city.called_off(couple.id, first)
    assert city.state(couple.id) == "introduction"
    second = city.planned(couple.id)
    city.hear((second, SessionMissed(couple.id, couple.mentee, couple.mentor)))
    assert city.state(couple.id) == "introduction"
    city.planned(couple.id)
    city.met(couple.id)
    seen = couple.seen_by(couple.mentee)
    assert [(moment["move"], moment["by"]) for moment in seen["history"][2:]] == [
        ("book", "session"),
        ("unbook", "session"),
        ("book", "session"),
        ("unbook", "session"),
        ("book", "session"),
        ("meet", "session"),
    ]
    assert seen["state"] == "voting"
    assert city.events(couple.id) == ["proposed", "introduction_agreed", "introduction_held"]


def test_a_booked_introduction_holds_its_place_and_gives_it_back_when_it_ends_or_lapses(city: City) -> None:
    ends, lapses = a_couple(city).until_introduction(), a_couple(city).until_introduction()
    for couple in (ends, lapses):
        city.planned(couple.id)
        another = city.introduced(city.mentee(), couple.mentor)
        assert city.answer(another, couple.mentor, "accept").body["code"] == "no_place_left"
    assert ends.ask("ending", {}, ends.mentee).body["state"] == "ended"
    city.stack.clock.advance(days=21)
    city.later()
    assert city.state(lapses.id) == "lapsed"
    for couple in (ends, lapses):
        waiting = city.introduced(city.mentee(), couple.mentor)
        assert city.answer(waiting, couple.mentor, "accept").status == 200


def test_a_goal_can_be_written_before_the_booked_meeting(city: City) -> None:
    couple = a_couple(city).until_introduction()
    city.planned(couple.id)
    assert couple.ask("goals", {"text": "Lead a team."}, couple.mentee).status == 201
