"""A round from a snapshot: weigh all pairs, choose the best, prove it, and say why.

Invariants: every proposal passes every rule, carries a reason for each side, and its scores are the sums of
its parts; the certified gap is 0. Where one of these does not hold, `ProofFailed` is raised and there is no
round.
"""

from collections.abc import Collection

import numpy as np

from services.matching.engine import report as says
from services.matching.engine.columns import Bools, Ints
from services.matching.engine.errors import EngineError, ProofFailed
from services.matching.engine.flow import SeatGraph, best_pairs, seat_prices, ties, upper_bound
from services.matching.engine.market import Snapshot
from services.matching.engine.pairs import STOPS, Pairs, bit, keep, weigh
from services.matching.engine.parts import parts_of, reasons_of
from services.matching.engine.round import Options, Proposal, Report, Round, SeatPrice

KINDS = ("welfare", "stable", "calm")


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
    kept = fixed | (everything.w >= options.floor)
    pairs, locked = keep(everything, kept), fixed[kept]
    seats_i = np.where(market.mentees.barred == 0, market.mentees.seats, 0)
    seats_j = np.where(market.mentors.barred == 0, market.mentors.seats, 0)
    free_i = seats_i - np.bincount(pairs.rows[locked], minlength=len(seats_i))
    free_j = seats_j - np.bincount(pairs.cols[locked], minlength=len(seats_j))
    _refuse_over_seats(market, free_i, free_j)
    rest = SeatGraph(pairs.rows[~locked], pairs.cols[~locked], pairs.w[~locked], free_i, free_j)
    picked = best_pairs(
        rest, ties(market.mentees.ids, market.mentors.ids, rest.rows, rest.cols, options.seed)
    )
    prices = seat_prices(rest, picked)
    chosen = locked.copy()
    chosen[~locked] = picked
    total = int(pairs.w[chosen].sum())
    bound = int(pairs.w[locked].sum()) + upper_bound(rest, prices)
    if bound != total:
        raise ProofFailed(f"the bound is {bound}, the total {total}")
    used_i = np.bincount(pairs.rows[chosen], minlength=len(seats_i))
    used_j = np.bincount(pairs.cols[chosen], minlength=len(seats_j))
    proposals = tuple(
        _proposal(market, pairs, at, locked=bool(locked[at])) for at in np.flatnonzero(chosen).tolist()
    )
    left = says.left_over(market.mentees, "mentee", used_i, pairs.stops)
    left += says.left_over(market.mentors, "mentor", used_j, pairs.stops.T)
    priced = np.flatnonzero(prices.mentor).tolist()
    return Round(
        proposals=proposals,
        left_over=tuple(left),
        prices=tuple(SeatPrice(mentor=market.mentors.ids[j], points=int(prices.mentor[j])) for j in priced),
        report=Report(
            kind=kind,
            seed=options.seed,
            floor=options.floor,
            input_hash=market.hash,
            total=total,
            bound=bound,
            gap=bound - total,
            proposals=len(proposals),
            pairs=pairs.stops.size,
            eligible_pairs=len(pairs.w),
            blocking_pairs=says.blocking_pairs(pairs, chosen, seats_i, seats_j),
            worst_decile_mentees=says.worst_decile([proposal.u for proposal in proposals]),
            worst_decile_mentors=says.worst_decile([proposal.v for proposal in proposals]),
            mentees=says.share(market.mentees, used_i),
            mentors=says.share(market.mentors, used_j),
            chapters=says.chapter_shares(market, used_i, used_j),
            stopped=says.stop_counts(pairs.stops),
        ),
    )


def _locked(market: Snapshot, pairs: Pairs, wanted: Collection[tuple[str, str]]) -> Bools:
    """Which of the pairs are locked. A pair that a rule stops cannot be: the rule or the people must change
    first."""
    locked = np.zeros(len(pairs.w), bool)
    for mentee, mentor in wanted:
        i, j = market.mentee_row(mentee), market.mentor_row(mentor)
        mask = int(pairs.stops[i, j])
        if mask:
            code = next(code for code in STOPS if mask & bit(code))
            detail = f"the rule {code} stands against this locked pair; unlock it or change what it rests on"
            raise EngineError("locked_pair_stopped", detail, where=f"{mentee}/{mentor}")
        locked |= (pairs.rows == i) & (pairs.cols == j)
    return locked


def _refuse_over_seats(market: Snapshot, free_i: Ints, free_j: Ints) -> None:
    for side, free in ((market.mentees, free_i), (market.mentors, free_j)):
        for row in np.flatnonzero(free < 0).tolist():
            raise EngineError(
                "locked_over_seats", "lock no more pairs than there are seats", where=side.ids[row]
            )


def _proposal(market: Snapshot, pairs: Pairs, at: int, *, locked: bool) -> Proposal:
    i, j = int(pairs.rows[at]), int(pairs.cols[at])
    u, v = int(pairs.u[at]), int(pairs.v[at])
    mentee_parts, mentor_parts = parts_of(market, i, j)
    mentee, mentor = market.mentees.ids[i], market.mentors.ids[j]
    if (sum(part.points for part in mentee_parts), sum(part.points for part in mentor_parts)) != (u, v):
        raise ProofFailed(f"the parts of {mentee} and {mentor} do not add up to their scores")
    mentee_reasons, mentor_reasons = reasons_of(mentee_parts), reasons_of(mentor_parts)
    if not mentee_reasons or not mentor_reasons:
        raise ProofFailed(f"a side of {mentee} and {mentor} has no reason")
    return Proposal(
        mentee=mentee,
        mentor=mentor,
        u=u,
        v=v,
        w=int(pairs.w[at]),
        mentee_parts=mentee_parts,
        mentor_parts=mentor_parts,
        mentee_reasons=mentee_reasons,
        mentor_reasons=mentor_reasons,
        locked=locked,
    )
