"""`make bench-matching`: every gate of the matching engine as a JSON line, from people in memory to a round.

Invariants:
1. Every round of a gate runs in a process of its own (`child`), on a market that is the same for the same size and seed.
2. Figures are medians over the rounds, the peak of memory is the highest; that all rounds found the same is looked at.
3. What a gate says of its result is judged by code that shares nothing with the engine (`checking`): "checked" holds what that
   code found, and "agrees" whether it is the same. Judging is outside the clock.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import numpy as np

from tests.bench.ground import note
from tests.bench.matching.changing import some_changed
from tests.bench.matching.checking import Market, judge
from tests.bench.matching.gates import (
    BY_NAME,
    CHANGED_SHARE,
    GATES,
    MENTEES_PER_MENTOR,
    ON_DEMAND,
    SIZE,
    Gate,
    met,
)
from tests.bench.matching.generator import Shape, market
from tests.bench.matching.lines import packed_lines
from tests.bench.matching.rivals.compare import compared

DISCOVERED = 20
CHECKED_WHOLE_PAIRS = 5_000 * 1_250
SAMPLED = 2_000
WITHIN_S = 3_600.0
DOCUMENTS = "tests.bench.matching.documents"
LIBRARIES = ("numpy", "numba", "ortools")


@click.command()
@click.option("--gate", "names", multiple=True, type=click.Choice(list(BY_NAME)), help="Only these gates.")
@click.option(
    "--size", type=int, help=f"Mentees; mentors are a quarter.  [default: {SIZE:,}, or the gate's own]"
)
@click.option("--seed", default=7, show_default=True)
@click.option("--million", is_flag=True, help="With the gate of 1,000,000 mentees.")
@click.option("--market", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check", type=click.Choice(["none", "sample", "all"]), help="[default: by size]")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1))
@click.option("--threads", default=os.cpu_count(), show_default=True, type=click.IntRange(1))
def main(
    names: tuple[str, ...],
    size: int | None,
    seed: int,
    million: bool,
    file: Path | None,
    check: str | None,
    rounds: int,
    threads: int,
) -> None:
    """Measure the gates; `--market` takes a market of your own (FORMAT.md) in the place of an invented one."""
    wanted = [BY_NAME[name] for name in names] or [
        gate for gate in GATES if gate.name not in ON_DEMAND or million
    ]
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), size, seed, file, check, rounds, threads)
        _say(_machine(seed))
        for gate in wanted:
            _say(bench.line(gate))


class Bench:
    """One run: where its markets lie, and what it was asked for."""

    def __init__(
        self,
        folder: Path,
        size: int | None,
        seed: int,
        file: Path | None,
        check: str | None,
        rounds: int,
        threads: int,
    ) -> None:
        self._folder, self._size, self._seed, self._file = folder, size, seed, file
        self._check, self._rounds, self._threads = check, rounds, threads

    def line(self, gate: Gate) -> dict[str, Any]:
        """The result line of a gate."""
        if gate.work == "rivals":
            return self._rivals(gate)
        if gate.work == "documents":
            return self._documents(gate)
        packed = self._packed(gate)
        note(f"{gate.name}: {self._rounds} rounds")
        for number in range(self._rounds):
            self._found(number).unlink(missing_ok=True)
        line: dict[str, Any] = {"gate": gate.name, "seed": self._seed}
        warm = self._round(replace(gate, work="warm"), packed, 0)
        results = [warm | self._round(gate, packed, number) for number in range(self._rounds)]
        for result in results:
            if "not_available" in result:
                return line | {"not_available": result["not_available"]}
            if "failed" in result:
                return line | {"failed": result["failed"], "target": gate.target, "met": False}
        judged = Market(packed.read_bytes() if gate.work != "rerun" else self._changed(packed).read_bytes())
        line |= {
            "size": len(judged.ids["mentees"]),
            "mentees": len(judged.ids["mentees"]),
            "mentors": len(judged.ids["mentors"]),
            "cores": len(os.sched_getaffinity(0)),
            "threads": self._threads,
            **_middle(results),
            "same_each_round": self._same_each_round(gate),
        }
        line |= self._judged(gate, judged, line)
        return line | {"target": gate.target, "met": met(gate, line["size"], line)}

    def _rivals(self, gate: Gate) -> dict[str, Any]:
        """As many mentors as mentees, one seat each: what the others can do at all."""
        size = self._size or gate.size
        packed = self._folder / "rivals.npz"
        packed.write_bytes(market(Shape(mentees=size, mentors=size, seed=self._seed, one_seat=True)))

        def ours(kind: str) -> tuple[dict[str, Any], list[tuple[int, int]], Any]:
            results = [
                self._round(replace(gate, work="solve", kind=kind), packed, number)
                for number in range(self._rounds)
            ]
            failed = [one for one in results if "seconds" not in one]
            if failed:
                return failed[0], [], None
            found = np.load(self._found(self._rounds - 1))
            return _middle(results), [(i, j) for i, j in found["pairs"].tolist()], found["prices"]

        note(f"rivals: {size:,} x {size:,}, some minutes")
        figures = compared(packed.read_bytes(), self._folder, self._seed, ours)
        line = {"gate": gate.name, "size": size, "mentees": size, "mentors": size, "seed": self._seed}
        line |= {"cores": len(os.sched_getaffinity(0)), "threads": self._threads, **figures}
        return line | {"target": gate.target, "met": met(gate, size, line)}

    def _documents(self, gate: Gate) -> dict[str, Any]:
        """A chapter from its documents on; the module that does it brings a MongoDB along."""
        line: dict[str, Any] = {"gate": gate.name, "seed": self._seed}
        asked = ("--seed", str(self._seed), "--rounds", str(self._rounds))
        ran = subprocess.run(
            [sys.executable, "-m", DOCUMENTS, *asked],
            stdout=subprocess.PIPE, text=True, check=True, timeout=WITHIN_S,
        )  # fmt: skip
        said = [json.loads(one) for one in ran.stdout.splitlines()]
        line |= next(one for one in said if one.get("gate") == gate.name)
        line["beside"] = [one for one in said if "gate" not in one and one["measure"] != "machine"]
        return line | {"target": gate.target, "met": met(gate, gate.size, line)}

    def _packed(self, gate: Gate) -> Path:
        size = self._size or gate.size
        path = self._folder / (f"{size}.npz" if self._file is None else "given.npz")
        if not path.exists():
            if self._file is None:
                note(f"inventing a market of {size:,} x {size // MENTEES_PER_MENTOR:,}")
                path.write_bytes(
                    market(Shape(mentees=size, mentors=size // MENTEES_PER_MENTOR, seed=self._seed))
                )
            else:
                given = self._file.read_bytes()
                path.write_bytes(given if self._file.suffix == ".npz" else packed_lines(given))
        return path

    def _changed(self, packed: Path) -> Path:
        path = packed.with_suffix(".changed.npz")
        if not path.exists():
            changed, touched = some_changed(packed.read_bytes(), CHANGED_SHARE, self._seed)
            path.write_bytes(changed)
            np.savez(packed.with_suffix(".touched.npz"), allow_pickle=False, **touched)
        return path

    def _found(self, number: int) -> Path:
        return self._folder / f"found{number}.npz"

    def _round(self, gate: Gate, packed: Path, number: int) -> dict[str, Any]:
        asked = {
            "work": gate.work,
            "kind": gate.kind,
            "options": {"seed": self._seed, **gate.options},
            "target": gate.target,
            "threads": self._threads,
            "market": str(packed),
            "found": str(self._found(number)),
        }
        if gate.work == "rerun":
            asked |= {
                "changed": str(self._changed(packed)),
                "touched": str(packed.with_suffix(".touched.npz")),
            }
        try:
            ran = subprocess.run(
                [sys.executable, "-m", "tests.bench.matching.child"],
                input=json.dumps(asked), stdout=subprocess.PIPE, text=True, check=True, timeout=WITHIN_S,
            )  # fmt: skip
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failed:
            return {"failed": str(failed)}  # the next gate may still be measured
        result: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
        return result

    def _same_each_round(self, gate: Gate) -> bool:
        found = [self._found(number) for number in range(self._rounds)]
        key = "mentors" if gate.work == "discover" else "pairs"
        first, *others = [np.load(path)[key] for path in found if path.exists()] or [np.zeros(0)]
        return all(np.array_equal(first, one) for one in others)

    def _judged(self, gate: Gate, judged: Market, line: dict[str, Any]) -> dict[str, Any]:
        """What the code that shares nothing with the engine says of the last round."""
        path = self._found(self._rounds - 1)
        whole = line["mentees"] * line["mentors"] <= CHECKED_WHOLE_PAIRS
        check = self._check or ("all" if whole else "sample")
        if check == "none" or not path.exists():
            return {"checked": None}
        note(f"{gate.name}: checking {check}")
        found = np.load(path)
        if gate.work == "discover":
            return {"checked": {"check": "sample"}, "agrees": _are_the_best(judged, found)}
        sample = None
        if check == "sample":
            dice = np.random.default_rng([self._seed, line["mentees"]])
            sample = dice.permutation(line["mentees"])[:SAMPLED].tolist()
        pairs = [(i, j) for i, j in found["pairs"].tolist()]
        verdict = judge(judged, pairs, found["prices"], mentees=sample)
        agrees = verdict.wrong_pairs == 0 and verdict.total == line["total"]
        if check == "all" and line["blocking_pairs"] is not None:
            agrees &= verdict.blocking_pairs == line["blocking_pairs"]
        if line["gap"] is not None and gate.work == "solve" and gate.kind == "welfare":
            agrees &= verdict.gap <= line["gap"]
        return {
            "checked": {"check": check, **verdict.to_dict()},
            "agrees": agrees,
            "eligible_share": verdict.eligible_share,
            "blocking_pairs": verdict.blocking_pairs if check == "all" else line["blocking_pairs"],
            "largest_mutual_gain": verdict.largest_mutual_gain,
        }


def _are_the_best(judged: Market, found: Any) -> bool:
    """Were these mentors the first of all with a seat, by joint score less price?"""
    for look, (begin, end) in zip(found["looks"].tolist(), pairwise(found["cuts"].tolist()), strict=True):
        mentors, u, v = judged.against(look)
        seated = judged.columns["mentors/seats"][mentors] > 0
        mentors, u, v = mentors[seated], u[seated], v[seated]
        worth = dict(
            zip(mentors.tolist(), (2 * u * v // (u + v) - found["prices"][mentors]).tolist(), strict=True)
        )
        here = [worth.get(int(mentor)) for mentor in found["mentors"][begin:end]]
        if here != sorted(worth.values(), reverse=True)[: max(len(here), min(DISCOVERED, len(worth)))]:
            return False
    return True


def _middle(results: list[dict[str, Any]]) -> dict[str, Any]:
    """The last round's figures, with the medians of all seconds and the highest peak."""
    middle = dict(results[-1])
    for name in ("seconds", "cpu_seconds", "load_seconds", "p50_us", "p99_us"):
        if name in middle:
            middle[name] = round(statistics.median(one[name] for one in results), 4)
    middle["peak_mb"] = round(max(one["peak_mb"] for one in results), 1)
    if "steps" in middle:
        steps = dict.fromkeys(step for one in results for step in one["steps"])
        middle["steps"] = {
            step: round(statistics.median(one["steps"].get(step, 0.0) for one in results), 4)
            for step in steps
        }
    return middle


def _machine(seed: int) -> dict[str, Any]:
    """The line that says where figures come from."""
    return {
        "measure": "machine",
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "system": platform.release(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "load_average": [round(each, 2) for each in os.getloadavg()],
        "seed": seed,
    }


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
