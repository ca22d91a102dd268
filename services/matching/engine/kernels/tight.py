"""What the listed pairs are worth at some prices of the mentors."""

from typing import Any

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def answer(
    start: Any, cols: Any, worth: Any, shift: int, seats_i: Any, mentor: Any, mentee: Any, chosen: Any,
    used_i: Any, used_j: Any,
) -> Any:  # fmt: skip
    """Write into `mentee` the prices that go best with those in `mentor`: what the last of her seats brings each mentee, if
    she takes the pairs that bring her most; 0 where a seat stays free. Choose the pairs worth more than both prices,
    leave those worth less, and return the others, which stay as they are: (their rows, their places).

    Pairs of mentee row i stand from start[i] to start[i + 1]; the last `shift` bits of their `worth` do not count.
    `used_i` and `used_j` become how many pairs of each are chosen.
    """
    most = 1
    for i in range(seats_i.shape[0]):
        most = max(most, seats_i[i])
    best = np.zeros(most, np.int64)
    rows, places = np.empty(seats_i.shape[0] + 64, np.int32), np.empty(seats_i.shape[0] + 64, np.int64)
    listed = 0
    used_j[:] = 0
    for i in range(seats_i.shape[0]):
        mentee[i], used_i[i], last = 0, 0, seats_i[i] - 1
        if last < 0:
            chosen[start[i] : start[i + 1]] = False
            continue
        best[:] = 0
        for pair in range(start[i], start[i + 1]):
            gain = (worth[pair] >> shift) - mentor[cols[pair]]
            if gain <= best[last]:
                continue
            at = last
            while at > 0 and best[at - 1] < gain:
                best[at] = best[at - 1]
                at -= 1
            best[at] = gain
        mentee[i] = best[last]
        for pair in range(start[i], start[i + 1]):
            gain = (worth[pair] >> shift) - mentor[cols[pair]] - mentee[i]
            if gain:
                chosen[pair] = gain > 0
            else:
                if listed == rows.shape[0]:
                    rows = np.append(rows, np.empty_like(rows))
                    places = np.append(places, np.empty_like(places))
                rows[listed], places[listed] = i, pair
                listed += 1
            if chosen[pair]:
                used_i[i] += 1
                used_j[cols[pair]] += 1
    return rows[:listed], places[:listed]
