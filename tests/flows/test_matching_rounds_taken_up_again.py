"""Rounds that one worker begins and another may end: the first died, was stopped, was thought dead, or could not reach its database."""

from dataclasses import replace
from functools import partial

import pytest

from services.matching.api import rounds_shown
from services.matching.commands import jobs, pins
from services.matching.commands.jobs import Jobs
from services.matching.domain.drafting import TRIES_MOST
from services.matching.kinds import ROUNDS
from shared.errors import Transient
from tests.flows.dying import Away, Dying
from tests.flows.matching_people import City
from tests.flows.matching_rounds import (
    a_cycle,
    asked,
    but_for_its_id,
    computing,
    has_turns,
    kept,
    kept_one_by_one,
    killed,
    result,
    room_of,
    state,
    tried_more_than,
    until,
    work,
)


@pytest.mark.parametrize("after", [False, True])
def test_a_round_whose_worker_dies_anywhere_comes_to_the_same_result(
    city: City, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    for module in (jobs, rounds_shown):
        monkeypatch.setattr(module, "PROPOSALS_A_PAGE", 2)
    monkeypatch.setattr(jobs, "LINES_AT_ONCE", 2)
    monkeypatch.setattr(pins, "PIECE_BYTES", 2_000)
    cycle, room = a_cycle(city, 6), room_of(city)
    undisturbed = asked(city, cycle)
    work(city)
    wanted = but_for_its_id(city.get(f"/rounds/{undisturbed}").body)
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
        assert but_for_its_id(city.get(f"/rounds/{this}").body) == wanted
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
    assert but_for_its_id(city.get(f"/rounds/{this}").body) == but_for_its_id(undisturbed)
    assert city.post(f"/cycles/{cycle}/rounds", {}).body["left_over_total"] == 3


def test_a_result_that_is_not_the_one_that_was_begun_is_not_gone_on_with(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_one_by_one(monkeypatch)
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


def test_a_worker_can_stop_whenever_its_process_has_told_how_far_it_is(city: City) -> None:
    this, one = asked(city, a_cycle(city, 1)), Jobs()
    not_the_engines = ("waiting", "read", "pin", "start", "keep")
    until(city, one, lambda job: job.step not in not_the_engines, this)
    one.stop(room_of(city))
    assert (state(city, this), computing()) == (("computing", None), [])
    work(city)
    assert state(city, this) == ("draft", None)


def test_two_workers_never_compute_the_same_round(city: City) -> None:
    this = asked(city, a_cycle(city))
    one, other = Jobs(), Jobs()
    assert one.step(room_of(city)) == 1
    assert other.step(room_of(city)) == 0
    one.stop(room_of(city))
    work(city, one)
    assert state(city, this) == ("draft", None)
    assert other.step(room_of(city)) == 0


@pytest.mark.parametrize("other", ["is at it", "has ended"])
def test_a_worker_that_was_thought_dead_changes_nothing_any_more(
    city: City, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    kept_one_by_one(monkeypatch)
    this, rounds = asked(city, a_cycle(city)), room_of(city).store.db["rounds"]
    slow, quick = Jobs(), Jobs()
    until(city, slow, lambda job: job.pages == 1, this)
    room_of(city).store.drop_lease(f"round {this}", slow.holder)  # as it runs out
    until(city, quick, partial(has_turns, 2), this)
    if other == "has ended":
        work(city, quick)
    stands = rounds.find_one({"_id": this})
    work(city, slow)
    assert rounds.find_one({"_id": this}) == stands
    work(city, quick)
    assert state(city, this) == ("draft", None)


@pytest.mark.parametrize("at", ["while it computes", "while it is kept"])
def test_a_computation_outlives_a_database_that_is_away_for_less_than_its_lease(
    city: City, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    kept_one_by_one(monkeypatch)
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
