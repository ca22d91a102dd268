"""The compiled scan against numpy's reading of the same pairs: two ways to weigh a market, and one result."""

import numpy as np
import pytest

from services.matching.engine import snapshot
from services.matching.engine.edges import Edges
from services.matching.engine.left import stopping
from services.matching.engine.listing import listed, tallied
from services.matching.engine.market import Snapshot
from services.matching.engine.pairs import keep, weigh
from services.matching.engine.scanning import BY_W, Ask, Lists, best
from services.matching.engine.tables import tables
from tests.rules.engine.makers import some_people, some_rules

MARKETS = range(60)


def a_market(seed: int) -> Snapshot:
    return snapshot(some_people(seed, 30, 20), some_rules(seed))


def possible(market: Snapshot) -> Edges:
    """The eligible pairs of people who have seats, as numpy weighs them."""
    edges = weigh(market).edges
    return edges.only((market.mentees.seats[edges.rows] > 0) & (market.mentors.seats[edges.cols] > 0))


def look(market: Snapshot, *, by: int = BY_W, width: int = 50, **asked: np.ndarray) -> Lists:
    ask = Ask(
        by=by,
        width=width,
        less=asked.get("less", np.zeros(len(market.mentors), np.int64)),
        least=asked.get("least", np.full(len(market.mentees), -1)),
        need_v=asked.get("need_v", np.full(len(market.mentors), -1)),
    )
    rows = np.arange(len(market.mentees))
    t = tables(market, market.mentees.seats > 0, market.mentors.seats > 0, seed=3)
    return best(t, rows, ask, threads=2, step="scan", progress=lambda *_: None)


def as_columns(edges: Edges) -> list[list[int]]:
    return [column.tolist() for column in (edges.rows, edges.cols, edges.u, edges.v, edges.w)]


@pytest.mark.parametrize("seed", MARKETS)
def test_the_compiled_scan_finds_the_pairs_that_numpy_finds(seed: int) -> None:
    market = a_market(seed)
    assert as_columns(look(market).edges()) == as_columns(possible(market))


@pytest.mark.parametrize("seed", MARKETS)
def test_compiled_stops_are_the_stops_that_numpy_finds(seed: int) -> None:
    market = a_market(seed)
    t = tables(market, market.mentees.seats > 0, market.mentors.seats > 0, seed=3)
    dense = weigh(market)
    rows, cols = np.indices(dense.stops.shape).reshape(2, -1)
    masks, edges = listed(t, rows, cols)
    assert masks.tolist() == dense.stops.ravel().tolist()
    assert as_columns(edges.only(masks == 0)) == as_columns(dense.edges)


@pytest.mark.parametrize("floor", [0, 12])
def test_the_compiled_tally_of_stops_is_numpys(floor: int) -> None:
    for seed in range(20):
        market = a_market(seed)
        t = tables(market, market.mentees.seats > 0, market.mentors.seats > 0, seed=3)
        dense = weigh(market)
        stops = stopping(keep(dense, dense.edges.w >= floor).stops)
        for mentees, people, of in (
            (True, np.arange(len(market.mentees)), stops.of_mentees),
            (False, np.arange(len(market.mentors)), stops.of_mentors),
        ):
            counted = tallied(t, people, mentees=mentees, floor=floor, threads=2, progress=lambda *_: None)
            for name in ("alone", "some", "free", "met"):
                assert getattr(counted, name).tolist() == getattr(of(people), name).tolist()
