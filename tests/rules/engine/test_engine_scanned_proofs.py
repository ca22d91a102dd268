"""What a scanned round may rest on, broken on purpose: there is no round then."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from services.matching.engine import (
    Options,
    Person,
    ProofFailed,
    Rules,
    descent,
    sampling,
    scanned,
    scanning,
    snapshot,
    solve,
    welfare,
)
from services.matching.engine.columns import Ints
from services.matching.engine.descent import Choice, best_choice
from services.matching.engine.edges import Edges
from services.matching.engine.gathered import Gathered
from services.matching.engine.market import Snapshot
from services.matching.engine.outcome import Prices
from services.matching.engine.pairs import weigh
from services.matching.engine.sampling import sampled_prices
from services.matching.engine.tables import Tables, tables
from tests.rules.engine.makers import a_mentee, a_mentor, some_people, some_rules


def a_market(seed: int = 3) -> Snapshot:
    return snapshot(some_people(seed, 30, 20), some_rules(seed))


@pytest.mark.parametrize("tolerance", [0, 100])
def test_a_choice_that_lacks_a_pair_cannot_pass_as_a_round(
    tolerance: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(*given: Any) -> Choice:
        found = best_choice(*given)
        chosen = found.pairs.chosen.copy()
        chosen[np.flatnonzero(chosen)[0]] = False
        return replace(found, pairs=replace(found.pairs, chosen=chosen))

    monkeypatch.setattr(welfare, "best_choice", lacking)
    monkeypatch.setattr(welfare, "LOOKS_MAX", 5)
    with pytest.raises(ProofFailed):
        solve(a_market(), options=Options(tolerance_ppm=tolerance), plain_pairs_most=0)


def no_idea(_pairs: Gathered, seats_i: Ints, seats_j: Ints, **_: Any) -> Prices:
    return Prices(np.zeros_like(seats_i), np.zeros_like(seats_j))


def test_prices_that_do_not_come_down_end_in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descent, "STEPS_MAX", 1)
    monkeypatch.setattr(descent, "STEPS_FEW", 1)
    for module in (welfare, sampling):
        monkeypatch.setattr(module, "guessed_prices", no_idea)
    with pytest.raises(ProofFailed, match="steps"):
        solve(a_market(), plain_pairs_most=0)


@pytest.mark.parametrize("kind", ["welfare", "stable", "calm"])
def test_a_pair_that_a_rule_stands_against_cannot_be_proposed(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scan reads lists in which an exclusion has got lost; the last look at each pair does not."""
    people = [a_mentee(exclusions={"mem_mo"}), a_mentor()]
    blind = snapshot([replace(one, exclusions=set()) for one in people], Rules())

    def forgetful(market: Snapshot, *given: Any, **named: Any) -> Tables:
        return tables(blind if "without" in named else market, *given, **named)

    monkeypatch.setattr(scanned, "tables", forgetful)
    with pytest.raises(ProofFailed, match="a rule stands against 1"):
        solve(snapshot(people, Rules()), kind, plain_pairs_most=0)


def test_a_calm_round_in_which_two_would_gain_too_much_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_rematched(picked: Edges, *_: Any) -> Edges:
        return picked

    monkeypatch.setattr(scanned, "calmest", not_rematched)
    with pytest.raises(ProofFailed, match="more than 0 points"):
        solve(a_market(), "calm", Options(calm=0), plain_pairs_most=0)


def test_nobody_is_proposed_more_often_than_she_has_seats(monkeypatch: pytest.MonkeyPatch) -> None:
    def everybody(market: Snapshot, edges: Edges, *_: Any) -> Any:
        return np.ones(len(edges), bool)

    monkeypatch.setattr("services.matching.engine.weighed.deferred", everybody)
    with pytest.raises(ProofFailed, match="more often than she has seats"):
        solve(a_market(), "stable")


def many(more: Sequence[Person] = ()) -> Snapshot:
    """So many mentees that one is asked for two, and seats for half of them."""
    able: dict[str, Any] = {"confirmed": True, "route": "mentoring", "mentee_seats": 1, "mentor_seats": 20}
    people = [replace(one, **able) for one in some_people(1, 2_200, 60)]
    return snapshot([*people, *more], some_rules(4))


def sampled(market: Snapshot) -> dict[str, int]:
    seats_i, seats_j = (side.seats.astype(np.int64) for side in (market.mentees, market.mentors))
    t = tables(market, seats_i > 0, seats_j > 0, seed=3)
    extra = np.zeros(len(seats_i), np.int64)
    prices = sampled_prices(t, seats_i, seats_j, extra, 0, threads=2, progress=lambda *_: None)
    return dict(zip(market.mentors.ids, prices.tolist(), strict=True))


def test_prices_by_some_of_the_mentees_are_nearly_those_of_all() -> None:
    """They bring the bound nearly down to the best total, from what everybody would get if seats had no end."""
    market = many()
    prices = np.array(list(sampled(market).values()))
    best = solve(market, options=Options(seed=3)).report.total
    edges = weigh(market).edges
    bounds = []
    for asked in (prices, np.zeros_like(prices)):
        mine = np.zeros(len(market.mentees), np.int64)
        np.maximum.at(mine, edges.rows, edges.w - asked[edges.cols])
        bounds.append(int(mine.sum() + (market.mentors.seats * asked).sum()))
    assert best <= bounds[0] < 1.1 * best < 2 * best < bounds[1]


def test_who_is_asked_for_many_follows_her_id_and_not_her_row(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[set[str]] = []
    best: Callable[..., Any] = scanning.best
    markets = [many(), many([a_mentee("mem_0", areas_wanted={"welding": 1})])]
    for market in markets:

        def listening(t: Tables, rows: Ints, *given: Any, _market: Snapshot = market, **named: Any) -> Any:
            asked.append({_market.mentees.ids[row] for row in rows} - {"mem_0"})
            return best(t, rows, *given, **named)

        monkeypatch.setattr(sampling, "best", listening)
        sampled(market)
    assert asked[0] == asked[-1]
    assert 900 < len(asked[0]) < 1_300
