"""Rounds that the worker computes: asked for, computed by a process of their own, kept piece by piece, cancelled, begun anew."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from services.matching.api import rounds_shown
from services.matching.commands import drafting, jobs, pins, rounds, rubbish
from services.matching.commands.jobs import Jobs
from services.matching.domain.drafting import TRIES_MOST
from services.matching.kinds import ROUNDS
from shared.errors import Transient
from shared.events.profiles import Answer, MemberErased
from tests.flows.dying import Away, Dying
from tests.flows.matching_people import City, a_city, at_once
from tests.flows.matching_rounds import (
    a_cycle,
    ask,
    asked,
    computing,
    has_turns,
    kept,
    killed,
    result,
    room_of,
    state,
    tried_more_than,
    until,
    work,
)
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


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
    own = {"id": None}
    assert by_worker | own == at_once | own
    assert kept(city) == {
        "rounds": 2,
        "proposal_pages": 2,
        "left_overs": 0,
        "market_pieces": 0,
        "rubbish": 0,
    }


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


def test_two_workers_never_compute_the_same_round(city: City) -> None:
    this = asked(city, a_cycle(city))
    one, other = Jobs(), Jobs()
    assert one.step(room_of(city)) == 1
    assert other.step(room_of(city)) == 0
    one.stop(room_of(city))
    work(city, one)
    assert state(city, this) == ("draft", None)
    assert other.step(room_of(city)) == 0


def test_a_worker_that_was_thought_dead_changes_nothing_any_more(city: City) -> None:
    this = asked(city, a_cycle(city))
    slow, quick = Jobs(), Jobs()
    until(city, slow, lambda job: bool(job.digest), this)
    room_of(city).store.drop_lease(f"round {this}", slow.holder)  # as it runs out
    work(city, quick)
    drafted = city.get(f"/rounds/{this}").body
    work(city, slow)
    assert city.get(f"/rounds/{this}").body == drafted
    assert drafted["state"] == "draft"


@pytest.mark.parametrize("after", [False, True])
def test_a_round_whose_worker_dies_anywhere_comes_to_the_same_result(
    city: City, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    for module in (jobs, rounds_shown):
        monkeypatch.setattr(module, "PROPOSALS_A_PAGE", 2)
    monkeypatch.setattr(jobs, "LINES_AT_ONCE", 2)
    monkeypatch.setattr(pins, "PIECE_BYTES", 2_000)
    cycle, room = a_cycle(city, 6), room_of(city)
    undisturbed, own = asked(city, cycle), {"id": None}
    work(city)
    wanted = city.get(f"/rounds/{undisturbed}").body | own
    assert len(wanted["proposals"]) == 6
    for dies_at in range(1, 30):
        this, one = asked(city, cycle), Jobs()
        store = Dying(room.store, dies_at, after)
        at_once_over = replace(room.settings, round_lease_s=0)  # nothing passes within its lease
        died = False
        try:
            while one.step(replace(room, store=store, settings=at_once_over)):
                pass
        except Transient:
            died = True
        one.stop(room)
        work(city, one)
        assert city.get(f"/rounds/{this}").body | own == wanted
        assert result(city, this) == result(city, undisturbed) != ""
        if not died:
            break
    assert dies_at > 6, "it died at too few places to tell"
    assert [kept(city)[name] for name in ("market_pieces", "rubbish")] == [0, 0]


def test_a_round_taken_up_again_is_computed_from_the_market_that_was_pinned(city: City) -> None:
    cycle = a_cycle(city)
    undisturbed = city.post(f"/cycles/{cycle}/rounds", {}).body
    this, one = asked(city, cycle), Jobs()
    until(city, one, lambda job: bool(job.digest), this)
    one.stop(room_of(city))
    for member in city.people("mentee", 3):
        applied = {"members": [{"member": member, "role": "mentee"}]}
        assert city.post(f"/cycles/{cycle}/applications", applied).body["entered"] == 1
    work(city)
    own = {"id": None}
    assert city.get(f"/rounds/{this}").body | own == undisturbed | own
    assert city.post(f"/cycles/{cycle}/rounds", {}).body["left_over_total"] == 3


def test_a_round_that_no_worker_brings_to_its_end_has_failed(city: City) -> None:
    this = asked(city, a_cycle(city))
    for before in range(TRIES_MOST):
        one = Jobs()
        until(city, one, partial(tried_more_than, before), this)
        killed(one)
    work(city)
    assert state(city, this) == ("failed", "kept_failing")
    assert kept(city)["market_pieces"] == 0


def test_a_worker_that_is_stopped_has_not_failed_at_its_round(city: City) -> None:
    this, room = asked(city, a_cycle(city)), room_of(city)
    for before in range(TRIES_MOST + 1):
        one = Jobs()
        until(city, one, partial(has_turns, before + 1), this)
        one.stop(room)
    work(city)
    assert state(city, this) == ("draft", None)


@pytest.mark.parametrize("at", ["while it computes", "while it is kept"])
def test_a_computation_outlives_a_database_that_is_away_for_less_than_its_lease(
    city: City, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    monkeypatch.setattr(jobs, "PROPOSALS_A_PAGE", 1)
    monkeypatch.setattr(jobs, "LINES_AT_ONCE", 1)
    monkeypatch.setattr(jobs, "TOLD_EVERY_S", 0.0)
    this, one, room = asked(city, a_cycle(city)), Jobs(), room_of(city)
    store = Away(room.store)
    away = replace(room, store=store)
    there = {
        "while it computes": lambda job: job.step == "start",
        "while it is kept": lambda job: job.pages == 1,
    }
    until(city, one, there[at], this, away)
    store.away = True
    for _ in range(5):
        one.step(away)
    store.away = False
    while one.step(away):
        shown = room.store.reader(city.chapter).get(ROUNDS, this)
        assert shown.job is None or shown.job.turn == 1
    assert state(city, this) == ("draft", None)


def test_a_computation_ends_where_its_lease_may_have_run_out_while_the_database_was_away(city: City) -> None:
    this, one, room = asked(city, a_cycle(city)), Jobs(), room_of(city)
    store = Away(room.store)
    away = replace(room, store=store, settings=replace(room.settings, round_lease_s=0))
    until(city, one, lambda job: job.step == "start", this, away)
    store.away = True

    def go_on() -> None:
        for _ in range(60):
            one.step(away)

    with pytest.raises(Transient, match="away"):
        go_on()
    assert computing() == []
    work(city, one)
    assert state(city, this) == ("draft", None)


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


def test_a_worker_can_stop_whenever_its_process_has_told_how_far_it_is(city: City) -> None:
    this, one = asked(city, a_cycle(city, 1)), Jobs()
    not_the_engines = ("waiting", "read", "pin", "start", "keep")
    until(city, one, lambda job: job.step not in not_the_engines, this)
    one.stop(room_of(city))
    assert (state(city, this), computing()) == (("computing", None), [])
    work(city)
    assert state(city, this) == ("draft", None)


def test_people_go_on_answering_while_a_round_is_computed(city: City) -> None:
    ana, bo = city.mentee(), city.mentor()
    pair = city.introduced(ana, bo)
    this, one = asked(city, a_cycle(city)), Jobs()
    until(city, one, lambda job: bool(job.digest), this)
    while not computing():
        one.step(room_of(city))
    for member in (ana, bo):
        assert city.answer(pair, member, "accept").status == 200
    assert city.state(pair) == "introduction"
    assert state(city, this) == ("computing", None)
    work(city, one)
    assert state(city, this) == ("draft", None)


@pytest.mark.parametrize("at", ["asked", "read", "computing", "keep"])
def test_a_cancelled_round_is_let_go_of_and_leaves_nothing(
    city: City, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    monkeypatch.setattr(jobs, "PROPOSALS_A_PAGE", 1)
    monkeypatch.setattr(jobs, "LINES_AT_ONCE", 1)
    monkeypatch.setattr(jobs, "TOLD_EVERY_S", 0.0)
    this, one = asked(city, a_cycle(city)), Jobs()
    reached = {
        "asked": lambda _job: True,
        "read": lambda job: job.turn == 1,
        "computing": lambda job: bool(job.digest),
        "keep": lambda job: job.pages == 2,
    }
    until(city, one, reached[at], this)
    assert city.delete(f"/rounds/{this}").body["code"] == "round_computing"
    assert city.post(f"/rounds/{this}/cancellation").body["state"] == "cancelled"
    assert city.post(f"/rounds/{this}/cancellation").status == 200
    assert city.post(f"/rounds/{this}/publication").body["code"] == "no_draft"
    work(city, one)
    assert computing() == []
    shown = city.get(f"/rounds/{this}").body
    assert (shown["state"], shown["proposals"], shown["progress"]) == ("cancelled", [], None)
    assert kept(city) == {
        "rounds": 1,
        "proposal_pages": 0,
        "left_overs": 0,
        "market_pieces": 0,
        "rubbish": 0,
    }
    assert city.delete(f"/rounds/{this}").status == 204
    assert city.get(f"/rounds/{this}").status == 404


def test_what_the_engine_refuses_has_failed_with_its_code(city: City) -> None:
    cycle = a_cycle(city, 1)
    stranger = city.mentor()
    mentee = city.get(f"/cycles/{cycle}/applications").body["items"][0]["member"]
    this = asked(city, cycle, locked=[{"mentee": mentee, "mentor": stranger}])
    work(city)
    assert state(city, this) == ("failed", "unknown_person")
    assert city.delete(f"/rounds/{this}").status == 204


def test_rules_that_changed_while_a_round_was_computed_make_it_fail(city: City) -> None:
    programme = city.programme()
    city.mentee(), city.mentor()
    cycle = city.cycle(programme)
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    this, one = asked(city, cycle), Jobs()
    until(city, one, lambda job: bool(job.digest), this)
    changed = city.patch(f"/programmes/{programme}", {"rules": {"matching": {"min_common_hours": 2}}})
    assert changed.status == 200
    work(city, one)
    assert state(city, this) == ("failed", "snapshot_outdated")
    assert kept(city)["proposal_pages"] == 0


def test_a_round_beyond_the_memory_it_is_given_has_failed_whole(city: City) -> None:
    this, room = asked(city, a_cycle(city, 120)), room_of(city)
    small = replace(room, settings=replace(room.settings, round_memory_mb=1))
    one = Jobs()
    while one.step(small):
        pass
    assert state(city, this) == ("failed", "too_large_for_this_machine")
    work(city, one)
    assert kept(city)["market_pieces"] == 0


def test_somebody_erased_while_a_round_is_computed_is_nowhere_in_it(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PROPOSALS_A_PAGE", 1)
    monkeypatch.setattr(jobs, "LINES_AT_ONCE", 1)
    cycle = a_cycle(city)
    gone = city.get(f"/cycles/{cycle}/applications").body["items"][0]["member"]
    for reached in (lambda job: bool(job.digest), lambda job: job.pages == 2):
        this, one = asked(city, cycle), Jobs()
        until(city, one, reached, this)
    city.hear((gone, MemberErased()))
    work(city, one)
    shown = city.get(f"/rounds/{this}").body
    assert (shown["state"], shown["proposals_total"]) == ("draft", 2)
    database = room_of(city).store.db
    for name in ("rounds", "proposal_pages", "left_overs", "market_pieces"):
        assert gone not in str(list(database[name].find({"chapter": city.chapter}))), name


def test_an_answer_taken_back_while_a_round_is_computed_counts_for_nothing_in_it(city: City) -> None:
    asking = {"questions": [{"key": "industry", "match": "same", "mentee": 5, "mentor": 5}]}
    programme = city.programme(matching=asking)
    care = (Answer("industry", "care"),)
    ana, _ = city.mentee(answers=care), city.mentor(answers=care)
    cycle = city.cycle(programme)
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    (full,) = city.post(f"/cycles/{cycle}/rounds", {}).body["proposals"]
    this, one = asked(city, cycle), Jobs()
    until(city, one, lambda job: bool(job.digest), this)
    city.hear((ana, city.profile("mentee")))
    work(city, one)
    shown = city.get(f"/rounds/{this}").body
    assert (shown["state"], shown["outdated"]) == ("draft", False)
    (without,) = shown["proposals"]
    assert without["w"] < full["w"]
    assert "answer" in {reason["code"] for reason in full["reasons_mentee"]}
    assert "answer" not in {reason["code"] for reason in without["reasons_mentee"]}
    assert kept(city)["market_pieces"] == 0


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


def test_a_result_that_is_not_the_one_that_was_begun_is_not_gone_on_with(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PROPOSALS_A_PAGE", 1)
    monkeypatch.setattr(jobs, "LINES_AT_ONCE", 1)
    this, one, room = asked(city, a_cycle(city)), Jobs(), room_of(city)
    until(city, one, lambda job: job.pages == 2, this)
    killed(one)
    room.store.db["rounds"].update_one({"_id": this}, {"$set": {"job.digest_kept": "another"}})
    for _ in range(TRIES_MOST - 1):
        with pytest.raises(ValueError, match="another result"):
            work(city, one)
    work(city, one)
    assert state(city, this) == ("failed", "kept_failing")
    assert kept(city)["proposal_pages"] == 0
