"""What a round's result says about itself: shares, worst deciles, blocking pairs, and who is left with which
reason."""

from collections.abc import Sequence

import numpy as np

from services.matching.engine.columns import CONFIRMED, Bools, Ints, Side
from services.matching.engine.market import Snapshot
from services.matching.engine.pairs import STOPS, Masks, Pairs, bit
from services.matching.engine.round import NOT_THIS_ROUND, ChapterShare, LeftOver, Share, StopCount

NEVER = 1 << 62
ABSENT = np.uint16(bit("confirmed") | bit("route") | bit("same_person"))
"""With an eligible person, these stops mean that there is nobody to meet."""
PRIVATE = np.uint16(
    sum(bit(code) for code in ("exclusion", "conflict", "nothing_for_mentee", "nothing_for_mentor", "floor"))
)


def left_over(side: Side, name: str, used: Ints, stops: Masks) -> list[LeftOver]:
    """Everybody of this side without a proposal. `stops` has one row for each of them: [side, other side]."""
    left = []
    for row in np.flatnonzero(used == 0).tolist():
        own = _own(side, row)
        facing = stops[row][stops[row] & ABSENT == 0]
        code, shown = own or _why(facing), own or _why(facing & ~PRIVATE)
        left.append(
            LeftOver(
                id=side.ids[row], side=name, code=code, shown=NOT_THIS_ROUND if shown == "seats" else shown
            )
        )
    return left


def _own(side: Side, row: int) -> str:
    """What lies with the person herself, or nothing."""
    if side.barred[row]:
        return "confirmed" if side.barred[row] == CONFIRMED else "route"
    return "" if side.seats[row] else "no_seat"


def _why(facing: Masks) -> str:
    """What stopped an eligible person, from the stops of everybody she could have met."""
    if not facing.size:
        return "nobody"
    if (facing == 0).any():
        return "seats"
    alone = [int((facing == bit(code)).sum()) for code in STOPS]
    among = [int((facing & bit(code) != 0).sum()) for code in STOPS]
    counts = alone if any(alone) else among
    return STOPS[counts.index(max(counts))]


def seeking(side: Side) -> Bools:
    """Who could be proposed at all: confirmed, on the mentoring route, with a seat."""
    able: Bools = (side.barred == 0) & (side.seats > 0)
    return able


def share(side: Side, used: Ints, among: Bools | None = None) -> Share:
    here = seeking(side) if among is None else seeking(side) & among
    return Share(matched=int((here & (used > 0)).sum()), of=int(here.sum()))


def chapter_shares(market: Snapshot, used_i: Ints, used_j: Ints) -> tuple[ChapterShare, ...]:
    return tuple(
        ChapterShare(
            chapter=name,
            mentees=share(market.mentees, used_i, market.mentees.chapter == place),
            mentors=share(market.mentors, used_j, market.mentors.chapter == place),
        )
        for place, name in enumerate(market.chapters)
    )


def stop_counts(stops: Masks) -> tuple[StopCount, ...]:
    counts, rest = [], stops
    for code in STOPS:
        here = rest & bit(code) != 0
        counts.append(StopCount(code=code, pairs=int(here.sum())))
        rest = rest[~here]
    return tuple(counts)


def worst_decile(scores: Sequence[int]) -> int:
    return sorted(scores)[(len(scores) - 1) // 10] if scores else 0


def blocking_pairs(pairs: Pairs, chosen: Bools, mentee_seats: Ints, mentor_seats: Ints) -> int:
    """See `Report`. Locked pairs count as chosen like the others."""
    wants_u = _threshold(pairs.rows[chosen], pairs.u[chosen], mentee_seats)
    wants_v = _threshold(pairs.cols[chosen], pairs.v[chosen], mentor_seats)
    rather = (pairs.u > wants_u[pairs.rows]) & (pairs.v > wants_v[pairs.cols]) & ~chosen
    return int(rather.sum())


def _threshold(people: Ints, scores: Ints, seats: Ints) -> Ints:
    """What each must get beyond to want another: nothing with a free seat, her weakest proposal without."""
    weakest = np.full(len(seats), NEVER, np.int64)
    np.minimum.at(weakest, people, scores)
    free = np.bincount(people, minlength=len(seats)) < seats
    return np.where(free, -1, weakest)
