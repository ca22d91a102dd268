"""A first idea of what the mentors' seats are worth, from some of the mentees, each of them standing for many.

Invariants:
1. It decides only how soon the best choice is found: see `welfare`.
2. Who is asked follows from the digests of ids, never from a row's place.
"""

import numpy as np

from services.matching.engine.columns import Ints
from services.matching.engine.edges import no_edges
from services.matching.engine.gathered import gathered
from services.matching.engine.pricing import guessed_prices
from services.matching.engine.round import Progress
from services.matching.engine.scanning import ANY_SCORE, BY_W, Ask, Keys, best
from services.matching.engine.tables import Tables

EACH_FOR_MOST = 20  # mentees that one stands for
ASKED_LEAST = 1_000
LOOKS = ((128, 4), (96, 2), *[(64, 2)] * 6)
"""One after the other, at the prices so far: mentors found for each of them, and steps by which they bid at least."""
BACK_STEPS = 14  # below its price so far bids for a seat begin: fewer leave more seats at too high a price
FEW_PAIRS = 20  # for each of them: a look that brings less is the last


def sampled_prices(
    t: Tables, seats_i: Ints, seats_j: Ints, extra: Keys, floor: int, *, threads: int, progress: Progress
) -> Keys:
    """What the mentors' seats may be worth, in points."""
    able = np.flatnonzero(t.mentees.able)
    each = max(min(EACH_FOR_MOST, len(able) // ASKED_LEAST), 1)
    some = able[t.mentees.digest[able] % np.uint64(each) == 0]
    seats = np.zeros_like(seats_i)
    seats[some] = seats_i[some] * each
    pairs = gathered(no_edges(), np.zeros(0, np.int64), len(seats_i))
    prices = np.zeros(len(seats_j), np.int64)
    for number, (width, rise) in enumerate(LOOKS):
        ask = Ask(
            by=BY_W,
            width=width,
            less=prices,
            least=np.full(len(some), ANY_SCORE),
            need_v=np.full(len(seats_j), -1),
            floor=floor,
        )
        lists = best(t, some, ask, threads=threads, step=f"guess {number + 1}", progress=progress)
        before, pairs = len(pairs), pairs.with_lists(lists, extra)
        prices = guessed_prices(pairs, seats, seats_j, rise=rise, before=prices, back=BACK_STEPS).mentor
        if len(pairs) - before < FEW_PAIRS * len(some):
            break
    return prices
