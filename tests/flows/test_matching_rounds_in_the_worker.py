"""Rounds that the worker computes: which they are, how they wait their turn, and what becomes of them."""

from dataclasses import replace
from functools import partial

import pytest

from services.matching.api import rounds_shown
from services.matching.commands import drafting, jobs, rounds, rubbish
from services.matching.commands.jobs import Jobs
from tests.flows.matching_people import City, at_once
from tests.flows.matching_rounds import (
    a_cycle,
    ask,
    asked,
    but_for_its_id,
    kept,
    room_of,
    state,
    until,
    work,
)


@pytest.mark.parametrize("kind", ["welfare", "stable"])
def test_a_round_that_was_asked_for_becomes_the_draft_that_a_request_would_have_made(
    city: City, kind: str
) -> None:
    cycle = a_cycle(city)
    waiting = ask(city, cycle, kind=kind, seed=5)
    assert (waiting.status, waiting.body["state"]) == (202, "asked")
    assert waiting.body["progress"] == {"step": "waiting", "done": 0, "of": 0, "upgraded": False}
    work(city)
    by_worker = city.get(f"/rounds/{waiting.body['id']}").body
    at_once = city.post(f"/cycles/{cycle}/rounds", {"kind": kind, "seed": 5}).body
    assert by_worker["state"] == "draft"
    assert but_for_its_id(by_worker) == but_for_its_id(at_once)
    assert kept(city) == {
        "rounds": 2,
        "proposal_pages": 2,
        "left_overs": 0,
        "market_pieces": 0,
        "rubbish": 0,
    }


def test_a_market_beyond_what_a_request_weighs_is_the_workers(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    cycle = a_cycle(city, 3)
    for most, status in ((9, 201), (8, 202)):
        monkeypatch.setattr(drafting, "PAIRS_AT_ONCE", most)
        assert city.post(f"/cycles/{cycle}/rounds", {}).status == status
    work(city)


def test_a_lopsided_market_with_more_people_than_a_request_reads_is_the_workers(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    cycle = a_cycle(city, 0)
    city.people("mentee", 3)
    assert city.post(f"/cycles/{cycle}/applications", {"everyone": True}).body["entered"] == 3
    for most, status in ((3, 201), (2, 202)):
        monkeypatch.setattr(drafting, "PEOPLE_AT_ONCE", most)
        drafted = city.post(f"/cycles/{cycle}/rounds", {})
        assert drafted.status == status
    work(city)
    assert state(city, drafted.body["id"]) == ("draft", None)


def test_one_round_is_computed_at_a_time_and_the_others_wait_their_turn(city: City) -> None:
    cycle = a_cycle(city)
    first = asked(city, cycle)
    city.stack.clock.advance(seconds=1)
    second = asked(city, cycle)
    assert city.get(f"/rounds/{second}").body["progress"] == {
        "step": "waiting",
        "done": 0,
        "of": 1,
        "upgraded": False,
    }
    one = Jobs()
    one.step(room_of(city))
    assert (state(city, first)[0], state(city, second)[0]) == ("computing", "asked")
    work(city, one)
    assert (state(city, first)[0], state(city, second)[0]) == ("draft", "draft")


def test_those_who_ask_at_once_are_counted_one_by_one(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafting, "ASKED_MOST", 2)
    cycle = a_cycle(city, 1)
    answers = at_once(*[partial(ask, city, cycle)] * 8)
    assert sorted(answer.status for answer in answers) == [202] * 2 + [409] * 6
    work(city)


def test_a_chapter_has_only_so_many_rounds_waiting(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafting, "ASKED_MOST", 2)
    cycle = a_cycle(city, 1)
    first, _ = asked(city, cycle), asked(city, cycle)
    refused = ask(city, cycle)
    assert (refused.status, refused.body["code"]) == (409, "too_many_rounds")
    assert city.post(f"/cycles/{cycle}/rounds", {}).status == 201
    assert city.post(f"/rounds/{first}/cancellation").status == 200
    assert ask(city, cycle).status == 202
    work(city)


def test_a_round_says_that_its_process_gets_ready(city: City) -> None:
    this, one = asked(city, a_cycle(city, 1)), Jobs()
    until(city, one, lambda job: job.step == "start", this)
    assert city.get(f"/rounds/{this}").body["progress"] == {
        "step": "start",
        "done": 0,
        "of": 0,
        "upgraded": False,
    }
    work(city, one)


def test_a_large_rounds_lists_are_kept_in_pages_and_thrown_away_some_at_a_time(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (jobs, rounds, rounds_shown):
        monkeypatch.setattr(module, "LEFT_A_PAGE", 2)
    for module in (jobs, rounds_shown):
        monkeypatch.setattr(module, "PROPOSALS_A_PAGE", 1)
    monkeypatch.setattr(rubbish, "PAGES_AT_ONCE", 1)
    city.people("mentee", 5, languages=("xx",))
    this = asked(city, a_cycle(city, 3))
    work(city)
    shown = city.get(f"/rounds/{this}").body
    assert (len(shown["proposals"]), len(shown["left_over"])) == (3, 5)
    assert (kept(city)["proposal_pages"], kept(city)["left_overs"]) == (3, 3)
    some = city.get(f"/rounds/{this}/left-over?after=1&limit=3").body
    assert (some["items"], some["next"]) == (shown["left_over"][1:4], 4)
    other = asked(city, shown["cycle"])
    work(city)
    assert city.delete(f"/rounds/{other}").status == 204
    assert city.get(f"/rounds/{other}").status == 404
    assert kept(city)["proposal_pages"] > 3
    work(city)
    assert kept(city) == {"rounds": 1, "proposal_pages": 3, "left_overs": 3, "market_pieces": 0, "rubbish": 0}
    assert city.post(f"/rounds/{this}/publication").body["published"] == 3
    told = (
        room_of(city).store.db["applications"].find({"chapter": city.chapter, "not_matched": "nobody_fits"})
    )
    assert {one["member"] for one in told} == {one["member"] for one in shown["left_over"]}


def test_what_the_engine_refuses_has_failed_with_its_code(city: City) -> None:
    cycle = a_cycle(city, 1)
    stranger = city.mentor()
    mentee = city.get(f"/cycles/{cycle}/applications").body["items"][0]["member"]
    this = asked(city, cycle, locked=[{"mentee": mentee, "mentor": stranger}])
    work(city)
    assert state(city, this) == ("failed", "unknown_person")
    assert city.delete(f"/rounds/{this}").status == 204


def test_a_round_beyond_the_memory_it_is_given_has_failed_whole(city: City) -> None:
    this, room = asked(city, a_cycle(city, 120)), room_of(city)
    small = replace(room, settings=replace(room.settings, round_memory_mb=1))
    one = Jobs()
    while one.step(small):
        pass
    assert state(city, this) == ("failed", "too_large_for_this_machine")
    work(city, one)
    assert kept(city)["market_pieces"] == 0
