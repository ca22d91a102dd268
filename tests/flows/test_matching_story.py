"""A pair comes about: from the cycle's window to the end of the trial, through the real HTTP edge."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.flows.matching_people import City, Couple, a_city, a_couple, made
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def entered(city: City, cycle: str) -> Any:
    return city.post(f"/cycles/{cycle}/applications", {"everyone": True}).body


def test_a_pair_comes_about_from_an_application_to_a_trial_that_ends(city: City) -> None:
    stack = city.stack
    ana, bo = city.mentee(), city.mentor()
    programme = city.programme(trial_days=30)
    cycle = city.cycle(programme)
    assert city.compass(ana).status == 201
    for member, role in ((ana, "mentee"), (bo, "mentor")):
        assert (
            city.post("/applications", {"cycle": cycle, "role": role}, city.headers(member, role)).status
            == 201
        )
    draft = city.post(f"/cycles/{cycle}/rounds", {"seed": 7})
    assert draft.status == 201
    proposal = draft.body["proposals"][0]
    assert (proposal["mentee"], proposal["mentor"]) == (ana, bo)
    assert proposal["reasons_mentee"]
    assert proposal["reasons_mentor"]
    assert city.get("/me/relationships", city.headers(ana)).body["items"] == []

    published = city.post(f"/rounds/{draft.body['id']}/publication")
    assert (published.status, published.body["state"], published.body["published"]) == (
        200,
        "published",
        1,
    )
    mine = city.get("/me/relationships", city.headers(ana)).body["items"][0]
    couple = Couple(city, ana, bo, mine["id"])
    assert (mine["state"], mine["side"], mine["other"], mine["origin"]) == ("proposed", "mentee", bo, "round")
    assert mine["reasons"] == proposal["reasons_mentee"]
    assert couple.seen_by(bo)["reasons"] == proposal["reasons_mentor"]

    couple.until_voting()
    assert city.vote(couple.id, ana, "yes").status == 200
    assert city.vote(couple.id, bo, "yes").body["state"] == "trial"
    ends = stack.clock() + timedelta(days=30)
    assert couple.seen_by(ana)["trial_ends_at"] == ends.isoformat()

    stack.clock.advance(days=30)
    stack.quiet()
    assert couple.seen_by(bo)["state"] == "ended"
    assert city.events(couple.id) == [
        "proposed",
        "introduction_agreed",
        "introduction_held",
        "started",
        "ended",
    ]


def test_only_the_two_see_what_the_coordinator_wrote_to_them(city: City) -> None:
    couple = a_couple(city)
    assert couple.seen_by(couple.mentee)["introduced"] == "You should meet."
    assert couple.seen_by(couple.mentor)["introduced"] == "You should meet."
    assert "You should meet." not in city.get(f"/relationships/{couple.id}").text
    database = city.stack.running["matching"].room.store.db
    for collection in ("relationships", "changes"):
        for document in database[collection].find({"chapter": city.chapter}):
            assert "You should meet." not in str(document)


def test_to_everybody_else_a_relationship_is_not_there(city: City) -> None:
    couple = a_couple(city)
    stranger, elsewhere = city.headers("mem_stranger"), City(city.stack)
    for by in (stranger, elsewhere.staff, elsewhere.headers(couple.mentee)):
        assert city.get(f"/relationships/{couple.id}", by).status == 404
        assert city.post(f"/relationships/{couple.id}/answer", {"answer": "accept"}, by).status == 404
        assert city.post(f"/relationships/{couple.id}/vote", {"vote": "yes"}, by).status == 404
    assert city.post(f"/relationships/{couple.id}/answer", {"answer": "accept"}).status == 404
    assert city.get(f"/relationships/{couple.id}", {}).status == 401


def test_a_proposal_that_nobody_answers_lapses_on_its_day_and_cannot_be_accepted_then(city: City) -> None:
    couple = a_couple(city)
    city.stack.clock.advance(days=7)
    late = city.answer(couple.id, couple.mentee, "accept")
    assert (late.status, late.body["code"]) == (409, "proposal_expired")
    city.later()
    assert city.events(couple.id) == ["proposed", "declined"]
    late = city.answer(couple.id, couple.mentee, "accept")
    assert (late.body["code"], late.body["state"]) == ("wrong_state", "lapsed")


@pytest.mark.parametrize("exit_from", ["introduction", "voting", "trial"])
def test_every_exit_gives_the_mentors_place_back(city: City, exit_from: str) -> None:
    couple = a_couple(city)
    assert city.answer(couple.id, couple.mentee, "accept").status == 200
    assert city.answer(couple.id, couple.mentor, "accept").status == 200
    if exit_from != "introduction":
        city.met(couple.id)
    if exit_from == "trial":
        for member in (couple.mentee, couple.mentor):
            assert city.vote(couple.id, member, "yes").status == 200
    assert city.state(couple.id) == exit_from
    next_one = city.mentee()
    waiting = city.introduced(next_one, couple.mentor, programme=city.programme(answer_days=60))
    full = city.answer(waiting, couple.mentor, "accept")
    assert (full.status, full.body["code"]) == (409, "no_place_left")

    city.later(days=43)
    assert (
        city.state(couple.id)
        == {"introduction": "lapsed", "voting": "not_started", "trial": "ended"}[exit_from]
    )
    assert city.answer(waiting, couple.mentor, "accept").status == 200
    assert city.answer(waiting, next_one, "accept").body["state"] == "introduction"


def test_a_relationship_keeps_the_rules_that_it_began_with(city: City) -> None:
    mentee, mentor = city.mentee(), city.mentor()
    programme = city.programme(vote_days=5)
    couple = Couple(city, mentee, mentor, city.introduced(mentee, mentor, programme=programme))
    changed = city.patch(f"/programmes/{programme}", {"rules": {"vote_days": 20}})
    assert changed.body["rules"]["vote_days"] == 20
    couple.until_voting()
    assert couple.seen_by(mentee)["vote_by"] == (city.stack.clock() + timedelta(days=5)).isoformat()


def test_news_of_a_meeting_move_only_a_pair_that_waits_for_it(city: City) -> None:
    couple = a_couple(city)
    city.met(couple.id)
    assert city.state(couple.id) == "proposed"
    couple.until_voting()
    vote_by = couple.seen_by(couple.mentee)["vote_by"]
    city.stack.clock.advance(days=1)
    city.met(couple.id)
    assert couple.seen_by(couple.mentee)["vote_by"] == vote_by


def test_asking_a_stranger_is_refused_and_offers_the_routes_that_exist(city: City) -> None:
    ana, bo = city.mentee(), city.mentor()
    refused = city.post("/requests", {"to": bo}, city.headers(ana))
    assert (refused.status, refused.body["code"]) == (403, "cold_asking")
    assert refused.body["bridge"][0]["route"] == "coordinator"
    assert refused.body["bridge"][0]["members"] == [city.staff_id]
    assert len(refused.body["bridge"]) == 1
    cycle = city.cycle(opens_in_days=1)
    with_cycle = city.post("/requests", {"to": bo}, city.headers(ana)).body["bridge"]
    assert [route["route"] for route in with_cycle] == ["coordinator", "cycle"]
    assert with_cycle[1]["cycle"] == cycle
    elsewhere = City(city.stack).mentor()
    assert city.post("/requests", {"to": elsewhere}, city.headers(ana)).status == 404
    assert city.post("/requests", {"to": "mem_nobody"}, city.headers(ana)).status == 404


def introduction(city: City, mentee: str, mentor: str) -> Any:
    answer = city.post("/introductions", {"mentee": mentee, "mentor": mentor, "reason": "Do."})
    return answer.status, answer.body.get("code")


def test_a_coordinator_introduces_only_whom_she_may(city: City) -> None:
    ana, bo = city.mentee(), city.mentor()
    assert introduction(city, ana, City(city.stack).mentor()) == (404, "not_found")
    assert introduction(city, ana, city.mentor(confirmed=False)) == (409, "not_confirmed")
    assert introduction(city, ana, city.mentee()) == (409, "role_not_held")
    assert introduction(city, ana, ana) == (409, "same_person")
    assert introduction(city, city.mentee(groups=("g1",)), city.mentor(groups=("g1",))) == (409, "conflict")
    assert introduction(city, ana, bo) == (201, None)
    assert introduction(city, ana, bo) == (409, "already_paired")
    for _ in range(2):
        city.introduced(ana, city.mentor())
    assert introduction(city, ana, city.mentor()) == (409, "too_many_proposals")
    assert (
        city.post("/introductions", {"mentee": ana, "mentor": bo, "reason": "Do."}, city.headers(ana)).status
        == 403
    )


def test_a_pair_that_was_declined_is_not_introduced_again_but_one_that_lapsed_can_be(city: City) -> None:
    declined, lapsed = a_couple(city), a_couple(city)
    for member in (declined.mentee, declined.mentor):
        assert city.answer(declined.id, member, "decline").status == 200
    city.later(days=7)
    assert introduction(city, declined.mentee, declined.mentor) == (409, "paired_before")
    assert introduction(city, lapsed.mentee, lapsed.mentor) == (201, None)


def test_a_repeated_request_gets_its_first_answer_and_changes_nothing(city: City) -> None:
    ana, bo = city.mentee(), city.mentor()
    body = {"mentee": ana, "mentor": bo, "reason": "Do."}
    first = city.post("/introductions", body, city.staff | {"Idempotency-Key": "k1"})
    again = city.post("/introductions", body, city.staff | {"Idempotency-Key": "k1"})
    assert made(first) == made(again)
    assert city.events(made(first)) == ["proposed"]
    keyed = {"Idempotency-Key": "k2"}
    for member in (ana, bo):
        for _ in range(2):
            by = city.headers(member) | keyed
            assert city.post(f"/relationships/{made(first)}/answer", {"answer": "accept"}, by).status == 200
    assert city.events(made(first)) == ["proposed", "introduction_agreed"]
    other = city.post(f"/relationships/{made(first)}/answer", {"answer": "decline"}, city.headers(bo) | keyed)
    assert (other.status, other.body["code"]) == (422, "idempotency_key_reused")
