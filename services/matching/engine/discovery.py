"""Mentors for one mentee, best first by w less the seat's price: requests spread over mentors, and whoever is asked by
everybody comes later for those to whom others are as good.

Invariants:
1. Exact: these are the first of all eligible mentors with a seat, in the order of w - price, ties by both ids.
2. Prices follow from everybody's answers, private ones too: a mentee may be shown the order and her own reasons, never
   `w` or `price`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.columns import Ints
from services.matching.engine.digests import digests, pair_ties
from services.matching.engine.edges import joint
from services.matching.engine.errors import EngineError
from services.matching.engine.market import Snapshot
from services.matching.engine.pairs import weigh_rows
from services.matching.engine.parts import Reason, parts_of, reasons_of

FOUND_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A mentor found; `reasons` may be shown to the mentee, the figures to coordinators only."""

    mentor: str
    w: int
    price: int
    reasons: tuple[Reason, ...]


def discover(
    market: Snapshot, mentee: str, prices: Mapping[str, int], most: int = 20, *, seed: int = 0
) -> tuple[Found, ...]:
    """At most `most` mentors for this mentee, with reasons; for many looks at one market see `looking.Discovery`.

    `prices`: points by mentor id, as in `Round.prices`; others cost nothing. Raises `EngineError` (unknown_person,
    out_of_bounds).
    """
    refuse_beyond(most)
    row, prices_j = market.mentee_row(mentee), price_column(market, prices)
    return found_of(market, row, _in_order(market, row, prices_j, seed)[:most], prices_j)


def in_order(market: Snapshot, mentee: str, prices: Mapping[str, int], *, seed: int = 0) -> tuple[str, ...]:
    """The ids of all mentors that `discover` would find for this mentee, in its order."""
    order = _in_order(market, market.mentee_row(mentee), price_column(market, prices), seed)
    return tuple(market.mentors.ids[col] for col in order.tolist())


def _in_order(market: Snapshot, row: int, prices_j: NDArray[np.int64], seed: int) -> Ints:
    edges = weigh_rows(market, np.array([row])).edges
    edges = edges.only(market.mentors.seats[edges.cols] > 0)
    mine = digests((market.mentees.ids[row],), "mentee", seed)
    theirs = digests(tuple(market.mentors.ids[col] for col in edges.cols.tolist()), "mentor", seed)
    tie = pair_ties(mine, theirs, np.zeros(len(edges), np.int64), np.arange(len(edges)))
    return edges.cols[np.lexsort((-tie, prices_j[edges.cols] - edges.w))]


def refuse_beyond(most: int) -> None:
    if not 1 <= most <= FOUND_MAX:
        raise EngineError("out_of_bounds", f"ask for 1 to {FOUND_MAX} mentors", where="/most")


def price_column(market: Snapshot, prices: Mapping[str, int]) -> NDArray[np.int64]:
    """The price of each mentor's seat, in points."""
    ids = market.mentors.ids
    return np.fromiter((prices.get(one, 0) for one in ids), np.int64, len(ids))


def found_of(market: Snapshot, row: int, cols: Ints, prices: NDArray[np.int64]) -> tuple[Found, ...]:
    """These mentors, in their order, for one mentee."""
    mine, theirs = parts_of(market, np.full(len(cols), row), cols)
    u, v = mine.sums(len(cols)), theirs.sums(len(cols))
    return tuple(
        Found(mentor=market.mentors.ids[col], w=score, price=price, reasons=reasons_of(parts))
        for col, score, price, parts in zip(
            cols.tolist(),
            joint(u, v).tolist(),
            prices[cols].tolist(),
            mine.read(market, len(cols)),
            strict=True,
        )
    )
