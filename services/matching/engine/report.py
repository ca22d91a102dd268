"""What a round's result says about itself: shares, worst deciles and blocking pairs."""

from functools import partial

import numpy as np

from services.matching.engine.columns import Ints
from services.matching.engine.distribution import histogram
from services.matching.engine.lazy import Lazy
from services.matching.engine.left import Stopping, left_over
from services.matching.engine.market import Snapshot
from services.matching.engine.outcome import Outcome
from services.matching.engine.pairs import STOPS
from services.matching.engine.parts import parts_of, reasons_of
from services.matching.engine.round import (
    PPM,
    MenteePrice,
    Proposal,
    Report,
    Round,
    SeatPrice,
    Spread,
    StopCount,
)
from services.matching.engine.shares import chapter_shares, group_shares, share

SEATS_SHOWN = 10


def round_of(market: Snapshot, outcome: Outcome, stops: Stopping) -> Round:
    """What solving found as a round."""
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
        mentee_prices=_mentee_prices(market, outcome.prices.mentee),
        report=Report(
            kind=outcome.kind,
            seed=options.seed,
            floor=options.floor,
            input_hash=market.hash,
            total=outcome.total,
            bound=outcome.bound,
            gap=None if outcome.bound is None else outcome.bound - outcome.objective,
            proposals=len(proposed),
            pairs=len(market.mentees) * len(market.mentors),
            eligible_pairs=None if stops.counts is None else int(stops.counts[-1]),
            blocking_pairs=outcome.blocking_pairs,
            worst_decile_mentees=worst_decile(proposed.u),
            worst_decile_mentors=worst_decile(proposed.v),
            mentees=share(market.mentees, used_i),
            mentors=share(market.mentors, used_j),
            chapters=chapter_shares(market, used_i, used_j),
            stopped=None if stops.counts is None else stop_counts(stops.counts),
            objective=outcome.objective,
            of_best_ppm=of_best_ppm(outcome.objective, outcome.bound),
            spread=Spread(u=histogram(proposed.u), v=histogram(proposed.v), w=histogram(proposed.w)),
            groups=group_shares(market, used_i, used_j),
            left=left.counts(),
            seats=most_wanted(market, outcome.prices.mentor),
        ),
    )


def _mentee_prices(market: Snapshot, prices: Ints) -> Lazy[MenteePrice]:
    rows = np.flatnonzero(prices)

    def read(start: int, stop: int) -> list[MenteePrice]:
        some = rows[start:stop]
        return [
            MenteePrice(mentee=market.mentees.ids[i], points=points)
            for i, points in zip(some.tolist(), prices[some].tolist(), strict=True)
        ]

    return Lazy(len(rows), read)


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


def of_best_ppm(objective: int, bound: int | None) -> int | None:
    """The share of the best there can be that the objective certainly reaches, in millionths, rounded down; all of
    it where nothing can be reached."""
    if bound is None:
        return None
    return objective * PPM // bound if bound else PPM


def most_wanted(market: Snapshot, prices: Ints) -> tuple[SeatPrice, ...]:
    """The mentors with the highest seat prices, highest first, among equals by id."""
    order = np.argsort(-prices, kind="stable")[:SEATS_SHOWN]
    return tuple(
        SeatPrice(mentor=market.mentors.ids[j], points=int(prices[j]))
        for j in order.tolist()
        if prices[j] > 0
    )


def stop_counts(counts: Ints) -> tuple[StopCount, ...]:
    """Of counts as in `left.Stopping`."""
    return tuple(
        StopCount(code=code, pairs=pairs) for code, pairs in zip(STOPS, counts[:-1].tolist(), strict=True)
    )


def worst_decile(scores: Ints) -> int:
    return int(np.sort(scores)[(len(scores) - 1) // 10]) if len(scores) else 0
