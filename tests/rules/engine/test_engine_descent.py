"""Prices that come down to the best choice of some pairs, against a minimum-cost flow over the same pairs."""

from dataclasses import replace

import numpy as np
import pytest

from services.matching.engine import Answer, Options, Question, Rules, snapshot, solve
from services.matching.engine.columns import Ints
from services.matching.engine.descent import Choice, best_choice
from services.matching.engine.edges import Edges
from services.matching.engine.flow import SeatGraph, best_flow
from services.matching.engine.gathered import Gathered, gathered
from services.matching.engine.placing import Seats
from services.matching.engine.rules import QUESTIONS_MAX, REACH_MAX, WEIGHT_MAX, MenteeWeights, MentorWeights
from tests.rules.engine.makers import a_mentee, a_mentor, some_people, some_rules

GRAPHS = range(60)
MENTEES, MENTORS = 30, 12


def some_pairs(seed: int, points: int = 20) -> tuple[Gathered, Seats, Ints]:
    """Pairs worth up to so many points, the seats of both sides, and prices that somebody might begin with."""
    dice = np.random.default_rng(seed)
    rows, cols = np.nonzero(dice.random((MENTEES, MENTORS)) < 0.4)
    nothing = np.zeros(len(rows), np.int32)
    edges = Edges(rows.astype(np.int32), cols.astype(np.int32), nothing, nothing, nothing)
    seats = Seats(
        dice.integers(0, 4, MENTEES),
        dice.integers(0, 5, MENTORS),
        dice.permutation(MENTEES),
        dice.permutation(MENTORS),
    )
    begin = dice.integers(0, dice.integers(1, 2 * points), MENTORS)
    return gathered(edges, dice.integers(0, points + 1, len(rows)), MENTEES), seats, begin


def chosen(pairs: Gathered, begin: Ints, seats: Seats) -> tuple[Choice, int]:
    """The best choice, and the steps that led to it."""
    steps: list[int] = []
    found = best_choice(pairs, begin, seats, lambda _: False, lambda placed, _of: steps.append(placed))
    return found, len(steps)


def total_of_a_flow(pairs: Gathered, seats: Seats) -> int:
    rows = pairs.rows(np.arange(len(pairs)))
    graph = SeatGraph(rows, pairs.cols, pairs.worth.astype(np.int64), seats.mentees, seats.mentors)
    return int(pairs.worth[best_flow(graph)].sum())


@pytest.mark.parametrize("points", [5, 20, 300, 40_000])
def test_the_choice_is_the_best_and_its_prices_prove_it(points: int) -> None:
    for seed in GRAPHS:
        pairs, seats, begin = some_pairs(seed, points)
        found, _ = chosen(pairs, begin, seats)
        total = int(pairs.worth[found.pairs.chosen].sum())
        assert seats.hold(found.pairs)
        assert total == total_of_a_flow(pairs, seats)
        beyond = np.maximum(pairs.gains(found.prices), 0)
        seated = seats.mentees[pairs.rows(np.arange(len(pairs)))] > 0
        priced = (seats.mentees * found.prices.mentee).sum() + (seats.mentors * found.prices.mentor).sum()
        assert min(found.prices.mentee.min(), found.prices.mentor.min()) >= 0
        assert total == priced + beyond[seated].sum()


def test_where_all_pairs_are_worth_the_same_all_of_them_are_open() -> None:
    for seed in GRAPHS:
        pairs, seats, _ = some_pairs(seed)
        same = replace(pairs, worth=np.full(len(pairs), 7, np.int32))
        found, _ = chosen(same, np.zeros(MENTORS, np.int64), seats)
        assert seats.hold(found.pairs)
        assert int(same.worth[found.pairs.chosen].sum()) == total_of_a_flow(same, seats)


def test_there_are_as_many_steps_as_the_furthest_price_is_away() -> None:
    """Up and down together, where all prices that prove it are as far away or further (Murota and Shioura, theorem 1.2)."""
    for seed in GRAPHS:
        pairs, seats, begin = some_pairs(seed)
        found, steps = chosen(pairs, begin, seats)
        away = found.prices.mentor - begin
        assert steps - 1 <= max(away.max(), 0) + max(-away.min(), 0)


def test_large_weights_do_not_make_many_steps() -> None:
    few, many = [0], [0]
    for seed in GRAPHS:
        for steps, points in ((few, 100), (many, 1_000_000)):
            pairs, seats, _ = some_pairs(seed, points)
            steps[0] += chosen(pairs, np.zeros(MENTORS, np.int64), seats)[1]
    assert many[0] < 5 * few[0]


def test_after_a_small_change_few_steps_are_left() -> None:
    again = anew = 0
    for seed in GRAPHS:
        pairs, seats, begin = some_pairs(seed)
        before, _ = chosen(pairs, begin, seats)
        dearer = replace(before.pairs, worth=pairs.worth + (np.arange(len(pairs)) == seed).astype(np.int32))
        found, steps = chosen(dearer, before.prices.mentor, seats)
        assert int(dearer.worth[found.pairs.chosen].sum()) == total_of_a_flow(dearer, seats)
        again, anew = again + steps, anew + chosen(pairs, np.zeros_like(begin), seats)[1]
    assert again < anew / 4


def test_which_of_several_best_choices_is_taken_follows_places_and_not_rows() -> None:
    for seed in GRAPHS:
        pairs, seats, begin = some_pairs(seed, 3)
        dice = np.random.default_rng(seed)
        rows, cols = (
            dice.permutation(MENTEES),
            dice.permutation(MENTORS),
        )  # where each row, and column, is now
        at = pairs.rows(np.arange(len(pairs)))
        order = np.lexsort((cols[pairs.cols], rows[at]))
        edges = Edges(rows[at][order], cols[pairs.cols][order], *(np.zeros(len(at), np.int32),) * 3)
        moved = gathered(edges, pairs.worth[order].astype(np.int64), MENTEES)
        back_i, back_j = np.argsort(rows), np.argsort(cols)
        moved_seats = Seats(
            seats.mentees[back_i], seats.mentors[back_j], seats.places_i[back_i], seats.places_j[back_j]
        )
        found, _ = chosen(pairs, begin, seats)
        again, _ = chosen(moved, begin[back_j], moved_seats)
        assert again.pairs.chosen.tolist() == found.pairs.chosen[order].tolist()


def test_it_ends_where_a_choice_is_enough() -> None:
    """What was found by then has its prices, and tells how many seats are not placed."""
    ended = 0
    for seed in GRAPHS:
        pairs, seats, begin = some_pairs(seed)
        found = best_choice(pairs, begin, seats, lambda one: one.left <= 2, lambda *_: None)
        assert found.left <= 2
        ended += found.left > 0
    assert ended > 0


def test_a_market_with_the_largest_weights_has_the_total_of_one_weighed_whole() -> None:
    for seed in range(20):
        heavy = replace(
            some_rules(seed),
            mentee_weights=MenteeWeights(wants=WEIGHT_MAX, gap=907, learns=983, hours=1, languages=3),
            mentor_weights=MentorWeights(asked=WEIGHT_MAX, likes=991, learns=977, hours=7, languages=2),
        )
        market = snapshot(some_people(seed, 30, 20), heavy)
        scanned = solve(market, options=Options(seed=seed), plain_pairs_most=0)
        weighed = solve(market, options=Options(seed=seed))
        assert scanned.report.total == weighed.report.total > 10_000
        assert scanned.prices == weighed.prices


def test_scores_as_large_as_rules_allow_leave_room_for_ties() -> None:
    """Who answers alike is worth 3.2 million points, which with a tie fill a word."""
    asked = [
        Question(key=f"q{n}", match="near", reach=REACH_MAX, mentee=WEIGHT_MAX, mentor=WEIGHT_MAX)
        for n in range(QUESTIONS_MAX)
    ]
    people = [
        make(
            f"mem_{make.__name__}_{level}",
            answers={one.key: Answer(value=level, consented=True) for one in asked},
        )
        for make in (a_mentee, a_mentor)
        for level in (0, REACH_MAX)
    ]
    market = snapshot(people, Rules(questions=tuple(asked)))
    scanned = solve(market, "stable", plain_pairs_most=0).proposals
    assert [(one.mentee, one.mentor) for one in scanned] == [
        (f"mem_a_mentee_{level}", f"mem_a_mentor_{level}") for level in (0, REACH_MAX)
    ]
    assert min(min(one.u, one.v) for one in scanned) > QUESTIONS_MAX * REACH_MAX * WEIGHT_MAX
