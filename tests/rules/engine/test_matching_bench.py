"""The bench of the matching engine: its markets, the judge of its results, and its lines."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.matching.engine import EngineError, Options, Rules, Snapshot, pack, snapshot, solve, unpack
from tests.bench.matching.changing import most_total, some_changed
from tests.bench.matching.checking import Market, Verdict, judge
from tests.bench.matching.gates import BY_NAME, met
from tests.bench.matching.generator import MENTOR_SEATS_MOST, Shape, market
from tests.bench.matching.lines import packed_lines
from tests.rules.engine import plain
from tests.rules.engine.makers import a_mentee, a_mentor, some_people, some_rules

ROOT = Path(__file__).parents[3]
SMALL = Shape(mentees=400, mentors=100, seed=7, questions=True)
ELIGIBLE_SHARE_ABOUT = (0.03, 0.09)


def drafted(here: Snapshot, **options: Any) -> tuple[list[tuple[int, int]], Any, Any]:
    """Pairs of rows, prices, and the report."""
    round_ = solve(here, options=Options(**options))
    pairs = [(here.mentee_row(one.mentee), here.mentor_row(one.mentor)) for one in round_.proposals]
    prices = np.zeros(len(here.mentors), np.int64)
    for price in round_.prices:
        prices[here.mentor_row(price.mentor)] = price.points
    return pairs, prices, round_.report


def judged(here: Snapshot, pairs: list[tuple[int, int]], prices: Any = None, **more: Any) -> Verdict:
    nothing = np.zeros(len(here.mentors), np.int64)
    return judge(Market(pack(here)), pairs, nothing if prices is None else prices, **more)


def test_a_market_of_the_bench_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    again, other = replace(SMALL), replace(SMALL, seed=8)
    assert market(again) == market(SMALL)
    assert unpack(market(other)).hash != unpack(market(SMALL)).hash


@pytest.mark.parametrize("mentees", [0, 1, 3, 2_000])
def test_markets_of_the_bench_can_be_used_at_every_size(mentees: int) -> None:
    here = unpack(market(Shape(mentees=mentees, mentors=mentees // 4, seed=1)))
    assert (len(here.mentees), len(here.mentors)) == (mentees, mentees // 4)


def test_a_market_of_the_bench_is_as_its_head_says() -> None:
    here = unpack(market(Shape(mentees=3_000, mentors=750, seed=7, supply=0.9)))
    hours = np.bitwise_count(here.mentees.hours).sum(axis=1)
    wanted = np.diff(here.mentees.areas.start)
    assert (int(hours.min()), int(hours.max())) == (10, 25)
    assert (int(wanted.min()), int(wanted.max())) == (1, 4)
    assert (int(here.mentors.seats.sum()), int(here.mentors.seats.max())) == (2_700, MENTOR_SEATS_MOST)
    assert len(here.same_person) == 15
    assert len(here.excluded_by_mentee) > 0
    assert len(here.conflicts) > 0
    open_ = here.chapters_open[np.triu_indices(len(here.chapters), 1)]
    assert 0.4 < open_.mean() < 0.6
    verdict = judge(Market(pack(here)), [], np.zeros(750, np.int64))
    assert ELIGIBLE_SHARE_ABOUT[0] < verdict.eligible_share < ELIGIBLE_SHARE_ABOUT[1]


def test_people_change_in_the_share_asked_for_and_the_others_do_not() -> None:
    packed = market(SMALL)
    later, touched = some_changed(packed, 0.1, 7)
    before, after = unpack(packed), unpack(later)
    assert (len(touched["mentees"]), len(touched["mentors"])) == (40, 10)
    for side in ("mentees", "mentors"):
        one, other = getattr(before, side), getattr(after, side)
        same = (
            (one.hours == other.hours).all(axis=1) & (one.barred == other.barred) & (one.seats == other.seats)
        )
        assert set(np.flatnonzero(~same)) <= set(touched[side].tolist())
        assert not same.all()


def test_no_round_in_which_as_many_stay_has_a_larger_total_than_the_bench_says() -> None:
    later, _ = some_changed(market(SMALL), 0.1, 7)
    first = [(one.mentee, one.mentor) for one in solve(unpack(market(SMALL))).proposals]
    here, seen = unpack(later), []
    for stay in range(0, 40, 4):
        drafted_again = solve(here, options=Options(before=first, stay=stay))
        stayed = {(one.mentee, one.mentor) for one in drafted_again.proposals} & set(first)
        seen.append((stay, len(stayed), drafted_again.report))
    assert seen[0][1] < seen[-1][1]
    for stay, stayed_here, report in seen:
        assert report.bound is not None
        assert most_total(report.bound, stay, stayed_here) == report.total
        assert all(other.total <= most_total(report.bound, stay, count) for _, count, other in seen)


def test_the_judge_agrees_with_the_engine_and_with_plain_python_on_every_pair() -> None:
    for seed in range(40):
        people, rules, floor = some_people(seed, 20, 10), some_rules(seed), seed % 3 * 5
        here = snapshot(people, rules)
        pairs, prices, report = drafted(here, floor=floor)
        verdict = judged(here, pairs, prices, floor=floor)
        assert (verdict.wrong_pairs, verdict.total, verdict.gap) == (0, report.total, 0)
        assert verdict.blocking_pairs == report.blocking_pairs
        read, found = Market(pack(here)), {}
        for i, mentee in enumerate(here.mentees.ids):
            for j, u, v in zip(*(column.tolist() for column in read.against(i)), strict=True):
                found[mentee, here.mentors.ids[j]] = (u, v, 2 * u * v // (u + v))
        assert found == plain.worths(people, rules)


def test_the_judge_finds_a_pair_that_a_rule_stops() -> None:
    here = snapshot([a_mentee(), a_mentor(), a_mentor("mem_far", languages=["zh"])], Rules())
    assert judged(here, [(0, here.mentor_row("mem_mo"))]).wrong_pairs == 0
    verdict = judged(here, [(0, here.mentor_row("mem_far"))])
    assert (verdict.wrong_pairs, verdict.total) == (1, 0)


def test_the_judge_finds_a_pair_given_twice_and_one_beyond_the_seats() -> None:
    here = snapshot([a_mentee("mem_a"), a_mentee("mem_b"), a_mentor()], Rules())
    assert judged(here, [(0, 0)]).wrong_pairs == 0
    assert judged(here, [(0, 0), (1, 0)]).wrong_pairs == 1
    assert judged(here, [(0, 0), (0, 0)]).wrong_pairs == 3  # twice, beyond her seat, beyond the mentor's


def test_the_judge_finds_two_who_would_rather_have_each_other_and_by_how_much() -> None:
    keen = a_mentee("mem_keen", areas_wanted={"python": 3})
    cool = a_mentee("mem_cool", areas_wanted={"python": 1})
    here = snapshot([keen, cool, a_mentor()], Rules())
    best, worse = here.mentee_row("mem_keen"), here.mentee_row("mem_cool")
    assert judged(here, [(best, 0)]).blocking_pairs == 0
    verdict = judged(here, [(worse, 0)])
    # She has nothing and would gain 41; the mentor is wanted by two points more, each worth 10.
    assert (verdict.blocking_pairs, verdict.largest_mutual_gain) == (1, 20)


def test_the_judge_tells_a_worse_total_by_its_gap_and_wrong_prices_prove_nothing() -> None:
    here = unpack(market(SMALL))
    pairs, prices, report = drafted(here)
    assert judged(here, pairs, prices).gap == 0
    assert judged(here, pairs[:-1], prices).gap > 0
    assert judged(here, pairs).gap > 0
    assert judged(here, pairs, prices + 1).bound > report.total


def test_a_sample_of_mentees_is_judged_as_exactly_as_all() -> None:
    here = unpack(market(SMALL))
    pairs, prices, report = drafted(here)
    whole = judged(here, pairs, prices)
    halves = [judged(here, pairs, prices, mentees=range(half, 400, 2)) for half in (0, 1)]
    assert [half.total for half in halves] == [whole.total] * 2
    assert [half.gap for half in halves] == [0, 0]
    assert sum(half.blocking_pairs for half in halves) == whole.blocking_pairs == report.blocking_pairs


def test_a_market_as_json_lines_is_the_market_of_its_people() -> None:
    lines = [
        {"min_gap_years": 2, "questions": [{"key": "trade", "match": "same"}]},
        {
            "id": "mem_ada", "chapter": "shanghai", "roles": ["mentee"], "areas_wanted": {"python": 3}, "languages": ["en"],
            "hours": [18, 19], "confirmed": True, "route": "mentoring", "answers": {"trade": {"value": ["law"], "consented": True}},
        },
        {
            "id": "mem_mo", "chapter": "shanghai", "roles": ["mentor"], "areas_offered": {"python": 9}, "languages": ["en"],
            "hours": [19, 20], "confirmed": True, "route": "mentoring", "answers": {"trade": {"value": "law", "consented": True}},
        },
    ]  # fmt: skip
    here = unpack(packed_lines("\n".join(map(json.dumps, lines)).encode()))
    assert (here.choices, drafted(here)[0]) == ((("law",),), [(0, 0)])


@pytest.mark.parametrize(
    ("second", "where"),
    [
        ("{", "line 2"),
        ("[]", "line 2"),
        ('{"id": "a", "chapter": "c"}', "line 2/roles"),
        ('{"id": "a", "chapter": "c", "roles": ["mentee"], "shoes": 43}', "line 2/shoes"),
        ('{"id": "a", "chapter": "c", "roles": ["mentee"], "answers": {"trade": "law"}}', "line 2/answers"),
        ('{"id": "a", "chapter": "c", "roles": ["chief"]}', "a/roles"),
    ],
)
def test_a_line_that_is_wrong_is_named(second: str, where: str) -> None:
    with pytest.raises(EngineError) as refusal:
        packed_lines(f"{{}}\n{second}".encode())
    assert refusal.value.where == where


def test_a_gate_is_met_at_its_own_size_only_and_by_every_figure() -> None:
    gate = BY_NAME["welfare"]
    good = {"seconds": 9.9, "peak_mb": 400, "gap_relative": 0.0}
    assert met(gate, 100_000, good) is True
    assert met(gate, 100_000, good | {"seconds": 10.1}) is False
    assert met(gate, 20_000, good) is None
    assert met(BY_NAME["calm"], 100_000, {"of_optimum": 0.98, "largest_mutual_gain": 5}) is False


def test_the_bench_prints_a_line_for_a_gate_that_the_judge_agrees_with() -> None:
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "tests.bench.matching"),
            *("--gate", "welfare", "--size", "200", "--seed", "3", "--rounds", "1", "--threads", "1"),
        ],
        cwd=ROOT, check=True, capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    machine, line = (json.loads(one) for one in ran.stdout.splitlines())
    assert machine["measure"] == "machine"
    named = {
        key: line[key]
        for key in ("gate", "size", "mentees", "mentors", "seed", "threads", "gap", "agrees", "met")
    }
    assert named == {
        "gate": "welfare", "size": 200, "mentees": 200, "mentors": 50, "seed": 3, "threads": 1, "gap": 0, "agrees": True, "met": None,
    }  # fmt: skip
    assert line["total"] == line["bound"] == line["checked"]["total"] > 0
    assert {
        "seconds",
        "compile_seconds",
        "steps",
        "peak_mb",
        "eligible_share",
        "blocking_pairs",
        "target",
    } <= line.keys()
