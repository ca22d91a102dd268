"""Discovery in a market made ready for many looks, by the compiled scan: what `discovery.discover` finds, in a fraction of
its time.
"""

from collections.abc import Mapping

import numpy as np

from services.matching.engine.columns import Ints
from services.matching.engine.discovery import Found, found_of, price_column, refuse_beyond
from services.matching.engine.market import Snapshot
from services.matching.engine.scanning import ANY_KEY, ANY_SCORE, BY_W, NO_NEED, Lists, no_lists, scan
from services.matching.engine.tables import tables
from services.matching.engine.walking import Walk, new_walk


class Discovery:
    """`prices`: points by mentor id, as in `Round.prices`; others cost nothing."""

    def __init__(self, market: Snapshot, prices: Mapping[str, int], *, seed: int = 0) -> None:
        self._market = market
        self._t = tables(market, np.ones(len(market.mentees), bool), market.mentors.seats > 0, seed=seed)
        self._prices = price_column(market, prices)
        self._need_u, self._need_v = np.full(1, NO_NEED), np.full(len(market.mentors), NO_NEED)
        self._least, self._below = np.full(1, ANY_SCORE), np.full(1, ANY_KEY)
        self._spare: list[Walk] = []
        self._place = np.zeros(1, np.int64)

    def rows(self, mentee: int, most: int = 20) -> Ints:
        """The mentors' rows for this mentee's row."""
        lists = self._look(mentee, most)
        return lists.mentor[0, : int(lists.found[0])]

    def of(self, mentee: str, most: int = 20) -> tuple[Found, ...]:
        """At most `most` mentors, with reasons. Raises `EngineError` (unknown_person, out_of_bounds)."""
        refuse_beyond(most)
        row = self._market.mentee_row(mentee)
        return found_of(self._market, row, self.rows(row, most), self._prices)

    def _look(self, row: int, most: int) -> Lists:
        lists = no_lists(np.array([row], np.int32), most)
        walk = self._spare.pop() if self._spare else new_walk(self._t)
        scan(
            self._t, walk, lists.rows, self._place, True, BY_W, self._prices, self._least, self._need_u, self._need_v, self._below, 0,
            lists.mentor, lists.u, lists.v, lists.key, lists.found, lists.seen,
        )  # fmt: skip
        self._spare.append(walk)
        return lists
