"""The compiled scan against numpy's reading of the same pairs: two ways to weigh a market, and one result."""

import ast
from pathlib import Path

import numpy as np
import pytest

from services.matching.engine import Rules, kernels, snapshot
from services.matching.engine.digests import digests, pair_ties
from services.matching.engine.edges import Edges
from services.matching.engine.kernels.scan import scan
from services.matching.engine.kernels.sieve import count, count_more
from services.matching.engine.left import stopping
from services.matching.engine.listing import listed, tallied
from services.matching.engine.looking import Discovery
from services.matching.engine.market import Snapshot
from services.matching.engine.pairs import keep, weigh
from services.matching.engine.scanning import BY_U, BY_W, Ask, Lists, best
from services.matching.engine.tables import tables
from tests.rules.engine.makers import a_mentee, a_mentor, some_people, some_rules

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


@pytest.mark.parametrize("seed", range(4))
def test_long_lists_are_walked_to_their_ends(seed: int) -> None:
    market = snapshot(some_people(seed, 10, 2_000), some_rules(seed))
    assert as_columns(look(market, width=2_000).edges()) == as_columns(possible(market))


def test_mentees_of_each_chapter_meet_the_mentors_who_are_open_to_it() -> None:
    chain = {
        "bern": ["genf"],
        "genf": ["bern", "zug"],
        "zug": ["genf"],
    }  # bern and zug are not open to each other
    people = [maker(f"mem_{role}{n:02}", chapter=chapter)
              for role, maker in (("e", a_mentee), ("o", a_mentor))
              for n, chapter in enumerate(sorted(chain) * 4)]  # fmt: skip
    rules = Rules(cross_chapter="both_consent", chapter_consents=chain)
    market = snapshot(people, rules)
    assert as_columns(look(market).edges()) == as_columns(possible(market))
    looking, pairs = Discovery(market, {}), possible(market)
    for row in range(len(market.mentees)):
        assert sorted(looking.rows(row, 20).tolist()) == pairs.cols[pairs.rows == row].tolist()


def test_who_shares_more_than_a_byte_counts_shares_a_byte_full() -> None:
    everything = np.full(4, 2**64 - 1, np.uint64)
    counts = np.zeros(1, np.uint8)
    count(everything, 0, 1, everything[0], counts)
    for word in range(1, 4):
        count_more(everything, word, 1, everything[word], counts)
    assert counts.tolist() == [255]


@pytest.mark.parametrize("by", [BY_W, BY_U])
@pytest.mark.parametrize("seed", range(20))
def test_a_short_list_holds_the_first_of_all_pairs_that_are_asked_for(seed: int, by: int) -> None:
    market, dice = snapshot(some_people(seed, 20, 300), some_rules(seed)), np.random.default_rng(seed)
    less, need_v = dice.integers(0, 20, len(market.mentors)), dice.integers(-1, 20, len(market.mentors))
    least = dice.integers(-20, 20, len(market.mentees))
    edges = possible(market)
    asked = (edges.u if by == BY_U else edges.w) - less[edges.cols]
    kept = (asked > least[edges.rows]) & (edges.v > need_v[edges.cols])
    digest = digests(market.mentees.ids, "mentee", 3), digests(market.mentors.ids, "mentor", 3)
    tie = pair_ties(*digest, edges.rows, edges.cols)
    for width in (0, 3):
        lists = look(market, by=by, width=width, less=less, least=least, need_v=need_v)
        for row in range(len(market.mentees)):
            here = np.flatnonzero(kept & (edges.rows == row))
            first = here[np.lexsort((-tie[here], -asked[here]))][:width]
            assert lists.mentor[row, : lists.found[row]].tolist() == edges.cols[first].tolist()
            assert lists.u[row, : lists.found[row]].tolist() == edges.u[first].tolist()
            assert width or lists.seen[row] == len(here)


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


def test_tables_made_like_others_are_those_made_anew() -> None:
    market = a_market(1)
    everybody = np.ones(len(market.mentees), bool), np.ones(len(market.mentors), bool)
    able = market.mentees.seats > 0, market.mentors.seats > 1
    anew = tables(market, *able, seed=3)
    like = tables(market, *able, seed=3, like=tables(market, *everybody, seed=3))
    for one, other in ((anew, like), (anew.mentees, like.mentees), (anew.mentors, like.mentors)):
        for name in set(one._fields) - {"mentees", "mentors"}:
            assert np.array_equal(getattr(one, name), getattr(other, name))


def test_kernels_are_kept_under_a_digest_of_every_file_that_is_compiled_into_them() -> None:
    assert Path(scan.stats.cache_path).is_relative_to(kernels.KEPT)
    sources = [ast.parse(file.read_text()) for file in Path(kernels.__file__).parent.glob("*.py")]
    imported = {
        node.module.removeprefix("services.matching.engine.")
        for source in sources
        for node in ast.walk(source)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("services.")
    }
    assert {name for name in imported if not name.startswith("kernels.")} == set(kernels.BESIDE)
