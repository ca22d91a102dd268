"""What happens while the worker computes a round: people answer, take answers back, are erased; rules change; it is cancelled."""

import pytest

from services.matching.commands import jobs
from services.matching.commands.jobs import Jobs
from shared.events.profiles import Answer, MemberErased
from tests.flows.matching_people import City
from tests.flows.matching_rounds import (
    a_cycle,
    asked,
    computing,
    kept,
    kept_one_by_one,
    room_of,
    state,
    until,
    work,
)


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
    kept_one_by_one(monkeypatch)
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


def test_somebody_erased_while_a_round_is_computed_is_nowhere_in_it(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_one_by_one(monkeypatch)
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
