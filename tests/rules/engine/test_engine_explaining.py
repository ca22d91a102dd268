"""Why an eligible pair is not in a draft: the argument by prices, for coordinators only."""

from dataclasses import replace

import pytest

from services.matching.engine import (
    Explanation,
    Options,
    PriceArgument,
    Round,
    Rules,
    SeatPrices,
    Snapshot,
    explain,
    snapshot,
    solve,
)
from tests.rules.engine.makers import a_mentee, a_mentor, some_people, some_rules
from tests.rules.engine.plain import worths


def _explained(market: Snapshot, drafted: Round, mentee: str, mentor: str) -> Explanation:
    prices = SeatPrices(mentee=drafted.price_of_mentee(mentee), mentor=drafted.price_of_mentor(mentor))
    return explain(market, mentee, mentor, prices)


def test_the_prices_argue_against_every_eligible_pair_that_is_not_proposed_and_say_what_it_would_cost() -> (
    None
):
    argued = lost = 0
    for seed in range(60):
        people, rules = some_people(seed, 8, 5), some_rules(seed)
        market = snapshot(people, rules)
        drafted = solve(market)
        proposed = {(one.mentee, one.mentor) for one in drafted.proposals}
        for mentee, mentor in sorted(worths(people, rules).keys() - proposed):
            told = _explained(market, drafted, mentee, mentor)
            if told.no_seat:
                continue
            assert told.price is not None
            forced = solve(market, options=Options(locked=[(mentee, mentor)]))
            assert drafted.report.total - forced.report.total >= told.price.missing
            argued += 1
            lost += told.price.missing > 0
    assert argued > 200
    assert lost > 50


def test_the_argument_names_what_the_two_are_worth_and_what_their_places_bring_to_others() -> None:
    people = [a_mentee(areas_wanted={"python": 2}), a_mentee("mem_bea"), a_mentor()]
    market = snapshot(people, Rules())
    drafted = solve(market)
    (bea,) = drafted.proposals
    ada = _explained(market, drafted, "mem_ada", "mem_mo")
    assert bea.mentee == "mem_bea"
    assert ada.price == PriceArgument(w=ada.w, mentee_price=0, mentor_price=drafted.prices[0].points)
    assert ada.w <= drafted.prices[0].points <= bea.w


def test_a_side_that_takes_nobody_is_named() -> None:
    people = [a_mentee(mentee_seats=0), a_mentor(), a_mentor("mem_no", mentor_seats=0)]
    market = snapshot(people, Rules())
    assert explain(market, "mem_ada", "mem_mo").no_seat == ("mentee",)
    assert explain(market, "mem_ada", "mem_no").no_seat == ("mentee", "mentor")


def test_what_the_options_add_to_a_pair_counts_for_it() -> None:
    market = snapshot([a_mentee(), a_mentor()], Rules())
    w = explain(market, "mem_ada", "mem_mo").w
    assert explain(
        market, "mem_ada", "mem_mo", SeatPrices(mentee=w, mentor=3, extra=2)
    ).price == PriceArgument(w=w, mentee_price=w, mentor_price=3, extra=2)
    assert PriceArgument(w=10, mentee_price=4, mentor_price=9, extra=2).missing == 1


def test_with_options_the_prices_argue_about_what_the_round_counts() -> None:
    argued = 0
    for seed in range(40):
        people, rules = some_people(seed, 8, 5), some_rules(seed)
        market = snapshot(people, rules)
        before = [(one.mentee, one.mentor) for one in solve(market, options=Options(floor=20)).proposals]
        asked = Options(seed=seed, before=before, stay=4, bonus={"chapter/zurich": 6})
        drafted = solve(market, options=asked)
        proposed = {(one.mentee, one.mentor) for one in drafted.proposals}
        zurich = {one.id for one in people if one.chapter == "zurich"}
        for mentee, mentor in sorted(worths(people, rules).keys() - proposed):
            extra = 6 * (mentee in zurich) + 4 * ((mentee, mentor) in before)
            prices = SeatPrices(
                mentee=drafted.price_of_mentee(mentee), mentor=drafted.price_of_mentor(mentor), extra=extra
            )
            told = explain(market, mentee, mentor, prices)
            if told.no_seat:
                continue
            assert told.price is not None
            forced = solve(market, options=replace(asked, locked=[(mentee, mentor)]))
            assert drafted.report.objective - forced.report.objective >= told.price.missing
            argued += bool(extra)
    assert argued > 30


@pytest.mark.parametrize("mentor", [a_mentor(exclusions=["mem_ada"]), a_mentor(confirmed=False)])
def test_a_stopped_pair_is_answered_by_its_rule_alone(mentor: object) -> None:
    market = snapshot([a_mentee(), mentor], Rules())  # type: ignore[list-item]
    assert explain(market, "mem_ada", "mem_mo", SeatPrices(mentee=99, mentor=99)).price is None


def test_prices_that_do_not_speak_against_a_pair_are_no_argument() -> None:
    """As in a draft that is not the best, but stable or calm."""
    market = snapshot([a_mentee(), a_mentor()], Rules())
    assert explain(market, "mem_ada", "mem_mo", SeatPrices(mentee=0, mentor=0)).price is None


def test_neither_side_is_told_more_with_prices_than_without() -> None:
    for seed in range(10):
        market = snapshot(some_people(seed, 5, 4), some_rules(seed))
        drafted = solve(market)
        for mentee in market.mentees.ids:
            for mentor in market.mentors.ids:
                priced, plain = _explained(market, drafted, mentee, mentor), explain(market, mentee, mentor)
                for side in ("mentee", "mentor"):
                    assert priced.told(side) == plain.told(side)
                    assert priced.reasons(side) == plain.reasons(side)


def test_prices_are_found_by_id_on_both_sides() -> None:
    for seed in range(10):
        market = snapshot(some_people(seed, 20, 6), some_rules(seed))
        drafted = solve(market)
        mentors = {one.mentor: one.points for one in drafted.prices}
        mentees = {one.mentee: one.points for one in drafted.mentee_prices}
        assert {one: drafted.price_of_mentor(one) for one in market.mentors.ids} == {
            one: mentors.get(one, 0) for one in market.mentors.ids
        }
        assert {one: drafted.price_of_mentee(one) for one in market.mentees.ids} == {
            one: mentees.get(one, 0) for one in market.mentees.ids
        }
