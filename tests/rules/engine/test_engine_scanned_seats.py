"""Scanned rounds of markets in which mentors have no seat left, as after a round that many accepted: the same as those weighed
whole."""

from dataclasses import replace
from typing import Any

import pytest

from services.matching.engine import Options, Round, Rules, scanned, scanning, snapshot, solve
from services.matching.engine.market import Snapshot
from services.matching.engine.scanning import Lists
from tests.rules.engine.makers import a_mentee, a_mentor, some_people, some_rules

MARKETS = range(40)


def both(market: Snapshot, options: Options) -> tuple[Round, Round]:
    """The same best total scanned, and weighed whole."""
    return solve(market, options=options, plain_pairs_most=0), solve(market, options=options)


def with_few_seats(seed: int) -> Snapshot:
    """A market whose mentors, but for a few, have no seat left."""
    rules = some_rules(seed)
    people = [
        replace(one, mentor_seats=1 if place % 4 == 0 else 0)
        for place, one in enumerate(some_people(seed, 30, 20))
    ]
    return snapshot(people, rules)


@pytest.mark.parametrize("stay", [1, 40])
def test_a_pair_of_the_draft_before_whose_mentor_has_no_seat_left_is_not_proposed(stay: int) -> None:
    """Her first seat would be worth it all the same: what the pair is worth, and what staying adds."""
    people = [a_mentee("mem_e0"), a_mentee("mem_e1"), a_mentor("mem_o0"), a_mentor("mem_o1", mentor_seats=0)]
    market, before = snapshot(people, Rules()), [("mem_e0", "mem_o1")]
    drafts = both(market, Options(before=before, stay=stay))
    for drafted in drafts:
        assert [one.mentor for one in drafted.proposals] == ["mem_o0"]
        assert drafted.price_of_mentor("mem_o1") == 35 + stay
    assert drafts[0].prices == drafts[1].prices


def test_drafts_after_many_seats_were_taken_agree_with_those_weighed_whole() -> None:
    stood = 0
    for seed in MARKETS:
        people, rules = some_people(seed, 30, 20), some_rules(seed)
        before = [(one.mentee, one.mentor) for one in solve(snapshot(people, rules)).proposals]
        market = with_few_seats(seed)
        one, other = both(market, Options(before=before, stay=7))
        assert one.report.objective == other.report.objective
        assert one.prices == other.prices
        stood += len(other.proposals)
    assert stood > 100


@pytest.mark.parametrize("mentors", [7, 8, 9, 300])
def test_whoever_alone_wants_many_mentors_without_a_seat_prices_the_first_seat_of_each(mentors: int) -> None:
    people = [
        a_mentee("mem_e0"),
        *[
            a_mentor(f"mem_o{n:03}", mentor_seats=0, areas_offered={"python": 5 + n % 9})
            for n in range(mentors)
        ],
    ]
    one, other = both(snapshot(people, Rules()), Options())
    assert one.prices == other.prices
    assert len(one.prices) == mentors


def test_few_looks_find_the_first_seats_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that came back full is twice as long the next time, and whoever had room left in hers is not asked again."""
    asked: list[int] = []

    def counted(*given: Any, **named: Any) -> Lists:
        asked.append(len(given[1]))
        return best(*given, **named)

    best = scanning.best
    monkeypatch.setattr(scanned, "best", counted)
    plenty = [a_mentor(f"mem_o{n:04}", mentor_seats=0) for n in range(1_000)]
    others = [a_mentee(f"mem_e{n:02}", areas_wanted={"law": 3}) for n in range(50)]
    market = snapshot([a_mentee("mem_alone"), *others, *plenty], Rules())
    drafted = solve(market, plain_pairs_most=0)
    assert len(drafted.prices) == 1_000
    assert len(asked) <= 10
    assert sum(asked) <= 51 + 10 + 51  # everybody once for these, and once for blocking pairs
