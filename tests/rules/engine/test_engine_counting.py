"""What a large round's report counts and proves when it is asked for all: as if every pair had been weighed."""

from typing import Any

import numpy as np
import pytest

from services.matching.engine import KINDS, Options, Person, Report, Rules, snapshot, solve, welfare
from services.matching.engine.market import Snapshot
from services.matching.engine.outcome import Prices
from services.matching.engine.scanned import BOUND_PPM
from tests.rules.engine.makers import a_mentee, a_mentor, some_people, some_rules

MARKETS = range(60)
PAIRS_WEIGHED = 10**6


def a_market(seed: int) -> Snapshot:
    return snapshot(some_people(seed, 30, 20), some_rules(seed))


def both(market: Snapshot, kind: str = "stable", **options: Any) -> tuple[Report, Report]:
    """The report of one round scanned, and weighed whole."""
    asked = Options(**options)
    scanned = solve(market, kind, asked, plain_pairs_most=-1, full_report=True, threads=2)
    return scanned.report, solve(market, kind, asked, plain_pairs_most=PAIRS_WEIGHED).report


def counted(report: Report) -> dict[str, int | None]:
    return {"eligible": report.eligible_pairs} | {one.code: one.pairs for one in report.stopped or ()}


@pytest.mark.parametrize("floor", [0, 6, 14])
def test_each_pair_is_counted_where_weighing_it_finds_the_first_rule_to_stop_it(floor: int) -> None:
    seen: dict[str, int] = {}
    for seed in MARKETS:
        scanned, weighed = both(a_market(seed), floor=floor)
        assert counted(scanned) == counted(weighed)
        for code, pairs in counted(weighed).items():
            seen[code] = seen.get(code, 0) + (pairs or 0)
    assert {code for code, pairs in seen.items() if not pairs} == (set() if floor else {"floor"})


def test_locked_pairs_are_eligible_whatever_the_floor() -> None:
    kept = 0
    for seed in MARKETS:
        market = a_market(seed)
        locked = [(one.mentee, one.mentor) for one in solve(market).proposals[::3]]
        scanned, weighed = both(market, floor=10_000, locked=locked)
        assert counted(scanned) == counted(weighed)
        kept += weighed.eligible_pairs or 0
    assert kept > 100


@pytest.mark.parametrize(("mentees", "mentors"), [(40, 1_300), (1_300, 40)])
def test_more_people_than_are_looked_at_together_are_all_counted(mentees: int, mentors: int) -> None:
    for seed in range(4):
        market = snapshot(some_people(seed, mentees, mentors), some_rules(seed))
        scanned, weighed = both(market, floor=seed)
        assert counted(scanned) == counted(weighed)


def test_pairs_with_many_areas_and_languages_in_common_are_counted_once() -> None:
    areas, languages = [f"area{n:03}" for n in range(256)], [f"l{n:02}" for n in range(100)]
    people = [
        a_mentee(
            f"mem_{number}",
            areas_wanted=dict.fromkeys(areas[240 - number : 240], 1),
            languages=languages[70 + number :][:20],
        )
        for number in range(21)
    ]
    people += [
        a_mentor(f"mem_o{n}", areas_offered=dict.fromkeys(areas[n : n + 50], n % 7), languages=languages[80:])
        for n in range(190, 206)
    ]
    for rules in (Rules(), Rules(switched_off=["ahead"]), Rules(switched_off=["area", "ahead"])):
        for floor in (0, 300):
            scanned, weighed = both(snapshot(people, rules), floor=floor)
            assert counted(scanned) == counted(weighed)


@pytest.mark.parametrize(
    ("people", "eligible"),
    [
        ([], 0),
        ([a_mentee()], 0),
        ([a_mentor()], 0),
        ([a_mentee(), a_mentor(confirmed=False)], 0),
        ([a_mentee(areas_wanted={}), a_mentor(areas_offered={})], 0),
        ([a_mentee(mentee_seats=0), a_mentor(mentor_seats=0)], 1),
    ],
    ids=["nobody", "no mentors", "no mentees", "nobody confirmed", "no areas", "no seats"],
)
@pytest.mark.parametrize("kind", KINDS)
def test_markets_at_the_edge_are_counted_too(people: list[Person], eligible: int, kind: str) -> None:
    scanned, weighed = both(snapshot(people, Rules()), kind)
    assert counted(scanned) == counted(weighed)
    assert scanned.eligible_pairs == eligible
    assert scanned.bound == weighed.bound == 0


def test_threads_and_the_order_of_people_change_no_byte_of_a_full_report() -> None:
    people, rules = some_people(5, 60, 30), some_rules(6)
    rounds = [
        solve(
            snapshot(some, rules),
            "stable",
            Options(floor=3),
            threads=threads,
            plain_pairs_most=0,
            full_report=True,
        ).to_bytes()
        for some in (people, people[::-1])
        for threads in (1, 2, 3)
    ]
    assert len(set(rounds)) == 1


def test_a_large_round_that_is_not_asked_for_all_of_it_counts_nothing() -> None:
    report = solve(a_market(1), "stable", plain_pairs_most=-1).report
    assert (report.eligible_pairs, report.stopped, report.bound, report.gap) == (None, None, None, None)


def test_no_choice_of_pairs_goes_beyond_the_bound_of_a_scanned_stable_round() -> None:
    for seed in MARKETS:
        market = a_market(seed)
        locked = [(one.mentee, one.mentor) for one in solve(market).proposals[::5]]
        for options in ({}, {"floor": 8}, {"locked": locked}):
            scanned, weighed = both(market, seed=seed, **options)
            assert scanned.bound is not None
            assert weighed.bound is not None
            assert 0 <= scanned.bound - weighed.bound <= weighed.bound * BOUND_PPM // 1_000_000
            assert scanned.gap == scanned.bound - scanned.total


@pytest.mark.parametrize("most", [0, 5, 60])
def test_however_wrong_the_prices_are_the_bound_holds(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = np.random.default_rng(most).integers(0, most + 1, 1_000)
    monkeypatch.setattr(welfare, "sampled_prices", lambda _t, _i, seats_j, *_, **__: wrong[: len(seats_j)])
    monkeypatch.setattr(
        welfare,
        "guessed_prices",
        lambda _pairs, seats_i, seats_j, **_: Prices(wrong[: len(seats_i)], wrong[-len(seats_j) :]),
    )
    for seed in MARKETS:
        scanned, weighed = both(a_market(seed))
        assert scanned.bound is not None
        assert weighed.bound is not None
        assert 0 <= scanned.bound - weighed.bound <= weighed.bound * BOUND_PPM // 1_000_000


def test_a_calm_round_has_its_bound_without_being_asked() -> None:
    for seed in range(20):
        market = a_market(seed)
        scanned = solve(market, "calm", plain_pairs_most=-1).report
        assert scanned.bound == solve(market, "calm").report.bound
