"""What the seats of a large market are worth, from the pairs listed so far: the face of two kernels."""

import numpy as np

from services.matching.engine.columns import Ints
from services.matching.engine.gathered import Gathered
from services.matching.engine.kernels.distances import FAR, settle
from services.matching.engine.kernels.guess import guess
from services.matching.engine.outcome import Prices

STEPS_TOLD_APART = 128
"""Among what a mentee's pairs are worth, by a first idea of prices: bids that rise by a point would go on for long where
weights are large. What a bonus adds to all her pairs changes no bid."""
USUAL_PERCENT = 90  # of the mentees, whose pairs differ by no more


def coarse_bits(pairs: Gathered) -> int:
    """How many of the last bits of what pairs are worth a first idea of prices leaves out; 0 with usual weights."""
    have = np.flatnonzero(np.diff(pairs.start))
    if not len(have):
        return 0
    first = pairs.start[have]
    differ = np.maximum.reduceat(pairs.worth, first) - np.minimum.reduceat(pairs.worth, first)
    usual = int(np.percentile(differ, USUAL_PERCENT))
    return max(usual.bit_length() - (STEPS_TOLD_APART - 1).bit_length(), 0)


def guessed_prices(
    pairs: Gathered, seats_i: Ints, seats_j: Ints, *, before: Ints, back: int, rise: int = 1
) -> Prices:
    """Prices that come within `rise` steps of proving something; below 0 for a mentee whom no pair is worth its mentor's
    price. Bids begin `back` steps below the mentors' prices `before`: a seat that nobody takes then keeps too high a
    one. A step is 2**`coarse_bits` points."""
    bits = coarse_bits(pairs)
    mentee, mentor = np.empty(len(seats_i), np.int64), np.maximum(before - (back << bits), 0)
    guess(pairs.start, pairs.cols, pairs.worth, rise << bits, seats_i, seats_j, mentee, mentor)
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
    mentee, mentor = np.empty(count_i, np.int64), np.empty(count_j, np.int64)
    proved = settle(
        pairs.start, pairs.cols, pairs.worth, pairs.chosen, taken_start, taken, taken_by, seats_i - used_i, used_i,
        seats_j - used_j, used_j, mentee, mentor,
    )  # fmt: skip
    if not proved:
        return None
    reached_i, reached_j = (np.where(one < FAR // 2, one, 0) for one in (mentee, mentor))
    return Prices(np.maximum(reached_i, 0), np.maximum(-reached_j, 0))
