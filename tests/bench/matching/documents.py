"""Rounds as they are asked for: from MongoDB documents to published proposals, over HTTP, each in a fresh process; JSON lines.

python -m tests.bench.matching.documents                     the gate (300 x 75), and what votes wait meanwhile
python -m tests.bench.matching.documents --large 20000       a round of the worker's to its last proposal, what reading its market
                                                             takes, and what votes wait meanwhile
"""

import json
import os
import re
import statistics
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from services.matching.commands.markets import people
from services.matching.domain.programmes import Programme
from services.matching.engine import pack, snapshot
from services.matching.kinds import PROGRAMMES
from tests.bench.ground import Ground, machine, opened
from tests.bench.matching.site import CHAPTER, CYCLE, Site
from tests.stack import wait_for

TARGET_S = 1.0
LARGE_WITHIN_S = 1_800.0
ACCEPTS_A_LOOK = 5


@click.command()
@click.option("--seed", default=7, show_default=True)
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1))
@click.option("--large", type=int, help="Mentees of a round of the worker's instead; mentors are a quarter.")
def main(seed: int, rounds: int, large: int | None) -> None:
    """Measure rounds from documents."""
    with (
        tempfile.TemporaryDirectory(prefix="cairn-bench-") as folder,
        opened(Path(folder), None, None, seed) as ground,
    ):
        click.echo(json.dumps(machine(ground)))
        if large:
            click.echo(json.dumps(by_the_worker(ground, large, large // 4)))
        else:
            click.echo(json.dumps(documents_300x75(ground, rounds)))
            click.echo(json.dumps(votes_meanwhile(ground)))


def documents_300x75(ground: Ground, rounds: int = 3) -> dict[str, Any]:
    """The gate: the first round of a fresh API process, asked for, and published to the last proposal."""
    runs = []
    for _ in range(rounds):
        site = Site.filled(ground, 300, 75)
        began_s = time.perf_counter()
        with ground.api(site.namespace, "services.runtime:application()", "matching"):
            start_s = time.perf_counter() - began_s
            began_s = time.perf_counter()
            drafted = site.ask("POST", f"/cycles/{CYCLE}/rounds", {})
            draft_s = time.perf_counter() - began_s
            published = site.ask("POST", f"/rounds/{drafted['id']}/publication", {})
            seconds = time.perf_counter() - began_s
        if published["state"] != "published" or not published["published"]:
            raise RuntimeError(f"not published: {published}")
        runs.append({"seconds": seconds, "draft_s": draft_s, "start_s": start_s})
    middle = {name: round(statistics.median(run[name] for run in runs), 3) for name in runs[0]}
    return {
        "gate": "documents_300x75",
        "mentees": 300,
        "mentors": 75,
        "seed": ground.seed,
        "cores": os.cpu_count(),
        **middle,
        "most_s": round(max(run["seconds"] for run in runs), 3),
        "published": published["published"],
        "total": published["report"]["total"],
        "gap": published["report"]["gap"],
        "target": {"seconds": TARGET_S},
        "met": middle["seconds"] < TARGET_S,
    }


def votes_meanwhile(ground: Ground) -> dict[str, Any]:
    """What accepts wait for in the same API process, while nothing else goes on and while chapters' rounds are computed in it."""
    site = Site.filled(ground, 300, 75)
    with ground.api(site.namespace, "services.runtime:application()", "matching"):
        pairs = site.published(CYCLE)
        site.again(300, 75)
        quiet_ms = site.accepts(pairs)
        over = threading.Event()
        made: list[int] = []

        def compute() -> None:
            while not over.is_set():
                site.ask("POST", f"/cycles/{CYCLE}-again/rounds", {})
                made.append(1)

        computing = threading.Thread(target=compute)
        computing.start()
        busy_ms = site.accepts(pairs)
        over.set()
        computing.join()
    return {
        "measure": "accepts while rounds of 300 x 75 are computed in the same process",
        "quiet_ms": _spread(quiet_ms),
        "meanwhile_ms": _spread(busy_ms),
        "accepts": len(busy_ms),
        "rounds": len(made),
        "seed": ground.seed,
    }


def by_the_worker(ground: Ground, mentees: int, mentors: int) -> dict[str, Any]:
    """A large round from the request to its last published proposal, by a worker's process, with accepts going on all the time; and
    reading its market alone. `pin_s`, `compute_s` and `keep_s` are as their steps were seen, some tenths of a second late."""
    site = Site.filled(ground, mentees, mentors)
    reading = _read_alone(site)
    with (
        ground.api(site.namespace, "services.runtime:application()", "matching") as api,
        ground.worker(site.namespace, "matching") as worker,
    ):
        site.again(300, 75)
        pairs = site.published(f"{CYCLE}-again")
        quiet_ms = site.accepts(pairs)
        seen = Seen(site, pairs, {"api": api, "worker": worker, **ground.pids})
        made = site.ask("POST", f"/cycles/{CYCLE}/rounds", {}, {"Prefer": "respond-async"})
        asked_s = time.perf_counter() - seen.began_s
        round_path = f"/rounds/{made['id']}"
        wait_for(lambda: seen.look(round_path) not in ("asked", "computing"), LARGE_WITHIN_S, "the draft")
        shown = site.ask("GET", round_path)
        result = {"state": shown["state"], "fault": shown["fault"], "proposals": shown["proposals_total"]}
        publishing = Seen(site, pairs, seen.processes)
        if shown["state"] == "draft":
            site.ask("POST", f"{round_path}/publication", {})
            wait_for(lambda: publishing.look(round_path) == "published", LARGE_WITHIN_S, "the publication")
    steps = seen.steps_s
    kept_at_s, ready_at_s = steps.get("keep", seen.seconds), steps.get("start", seen.seconds)
    return {
        "measure": "a round of the worker's",
        "mentees": mentees,
        "mentors": mentors,
        **result,
        "asked_s": round(asked_s, 3),
        "seconds": seen.seconds,
        "pin_s": ready_at_s,
        "compute_s": round(kept_at_s - ready_at_s, 2),
        "keep_s": round(seen.seconds - kept_at_s, 2),
        "publish_s": publishing.seconds,
        "steps_seen_s": steps,
        "cpu_s": {"drafting": seen.cpu_s, "publishing": publishing.cpu_s},
        "peak_mb": {"drafting": seen.peaks_mb, "publishing": publishing.peaks_mb},
        "accepts_ms": {
            "at_rest": _spread(quiet_ms),
            "drafting": _spread(seen.accepts_ms),
            "publishing": _spread(publishing.accepts_ms),
        },
        "reading": reading,
        "seed": ground.seed,
    }


@dataclass
class Seen:
    """What is seen of a round while it is under way: when its steps came, what the processes take, and what accepts wait meanwhile."""

    site: Site
    pairs: list[tuple[str, str]]
    processes: dict[str, int]
    began_s: float = field(default_factory=time.perf_counter)
    seconds: float = 0.0
    steps_s: dict[str, float] = field(default_factory=dict)
    peaks_mb: dict[str, float] = field(default_factory=dict)
    cpu_s: dict[str, float] = field(default_factory=dict)
    accepts_ms: list[float] = field(default_factory=list)
    _before_s: dict[str, float] = field(init=False)

    def __post_init__(self) -> None:
        self._before_s = {name: sum(map(_cpu_s, pids)) for name, pids in self._now().items()}

    def look(self, path: str) -> str:
        """The round's state now."""
        shown = self.site.ask("GET", path)
        self.seconds = round(time.perf_counter() - self.began_s, 2)
        if shown["progress"]:
            self.steps_s.setdefault(shown["progress"]["step"], self.seconds)
        for name, pids in self._now().items():
            peak_mb = round(sum(map(_peak_mb, pids)), 1)
            used_s = round(sum(map(_cpu_s, pids)) - self._before_s.get(name, 0.0), 2)
            self.peaks_mb[name] = max(self.peaks_mb.get(name, 0.0), peak_mb)
            self.cpu_s[name] = max(self.cpu_s.get(name, 0.0), used_s)
        first = len(self.accepts_ms) % len(self.pairs)
        self.accepts_ms.extend(self.site.accepts(self.pairs[first : first + ACCEPTS_A_LOOK]))
        return str(shown["state"])

    def _now(self) -> dict[str, list[int]]:
        """Each process with all that it has started, as they are now; the worker's own apart, which compute a round."""
        found = {name: [pid, *_children(pid)] for name, pid in self.processes.items()}
        first, *computing = found["worker"]
        return {**found, "worker": [first], **({"computing": computing} if computing else {})}


def _read_alone(site: Site) -> dict[str, Any]:
    """Reading a market and packing it, in a process of its own."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        Path("/proc/self/clear_refs").write_text("5")  # so that the peak is the child's own
        before_mb = _peak_mb(os.getpid())
        began_s = time.perf_counter()
        room = site.ground.__class__.room(_afresh(site.ground), site.namespace, "matching")
        programme: Programme = room.store.reader(CHAPTER).get(PROGRAMMES, "prg_bench")
        market = snapshot(people(room.store.reader(CHAPTER), programme, CYCLE, []), programme.engine_rules)
        read_s = time.perf_counter() - began_s
        size = len(pack(market))
        found = {
            "seconds": round(read_s, 2),
            "packed_mb": round(size / 1e6, 2),
            "pack_s": round(time.perf_counter() - began_s - read_s, 2),
            "before_mb": before_mb,
            "peak_mb": _peak_mb(os.getpid()),
        }
        os.write(writer, json.dumps(found).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as said:
        text = said.read()
    os.waitpid(child, 0)
    return dict(json.loads(text))


def _afresh(ground: Ground) -> Ground:
    """The same ground with a client that is this process's own."""
    return Ground(ground.mongo_url, ground.kafka_bootstrap, ground.folder, ground.pids, ground.seed)


def _children(pid: int) -> list[int]:
    """All processes that this one has started, and they."""
    try:
        found = [path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except (FileNotFoundError, ProcessLookupError):
        return []
    ids = [int(one) for some in found for one in some]
    return ids + [below for one in ids for below in _children(one)]


def _peak_mb(pid: int) -> float:
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return round(int(found.group(1)) / 1024, 1) if found else 0.0


def _cpu_s(pid: int) -> float:
    """CPU seconds, user and system, that a process has used; 0 where it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, stat[11:13])) / os.sysconf("SC_CLK_TCK")


def _spread(times_ms: list[float]) -> dict[str, float]:
    ordered = sorted(times_ms)
    return {
        "median": round(statistics.median(ordered), 1),
        "p99": round(ordered[int(len(ordered) * 0.99)], 1),
        "most": round(ordered[-1], 1),
    }


if __name__ == "__main__":
    main()
