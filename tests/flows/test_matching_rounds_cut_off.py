"""Rounds of the worker that are cut off: by an upgrade, by who ends the computation, by a full disk, by a result that is not the same."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from services.matching.api import rounds_shown
from services.matching.commands import drafting, jobs, pins, rounds
from services.matching.commands.consent import count_withdrawal
from services.matching.commands.jobs import Jobs
from services.matching.commands.rounds import carry_on
from services.matching.domain.drafting import TRIES_MOST, job_of
from services.matching.domain.rounds import Round
from services.matching.kinds import ROUNDS
from shared.call import Call
from shared.errors import NotThere, Transient
from shared.ids import new_id
from tests.flows.matching_people import City
from tests.flows.matching_rounds import (
    a_cycle,
    asked,
    but_for_its_id,
    computing,
    kept,
    kept_one_by_one,
    killed,
    pins_after,
    result,
    room_of,
    state,
    until,
    work,
)
from tests.stack import wait_for


def looked_at(city: City, this: str) -> Round:
    """The round as it is kept."""
    return room_of(city).store.reader(city.chapter).get(ROUNDS, this)


def of_another_version(word: str = "another version") -> Jobs:
    """A worker of the software before, or after."""
    jobs = Jobs()
    jobs.software = word
    return jobs


@pytest.mark.parametrize("at", ["pinned", "kept in part"])
def test_a_round_under_way_while_the_software_is_upgraded_is_begun_anew_from_the_documents(
    city: City, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    kept_one_by_one(monkeypatch, drafting, rounds_shown)
    reached = {"pinned": lambda job: bool(job.digest), "kept in part": lambda job: job.pages == 2}
    cycle, room = a_cycle(city), room_of(city)
    this, before = asked(city, cycle), of_another_version()
    until(city, before, reached[at], this)
    before.stop(room)
    pieces = room.store.db["market_pieces"]
    pieces.update_many({"round": this}, {"$set": {"body": b"a format of before"}})
    room.store.db["rounds"].update_one(
        {"_id": this, "job.lines": {"$gt": 0}}, {"$set": {"job.digest_kept": "a result of before"}}
    )
    (member,) = city.people("mentee", 1)
    applied = {"members": [{"member": member, "role": "mentee"}]}
    assert city.post(f"/cycles/{cycle}/applications", applied).body["entered"] == 1
    after = Jobs()
    until(city, after, lambda job: job.step == "start", this)
    assert city.get(f"/rounds/{this}").body["progress"] == {
        "step": "start",
        "done": 0,
        "of": 0,
        "upgraded": True,
    }
    work(city, after)
    drafted = city.get(f"/rounds/{this}").body
    assert (drafted["state"], drafted["proposals_total"], drafted["left_over_total"]) == ("draft", 3, 1)
    assert but_for_its_id(drafted) == but_for_its_id(city.post(f"/cycles/{cycle}/rounds", {}).body)
    assert (kept(city)["market_pieces"], kept(city)["rubbish"]) == (0, 0)


def test_workers_of_two_versions_do_not_begin_a_round_anew_for_ever(city: City) -> None:
    this = asked(city, a_cycle(city))
    for turn in range(4 * TRIES_MOST):
        one = of_another_version(f"version {turn % 2}")
        until(city, one, lambda job, turn=turn: bool(job.digest) and job.turn > turn, this)  # type: ignore[misc]
        killed(one)
    work(city)
    assert state(city, this) == ("failed", "kept_failing")


@contextmanager
def ended_at_its_beginning(number: signal.Signals) -> Iterator[None]:
    """The next process that computes is ended from outside, before it has said anything: it needs a while to get ready."""

    def end() -> None:
        (child,) = wait_for(computing, 30.0, "the process that computes")
        os.kill(child, number)

    ends = threading.Thread(target=end)
    ends.start()
    yield
    ends.join()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_computation_ended_from_outside_is_begun_again_from_the_same_market(
    city: City, number: signal.Signals
) -> None:
    cycle = a_cycle(city)
    undisturbed, this, one = asked(city, cycle), asked(city, cycle), Jobs()
    work(city, one)
    kept_as = result(city, undisturbed)
    ended = asked(city, cycle)
    with ended_at_its_beginning(number), pytest.raises(Transient, match="outside"):
        work(city, one)
    assert (state(city, ended), computing()) == (("computing", None), [])
    work(city, one)
    assert (result(city, this), result(city, ended)) == (kept_as, kept_as)


def test_a_computation_that_is_ended_from_outside_every_time_has_failed_and_says_so(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "TRIES_MOST", 2)
    this, one = asked(city, a_cycle(city)), Jobs()
    with ended_at_its_beginning(signal.SIGKILL), pytest.raises(Transient, match="outside"):
        work(city, one)
    with ended_at_its_beginning(signal.SIGKILL):
        work(city, one)
    assert state(city, this) == ("failed", "ended_from_outside")
    assert kept(city)["market_pieces"] == 0


def test_a_result_shorter_than_what_was_kept_before_is_no_draft(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_one_by_one(monkeypatch)
    this, one, room = asked(city, a_cycle(city)), Jobs(), room_of(city)
    until(city, one, lambda job: job.pages == 2, this)
    one.stop(room)
    longer = {"job.lines": 100, "job.pages": 99}
    room.store.db["rounds"].update_one({"_id": this}, {"$set": longer})
    with pytest.raises(ValueError, match="not whole"):
        work(city, one)
    assert state(city, this) == ("computing", None)
    while looked_at(city, this).to_compute:
        with suppress(ValueError):
            work(city, one)
    assert state(city, this) == ("failed", "kept_failing")


def test_a_worker_that_keeps_a_long_result_keeps_its_lease(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_one_by_one(monkeypatch, rounds_shown)
    this, one, other = asked(city, a_cycle(city, 12)), Jobs(), Jobs()
    until(city, one, lambda job: job.pages == 2, this)
    monkeypatch.setattr(jobs, "TOLD_EVERY_S", 0.0)
    room_of(city).store.drop_lease(
        f"round {this}", one.holder
    )  # as where it has run out, and nobody has come yet
    one.step(room_of(city))
    assert other.step(room_of(city)) == 0
    work(city, one)
    assert state(city, this) == ("draft", None)


def test_a_worker_that_pins_a_large_market_keeps_its_lease(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pins, "PIECE_BYTES", 2_000)
    monkeypatch.setattr(jobs, "TOLD_EVERY_S", 0.0)
    this, one, other = asked(city, a_cycle(city, 12)), Jobs(), Jobs()
    renewed_at = set()
    while not (job := job_of(looked_at(city, this))).digest:
        one.step(room_of(city))
        assert other.step(room_of(city)) == 0, f"after {job.pieces} pieces"
        renewed_at.add((bool(job.snapshot), job.pieces))
        room_of(city).store.drop_lease(f"round {this}", one.holder)  # as where it ran out meanwhile
    assert renewed_at >= {(False, 0), (True, 0), (True, 1), (True, 2)}, (
        "when all are read, and after each piece"
    )
    work(city, one)
    assert state(city, this) == ("draft", None)


def test_a_disk_without_room_for_compiled_kernels_stops_no_round_that_needs_none(
    city: City, tmp_path: Path
) -> None:
    full, ready = tmp_path / "full", tmp_path / "ready"
    full.touch()
    (ready / "now").mkdir(parents=True)
    this, room = asked(city, a_cycle(city)), room_of(city)
    settings = replace(room.settings, kernel_cache_dir=full / "kernels", kernels_ready_dir=ready)
    one = Jobs()
    while one.step(replace(room, settings=settings)):
        pass
    assert state(city, this) == ("draft", None)


def test_a_large_chapter_whose_people_keep_taking_answers_back_gets_its_round_all_the_same(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pins, "PIECE_BYTES", 2_000)
    this, one, room = asked(city, a_cycle(city)), Jobs(), room_of(city)
    turn = 0
    for _ in range(TRIES_MOST + 1):
        until(city, one, lambda job: bool(job.turn > turn and job.pieces), this)  # noqa: B023 - called before it changes
        turn = job_of(looked_at(city, this)).turn
        call = Call(new_id("call"), city.stack.clock(), city.chapter, "somebody")
        room.store.change(call, lambda tx: count_withdrawal(tx, city.chapter))
    work(city, one)
    assert state(city, this) == ("draft", None)
    assert (kept(city)["market_pieces"], kept(city)["rubbish"]) == (0, 0)


def test_a_round_that_is_begun_anew_too_often_has_failed_and_says_so(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pins, "PIECE_BYTES", 2_000)
    monkeypatch.setattr("services.matching.domain.drafting.TURNS_MOST", 3)
    this, one, room = asked(city, a_cycle(city)), Jobs(), room_of(city)
    while (job := looked_at(city, this).job) is not None:
        until(city, one, partial(pins_after, job.turn), this)
        call = Call(new_id("call"), city.stack.clock(), city.chapter, "somebody")
        room.store.change(call, lambda tx: count_withdrawal(tx, city.chapter))
    assert state(city, this) == ("failed", "kept_changing")
    work(city, one)
    assert (kept(city)["market_pieces"], kept(city)["rubbish"]) == (0, 0)


def test_a_round_that_was_begun_anew_again_and_again_lets_others_go_first(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "TURNS_PATIENT", 1)
    cycle = a_cycle(city)
    first, one = asked(city, cycle), Jobs()
    until(city, one, lambda job: bool(job.pieces), first)
    one.stop(room_of(city))
    city.stack.clock.advance(minutes=1)
    second, other = asked(city, cycle), Jobs()
    until(city, other, lambda job: bool(job.pieces), second)
    assert [looked_at(city, this).state for this in (first, second)] == ["computing", "computing"]
    assert job_of(looked_at(city, first)).turn == 1


def test_a_publication_that_cannot_go_on_is_in_no_others_way(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "PAGES_AT_ONCE", 0)
    monkeypatch.setattr(rounds, "ROUNDS_AT_ONCE", 1)
    cycle = a_cycle(city)
    first, second = sorted(city.post(f"/cycles/{cycle}/rounds", {}).body["id"] for _ in range(2))
    for this in (first, second):
        assert city.post(f"/rounds/{this}/publication").body["state"] == "publishing"
    room_of(city).store.db["proposal_pages"].delete_one({"round": first})
    while looked_at(city, second).state != "published":
        assert carry_on(room_of(city)) > 0
    with pytest.raises(NotThere):
        carry_on(room_of(city))
    assert looked_at(city, first).state == "publishing"
    room_of(city).store.db["rounds"].delete_one({"_id": first})  # the chores of other tests would find it
