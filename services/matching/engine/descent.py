"""The best choice of the pairs listed so far: prices come down to the least bound that any can give, step by step.

Invariants:
1. A pair worth more than both prices is chosen, one worth less is not, and among those worth them exactly a maximum flow
   chooses. Once no seat is taken twice and none with a price is left, what is chosen is worth the bound by these
   prices, and so the best (linear programming duality).
2. Until then the flow's minimum cut names the people whose prices, all a point up or down, lower the bound most. There are
   as many steps as the furthest price has points to go (K. Murota and A. Shioura, Exact bounds for steepest descent
   algorithms of L-convex function minimization, 2014): few after a good guess, and each has but to place what the last
   could not.
3. Where few steps by the point are not enough, prices come down in coarse steps first: large weights do not make many.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from services.matching.engine.columns import Ints
from services.matching.engine.errors import ProofFailed
from services.matching.engine.gathered import Gathered
from services.matching.engine.kernels.tight import answer
from services.matching.engine.outcome import Prices
from services.matching.engine.placing import Open, Seats, placed

STEPS_MAX = 100_000
"""No price has further to go than any pair is worth, and a coarser step before leaves but some points of it."""
STEPS_FEW = 32  # by the point, before coarse ones: a good guess needs no more
POINTS_BITS = 7  # of what a pair is worth at most: so much is told apart by the coarsest steps


@dataclass(frozen=True, eq=False, slots=True)
class Choice:
    """A choice of pairs at these prices. `left`: seats taken twice, and seats with a price left; 0 where it is the best."""

    pairs: Gathered
    prices: Prices
    left: int


def best_choice(
    pairs: Gathered,
    mentor: Ints,
    seats: Seats,
    enough: Callable[[Choice], bool],
    told: Callable[[int, int], None],
) -> Choice:
    """The best choice of these pairs, or one that is `enough`. `mentor`: prices that may be near those which prove it.
    `told` how many seats are settled, of as many as mentees have. Raises `ProofFailed` where it does not come to an end (a bug of
    ours)."""
    seated = int(seats.mentees.sum())
    coarse = max(int(pairs.worth.max(initial=0)).bit_length() - POINTS_BITS, 0)
    turns = [(shift, STEPS_MAX) for shift in range(coarse, -1, -1)]
    for shift, steps in [(0, STEPS_FEW), *turns]:
        mentor = mentor >> shift
        for _ in range(steps):
            found, moves = _step(pairs, shift, mentor, seats)
            pairs = found.pairs
            told(max(seated - found.left, 0), seated)
            if not shift and (not found.left or enough(found)):
                return found
            if not found.left:
                break
            mentor = mentor + moves
        mentor = mentor << shift
    raise ProofFailed(f"{STEPS_MAX} steps left prices that could be better")


def _step(pairs: Gathered, shift: int, mentor: Ints, seats: Seats) -> tuple[Choice, Ints]:
    """The best choice that these prices allow, and how they should move."""
    people = len(seats.mentees), len(seats.mentors)
    mentee, used_i, used_j = (np.empty(count, np.int64) for count in (people[0], *people))
    chosen = pairs.chosen.copy()
    rows, places = answer(
        pairs.start, pairs.cols, pairs.worth, shift, seats.mentees, mentor, mentee, chosen, used_i, used_j
    )
    prices = Prices(mentee, mentor)
    tight = Open(rows, pairs.cols[places], chosen[places], used_i, used_j)
    found = placed(tight, prices, seats)
    chosen[places] = found.chosen
    return Choice(replace(pairs, chosen=chosen), prices, found.left), found.moves
