"""What no choice of a large market's pairs can go beyond, where the best choice itself is not looked for.

Invariant: the bound holds whatever the prices are: it counts every mentor's seats at their price, and for every mentee the
most that her pairs could be worth beyond these prices, over all eligible pairs (linear programming duality). Good prices make
it tight.
"""

import numpy as np

from services.matching.engine.columns import Ints
from services.matching.engine.edges import no_edges
from services.matching.engine.gathered import gathered
from services.matching.engine.pricing import guessed_prices
from services.matching.engine.round import Progress
from services.matching.engine.sampling import sampled_prices
from services.matching.engine.scanning import BY_W, TIE_BITS, Ask, Lists, best
from services.matching.engine.tables import Tables

WIDTH = 32  # mentors found for each mentee in a look, for the next guess; more than the seats of any
LOOKS = 3
"""At all pairs, each at a better guess of the prices. Seen at 20,000 x 5,000 and at 100,000 x 25,000: 9, 13 and then 0.2 %
beyond the best total; two more looks bring it to 0.1 %."""
FINE = 2  # steps of a point in the last guess


def least_bound(
    t: Tables, seats_i: Ints, seats_j: Ints, floor: int, *, threads: int, progress: Progress
) -> int:
    """No choice of pairs has a larger total of w, for these seats: the least such bound of several."""
    nothing = np.zeros(len(seats_i), np.int64)
    rows: Ints = np.flatnonzero(t.mentees.able)
    prices = sampled_prices(t, seats_i, seats_j, nothing, floor, threads=threads, progress=progress)
    pairs = gathered(no_edges(), np.zeros(0, np.int64), len(seats_i))
    bounds = []
    for look in range(LOOKS):
        ask = Ask(
            by=BY_W,
            width=WIDTH,
            less=prices,
            least=np.zeros(len(rows), np.int64),
            need_v=np.full(len(seats_j), -1),
            floor=floor,
        )
        lists = best(t, rows, ask, threads=threads, step="bound", progress=progress)
        bounds.append(_bound(lists, prices, seats_i, seats_j))
        if look < LOOKS - 1:
            pairs = pairs.with_lists(lists, nothing)
            prices = guessed_prices(pairs, seats_i, seats_j, scale=FINE if look else 1).mentor
    return min(bounds)


def _bound(lists: Lists, prices: Ints, seats_i: Ints, seats_j: Ints) -> int:
    """The bound by these prices, at which the lists hold what is worth most to each mentee, best first."""
    place = np.arange(lists.key.shape[1])
    hers = place < np.minimum(lists.found, seats_i[lists.rows])[:, None]
    beyond = np.maximum(lists.key >> TIE_BITS, 0)[hers].sum(dtype=np.int64)
    return int((seats_j * prices).sum() + beyond)
