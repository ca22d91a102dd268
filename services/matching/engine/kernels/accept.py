"""Mentees ask, mentors keep the best who ask: deferred acceptance (D. Gale and L. Shapley, College Admissions and the
Stability of Marriage, 1962)."""

from typing import Any

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def accept(
    asking: Any, mentor: Any, theirs: Any, found: Any, following: Any, wants: Any, seats_start: Any, holds: Any,
    held_by: Any, used: Any, run_out: Any,
) -> int:  # fmt: skip
    """Let the mentees in `asking` ask until each has all she wants or has run out of her list; returns how many
    ran out, written into `run_out`.

    Of mentee i: `mentor` and `theirs` [mentees, width] are whom she asks, in her order, and what she is worth to
    them; following[i] is the next, of found[i]; wants[i] how many more she wants. Of mentor j: the seats from
    seats_start[j] to seats_start[j + 1], of which used[j] are taken, with what each holder is worth to her in `holds`
    and who it is in `held_by`. No two are worth the same to her.
    """
    waiting = np.empty(held_by.shape[0] + wants.shape[0] + 1, np.int64)
    count = 0
    for n in range(asking.shape[0] - 1, -1, -1):
        waiting[count] = asking[n]
        count += 1
    out = 0
    while count:
        count -= 1
        i = waiting[count]
        while wants[i] > 0:
            if following[i] == found[i]:
                run_out[out] = i
                out += 1
                break
            j, mine = mentor[i, following[i]], theirs[i, following[i]]
            following[i] += 1
            first, beyond = seats_start[j], seats_start[j + 1]
            if used[j] < beyond - first:
                place = first + used[j]
                used[j] += 1
            else:
                place = first
                for seat in range(first + 1, beyond):
                    if holds[seat] < holds[place]:
                        place = seat
                if beyond == first or holds[place] >= mine:
                    continue
                other = held_by[place]
                if wants[other] == 0:
                    waiting[count] = other
                    count += 1
                wants[other] += 1
            holds[place], held_by[place] = mine, i
            wants[i] -= 1
    return out
