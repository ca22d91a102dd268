"""A round from a snapshot: weigh all pairs, choose the best, prove it, and say why.

Invariants: every proposal passes every rule, carries a reason for each side, and its scores are the sums of
its parts; the certified gap is 0. Where one of these does not hold, `ProofFailed` is raised and there is no
round.
"""

from collections.abc import Collection
from functools import partial

import numpy as np

from services.matching.engine import report as says
from services.matching.engine.columns import Bools, Ints
from services.matching.engine.edges import Edges
from services.matching.engine.errors import EngineError, ProofFailed
from services.matching.engine.flow import SeatGraph, best_pairs, seat_prices, ties, upper_bound
from services.matching.engine.lazy import Lazy
from services.matching.engine.market import Snapshot
from services.matching.engine.pairs import STOPS, Pairs, bit, keep, weigh
from services.matching.engine.parts import parts_of, reasons_of
from services.matching.engine.round import Options, Proposal, Report, Round, SeatPrice

KINDS = ("welfare", "stable", "calm")
PROVED_AT_ONCE = 4_096  # bounds the memory of the parts while solving


def solve(market: Snapshot, kind: str = "welfare", options: Options | None = None) -> Round:
    """Run a round. `welfare`: the largest total of w over all eligible pairs, with proof.

    Raises `EngineError`: unknown_kind, kind_not_available (stable and calm are not built yet),
    unknown_person, locked_pair_stopped (a hard rule stands against a locked pair), locked_over_seats;
    `ProofFailed` for a bug of ours.
    """
    options = options or Options()
    if kind not in KINDS:
        raise EngineError("unknown_kind", f"ask for one of: {', '.join(KINDS)}", where="/kind")
    if kind != "welfare":
        raise EngineError("kind_not_available", "only welfare rounds can be run for now", where="/kind")
    everything = weigh(market)
    fixed = _locked(market, everything, options.locked)
    kept = fixed | (everything.edges.w >= options.floor)
    pairs, locked = keep(everything, kept), fixed[kept]
    edges = pairs.edges
    seats_i, seats_j = (
        np.where(side.barred == 0, side.seats, 0).astype(np.int64)
        for side in (market.mentees, market.mentors)
    )
    free_i = seats_i - np.bincount(edges.rows[locked], minlength=len(seats_i))
    free_j = seats_j - np.bincount(edges.cols[locked], minlength=len(seats_j))
    _refuse_over_seats(market, free_i, free_j)
    rest = SeatGraph(edges.rows[~locked], edges.cols[~locked], edges.w[~locked], free_i, free_j)
    picked = best_pairs(
        rest, ties(market.mentees.ids, market.mentors.ids, rest.rows, rest.cols, options.seed)
    )
    prices = seat_prices(rest, picked)
    chosen = locked.copy()
    chosen[~locked] = picked
    total = int(edges.w[chosen].sum())
    bound = int(edges.w[locked].sum()) + upper_bound(rest, prices)
    if bound != total:
        raise ProofFailed(f"the bound is {bound}, the total {total}")
    used_i = np.bincount(edges.rows[chosen], minlength=len(seats_i))
    used_j = np.bincount(edges.cols[chosen], minlength=len(seats_j))
    proposed = edges.only(chosen)
    _refuse_unfounded(market, proposed)
    left = says.left_over(market, used_i, used_j, pairs.stops)
    priced = np.flatnonzero(prices.mentor).tolist()
    return Round(
        proposals=Lazy(len(proposed), partial(_read, market, proposed, locked[chosen])),
        left_over=Lazy(len(left.rows), partial(left.read, market)),
        prices=tuple(SeatPrice(mentor=market.mentors.ids[j], points=int(prices.mentor[j])) for j in priced),
        report=Report(
            kind=kind,
            seed=options.seed,
            floor=options.floor,
            input_hash=market.hash,
            total=total,
            bound=bound,
            gap=bound - total,
            proposals=len(proposed),
            pairs=pairs.stops.size,
            eligible_pairs=len(edges),
            blocking_pairs=says.blocking_pairs(edges, chosen, seats_i, seats_j),
            worst_decile_mentees=says.worst_decile(proposed.u),
            worst_decile_mentors=says.worst_decile(proposed.v),
            mentees=says.share(market.mentees, used_i),
            mentors=says.share(market.mentors, used_j),
            chapters=says.chapter_shares(market, used_i, used_j),
            stopped=says.stop_counts(pairs.stops),
        ),
    )


def _locked(market: Snapshot, pairs: Pairs, wanted: Collection[tuple[str, str]]) -> Bools:
    """Which of the pairs are locked. A pair that a rule stops cannot be: the rule or the people must change
    first."""
    edges, locked = pairs.edges, np.zeros(len(pairs.edges), bool)
    for mentee, mentor in wanted:
        i, j = market.mentee_row(mentee), market.mentor_row(mentor)
        mask = int(pairs.stops[i, j])
        if mask:
            code = next(code for code in STOPS if mask & bit(code))
            detail = f"the rule {code} stands against this locked pair; unlock it or change what it rests on"
            raise EngineError("locked_pair_stopped", detail, where=f"{mentee}/{mentor}")
        first, beyond = np.searchsorted(edges.rows, (i, i + 1))
        locked[first + np.searchsorted(edges.cols[first:beyond], j)] = True
    return locked


def _refuse_over_seats(market: Snapshot, free_i: Ints, free_j: Ints) -> None:
    for side, free in ((market.mentees, free_i), (market.mentors, free_j)):
        for row in np.flatnonzero(free < 0).tolist():
            raise EngineError(
                "locked_over_seats", "lock no more pairs than there are seats", where=side.ids[row]
            )


def _refuse_unfounded(market: Snapshot, proposed: Edges) -> None:
    """Raises `ProofFailed` unless the parts of every proposal add up to its scores and give each side a reason."""
    for start in range(0, len(proposed), PROVED_AT_ONCE):
        some = slice(start, start + PROVED_AT_ONCE)
        rows, cols = proposed.rows[some], proposed.cols[some]
        scores = (proposed.u[some], proposed.v[some])
        for parts, score in zip(parts_of(market, rows, cols), scores, strict=True):
            wrong = parts.sums(len(rows)) != score
            for bad, what in (
                (wrong, "are not its scores"),
                (parts.shown(market, len(rows)) == 0, "give a side no reason"),
            ):
                if bad.any():
                    pair = f"{market.mentees.ids[rows[bad][0]]} and {market.mentors.ids[cols[bad][0]]}"
                    raise ProofFailed(f"the parts of {pair} {what}")


def _read(market: Snapshot, proposed: Edges, locked: Bools, start: int, stop: int) -> list[Proposal]:
    """Some of the proposals as values, with their parts and reasons."""
    some = slice(start, stop)
    rows, cols = proposed.rows[some], proposed.cols[some]
    mentee_parts, mentor_parts = (parts.read(market, len(rows)) for parts in parts_of(market, rows, cols))
    columns = (column[some].tolist() for column in (proposed.u, proposed.v, proposed.w, locked))
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
