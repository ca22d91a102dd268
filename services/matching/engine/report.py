"""What a round's result says about itself: shares, worst deciles, blocking pairs, and who is left with which
reason."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.columns import CONFIRMED, ROUTE, Bools, Ints, Side
from services.matching.engine.edges import Edges
from services.matching.engine.lazy import Lazy
from services.matching.engine.market import Snapshot
from services.matching.engine.outcome import Outcome
from services.matching.engine.pairs import ROWS_AT_ONCE, STOPS, Masks, bit
from services.matching.engine.parts import parts_of, reasons_of
from services.matching.engine.people import ROLES
from services.matching.engine.round import (
    NOT_THIS_ROUND,
    ChapterShare,
    LeftOver,
    Proposal,
    Report,
    Round,
    SeatPrice,
    Share,
    StopCount,
)  # fmt: skip

NEVER = 1 << 62
ABSENT = np.uint16(bit("confirmed") | bit("route") | bit("same_person"))
"""With an eligible person, these stops mean that there is nobody to meet."""
PRIVATE = np.uint16(
    sum(bit(code) for code in ("exclusion", "conflict", "nothing_for_mentee", "nothing_for_mentor", "floor"))
)
MASKS = 1 << len(STOPS)
SAID = (*STOPS, "no_seat", "nobody", "seats", NOT_THIS_ROUND)
"""What is said of somebody left over (`LeftOver`); arrays hold places in it."""


@dataclass(frozen=True, eq=False, slots=True)
class Left:
    """Everybody without a proposal on a side, mentees first, by row."""

    side: NDArray[np.uint8]  # place in ROLES
    rows: NDArray[np.int32]
    code: NDArray[np.uint8]  # place in SAID, as is `shown`
    shown: NDArray[np.uint8]

    def read(self, market: Snapshot, start: int, stop: int) -> list[LeftOver]:
        """Some of them as values."""
        ids = (market.mentees.ids, market.mentors.ids)
        columns = (column[start:stop].tolist() for column in (self.side, self.rows, self.code, self.shown))
        return [
            LeftOver(id=ids[side][row], side=ROLES[side], code=SAID[code], shown=SAID[shown])
            for side, row, code, shown in zip(*columns, strict=True)
        ]


def round_of(market: Snapshot, outcome: Outcome, stops: Masks) -> Round:
    """What solving found as a round; `stops` holds a mask for every pair, as in `Pairs`."""
    proposed, options = outcome.proposed, outcome.options
    used_i = np.bincount(proposed.rows, minlength=len(market.mentees))
    used_j = np.bincount(proposed.cols, minlength=len(market.mentors))
    left = left_over(market, used_i, used_j, stops)
    return Round(
        proposals=Lazy(len(proposed), partial(_read, market, outcome)),
        left_over=Lazy(len(left.rows), partial(left.read, market)),
        prices=tuple(
            SeatPrice(mentor=market.mentors.ids[j], points=int(outcome.prices.mentor[j]))
            for j in np.flatnonzero(outcome.prices.mentor).tolist()
        ),
        report=Report(
            kind=outcome.kind,
            seed=options.seed,
            floor=options.floor,
            input_hash=market.hash,
            total=outcome.total,
            bound=outcome.bound,
            gap=outcome.bound - outcome.objective,
            proposals=len(proposed),
            pairs=stops.size,
            eligible_pairs=outcome.eligible_pairs,
            blocking_pairs=outcome.blocking_pairs,
            worst_decile_mentees=worst_decile(proposed.u),
            worst_decile_mentors=worst_decile(proposed.v),
            mentees=share(market.mentees, used_i),
            mentors=share(market.mentors, used_j),
            chapters=chapter_shares(market, used_i, used_j),
            stopped=stop_counts(stops),
        ),
    )


def _read(market: Snapshot, outcome: Outcome, start: int, stop: int) -> list[Proposal]:
    """Some of the proposals as values, with their parts and reasons."""
    some, proposed = slice(start, stop), outcome.proposed
    rows, cols = proposed.rows[some], proposed.cols[some]
    mentee_parts, mentor_parts = (parts.read(market, len(rows)) for parts in parts_of(market, rows, cols))
    columns = (column[some].tolist() for column in (proposed.u, proposed.v, proposed.w, outcome.locked))
    return [
        Proposal(
            mentee=market.mentees.ids[i],
            mentor=market.mentors.ids[j],
            u=u,
            v=v,
            w=w,
            mentee_parts=mine,
            mentor_parts=theirs,
            mentee_reasons=reasons_of(mine),
            mentor_reasons=reasons_of(theirs),
            locked=is_locked,
        )
        for i, j, mine, theirs, u, v, w, is_locked in zip(
            rows.tolist(), cols.tolist(), mentee_parts, mentor_parts, *columns, strict=True
        )
    ]


def left_over(market: Snapshot, used_i: Ints, used_j: Ints, stops: Masks) -> Left:
    """See `LeftOver`. `stops` holds a mask for every pair, as in `Pairs`."""
    mentees, mentors = _left(market.mentees, used_i, stops), _left(market.mentors, used_j, stops.T)
    rows, code, shown = (np.concatenate(both) for both in zip(mentees, mentors, strict=True))
    side = np.repeat([0, 1], [len(mentees[0]), len(mentors[0])])
    small = (column.astype(np.uint8) for column in (code, shown))
    return Left(side.astype(np.uint8), rows.astype(np.int32), *small)


def _left(side: Side, used: Ints, stops: Masks) -> tuple[Ints, Ints, Ints]:
    """The rows of those left on this side, with code and shown. `stops` is [side, other side]."""
    rows = np.flatnonzero(used == 0)
    barred = side.barred[rows]
    own = np.select(
        [barred == CONFIRMED, barred == ROUTE, side.seats[rows] == 0],
        [SAID.index("confirmed"), SAID.index("route"), SAID.index("no_seat")],
        -1,
    )
    code, shown = own.copy(), own
    asked = np.flatnonzero(own < 0)
    for start in range(0, len(asked), ROWS_AT_ONCE):
        some = asked[start : start + ROWS_AT_ONCE]
        masks, counts = _counted(stops[rows[some]])
        code[some], shown[some] = _why(masks, counts), _why(masks & ~PRIVATE, counts)
    shown[shown == SAID.index("seats")] = SAID.index(NOT_THIS_ROUND)
    return rows, code, shown


def _counted(stops: Masks) -> tuple[Masks, Ints]:
    """The masks that occur among people she could have met, and how often each does: [rows, masks]."""
    masks = np.flatnonzero(np.bincount(stops.ravel(), minlength=MASKS)).astype(np.uint16)
    masks = masks[masks & ABSENT == 0]
    place = np.full(MASKS, len(masks))
    place[masks] = np.arange(len(masks))
    width = len(masks) + 1  # the last column takes those she could not
    cells = np.arange(len(stops))[:, None] * width + place[stops]
    counts = np.bincount(cells.ravel(), minlength=len(stops) * width).reshape(len(stops), width)
    return masks, counts[:, :-1]


def _why(masks: Masks, counts: Ints) -> Ints:
    """What stopped eligible people, from the stops of everybody each could have met."""
    bits = np.array([bit(code) for code in STOPS], np.uint16)
    alone = counts @ (masks[:, None] == bits)
    among = counts @ (masks[:, None] & bits != 0)
    most = np.where(alone.any(axis=1)[:, None], alone, among).argmax(axis=1)
    free = counts[:, masks == 0].any(axis=1)
    met = counts.any(axis=1)
    return np.select([~met, free], [SAID.index("nobody"), SAID.index("seats")], most)


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
    counts = np.zeros(MASKS, np.int64)
    for start in range(0, len(stops), ROWS_AT_ONCE):
        counts += np.bincount(stops[start : start + ROWS_AT_ONCE].ravel(), minlength=MASKS)
    masks = np.arange(MASKS)
    first = masks & -masks  # a mask's lowest bit: the first rule to stop
    return tuple(StopCount(code=code, pairs=int(counts[first == bit(code)].sum())) for code in STOPS)


def worst_decile(scores: Ints) -> int:
    return int(np.sort(scores)[(len(scores) - 1) // 10]) if len(scores) else 0


def blocking_pairs(edges: Edges, chosen: Bools, mentee_seats: Ints, mentor_seats: Ints) -> int:
    """See `Report`. Locked pairs count as chosen like the others."""
    wants_u = _threshold(edges.rows[chosen], edges.u[chosen], mentee_seats)
    wants_v = _threshold(edges.cols[chosen], edges.v[chosen], mentor_seats)
    rather = (edges.u > wants_u[edges.rows]) & (edges.v > wants_v[edges.cols]) & ~chosen
    return int(rather.sum())


def _threshold(people: Ints, scores: Ints, seats: Ints) -> Ints:
    """What each must get beyond to want another: nothing with a free seat, her weakest proposal without."""
    weakest = np.full(len(seats), NEVER, np.int64)
    np.minimum.at(weakest, people, scores)
    free = np.bincount(people, minlength=len(seats)) < seats
    return np.where(free, -1, weakest)
