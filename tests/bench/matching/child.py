"""One gate once, in a process of its own: `python -m tests.bench.matching.child`, what to do as JSON on standard input.

Invariants:
1. The clock runs around the work only. Before it the market is in memory as arrays, and a warm-up on a small market of the same shape has
   compiled the kernels.
2. The peak is the whole process's, read the moment the clock stops. It is VmHWM: `ru_maxrss` of a child starts with what its
   parent held at the fork.
3. The last line on standard output is the result; what was found lies beside it, in the file asked for.
"""

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from services.matching.engine import EngineError, Options, Round, Snapshot, solve, unpack
from services.matching.engine.looking import Discovery
from tests.bench.matching.changing import most_total
from tests.bench.matching.generator import Shape, market

WARM_UP = Shape(mentees=1_400, mentors=350, seed=1)  # more pairs than are weighed without kernels
NOTE_EVERY_S = 10.0
DISCOVERED, SAMPLED, COMPARED = 20, 2_000, 100


class Steps:
    """The progress that solving tells, with the seconds that each of its steps took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._step, self._since_s = "begin", time.perf_counter()
        self._noted_s = self._since_s

    def __call__(self, step: str, done: int, of: int) -> None:
        now_s = time.perf_counter()
        self.seconds[self._step] = self.seconds.get(self._step, 0.0) + now_s - self._since_s
        self._step, self._since_s = step, now_s
        if now_s - self._noted_s > NOTE_EVERY_S:
            self._noted_s = now_s
            sys.stderr.write(f"bench: {step} {done:,} of {of:,}\n")

    def end(self) -> dict[str, float]:
        """The seconds of each step, the last one included."""
        self("end", 1, 1)
        return {step: round(seconds, 4) for step, seconds in self.seconds.items()}


def main() -> None:
    """Do what is asked and say how it went."""
    asked = json.loads(sys.stdin.read())
    try:
        result = _WORK[asked["work"]](asked)
    except EngineError as refusal:
        result = {"not_available": refusal.code}
    sys.stdout.write(json.dumps(result) + "\n")


def _warming(asked: dict[str, Any]) -> dict[str, Any]:
    """Compile what is not in the cache yet: that takes memory and time which no round after the first one needs."""
    return {"compile_seconds": _warm_up(asked)}


def _solving(asked: dict[str, Any]) -> dict[str, Any]:
    here = _market(asked["market"])
    load_s = _warm_up(asked)
    drafted, result = _timed(here, asked, Options(**asked["options"]))
    _keep(here, drafted, asked["found"])
    return result | {"load_seconds": load_s, **_figures(drafted)}


def _rerun(asked: dict[str, Any]) -> dict[str, Any]:
    """The market before, in full; then the one in which some people changed, with a bonus for pairs that stay. `kept_at_most`: of
    the best total, what any round can keep that breaks no more pairs than the target allows."""
    before, after = _market(asked["market"]), _market(asked["changed"])
    load_s = _warm_up(asked)
    first = _solve(before, asked, Options(seed=asked["options"].get("seed", 0)), None)
    pairs = _pairs(before, first)
    ids = [(before.mentees.ids[i], before.mentors.ids[j]) for i, j in pairs.tolist()]
    drafted, result = _timed(after, asked, Options(before=ids, **asked["options"]))
    _keep(after, drafted, asked["found"])
    best = _solve(after, asked, Options(seed=asked["options"].get("seed", 0)), None)
    touched = np.load(asked["touched"])
    untouched = ~np.isin(pairs[:, 0], touched["mentees"]) & ~np.isin(pairs[:, 1], touched["mentors"])
    width = len(before.mentors) + 1
    now = _pairs(after, drafted) @ (width, 1)
    broken = ~np.isin(pairs[untouched] @ (width, 1), now)
    best_total, pairs_left = max(best.report.total, 1), int(untouched.sum())
    stayed = pairs_left - int(asked["target"]["broken"] * pairs_left)
    most = most_total(drafted.report.bound or 0, asked["options"]["stay"], stayed)
    return result | {
        "load_seconds": load_s,
        **_figures(drafted),
        "untouched_pairs": pairs_left,
        "broken": round(float(broken.mean()), 6) if len(broken) else 0.0,
        "kept": round(drafted.report.total / best_total, 6),
        "kept_at_most": round(most / best_total, 6),
    }


def _discovering(asked: dict[str, Any]) -> dict[str, Any]:
    """One mentee after another asks for her best mentors, at the prices of a welfare round; what is prepared for all of them is
    outside the clock."""
    here = _market(asked["market"])
    drafted = _solve(here, asked, Options(seed=asked["options"]["seed"]), None)
    prices = {price.mentor: price.points for price in drafted.prices}
    began_s = time.perf_counter()
    looking = Discovery(here, prices, seed=asked["options"]["seed"])
    prepared_s = time.perf_counter() - began_s
    dice = np.random.default_rng(asked["options"]["seed"])
    rows = dice.permutation(len(here.mentees))[: 2 * SAMPLED].tolist()
    for row in rows[SAMPLED:]:  # others first, so that nothing is done for the first time
        looking.rows(row, DISCOVERED)
    took_us = []
    for row in rows[:SAMPLED]:
        began_s = time.perf_counter()
        looking.rows(row, DISCOVERED)
        took_us.append((time.perf_counter() - began_s) * 1e6)
    first = rows[:COMPARED]
    found = [np.array(looking.rows(row, DISCOVERED)) for row in first]
    column = np.zeros(len(here.mentors), np.int64)
    for price in drafted.prices:
        column[here.mentor_row(price.mentor)] = price.points
    lengths = np.cumsum([0, *map(len, found)])
    np.savez(asked["found"], looks=first, cuts=lengths, mentors=np.concatenate([[], *found]), prices=column)
    middle, late = np.percentile(took_us, [50, 99]) if took_us else (0.0, 0.0)
    return {
        "looks": len(took_us),
        "prepared_seconds": round(prepared_s, 4),
        "p50_us": round(float(middle), 1),
        "p99_us": round(float(late), 1),
        "peak_mb": _peak_mb(),
    }


_WORK: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "warm": _warming,
    "solve": _solving,
    "rerun": _rerun,
    "discover": _discovering,
}


def _market(path: str) -> Snapshot:
    return unpack(Path(path).read_bytes())


def _warm_up(asked: dict[str, Any]) -> float:
    """Seconds until kernels are loaded, and compiled where they were not."""
    began_s = time.perf_counter()
    _solve(unpack(market(WARM_UP)), asked, Options(**asked["options"]), None)
    return round(time.perf_counter() - began_s, 3)


def _timed(here: Snapshot, asked: dict[str, Any], options: Options) -> tuple[Round, dict[str, Any]]:
    steps = Steps()
    began_s, cpu_s = time.perf_counter(), time.process_time()
    drafted = _solve(here, asked, options, steps)
    seconds, cpu_s = time.perf_counter() - began_s, time.process_time() - cpu_s
    return drafted, {
        "seconds": seconds,
        "cpu_seconds": cpu_s,
        "peak_mb": _peak_mb(),
        "steps": steps.end(),
    }


def _solve(here: Snapshot, asked: dict[str, Any], options: Options, steps: Steps | None) -> Round:
    return solve(here, asked["kind"], options, threads=asked["threads"], progress=steps)


def _peak_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not say what a process's memory was at its peak")


def _figures(drafted: Round) -> dict[str, Any]:
    report = drafted.report
    bound, gap = report.bound, report.gap  # None where a kind of round proves none
    return {
        "proposals": report.proposals,
        "total": report.total,
        "bound": bound,
        "gap": gap,
        "gap_relative": None if bound is None or gap is None else gap / max(bound, 1),
        "of_optimum": None if bound is None else round(report.total / max(bound, 1), 6),
        "blocking_pairs": report.blocking_pairs,
    }


def _keep(here: Snapshot, drafted: Round, path: str) -> None:
    """Pairs and prices as rows and points, for who checks them."""
    prices = np.zeros(len(here.mentors), np.int64)
    rows = {member: row for row, member in enumerate(here.mentors.ids)}
    for price in drafted.prices:
        prices[rows[price.mentor]] = price.points
    np.savez(path, pairs=_pairs(here, drafted), prices=prices)


def _pairs(here: Snapshot, drafted: Round) -> np.ndarray[Any, np.dtype[np.int64]]:
    """(mentee row, mentor row) of every proposal. The arrays behind the proposals where they can be had: to make a hundred
    thousand of them as values takes longer than to find them."""
    make = getattr(drafted.proposals, "_make", None)
    if isinstance(make, partial):
        proposed = make.args[1].proposed
        return np.stack((proposed.rows, proposed.cols), axis=1).astype(np.int64)
    mine, theirs = (
        {member: row for row, member in enumerate(side.ids)} for side in (here.mentees, here.mentors)
    )
    pairs = [(mine[one.mentee], theirs[one.mentor]) for one in drafted.proposals]
    return np.array(pairs, np.int64).reshape(-1, 2)


if __name__ == "__main__":
    main()
