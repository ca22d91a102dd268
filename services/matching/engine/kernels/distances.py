"""Distances on the residual graph of a flow, which are what the seats are worth."""

from typing import Any

import numpy as np
from numba import njit

FAR = 1 << 60
LOOKS_A_MENTEE_MAX = 16
"""A cycle that would raise the total has no shortest distance: it is met as one look too many. Four are usual."""


@njit(nogil=True, cache=True)
def settle(
    start: Any, cols: Any, worth: Any, chosen: Any, taken_start: Any, taken: Any, taken_by: Any, free_i: Any,
    used_i: Any, free_j: Any, used_j: Any, mentee: Any, mentor: Any,
) -> bool:  # fmt: skip
    """Lower the distances in `mentee` and `mentor` until none is longer than its way: the greatest that are no
    greater than what was given. False where `chosen` is not the best choice of these pairs.

    Pairs of mentee row i stand from start[i] to start[i + 1]; `taken` are the chosen ones by mentor, those of j from
    taken_start[j] to taken_start[j + 1], and `taken_by` their mentees. Ways: from a mentee to a mentor she has
    not, less what the pair is worth; back along a chosen pair; and between all seats and the root at no cost.
    """
    people = free_i.shape[0]
    queue, waits = np.empty(people, np.int32), np.ones(people, np.bool_)
    root, left = np.int64(0), np.int64(people) * LOOKS_A_MENTEE_MAX + LOOKS_A_MENTEE_MAX
    while True:
        for j in range(mentor.shape[0]):
            if used_j[j]:
                mentor[j] = min(mentor[j], root)
        for i in range(people):
            if free_i[i]:
                mentee[i] = min(mentee[i], root)
            queue[i], waits[i] = i, True
        head, length = 0, people
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
        before = root
        for j in range(mentor.shape[0]):
            if free_j[j]:
                root = min(root, mentor[j])
        for i in range(people):
            if used_i[i]:
                root = min(root, mentee[i])
        if root == before:
            break
    for i in range(people):
        mentee[i] -= root
    for j in range(mentor.shape[0]):
        mentor[j] -= root
    return True
