"""A round from a snapshot: weigh all pairs, choose the best, prove it, and say why.

Invariants: every proposal passes every rule, carries a reason for each side, and its scores are the sums of
its parts; the certified gap is 0. Where one of these does not hold, `ProofFailed` is raised and there is no
round.
"""

from collections.abc import Collection

import numpy as np

from services.matching.engine import report as says
from services.matching.engine.columns import Bools, Ints
from services.matching.engine.digests import ties
from services.matching.engine.edges import Edges
from services.matching.engine.errors import EngineError, ProofFailed
from services.matching.engine.flow import SeatGraph, best_pairs, seat_prices, upper_bound
from services.matching.engine.left import stopping
from services.matching.engine.market import Snapshot
from services.matching.engine.outcome import Outcome
from services.matching.engine.pairs import STOPS, Pairs, bit, keep, weigh
from services.matching.engine.parts import parts_of
from services.matching.engine.round import Options, Progress, Round

KINDS = ("welfare", "stable", "calm")
PROVED_AT_ONCE = 4_096  # bounds the memory of the parts while solving


def solve(
    market: Snapshot,
    kind: str = "welfare",
    options: Options | None = None,
    *,
    progress: Progress | None = None,
) -> Round:
    """Run a round. `welfare`: the largest total of w over all eligible pairs, with proof.

    `progress` is told of each step.

    Raises `EngineError`: unknown_kind, kind_not_available (stable and calm are not built yet),
    unknown_person, locked_pair_stopped (a hard rule stands against a locked pair), locked_over_seats;
    `ProofFailed` for a bug of ours.
    """
    options = options or Options()
    told = progress or _quietly
    if kind not in KINDS:
        raise EngineError("unknown_kind", f"ask for one of: {', '.join(KINDS)}", where="/kind")
    if kind != "welfare":
        raise EngineError("kind_not_available", "only welfare rounds can be run for now", where="/kind")
    told("scan", 0, 1)
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
    told("flow", 0, 1)
    picked = best_pairs(
        rest, ties(market.mentees.ids, market.mentors.ids, rest.rows, rest.cols, options.seed)
    )
    prices = seat_prices(rest, picked)
    chosen = locked.copy()
    chosen[~locked] = picked
    proposed = edges.only(chosen)
    outcome = Outcome(
        kind=kind,
        options=options,
        proposed=proposed,
        locked=locked[chosen],
        prices=prices,
        objective=int(proposed.w.sum(dtype=np.int64)),
        bound=int(edges.w[locked].sum()) + upper_bound(rest, prices),
        eligible_pairs=len(edges),
        blocking_pairs=says.blocking_pairs(edges, chosen, seats_i, seats_j),
    )
    if outcome.bound != outcome.objective:
        raise ProofFailed(f"the bound is {outcome.bound}, the objective {outcome.objective}")
    told("report", 0, 1)
    _refuse_unfounded(market, proposed)
    return says.round_of(market, outcome, stopping(pairs.stops))


def _quietly(_step: str, _done: int, _of: int) -> None:
    """Nobody asked."""


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
