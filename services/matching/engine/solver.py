"""A round from a snapshot: weigh its pairs, choose the best, prove it, and say why.

Invariants: every proposal passes every rule, carries a reason for each side, and its scores are the sums of
its parts; nobody is proposed more often than she has seats; the certified gap is what the round tolerates, or less. Where one
of these does not hold, `ProofFailed` is raised and there is no round.
"""

import numpy as np

from services.matching.engine import checks
from services.matching.engine import report as says
from services.matching.engine.blocks import over
from services.matching.engine.edges import Edges
from services.matching.engine.errors import EngineError, ProofFailed
from services.matching.engine.market import Snapshot
from services.matching.engine.outcome import Outcome
from services.matching.engine.parts import parts_of
from services.matching.engine.round import PPM, Options, Progress, Round
from services.matching.engine.weighed import solve_weighed

KINDS = ("welfare", "stable", "calm")
PLAIN_PAIRS_MAX = 300_000
"""Up to so many pairs a market is weighed whole, by numpy alone; above, by compiled scans."""
THREADS_MAX = 1_024
PROVED_AT_ONCE = 4_096  # pairs in a block: bounds the memory of the parts while solving


def solve(
    market: Snapshot,
    kind: str = "welfare",
    options: Options | None = None,
    *,
    threads: int = 1,
    progress: Progress | None = None,
    plain_pairs_most: int = PLAIN_PAIRS_MAX,
    full_report: bool = False,
) -> Round:
    """Run a round. `welfare`: the largest total of w over all eligible pairs, with proof. `stable`: no eligible pair
    would both rather have each other, and every mentee gets the best that any such round could give her. `calm`: nearly
    the best total, and no eligible pair would both gain more than `Options.calm` points by each other.

    `threads` changes the time it takes and nothing else. `progress` is told of each step. Markets of more than
    `plain_pairs_most` pairs (mentees times mentors) go through compiled scans, whose first use takes some seconds.
    `full_report`: of these too count what stops all pairs, and prove a bound of a stable round; of others it is always done.

    Raises `EngineError`: unknown_kind, option_without_effect (stay, a bonus or a tolerated gap in a stable round),
    out_of_bounds (threads), unknown_person, locked_pair_stopped (a hard rule stands against a locked pair),
    locked_over_seats, unknown_group; `ProofFailed` for a bug of ours.
    """
    options = options or Options()
    told = progress or _quietly
    if kind not in KINDS:
        raise EngineError("unknown_kind", f"ask for one of: {', '.join(KINDS)}", where="/kind")
    refuse_without_effect(kind, options)
    checks.whole(threads, 1, THREADS_MAX, "/threads")
    if len(market.mentees) * len(market.mentors) <= plain_pairs_most:
        outcome, stops = solve_weighed(market, kind, options, progress=told)
    else:  # not above: a chapter's round must not wait for the compiler
        from services.matching.engine.scanned import solve_scanned

        outcome, stops = solve_scanned(
            market, kind, options, threads=threads, progress=told, full_report=full_report
        )
    if kind == "welfare" and not _near_enough(outcome, options):
        raise ProofFailed(f"the bound is {outcome.bound}, the objective {outcome.objective}")
    if kind == "stable" and not options.locked and outcome.blocking_pairs:
        raise ProofFailed(f"{outcome.blocking_pairs} pairs would both rather have each other")
    _refuse_unfounded(market, outcome.proposed, threads, told)
    return says.round_of(market, outcome, stops)


def _near_enough(outcome: Outcome, options: Options) -> bool:
    if outcome.bound is None:
        return False
    missing = outcome.bound - outcome.objective
    return 0 <= missing * PPM <= options.tolerance_ppm * outcome.bound


def refuse_without_effect(kind: str, options: Options) -> None:
    """Raises `EngineError` (option_without_effect) for what this kind of round does not count."""
    about_totals = {"stay": options.stay, "bonus": options.bonus, "tolerance_ppm": options.tolerance_ppm}
    for name, given in about_totals.items():
        if kind == "stable" and given:
            detail = (
                "a stable round follows what people would rather have; take another kind, or leave this out"
            )
            raise EngineError("option_without_effect", detail, where=f"/{name}")


def _quietly(_step: str, _done: int, _of: int) -> None:
    """Nobody asked."""


def _refuse_unfounded(market: Snapshot, proposed: Edges, threads: int, progress: Progress) -> None:
    """Raises `ProofFailed` unless everybody has a seat for each of her proposals, and the parts of each add up to its scores and
    give each side a reason."""
    for side, people in ((market.mentees, proposed.rows), (market.mentors, proposed.cols)):
        if (np.bincount(people, minlength=len(side)) > side.seats).any():
            raise ProofFailed("somebody is proposed more often than she has seats")

    def look(some: slice) -> None:
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

    over(proposed.rows, look, threads=threads, step="report", progress=progress, size=PROVED_AT_ONCE)
