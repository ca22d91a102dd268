"""A first guess of the seat prices, by letting mentees outbid one another (D. P. Bertsekas, The auction algorithm,
1988).

It decides only where prices begin to come down to the best: no result and no proof rests on it.
"""

from typing import Any

import numpy as np
from numba import njit

BIDS_A_SEAT_MAX = 400
"""What is not settled by then is left to the flows."""


@njit(nogil=True, cache=True)
def guess(
    start: Any, cols: Any, worth: Any, rise: int, seats_i: Any, seats_j: Any, mentee: Any, mentor: Any
) -> None:  # fmt: skip
    """Write prices, in points, of the mentees' and the mentors' seats into `mentee` and `mentor`, whose prices are where bids
    begin: one that is too high by then stays, where nobody takes the seat.

    Pairs of mentee row i stand from start[i] to start[i + 1]. Bids rise by `rise` points at least. A mentee whom no
    pair is worth its price keeps the best of them as a price of 0 or less.
    """
    places = np.zeros(seats_j.shape[0] + 1, np.int64)
    for j in range(seats_j.shape[0]):
        places[j + 1] = places[j] + seats_j[j]
    bid, holder = np.zeros(places[-1], np.int64), np.full(places[-1], -1, np.int64)
    bidder = np.full(places[-1], -1, np.int64)
    used, held = np.zeros(seats_j.shape[0], np.int64), np.zeros(cols.shape[0], np.bool_)
    bidders = np.empty(seats_i.sum(), np.int64)
    waiting = 0
    for i in range(seats_i.shape[0] - 1, -1, -1):
        for _ in range(seats_i[i]):
            bidders[waiting] = i
            waiting += 1
    left = waiting * BIDS_A_SEAT_MAX
    while waiting and left:
        left -= 1
        waiting -= 1
        i = bidders[waiting]
        best, first, second = -1, np.int64(0), np.int64(0)
        for pair in range(start[i], start[i + 1]):
            gain = worth[pair] - mentor[cols[pair]]
            if gain <= second or held[pair]:
                continue
            if gain > first:
                best, first, second = pair, gain, first
            else:
                second = gain
        if best < 0:
            continue
        j = cols[best]
        if used[j] < seats_j[j]:
            place = places[j] + used[j]
            used[j] += 1
        else:
            place = _lowest(bid, places[j], places[j + 1])
            held[holder[place]] = False
            bidders[waiting] = bidder[place]
            waiting += 1
        bid[place] = mentor[j] + first - second + rise
        holder[place], bidder[place] = best, i
        held[best] = True
        if used[j] == seats_j[j]:
            mentor[j] = bid[_lowest(bid, places[j], places[j + 1])]
    for i in range(seats_i.shape[0]):
        mentee[i] = -(np.int64(1) << 40)
        for pair in range(start[i], start[i + 1]):
            mentee[i] = max(mentee[i], worth[pair] - mentor[cols[pair]])


@njit(inline="always")
def _lowest(bid: Any, first: int, beyond: int) -> int:
    lowest = first
    for place in range(first + 1, beyond):
        if bid[place] < bid[lowest]:
            lowest = place
    return lowest
