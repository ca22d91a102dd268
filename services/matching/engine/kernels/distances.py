"""Distances on the residual graph of a flow, which are what the seats are worth."""

from typing import Any

import numpy as np
from numba import njit

FAR = 1 << 60


@njit(nogil=True, cache=True)
def settle(
    start: Any, cols: Any, worth: Any, chosen: Any, taken_start: Any, taken: Any, taken_by: Any, free_i: Any,
    used_i: Any, free_j: Any, used_j: Any, mentee: Any, mentor: Any,
) -> bool:  # fmt: skip
    """Write the distances from the root into `mentee` and `mentor`; FAR where there is no way. False where `chosen` is not the
    best choice of these pairs.

    Pairs of mentee row i stand from start[i] to start[i + 1]; `taken` are the chosen ones by mentor, those of j from
    taken_start[j] to taken_start[j + 1], and `taken_by` their mentees. Ways: from a mentee to a mentor she has
    not, less what the pair is worth; back along a chosen pair; and between all seats and the root at no cost.
    """
    people = free_i.shape[0]
    queue, waits = np.empty(people, np.int32), np.ones(people, np.bool_)
    for j in range(mentor.shape[0]):
        mentor[j] = 0 if used_j[j] else FAR
    for i in range(people):
        mentee[i] = 0 if free_i[i] else FAR
        queue[i] = i
    head, length = 0, people
    # A shortest way meets nobody twice, so that all are settled after as many turns as there are mentees (R. Bellman, On a
    # routing problem, 1958): else there is a cycle that would raise the total. Some four turns are usual.
    left = people * (people + 1)
    while length:
        if left == 0:
            return False
        left -= 1
        i = queue[head]
        head = head + 1 if head + 1 < people else 0
        length -= 1
        waits[i] = False
        for pair in range(start[i], start[i + 1]):
            if chosen[pair]:
                mentee[i] = min(mentee[i], mentor[cols[pair]] + worth[pair])
        if mentee[i] >= FAR:
            continue
        for pair in range(start[i], start[i + 1]):
            j, near = cols[pair], mentee[i] - worth[pair]
            if chosen[pair] or near >= mentor[j]:
                continue
            mentor[j] = near
            for n in range(taken_start[j], taken_start[j + 1]):
                other = taken_by[n]
                if near + worth[taken[n]] < mentee[other] and not waits[other]:
                    tail = head + length
                    queue[tail if tail < people else tail - people] = other
                    waits[other] = True
                    length += 1
    # Nor may the way back to the root be less than none.
    return not (np.any((free_j > 0) & (mentor < 0)) or np.any((used_i > 0) & (mentee < 0)))
