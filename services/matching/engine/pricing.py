"""What the seats of a large market are worth, from the pairs that went to the flow: the face of two kernels."""

import numpy as np

from services.matching.engine.columns import Bools, Ints
from services.matching.engine.flow import SeatGraph
from services.matching.engine.kernels.distances import FAR, settle
from services.matching.engine.kernels.guess import guess
from services.matching.engine.outcome import Prices


def guessed_prices(graph: SeatGraph, *, scale: int = 1) -> Prices:
    """Prices that come within a point / `scale` of proving something; below 0 for a mentee whom no pair is worth its mentor's price."""
    mentee, mentor = np.empty(len(graph.mentee_seats), np.int64), np.empty(len(graph.mentor_seats), np.int64)
    guess(
        _starts(graph.rows, len(mentee)),
        graph.cols,
        graph.w,
        scale,
        graph.mentee_seats,
        graph.mentor_seats,
        mentee,
        mentor,
    )
    return Prices(mentee, mentor)


def settled(graph: SeatGraph, chosen: Bools, near: Prices | None) -> Prices | None:
    """Prices that prove that `chosen` is the best choice of the graph's pairs: the least there are, or others not far
    from `near`. None where it is not the best."""
    count_i, count_j = len(graph.mentee_seats), len(graph.mentor_seats)
    picked = np.flatnonzero(chosen)
    used_i = np.bincount(graph.rows[picked], minlength=count_i)
    used_j = np.bincount(graph.cols[picked], minlength=count_j)
    taken = picked[np.argsort(graph.cols[picked], kind="stable")]
    if near is None:
        mentee, mentor = np.full(count_i, FAR), np.full(count_j, FAR)
    else:
        mentee, mentor = np.full(count_i, FAR), np.where(used_j < graph.mentor_seats, 0, -near.mentor)
    proved = settle(
        _starts(graph.rows, count_i), graph.cols, graph.w, chosen, _starts(graph.cols[taken], count_j), taken,
        graph.rows[taken], graph.mentee_seats - used_i, used_i, graph.mentor_seats - used_j, used_j, mentee, mentor,
    )  # fmt: skip
    if not proved:
        return None
    reached_i, reached_j = (np.where(one < FAR // 2, one, 0) for one in (mentee, mentor))
    return Prices(np.maximum(reached_i, 0), np.maximum(-reached_j, 0))


def _starts(keys: Ints, count: int) -> Ints:
    """Where the pairs of each of `count` rows begin: [count + 1]."""
    return np.searchsorted(keys, np.arange(count + 1))
