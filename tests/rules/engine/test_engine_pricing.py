"""What seats are worth by the pairs listed so far: a first idea, and the least prices that prove a choice."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from services.matching.engine.columns import Ints
from services.matching.engine.edges import Edges
from services.matching.engine.flow import SeatGraph, best_flow, seat_prices
from services.matching.engine.gathered import Gathered, gathered
from services.matching.engine.outcome import Prices
from services.matching.engine.pricing import coarse_bits, guessed_prices, settled
from tests.rules.engine.test_engine_descent import MENTORS, some_pairs

GRAPHS = range(60)
ONE_EACH = 1


def pairs_of(triples: Sequence[tuple[int, int, int]], mentees: int) -> Gathered:
    """Of (mentee, mentor, points)."""
    rows, cols, points = np.array(sorted(triples), np.int32).T
    nothing = np.zeros(len(rows), np.int32)
    return gathered(Edges(rows, cols, nothing, nothing, nothing), points.astype(np.int64), mentees)


def with_best(pairs: Gathered, seats_i: Ints, seats_j: Ints) -> tuple[Gathered, Prices]:
    """The pairs with the best choice of them, and the least prices that prove it, both as a minimum-cost flow finds them."""
    rows = pairs.rows(np.arange(len(pairs)))
    graph = SeatGraph(rows, pairs.cols, pairs.worth.astype(np.int64), seats_i, seats_j)
    picked = best_flow(graph)
    return replace(pairs, chosen=picked), seat_prices(graph, picked)


def test_the_least_prices_are_those_of_the_residual_graph() -> None:
    for seed in GRAPHS:
        pairs, seats, _ = some_pairs(seed)
        chosen, least = with_best(pairs, seats.mentees, seats.mentors)
        found = settled(chosen, seats.mentees, seats.mentors)
        assert found is not None
        seated = seats.mentors > 0  # a mentor without a seat has no part in what is listed
        assert found.mentor[seated].tolist() == least.mentor[seated].tolist()
        assert found.mentee.tolist() == least.mentee.tolist()


def test_a_choice_that_is_not_the_best_has_no_prices() -> None:
    """Whatever pair is taken away from it, and whatever pair it takes instead."""
    refused = 0
    for seed in range(20):
        pairs, seats, _ = some_pairs(seed)
        chosen, _ = with_best(pairs, seats.mentees, seats.mentors)
        for place in np.flatnonzero(chosen.chosen & (pairs.worth > 0)):
            less = chosen.chosen.copy()
            less[place] = False
            assert settled(replace(chosen, chosen=less), seats.mentees, seats.mentors) is None
            refused += 1
    assert refused > 200


@pytest.mark.parametrize("steps", [5, 40, 80])
def test_distances_that_improve_many_times_are_no_cycle(steps: int) -> None:
    """A price that many mentees lower one after another, each by a point, with a long way behind it."""
    firsts, chain = range(1, steps + 1), range(steps)
    # Rows: the last of the firsts first. Columns: those of the chain, then those of the firsts.
    row = {("f", n): steps - n for n in firsts} | {("c", n): steps + n for n in chain} | {"free": 2 * steps}
    col = {("d", n): n for n in range(steps + 1)} | {("e", n): steps + n for n in range(1, steps + 2)}
    chosen = [(row["f", n], col["e", n], 300) for n in firsts] + [
        (row["c", n], col["d", n], 300) for n in chain
    ]
    others = [(row["f", n], col["e", n + 1], 300) for n in firsts]
    others += [(row["c", n], col["d", n + 1], 300) for n in chain]
    others += [(row["f", n], col["d", 0], 300 - steps + n) for n in firsts] + [
        (row["free"], col["e", 1], steps)
    ]
    pairs = pairs_of(chosen + others, len(row))
    taken = {(i, j) for i, j, _ in chosen}
    at = zip(pairs.rows(np.arange(len(pairs))).tolist(), pairs.cols.tolist(), strict=True)
    pairs = replace(pairs, chosen=np.array([one in taken for one in at]))
    seats_i, seats_j = np.full(len(row), ONE_EACH), np.zeros(len(col), np.int64)
    seats_j[[j for _, j, _ in chosen]] = ONE_EACH
    rows = pairs.rows(np.arange(len(pairs)))
    graph = SeatGraph(rows, pairs.cols, pairs.worth.astype(np.int64), seats_i, seats_j)
    found, least = settled(pairs, seats_i, seats_j), seat_prices(graph, pairs.chosen)
    assert found is not None
    assert (found.mentor.tolist(), found.mentee.tolist()) == (least.mentor.tolist(), least.mentee.tolist())


def bound(pairs: Gathered, prices: Prices, seats_i: Ints, seats_j: Ints) -> int:
    """What no choice of these pairs can go beyond, by the mentors' prices alone."""
    total = int((seats_j * prices.mentor).sum())
    gains = pairs.worth - prices.mentor[pairs.cols]
    for i, seats in enumerate(seats_i.tolist()):
        best = np.sort(gains[pairs.start[i] : pairs.start[i + 1]])[::-1][:seats]
        total += int(np.maximum(best, 0).sum())
    return total


@pytest.mark.parametrize("rise", [1, 4])
def test_guessed_prices_are_nearly_the_proof(rise: int) -> None:
    """Within what bids rise by for each of the mentees' seats (Bertsekas: epsilon complementary slackness)."""
    for seed in GRAPHS:
        pairs, seats, _ = some_pairs(seed, 100)
        pairs = pairs.only(seats.mentors[pairs.cols] > 0)
        nothing = np.zeros(MENTORS, np.int64)
        found = guessed_prices(pairs, seats.mentees, seats.mentors, before=nothing, back=0, rise=rise)
        chosen, _ = with_best(pairs, seats.mentees, seats.mentors)
        total = int(pairs.worth[chosen.chosen].sum())
        assert 0 <= bound(pairs, found, seats.mentees, seats.mentors) - total <= rise * seats.mentees.sum()


def test_bids_begin_a_few_steps_below_the_prices_before() -> None:
    """Where nobody bids a price stays what it was, less these steps."""
    pairs = pairs_of([(0, 0, 9), (1, 1, 9)], 2)
    nobody, seats_j = np.zeros(2, np.int64), np.ones(2, np.int64)
    found = guessed_prices(pairs, nobody, seats_j, before=np.array([20, 3]), back=4)
    assert found.mentor.tolist() == [16, 0]


@pytest.mark.parametrize(("differ", "bits"), [(0, 0), (127, 0), (128, 1), (255, 1), (256, 2), (100_000, 10)])
def test_steps_are_as_coarse_as_a_mentees_pairs_differ(differ: int, bits: int) -> None:
    """Whatever all her pairs are worth together: so a bonus changes nothing."""
    for bonus in (0, 1_000_000):
        pairs = pairs_of([(i, j, bonus + j * differ) for i in range(10) for j in range(2)], 10)
        assert coarse_bits(pairs) == bits
