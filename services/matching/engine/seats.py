"""The seats of both sides, and the pairs that are locked to some of them."""

import numpy as np

from services.matching.engine.columns import Ints
from services.matching.engine.edges import Edges
from services.matching.engine.errors import EngineError
from services.matching.engine.market import Snapshot
from services.matching.engine.pairs import STOPS, bit


def free_seats(market: Snapshot, locked: Edges) -> tuple[Ints, Ints, Ints, Ints]:
    """Seats of mentees and of mentors who may be proposed, and what locked pairs leave of both. Raises `EngineError`
    (locked_over_seats)."""
    seats_i, seats_j = (
        np.where(side.barred == 0, side.seats, 0).astype(np.int64)
        for side in (market.mentees, market.mentors)
    )
    free_i = seats_i - np.bincount(locked.rows, minlength=len(seats_i))
    free_j = seats_j - np.bincount(locked.cols, minlength=len(seats_j))
    for side, free in ((market.mentees, free_i), (market.mentors, free_j)):
        for row in np.flatnonzero(free < 0).tolist():
            raise EngineError(
                "locked_over_seats", "lock no more pairs than there are seats", where=side.ids[row]
            )
    return seats_i, seats_j, free_i, free_j


def refuse_stopped(mask: int, mentee: str, mentor: str) -> None:
    """A pair that a rule stops cannot be locked: the rule or the people must change first. Raises `EngineError`
    (locked_pair_stopped)."""
    if mask:
        code = next(code for code in STOPS if mask & bit(code))
        detail = f"the rule {code} stands against this locked pair; unlock it or change what it rests on"
        raise EngineError("locked_pair_stopped", detail, where=f"{mentee}/{mentor}")
