"""Rounds of markets too large to weigh whole, against the same rounds weighed whole: two ways, and one best total."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from services.matching.engine import (
    Answer,
    EngineError,
    Options,
    Question,
    Round,
    descent,
    pool,
    sampling,
    snapshot,
    solve,
    welfare,
)
from services.matching.engine.market import Snapshot
from services.matching.engine.outcome import Prices
from services.matching.engine.placing import placed
from services.matching.engine.rules import PROPOSALS_PER_MENTEE_MAX
from tests.rules.engine.makers import some_people, some_rules

MARKETS = range(60)


def a_market(seed: int) -> Snapshot:
    return snapshot(some_people(seed, 30, 20), some_rules(seed))


def both(market: Snapshot, **options: Any) -> tuple[Round, Round]:
    """The same round scanned, and weighed whole."""
    asked = Options(**options)
    return solve(market, options=asked, plain_pairs_most=0), solve(market, options=asked)


def what_must_agree(drafted: Round) -> dict[str, Any]:
    report = drafted.report
    return {
        "objective": report.objective,
        "bound": report.bound,
        "left": {(one.id, one.side): one.code for one in drafted.left_over if one.code != "seats"},
        "prices": drafted.prices,
    }


@pytest.mark.parametrize("seed", MARKETS)
def test_a_scanned_round_has_the_total_and_the_prices_of_one_weighed_whole(seed: int) -> None:
    scanned, weighed = both(a_market(seed), seed=seed)
    assert what_must_agree(scanned) == what_must_agree(weighed)
    assert scanned.report.total == weighed.report.total


@pytest.mark.parametrize("seed", MARKETS)
def test_a_mentee_of_whom_a_look_listed_all_it_could_is_looked_at_again(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "WIDTH", PROPOSALS_PER_MENTEE_MAX + 1)
    scanned, weighed = both(a_market(seed))
    assert what_must_agree(scanned) == what_must_agree(weighed)


@pytest.mark.parametrize("seed", MARKETS)
@pytest.mark.parametrize("most", [0, 5, 60])
def test_however_wrong_the_guess_of_prices_is_the_round_is_the_same(
    seed: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = np.random.default_rng(seed).integers(0, most + 1, 1_000)

    def guess(pairs: Any, seats_i: Any, seats_j: Any, **_: int) -> Prices:
        return Prices(wrong[: len(seats_i)], wrong[-len(seats_j) :])

    monkeypatch.setattr(welfare, "guessed_prices", guess)
    monkeypatch.setattr(sampling, "guessed_prices", guess)
    scanned, weighed = both(a_market(seed))
    assert what_must_agree(scanned) == what_must_agree(weighed)


def test_a_tolerated_gap_is_certified_and_ends_rounds_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    def guess(pairs: Any, seats_i: Any, seats_j: Any, **_: int) -> Prices:
        dice = np.random.default_rng(len(seats_i))
        return Prices(dice.integers(0, 30, len(seats_i)), dice.integers(0, 30, len(seats_j)))

    def counted(*given: Any) -> Any:
        flows.append(asked.tolerance_ppm)
        return placed(*given)

    monkeypatch.setattr(welfare, "guessed_prices", guess)
    monkeypatch.setattr(descent, "placed", counted)
    flows: list[int] = []
    missed = []
    for seed in MARKETS:
        market = a_market(seed)
        best = solve(market).report.objective
        for tolerance in (0, 10_000):
            asked = Options(tolerance_ppm=tolerance)
            report = solve(market, options=asked, plain_pairs_most=0).report
            assert report.bound is not None
            assert report.objective <= best <= report.bound
            assert (report.bound - report.objective) * 1_000_000 <= tolerance * report.bound
            missed.append(best - report.objective)
    assert flows.count(10_000) < flows.count(0)
    assert max(missed) > 0


@pytest.mark.parametrize("seed", MARKETS)
def test_a_floor_and_locked_pairs_hold_in_a_scanned_round(seed: int) -> None:
    market = a_market(seed)
    plain = solve(market)
    locked = [(one.mentee, one.mentor) for one in plain.proposals[::3]]
    scanned, weighed = both(market, floor=12, locked=locked)
    assert what_must_agree(scanned) == what_must_agree(weighed)
    assert {(one.mentee, one.mentor) for one in scanned.proposals if one.locked} == set(locked)


@pytest.mark.parametrize("seed", MARKETS)
def test_a_bonus_and_the_draft_before_count_the_same_in_a_scanned_round(seed: int) -> None:
    people, rules = some_people(seed, 30, 20), some_rules(seed)
    open_to_all = [replace(question, sensitive=False) for question in rules.questions]
    market = snapshot(people, replace(rules, questions=tuple(open_to_all)))
    before = [(one.mentee, one.mentor) for one in solve(market, options=Options(seed=1)).proposals]
    scanned, weighed = both(market, before=before, stay=2, bonus={"chapter/zurich": 3, "faith/one": 1})
    assert what_must_agree(scanned) == what_must_agree(weighed)


def test_blocking_pairs_of_a_scanned_round_are_those_that_a_naive_count_finds() -> None:
    for seed in MARKETS:
        market = a_market(seed)
        scanned = solve(market, plain_pairs_most=0)
        assert scanned.report.blocking_pairs == naive_blocking(market, scanned)


def naive_blocking(market: Snapshot, drafted: Round) -> int:
    from services.matching.engine.pairs import weigh

    edges = weigh(market).edges
    of_mentee: dict[str, list[int]] = {}
    of_mentor: dict[str, list[int]] = {}
    for one in drafted.proposals:
        of_mentee.setdefault(one.mentee, []).append(one.u)
        of_mentor.setdefault(one.mentor, []).append(one.v)
    paired = {(one.mentee, one.mentor) for one in drafted.proposals}
    count = 0
    for i, j, u, v in zip(
        *(column.tolist() for column in (edges.rows, edges.cols, edges.u, edges.v)), strict=True
    ):
        mentee, mentor = market.mentees.ids[i], market.mentors.ids[j]
        has, had = of_mentee.get(mentee, []), of_mentor.get(mentor, [])
        wants = len(has) < market.mentees.seats[i] or u > min(has, default=0)
        wanted = len(had) < market.mentors.seats[j] or v > min(had, default=0)
        if (not market.mentees.seats[i]) or (not market.mentors.seats[j]):
            continue
        count += wants and wanted and (mentee, mentor) not in paired
    return count


def test_threads_and_the_order_of_people_change_no_byte_of_a_scanned_round() -> None:
    people, rules = some_people(5, 60, 30), some_rules(6)
    rounds = [
        solve(snapshot(some, rules), options=Options(seed=4), threads=threads, plain_pairs_most=0).to_bytes()
        for some in (people, people[::-1])
        for threads in (1, 2, 3)
    ]
    assert len(set(rounds)) == 1


def test_what_progress_raises_ends_a_scanned_round() -> None:
    class Cancelled(Exception):
        pass

    steps = []

    def cancel(step: str, _done: int, _of: int) -> None:
        steps.append(step)
        if step == "flow":
            raise Cancelled

    with pytest.raises(Cancelled):
        solve(a_market(3), plain_pairs_most=0, progress=cancel)
    assert steps[0] == "guess 1"


def test_a_group_that_is_not_there_is_refused_and_named() -> None:
    for group in ("berlin", "pace/4", "nothing/one", "faith/one", "chapter/bern", "chapter/", "hobby/chess"):
        with pytest.raises(EngineError) as refusal:
            solve(a_market_with_a_hobby(), options=Options(bonus={group: 3}))
        assert (refusal.value.code, refusal.value.where) == ("unknown_group", f"/bonus/{group}")
    for group in ("chapter/zurich", "hobby/sailing"):
        assert solve(a_market_with_a_hobby(), options=Options(bonus={group: 3})).report.proposals


def test_where_nobody_asks_for_a_mentor_any_group_may_have_a_bonus() -> None:
    empty = snapshot([], replace(some_rules(3), questions=(HOBBY,)))
    for group in ("chapter/bern", "hobby/chess"):
        assert solve(empty, options=Options(bonus={group: 3})).report.proposals == 0


HOBBY = Question(key="hobby", match="same")


def a_market_with_a_hobby() -> Snapshot:
    sailing = Answer(value="sailing", consented=True)
    people = [replace(one, answers={"hobby": sailing}) for one in some_people(3, 30, 20)]
    rules = some_rules(3)
    return snapshot(people, replace(rules, questions=(*rules.questions, HOBBY)))
