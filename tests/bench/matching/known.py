"""The best total of a large market found in the way that was known before (matching.md, section 2), beside Cairn's, in one run:
`python -m tests.bench.matching.known`.

Known: everybody's best mentors by w go to a flow, whole; its prices show which pairs would do better, and all go to the flow again, until
the gap is small enough. Both ways use the same scan and the same proof, so that the ratio of their seconds does not hang on the machine.
"""

import json
import os
import statistics
import sys
import time
from dataclasses import replace

import click
import numpy as np

from services.matching.engine import Options, Snapshot, unpack
from services.matching.engine.edges import no_edges
from services.matching.engine.errors import ProofFailed
from services.matching.engine.flow import SeatGraph, best_flow
from services.matching.engine.objective import objective
from services.matching.engine.tables import tables
from services.matching.engine.welfare import LOOKS_MAX, Best, Search, Wanted
from tests.bench.matching.child import WARM_UP, Steps
from tests.bench.matching.gates import MENTEES_PER_MENTOR, SIZE
from tests.bench.matching.generator import Shape, market

TOLERANCE_PPM = 10  # the gate's


class Known(Search):
    """The same search without a guess: all pairs that were listed go to one minimum-cost flow."""

    def best(self) -> Best:
        seats_i, seats_j = self._wanted.seats_i, self._wanted.seats_j
        self._pool.begin(np.zeros(len(seats_j), np.int64))
        for _ in range(LOOKS_MAX):
            pairs = self._pool.pairs
            rows, worth = pairs.rows(np.arange(len(pairs))), pairs.worth.astype(np.int64)
            self._progress("flow", 0, 1)
            chosen = best_flow(SeatGraph(rows, pairs.cols, worth, seats_i, seats_j))
            self._pool.pairs = replace(pairs, chosen=chosen)
            if found := self._proved(self._least()):
                return found
        raise ProofFailed(f"{LOOKS_MAX} looks left pairs that would do better")


def timed(way: type[Search], here: Snapshot, threads: int) -> tuple[Best, float, dict[str, float]]:
    """A proved choice of pairs, from people in memory; its seconds, and those of each step."""
    steps = Steps()
    begun_s = time.perf_counter()
    seats_i, seats_j = here.mentees.seats.astype(np.int64), here.mentors.seats.astype(np.int64)
    counted = objective(here, Options())
    t = tables(here, seats_i > 0, seats_j > 0, seed=0)
    wanted = Wanted(
        seats_i=seats_i, seats_j=seats_j, floor=0, kept=no_edges(), extra=counted.extra, worth=counted.worth,
        tolerance_ppm=TOLERANCE_PPM,
    )  # fmt: skip
    best = way(t, wanted, threads=threads, progress=steps).best()
    return best, time.perf_counter() - begun_s, steps.end()


@click.command()
@click.option("--size", default=SIZE, show_default=True, help="Mentees; mentors are a quarter.")
@click.option("--seed", default=7, show_default=True)
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1))
@click.option("--threads", default=os.cpu_count(), show_default=True, type=click.IntRange(1))
def main(size: int, seed: int, rounds: int, threads: int) -> None:
    """Both ways by turns; medians."""
    timed(Search, unpack(market(WARM_UP)), threads)
    here = unpack(market(Shape(mentees=size, mentors=size // MENTEES_PER_MENTOR, seed=seed)))
    took: dict[str, list[float]] = {"known": [], "ours": []}
    for _ in range(rounds):
        for name, way in (("known", Known), ("ours", Search)):
            best, seconds, steps = timed(way, here, threads)
            total = int(best.picked.w.sum())
            took[name].append(seconds)
            line = {
                "way": name, "mentees": size, "seed": seed, "seconds": round(seconds, 2), "steps": steps,
                "total": total, "gap_relative": (best.bound - total) / best.bound,
            }  # fmt: skip
            sys.stdout.write(json.dumps(line) + "\n")
    medians = {name: statistics.median(each) for name, each in took.items()}
    ratio = medians["ours"] / medians["known"]
    sys.stdout.write(
        json.dumps({"cores": os.cpu_count(), **medians, "ours_of_known": round(ratio, 3)}) + "\n"
    )


if __name__ == "__main__":
    main()
