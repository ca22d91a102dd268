"""The pairs that scans have listed, kept by mentee."""

from typing import Any

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def merge(
    start: Any, cols: Any, u: Any, v: Any, worth: Any, chosen: Any, rows: Any, found: Any, mentor: Any, new_u: Any,
    new_v: Any, extra: Any,
) -> Any:  # fmt: skip
    """The pairs of both, each once, by mentee and mentor: (start, cols, u, v, worth, chosen).

    Pairs of mentee row i stand from start[i] to start[i + 1], by mentor. Those of the list k are rows[k]'s, found[k] of
    them; they are worth the joint score and the mentee's `extra`. What is known of a pair already stays.
    """
    people = start.shape[0] - 1
    place = np.full(people, -1, np.int64)
    for k in range(rows.shape[0]):
        place[rows[k]] = k
    begin = np.empty(people + 1, np.int64)
    begin[0] = 0
    for i in range(people):
        count, k = start[i + 1] - start[i], place[i]
        if k >= 0:
            for n in range(found[k]):
                count += not _holds(cols, start[i], start[i + 1], mentor[k, n])
        begin[i + 1] = begin[i] + count
    all_cols, all_u = np.empty(begin[people], np.int32), np.empty(begin[people], np.int32)
    all_v, all_worth = np.empty(begin[people], np.int32), np.empty(begin[people], np.int32)
    all_chosen = np.empty(begin[people], np.bool_)
    for i in range(people):
        beyond, k = begin[i], place[i]
        for n in range(start[i], start[i + 1]):
            all_cols[beyond], all_u[beyond], all_v[beyond] = cols[n], u[n], v[n]
            all_worth[beyond], all_chosen[beyond] = worth[n], chosen[n]
            beyond += 1
        if k < 0:
            continue
        for n in range(found[k]):
            j = mentor[k, n]
            if _holds(cols, start[i], start[i + 1], j):
                continue
            at = beyond
            while at > begin[i] and all_cols[at - 1] > j:
                all_cols[at], all_u[at], all_v[at] = all_cols[at - 1], all_u[at - 1], all_v[at - 1]
                all_worth[at], all_chosen[at] = all_worth[at - 1], all_chosen[at - 1]
                at -= 1
            one_u, one_v = np.int64(new_u[k, n]), np.int64(new_v[k, n])
            all_cols[at], all_u[at], all_v[at] = j, one_u, one_v
            all_worth[at], all_chosen[at] = 2 * one_u * one_v // max(one_u + one_v, 1) + extra[i], False
            beyond += 1
    return begin, all_cols, all_u, all_v, all_worth, all_chosen


@njit(nogil=True, cache=True)
def gains(start: Any, cols: Any, worth: Any, mentee: Any, mentor: Any) -> Any:
    """What each of these pairs is worth beyond the prices of both."""
    gain = np.empty(cols.shape[0], np.int32)
    for i in range(start.shape[0] - 1):
        for n in range(start[i], start[i + 1]):
            gain[n] = worth[n] - mentee[i] - mentor[cols[n]]
    return gain


@njit(inline="always")
def _holds(cols: Any, first: int, beyond: int, j: int) -> bool:
    low, high = first, beyond
    while low < high:
        middle = (low + high) // 2
        if cols[middle] < j:
            low = middle + 1
        else:
            high = middle
    return low < beyond and cols[low] == j
