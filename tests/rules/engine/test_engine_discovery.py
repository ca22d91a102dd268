"""Discovery: the first of all mentors by w less the seat's price."""

import random
from dataclasses import replace

import numpy as np
import pytest

from services.matching.engine import Answer, EngineError, Question, Rules, snapshot
from services.matching.engine.digests import digests, mixed
from services.matching.engine.discovery import discover, in_order
from services.matching.engine.facing import facing
from services.matching.engine.looking import Discovery
from services.matching.engine.market import Snapshot
from services.matching.engine.pairs import weigh
from services.matching.engine.what_helps import helps
from tests.rules.engine.makers import a_mentee, a_mentor, some_people, some_rules


def by_hand(market: Snapshot, mentee: int, prices: dict[str, int], most: int) -> list[tuple[str, int, int]]:
    edges = weigh(market).edges
    mine, theirs = digests(market.mentees.ids, "mentee", 0), digests(market.mentors.ids, "mentor", 0)
    found = []
    for n in np.flatnonzero(edges.rows == mentee).tolist():
        col, mentor = int(edges.cols[n]), market.mentors.ids[edges.cols[n]]
        if market.mentors.seats[col]:
            tie = int(mixed(mine[mentee : mentee + 1], theirs[col : col + 1])[0])
            price = prices.get(mentor, 0)
            found.append((int(edges.w[n]) - price, tie, mentor, int(edges.w[n]), price))
    return [(mentor, w, price) for _, _, mentor, w, price in sorted(found, reverse=True)[:most]]


@pytest.mark.parametrize("seed", range(30))
def test_the_mentors_found_are_the_first_by_score_less_price(seed: int) -> None:
    market, dice = snapshot(some_people(seed, 30, 20), some_rules(seed)), random.Random(seed)
    prices = {mentor: dice.randint(0, 30) for mentor in market.mentors.ids[::2]} | {"mem_gone": 5}
    looking = Discovery(market, prices)
    for row, mentee in enumerate(market.mentees.ids):
        found = [(one.mentor, one.w, one.price) for one in looking.of(mentee, 5)]
        assert found == by_hand(market, row, prices, 5)
        assert discover(market, mentee, prices, 5) == looking.of(mentee, 5)


def test_a_mentor_of_a_high_price_comes_later_and_each_comes_with_the_mentees_reasons() -> None:
    market = snapshot([a_mentee(), a_mentor("mem_x"), a_mentor("mem_y")], some_rules(0).from_dict({}))
    first, second = discover(market, "mem_ada", {"mem_x": 3})
    assert (first.mentor, second.mentor, second.price) == ("mem_y", "mem_x", 3)
    assert "wants" in {reason.code for reason in first.reasons}


def test_a_mentee_nobody_knows_and_too_many_mentors_are_refused() -> None:
    market = snapshot([a_mentee(), a_mentor()], some_rules(0))
    for mentee, most, code in (("mem_no", 5, "unknown_person"), ("mem_ada", 0, "out_of_bounds")):
        with pytest.raises(EngineError) as refusal:
            discover(market, mentee, {}, most)
        assert refusal.value.code == code


@pytest.mark.parametrize("seed", range(30))
def test_mentors_kept_as_columns_before_one_mentee_are_the_market_of_her_and_them(seed: int) -> None:
    rules, people, dice = some_rules(seed), some_people(seed, 30, 20), random.Random(seed)
    mentors = [
        replace(one, roles=("mentor",), exclusions=(), conflicts={})
        for one in people
        if "mentor" in one.roles
    ][: dice.choice([3, 20])]  # with few of them, a mentee names much that none of them does
    kept = snapshot(mentors, rules)
    prices = {mentor: dice.randint(0, 30) for mentor in kept.mentors.ids[::2]}
    for one in people:
        if "mentee" not in one.roles or one.chapter not in kept.chapters:
            continue
        own = replace(one, roles=("mentee",), conflicts={})
        faced, whole = (
            facing(kept, own),
            snapshot([own, *(each for each in mentors if each.id != own.id)], rules),
        )
        assert discover(faced, own.id, prices, 200) == discover(whole, own.id, prices, 200)
        assert in_order(faced, own.id, prices) == tuple(
            each.mentor for each in discover(whole, own.id, prices, 200)
        )
        assert helps(faced, own.id, "mentee").changes == helps(whole, own.id, "mentee").changes


def test_who_is_of_a_chapter_that_no_mentor_is_of_is_refused() -> None:
    with pytest.raises(EngineError) as refusal:
        facing(snapshot([a_mentor(chapter="north")], some_rules(0)), a_mentee(chapter="south"))
    assert (refusal.value.code, refusal.value.where) == ("bad_value", "south")


def test_a_choice_that_no_mentor_has_taken_matches_none_of_theirs() -> None:
    rules = Rules(questions=(Question(key="home", match="same", mentee=9, mentor=9),))
    own = a_mentee(answers={"home": Answer(value="east", consented=True)})
    mentors = [a_mentor(answers={"home": Answer(value="north", consented=True)})]
    faced, whole = facing(snapshot(mentors, rules), own), snapshot([own, *mentors], rules)
    assert discover(faced, own.id, {}) == discover(whole, own.id, {})
