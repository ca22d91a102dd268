"""Stable rounds: nobody has a reason to go round the programme, and no mentee could have a better one."""

import random
from itertools import combinations
from typing import Any

import pytest

from services.matching.engine import EngineError, Options, Round, Rules, snapshot, solve, stable
from services.matching.engine.deferring import deferred
from services.matching.engine.digests import TIE_BITS, digests, mixed
from services.matching.engine.edges import Edges
from services.matching.engine.market import Snapshot
from services.matching.engine.pairs import weigh
from tests.rules.engine.makers import a_mentee, a_mentor, some_people, some_rules

MARKETS = range(60)


def a_market(seed: int, mentees: int = 30, mentors: int = 20) -> Snapshot:
    return snapshot(some_people(seed, mentees, mentors), some_rules(seed))


def pairs_of(drafted: Round) -> list[tuple[str, str]]:
    return [(one.mentee, one.mentor) for one in drafted.proposals]


@pytest.mark.parametrize("seed", MARKETS)
def test_a_scanned_stable_round_is_the_one_that_plain_python_finds(seed: int) -> None:
    market, options = a_market(seed), Options(seed=seed)
    scanned = solve(market, "stable", options, plain_pairs_most=0)
    assert pairs_of(scanned) == pairs_of(solve(market, "stable", options))


def test_mentees_ask_on_beyond_the_first_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stable, "WIDTH", 2)
    for seed in range(30):
        market, steps = a_market(seed, 60, 20), list[str]()
        scanned = solve(market, "stable", plain_pairs_most=0, progress=lambda *step: steps.append(step[0]))  # noqa: B023 - used at once
        assert pairs_of(scanned) == pairs_of(solve(market, "stable"))
        assert "scan 2" in steps


@pytest.mark.parametrize("seed", MARKETS)
def test_no_pair_would_both_rather_have_each_other(seed: int) -> None:
    drafted = solve(a_market(seed), "stable", Options(floor=6))
    assert drafted.report.blocking_pairs == 0
    assert all(one.w >= 6 for one in drafted.proposals)


def test_every_mentee_has_the_best_of_all_her_stable_rounds() -> None:
    several = 0
    for seed in range(150):
        market = a_market_of_different_wishes(seed)
        edges = weigh(market).edges
        steady = [chosen for chosen in all_rounds(market, edges) if not blocking(market, edges, chosen)]
        several += len(steady) > 1
        best: dict[int, list[int]] = {}
        for chosen in steady:
            for row in {edges.rows[pair] for pair in chosen}:
                had = sorted((int(edges.u[pair]) for pair in chosen if edges.rows[pair] == row), reverse=True)
                best[row] = max(best.get(row, []), had)
        ours = deferred(market, edges, able(market.mentees), able(market.mentors), 0)
        for row, most in best.items():
            assert sorted(edges.u[ours & (edges.rows == row)].tolist(), reverse=True) == most
    assert several > 10


def a_market_of_different_wishes(seed: int) -> Snapshot:
    """Four mentees and four mentors who may all meet, and rank one another by what they would learn."""
    dice = random.Random(seed)
    skills = [f"skill{n}" for n in range(8)]

    def some() -> list[str]:
        return dice.sample(skills, 4)

    people = [a_mentee(f"mem_e{n}", wants_to_learn=some(), could_teach=some()) for n in range(4)]
    people += [a_mentor(f"mem_o{n}", wants_to_learn=some(), could_teach=some()) for n in range(4)]
    return snapshot(people, Rules())


def able(side: Any) -> Any:
    return side.seats.astype(int) * (side.barred == 0)


def all_rounds(market: Snapshot, edges: Edges) -> list[tuple[int, ...]]:
    """Every choice of pairs within the seats."""
    seats_i, seats_j = able(market.mentees).tolist(), able(market.mentors).tolist()
    usable = [n for n in range(len(edges)) if seats_i[edges.rows[n]] and seats_j[edges.cols[n]]]
    found: list[tuple[int, ...]] = []
    for size in range(min(len(usable), sum(seats_i), sum(seats_j)) + 1):
        for chosen in combinations(usable, size):
            rows, cols = [edges.rows[n] for n in chosen], [edges.cols[n] for n in chosen]
            if all(rows.count(i) <= seats_i[i] for i in rows) and all(
                cols.count(j) <= seats_j[j] for j in cols
            ):
                found.append(chosen)
    return found


def blocking(market: Snapshot, edges: Edges, chosen: tuple[int, ...]) -> bool:
    """Is there a pair that both would rather have? Ties count by the digest, as the engine's do."""
    order_u, order_v = keys(market, edges)
    seats_i, seats_j = able(market.mentees), able(market.mentors)
    for pair in range(len(edges)):
        i, j = edges.rows[pair], edges.cols[pair]
        if pair in chosen or not seats_i[i] or not seats_j[j]:
            continue
        mine = [order_u[n] for n in chosen if edges.rows[n] == i]
        theirs = [order_v[n] for n in chosen if edges.cols[n] == j]
        if (len(mine) < seats_i[i] or min(mine) < order_u[pair]) and (
            len(theirs) < seats_j[j] or min(theirs) < order_v[pair]
        ):
            return True
    return False


def keys(market: Snapshot, edges: Edges) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    mine, theirs = digests(market.mentees.ids, "mentee", 0), digests(market.mentors.ids, "mentor", 0)
    tie = (mixed(mine[edges.rows], theirs[edges.cols]) >> (64 - TIE_BITS)).tolist()
    return list(zip(edges.u.tolist(), tie, strict=True)), list(zip(edges.v.tolist(), tie, strict=True))


def test_locked_pairs_stand_in_a_stable_round_whoever_would_rather() -> None:
    people = [
        a_mentee("mem_a", areas_wanted={"python": 1}), a_mentee("mem_b"), a_mentor("mem_x"),
        a_mentor("mem_y", areas_offered={"python": 2}),
    ]  # fmt: skip
    market = snapshot(people, some_rules(3))
    for most in (0, 100):
        drafted = solve(market, "stable", Options(locked=[("mem_a", "mem_x")]), plain_pairs_most=most)
        assert ("mem_a", "mem_x") in pairs_of(drafted)


@pytest.mark.parametrize("asked", [{"stay": 3}, {"bonus": {"chapter/shanghai": 2}}, {"tolerance_ppm": 1}])
def test_points_that_a_stable_round_cannot_count_are_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(EngineError, match="option_without_effect"):
        solve(a_market(1), "stable", Options(**asked))
