"""The total is the largest there is, and the proof that comes with it is right."""

from dataclasses import replace

import numpy as np
import pytest
from ortools.graph.python import linear_sum_assignment

from services.matching.engine import (
    EngineError,
    Options,
    Person,
    ProofFailed,
    Rules,
    explain,
    snapshot,
    solve,
)
from services.matching.engine.columns import Bools
from services.matching.engine.flow import SeatGraph
from tests.rules.engine import plain
from tests.rules.engine.makers import a_mentee, a_mentor, some_people, some_rules

FLOOR = 18  # in the middle of what the random markets score


def test_on_hundreds_of_tiny_markets_the_total_is_the_best_that_trying_everything_finds() -> None:
    matched = 0
    for seed in range(400):
        people, rules = some_people(seed, 4 + seed % 2, 3), some_rules(seed)
        report = solve(snapshot(people, rules)).report
        assert (report.total, report.bound, report.gap) == (plain.best_total(people, rules),) * 2 + (0,), seed
        matched += report.proposals
    assert matched > 400


def test_a_floor_leaves_the_best_total_of_what_is_above_it() -> None:
    below = 0
    for seed in range(150):
        people, rules = some_people(seed, 4, 3), some_rules(seed)
        drafted = solve(snapshot(people, rules), options=Options(floor=FLOOR))
        assert drafted.report.total == plain.best_total(people, rules, floor=FLOOR)
        assert all(proposal.w >= FLOOR for proposal in drafted.proposals)
        below += sum(stop.pairs for stop in drafted.report.stopped or () if stop.code == "floor")
    assert below > 50


@pytest.mark.parametrize("seed", range(8))
def test_a_second_solver_agrees_on_larger_markets(seed: int) -> None:
    people = [replace(one, mentee_seats=1) for one in some_people(seed, 60, 30)]
    rules = replace(some_rules(seed), proposals_per_mentee=1)
    worth = plain.worths(people, rules)
    mentees, mentors = plain.seats(people, rules)
    slots = [mentor for mentor, count in mentors.items() for _ in range(count)]
    # Whoever stays alone meets a dummy, for nothing.
    table = np.zeros((len(mentees) + len(slots),) * 2, np.int64)
    for row, mentee in enumerate(mentees):
        for column, mentor in enumerate(slots):
            table[row, column] = worth.get((mentee, mentor), (0, 0, 0))[2]
    second = linear_sum_assignment.SimpleLinearSumAssignment()
    tails, heads = (axis.ravel().astype(np.int32) for axis in np.indices(table.shape))
    second.add_arcs_with_cost(tails, heads, -table.ravel())
    assert second.solve() == second.OPTIMAL
    assert solve(snapshot(people, rules)).report.total == -second.optimal_cost()


def test_one_more_seat_raises_the_total_by_exactly_its_price() -> None:
    priced = 0
    for seed in range(100):
        people, rules = some_people(seed, 5, 3), some_rules(seed)
        drafted = solve(snapshot(people, rules))
        prices = {price.mentor: price.points for price in drafted.prices}
        for place, one in enumerate(people):
            if "mentor" in one.roles and one.confirmed and one.route == "mentoring":
                seat_more = replace(one, mentor_seats=one.mentor_seats + 1)
                more = [*people[:place], seat_more, *people[place + 1 :]]
                gain = solve(snapshot(more, rules)).report.total - drafted.report.total
                assert gain == prices.get(one.id, 0)
                priced += gain > 0
    assert priced > 40


def test_blocking_pairs_and_shares_are_what_a_naive_count_says() -> None:
    blocking = 0
    for seed in range(120):
        people, rules = some_people(seed, 6, 4), some_rules(seed)
        drafted = solve(snapshot(people, rules), options=Options(seed=seed))
        proposed = {(one.mentee, one.mentor) for one in drafted.proposals}
        mentees, mentors = plain.seats(people, rules)
        naive = plain.blocking(plain.worths(people, rules), proposed, mentees, mentors)
        assert drafted.report.blocking_pairs == naive
        blocking += naive
        assert drafted.report.mentees.of == sum(count > 0 for count in mentees.values())
        assert drafted.report.mentors.matched == len({mentor for _, mentor in proposed})
        chapters = drafted.report.chapters
        assert sum(one.mentees.matched for one in chapters) == drafted.report.mentees.matched
        assert sum(one.mentors.of for one in chapters) == drafted.report.mentors.of
    assert blocking > 10


def test_the_worst_decile_is_the_lowest_tenth_of_the_proposals_on_each_side() -> None:
    people = [a_mentee(f"mem_{n:02}", areas_wanted={f"area{n:02}": 1}) for n in range(20)]
    people += [a_mentor(f"mem_m{n:02}", areas_offered={f"area{n:02}": 1 + n}) for n in range(20)]
    rules = Rules(min_gap_years=1)
    report = solve(snapshot(people, rules)).report
    gained = sorted(explain(snapshot(people, rules), f"mem_{n:02}", f"mem_m{n:02}").u for n in range(20))
    assert (report.proposals, report.worst_decile_mentees) == (20, gained[1])


def test_an_exclusion_never_raises_the_total_and_never_shows_the_pair() -> None:
    fallen = 0
    for seed in range(60):
        people, rules = some_people(seed, 5, 4), some_rules(seed)
        before = solve(snapshot(people, rules))
        for proposal in before.proposals:
            for by, other in ((proposal.mentee, proposal.mentor), (proposal.mentor, proposal.mentee)):
                changed = [
                    replace(one, exclusions={*one.exclusions, other}) if one.id == by else one
                    for one in people
                ]
                after = solve(snapshot(changed, rules))
                assert after.report.total <= before.report.total
                shown = {(one.mentee, one.mentor) for one in after.proposals}
                assert (proposal.mentee, proposal.mentor) not in shown
                fallen += after.report.total < before.report.total
    assert fallen > 50


def test_closed_chapters_solved_apart_equal_the_whole() -> None:
    for seed in range(40):
        people, rules = some_people(seed, 8, 6), replace(some_rules(seed), cross_chapter="none")
        apart = [[one for one in people if one.chapter == name] for name in ("shanghai", "zurich")]
        totals = [solve(snapshot(half, rules)).report.total for half in apart]
        assert solve(snapshot(people, rules)).report.total == sum(totals)


def test_locked_pairs_are_kept_and_the_rest_is_the_best_around_them() -> None:
    for seed in range(60):
        people, rules = some_people(seed, 4, 3), some_rules(seed)
        market = snapshot(people, rules)
        eligible = sorted(plain.worths(people, rules))
        mentees, mentors = plain.seats(people, rules)
        lockable = [(i, j) for i, j in eligible if mentees[i] and mentors[j]]
        if not lockable:
            continue
        pair = lockable[seed % len(lockable)]
        drafted = solve(market, options=Options(locked=[pair, pair], floor=0))
        assert [(one.mentee, one.mentor) for one in drafted.proposals if one.locked] == [pair]
        assert drafted.report.total <= solve(market).report.total
        around = [_with_seat_taken(one, pair, rules) for one in people]
        rest = plain.best_total(around, replace(rules, proposals_per_mentee=3))
        assert drafted.report.total == rest + explain(market, *pair).w


def _with_seat_taken(one: Person, pair: tuple[str, str], rules: Rules) -> Person:
    mentee, mentor = pair
    seats = min(one.mentee_seats, rules.proposals_per_mentee)
    return replace(
        one,
        mentee_seats=seats - (one.id == mentee),
        mentor_seats=one.mentor_seats - (one.id == mentor),
        exclusions={*one.exclusions, mentor} if one.id == mentee else one.exclusions,
    )


def test_a_locked_pair_is_proposed_even_below_the_floor() -> None:
    people = [a_mentee(), a_mentor()]
    drafted = solve(snapshot(people, Rules()), options=Options(locked=[("mem_ada", "mem_mo")], floor=10_000))
    assert [proposal.locked for proposal in drafted.proposals] == [True]


def test_a_locked_pair_that_a_rule_stops_is_refused() -> None:
    market = snapshot([a_mentee(exclusions=["mem_mo"]), a_mentor()], Rules())
    with pytest.raises(EngineError, match=r"locked_pair_stopped.*exclusion"):
        solve(market, options=Options(locked=[("mem_ada", "mem_mo")]))


def test_more_locked_pairs_than_seats_are_refused() -> None:
    market = snapshot([a_mentee("mem_a"), a_mentee("mem_b"), a_mentor()], Rules())
    with pytest.raises(EngineError, match="locked_over_seats"):
        solve(market, options=Options(locked=[("mem_a", "mem_mo"), ("mem_b", "mem_mo")]))


def test_a_flow_that_is_not_the_best_cannot_pass_as_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(graph: SeatGraph, tie: object) -> Bools:
        return np.zeros(len(graph.rows), bool)

    monkeypatch.setattr("services.matching.engine.weighed.best_pairs", nobody)
    with pytest.raises(ProofFailed):
        solve(snapshot([a_mentee(), a_mentor()], Rules()))
