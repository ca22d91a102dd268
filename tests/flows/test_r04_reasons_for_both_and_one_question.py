"""R4: a proposal has reasons for both sides; a mentor may ask one thing more; unanswered it lapses kindly and the place is offered on."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.flows.matching_people import City, a_city, a_couple
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def test_every_proposal_of_a_round_carries_a_reason_for_each_side_and_the_same_seed_the_same_round(
    city: City,
) -> None:
    city.people("mentee", 4)
    city.people("mentor", 4)
    cycle = city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    one, two = (city.post(f"/cycles/{cycle}/rounds", {"seed": 5}).body for _ in range(2))
    assert len(one["proposals"]) == 4
    assert all(pair["reasons_mentee"] and pair["reasons_mentor"] for pair in one["proposals"])
    assert one["proposals"] == two["proposals"]


def test_the_mentor_asks_one_question_and_the_mentee_answers_once(city: City) -> None:
    couple = a_couple(city)
    before = city.stack.clock()
    assert couple.ask("question", {"text": "Why now?"}, couple.mentee).body["code"] == "not_yours_to_ask"
    assert couple.ask("question/answer", {"text": "So."}, couple.mentee).body["code"] == "no_question"
    city.stack.clock.advance(days=6)
    asked = couple.ask("question", {"text": "Why now?"}, couple.mentor)
    assert (asked.status, asked.body["question"]) == (201, "Why now?")
    assert asked.body["answer_by"] == (before + timedelta(days=9)).isoformat()
    assert couple.ask("question", {"text": "And?"}, couple.mentor).body["code"] == "question_asked"
    assert couple.seen_by(couple.mentee)["question"] == "Why now?"
    replied = couple.ask("question/answer", {"text": "I start in May."}, couple.mentee)
    assert (replied.status, replied.body["reply"]) == (201, "I start in May.")
    again = couple.ask("question/answer", {"text": "Or June."}, couple.mentee)
    assert (again.status, again.body["code"]) == (409, "question_answered")
    assert couple.seen_by(couple.mentor)["reply"] == "I start in May."
    assert city.events(couple.id) == ["proposed", "question_asked", "question_answered"]
    city.later(days=1)  # the first date has passed, and the proposal is still open
    for member in (couple.mentee, couple.mentor):
        assert city.answer(couple.id, member, "accept").status == 200
    assert city.state(couple.id) == "introduction"


def test_the_question_and_its_answer_are_for_the_two_only(city: City) -> None:
    couple = a_couple(city)
    couple.ask("question", {"text": "Secret question"}, couple.mentor)
    couple.ask("question/answer", {"text": "Secret answer"}, couple.mentee)
    database = city.stack.running["matching"].room.store.db
    rows = [
        str(row)
        for name in ("relationships", "changes")
        for row in database[name].find({"chapter": city.chapter})
    ]
    assert not [row for row in rows if "Secret" in row]
    assert "Secret" not in city.get(f"/relationships/{couple.id}").text
    assert couple.ask("question", {"text": "Staff?"}).status == 404


def test_an_unanswered_proposal_lapses_and_the_place_is_offered_on(city: City) -> None:
    city.people("mentee", 2)
    city.mentor()
    cycle = city.cycle(closes_in_days=60)
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    first = city.post(f"/cycles/{cycle}/rounds", {}).body
    assert city.post(f"/rounds/{first['id']}/publication").body["published"] == 1
    assert city.post(f"/cycles/{cycle}/rounds", {}).body["proposals"] == []
    city.later(days=7)
    second = city.post(f"/cycles/{cycle}/rounds", {}).body["proposals"]
    assert [one["mentee"] for one in second] != [one["mentee"] for one in first["proposals"]]
    assert len(second) == 1


def test_a_mentee_holds_at_most_three_proposals(city: City) -> None:
    ana = city.mentee()
    for _ in range(3):
        city.introduced(ana, city.mentor())
    body = {"mentee": ana, "mentor": city.mentor(), "reason": "One more."}
    refused = city.post("/introductions", body)
    assert (refused.status, refused.body["code"]) == (409, "too_many_proposals")
