"""Calm rounds: nearly the best total, and nobody has much of a reason to go round the programme."""

from dataclasses import replace

import pytest

from services.matching.engine import Options, Round, calm, snapshot, solve
from services.matching.engine.market import Snapshot
from services.matching.engine.pairs import weigh
from tests.rules.engine.makers import some_people, some_rules

MARKETS = range(60)
WAYS = (0, 300_000)  # pairs that are weighed whole: none, or all


def a_market(seed: int) -> Snapshot:
    return snapshot(some_people(seed, 30, 20), some_rules(seed))


def largest_gain(market: Snapshot, drafted: Round) -> int:
    """By how much the two of some pair would both gain, counted naively."""
    edges = weigh(market).edges
    mine: dict[str, list[int]] = {}
    theirs: dict[str, list[int]] = {}
    for one in drafted.proposals:
        mine.setdefault(one.mentee, []).append(one.u)
        theirs.setdefault(one.mentor, []).append(one.v)
    paired = {(one.mentee, one.mentor) for one in drafted.proposals}
    gains = [0]
    columns = (column.tolist() for column in (edges.rows, edges.cols, edges.u, edges.v))
    for i, j, u, v in zip(*columns, strict=True):
        mentee, mentor = market.mentees.ids[i], market.mentors.ids[j]
        seats = int(market.mentees.seats[i]), int(market.mentors.seats[j])
        if not all(seats) or (mentee, mentor) in paired:
            continue
        had = [
            min(values) if len(values) == most else 0
            for values, most in ((mine.get(mentee, []), seats[0]), (theirs.get(mentor, []), seats[1]))
        ]
        gains.append(min(u - had[0], v - had[1]))
    return max(gains)


@pytest.mark.parametrize("most", WAYS)
@pytest.mark.parametrize("points", [0, 3, 5])
def test_no_two_would_both_gain_more_than_was_asked_for(points: int, most: int) -> None:
    moved = 0
    for seed in MARKETS:
        market = a_market(seed)
        drafted = solve(market, "calm", Options(calm=points), plain_pairs_most=most)
        assert largest_gain(market, drafted) <= points
        best = solve(market)
        assert drafted.report.bound == best.report.total >= drafted.report.total
        moved += drafted.report.total < best.report.total
    assert moved > 5


@pytest.mark.parametrize("most", WAYS)
def test_where_much_may_be_gained_a_calm_round_has_the_best_total(most: int) -> None:
    for seed in MARKETS:
        market = a_market(seed)
        drafted = solve(market, "calm", Options(calm=1_000), plain_pairs_most=most)
        assert drafted.report.total == solve(market).report.total


@pytest.mark.parametrize("most", WAYS)
def test_where_rematching_has_no_end_the_stable_round_is_taken(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calm, "ROUNDS_MAX", 1)
    fell_back = 0
    for seed in range(20):
        market = a_market(seed)
        drafted = solve(market, "calm", Options(calm=1), plain_pairs_most=most)
        stable = solve(market, "stable")
        assert largest_gain(market, drafted) <= 1
        fell_back += drafted.report.total == stable.report.total != solve(market).report.total
    assert fell_back > 3


@pytest.mark.parametrize("fallback", ["weighed.deferred", "scanned.stable_pairs"])
def test_mentees_with_several_proposals_need_no_stable_round(
    fallback: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the two of a pair who are together already were looked at again and again")

    for seed in range(30):
        rules = replace(some_rules(seed), proposals_per_mentee=3)
        market = snapshot(some_people(seed, 20, 30), rules)
        with monkeypatch.context() as patch:
            patch.setattr(f"services.matching.engine.{fallback}", never)
            most = 0 if fallback.startswith("scanned") else 300_000
            drafted = solve(market, "calm", Options(calm=1), plain_pairs_most=most)
        assert largest_gain(market, drafted) <= 1


@pytest.mark.parametrize("most", WAYS)
@pytest.mark.parametrize("stay", [0, 8])
def test_promises_only_ever_bring_a_calm_round_nearer_to_the_best(
    stay: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the best of what is counted: points for staying too."""
    gained = 0
    for seed in range(30):
        market = a_market(seed)
        before = [(one.mentee, one.mentor) for one in solve(market).proposals[::2]] if stay else []
        options = Options(calm=1, before=before, stay=stay)
        with_promises = solve(market, "calm", options, plain_pairs_most=most).report.objective
        with monkeypatch.context() as patch:
            patch.setattr(calm, "PROMISES_MAX", 0)
            without = solve(market, "calm", options, plain_pairs_most=most).report.objective
        assert with_promises >= without
        gained += with_promises > without
    assert gained > 3


def test_locked_pairs_stay_in_a_calm_round() -> None:
    for seed in MARKETS:
        market = a_market(seed)
        locked = [(one.mentee, one.mentor) for one in solve(market).proposals[::3]]
        for most in WAYS:
            drafted = solve(market, "calm", Options(calm=0, locked=locked), plain_pairs_most=most)
            assert {(one.mentee, one.mentor) for one in drafted.proposals if one.locked} == set(locked)
