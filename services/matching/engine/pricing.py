"""What the seats of a large market are worth, from the pairs listed so far: the face of two kernels."""

import numpy as np

from services.matching.engine.columns import Ints
from services.matching.engine.gathered import Gathered
from services.matching.engine.kernels.distances import FAR, settle
from services.matching.engine.kernels.guess import guess
from services.matching.engine.outcome import Prices


def guessed_prices(pairs: Gathered, seats_i: Ints, seats_j: Ints, *, scale: int = 1, rise: int = 1) -> Prices:
    """Prices that come within `rise` points / `scale` of proving something; below 0 for a mentee whom no pair is worth
    its mentor's price."""
    mentee, mentor = np.empty(len(seats_i), np.int64), np.empty(len(seats_j), np.int64)
    guess(pairs.start, pairs.cols, pairs.worth, scale, rise, seats_i, seats_j, mentee, mentor)
    return Prices(mentee, mentor)


def settled(pairs: Gathered, seats_i: Ints, seats_j: Ints) -> Prices | None:
    """The least prices that prove that those chosen are the best choice of these pairs; None where they are not."""
    count_i, count_j = len(seats_i), len(seats_j)
    picked = np.flatnonzero(pairs.chosen)
    rows = pairs.rows(picked)
    used_i = np.bincount(rows, minlength=count_i)
    used_j = np.bincount(pairs.cols[picked], minlength=count_j)
    order = np.argsort(pairs.cols[picked], kind="stable")
    taken, taken_by = picked[order], rows[order]
    taken_start = np.append(0, np.cumsum(used_j))
    mentee, mentor = np.full(count_i, FAR), np.full(count_j, FAR)
    proved = settle(
        pairs.start, pairs.cols, pairs.worth, pairs.chosen, taken_start, taken, taken_by, seats_i - used_i, used_i,
        seats_j - used_j, used_j, mentee, mentor,
    )  # fmt: skip
    if not proved:
        return None
    reached_i, reached_j = (np.where(one < FAR // 2, one, 0) for one in (mentee, mentor))
    return Prices(np.maximum(reached_i, 0), np.maximum(-reached_j, 0))
