"""Rounds as they are asked for: from MongoDB documents to published proposals, over HTTP, each in a fresh process; JSON lines.

    python -m tests.bench.matching.documents                     the gate (300 x 75), and what votes wait meanwhile
    python -m tests.bench.matching.documents --large 20000       a round of the worker's, and what reading its market takes

What is invented: areas by Zipf over 64, one to three wanted or offered; one or two of three languages; two evenings of free hours a
person; mentors with one to six places, as many in all as there are mentees. The same seed gives the same people.
"""

import json
import os
import re
import statistics
import tempfile
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import numpy as np
import urllib3

from services.matching.commands.markets import people
from services.matching.domain.applications import Application, Side, application_id
from services.matching.domain.cycles import Chapter, Cycle
from services.matching.domain.members import Member
from services.matching.domain.places import Places
from services.matching.domain.programmes import Programme, plan_programme
from services.matching.engine import pack, snapshot
from services.matching.kinds import (
    APPLICATIONS,
    CHAPTERS,
    CYCLES,
    INDEXES,
    MEMBERS,
    PLACES,
    PROGRAMMES,
)
from shared.auth import Asker, issue_token
from shared.clock import system_clock
from shared.events.profiles import AreaOffered, AreaWanted
from shared.kinds import Kind, to_document
from shared.service import Room
from tests.bench.ground import Ground, machine, note, opened
from tests.stack import wait_for

CHAPTER, CYCLE, STAFF = "shanghai", "cyc_bench", "mem_bench"
AREAS, LANGUAGES = 64, ("en", "zh", "fr")
SEATS_MOST, ROWS_TOGETHER = 6, 5_000
V1 = "/api/matching/v1"
TARGET_S = 1.0
LARGE_WITHIN_S = 1_800.0


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
    """A large round from the request to the draft, by a worker's process, with accepts going on; and reading its market alone."""
    site = Site.filled(ground, mentees, mentors)
    reading = _read_alone(site)
    peaks: dict[str, float] = {}
    with (
        ground.api(site.namespace, "services.runtime:application()", "matching") as api,
        ground.worker(site.namespace, "matching") as worker,
    ):
        site.again(300, 75)
        pairs = site.published(f"{CYCLE}-again")
        quiet_ms = site.accepts(pairs)
        began_s = time.perf_counter()
        made = site.ask("POST", f"/cycles/{CYCLE}/rounds", {}, {"Prefer": "respond-async"})
        asked_s = time.perf_counter() - began_s
        steps: dict[str, float] = {}
        busy_ms: list[float] = []

        def done() -> Any:
            shown = site.ask("GET", f"/rounds/{made['id']}")
            if shown["progress"]:
                steps.setdefault(shown["progress"]["step"], round(time.perf_counter() - began_s, 2))
            for name, pid in {"api": api, "worker": worker, **_children(worker)}.items():
                peaks[name] = max(peaks.get(name, 0.0), _peak_mb(pid))
            busy_ms.extend(site.accepts(pairs[len(busy_ms) % len(pairs) :][:5]))
            return shown if shown["state"] in ("draft", "failed") else None

        shown = wait_for(done, LARGE_WITHIN_S, "the draft")
        seconds = time.perf_counter() - began_s
        began_s = time.perf_counter()
        site.ask("POST", f"/rounds/{made['id']}/publication", {})
        wait_for(
            lambda: site.ask("GET", f"/rounds/{made['id']}")["state"] == "published",
            LARGE_WITHIN_S,
            "the publication",
        )
        published_s = time.perf_counter() - began_s
    return {
        "measure": "a round of the worker's",
        "mentees": mentees,
        "mentors": mentors,
        "state": shown["state"],
        "fault": shown["fault"],
        "asked_s": round(asked_s, 3),
        "seconds": round(seconds, 2),
        "steps_seen_s": steps,
        "published_s": round(published_s, 2),
        "proposals": shown["proposals_total"],
        "peak_mb": peaks,
        "accepts_quiet_ms": _spread(quiet_ms),
        "accepts_meanwhile_ms": _spread(busy_ms),
        "reading": reading,
        "seed": ground.seed,
    }


@dataclass
class Site:
    """One chapter whose people wait in a cycle, and how it is asked."""

    ground: Ground
    namespace: str
    room: Room
    http: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(maxsize=4))

    @classmethod
    def filled(cls, ground: Ground, mentees: int, mentors: int) -> "Site":
        """A fresh chapter with so many people."""
        namespace = ground.namespace("profiles", "matching", "sessions", "notifications")
        room = ground.room(namespace, "matching")
        room.store.ensure_indexes(INDEXES)
        room.vault.prepare()
        made = cls(ground, namespace, room)
        made.again(mentees, mentors, "")
        return made

    def again(self, mentees: int, mentors: int, name: str = "-again") -> None:
        """A cycle with so many people of its own."""
        note(f"writing {mentees:,} x {mentors:,}")
        now = system_clock()
        programme = plan_programme("prg_bench", chapter=CHAPTER, name="Bench", rules={})
        cycle = Cycle(
            f"{CYCLE}{name}", CHAPTER, programme.id, "Now", "Asia/Shanghai", "", "",
            now - timedelta(days=1), now + timedelta(days=7),
        )  # fmt: skip
        if not name:
            self._insert(CHAPTERS, [Chapter(CHAPTER, CHAPTER, "Asia/Shanghai")])
            self._insert(PROGRAMMES, [programme])
        self._insert(CYCLES, [cycle])
        members, places, applications = _people(mentees, mentors, self.ground.seed, cycle.id)
        self._insert(MEMBERS, members)
        self._insert(PLACES, places)
        self._insert(APPLICATIONS, applications)

    def ask(
        self, method: str, path: str, body: Any = None, more: dict[str, str] | None = None, by: str = STAFF
    ) -> Any:
        """A request that must succeed; its JSON."""
        key = self.room.keys.sign
        assert key is not None
        roles = frozenset({"coordinator"} if by == STAFF else {"mentee", "mentor"})
        headers = {
            "Authorization": f"Bearer {issue_token(Asker(by, CHAPTER, roles), key, system_clock())}",
            "Content-Type": "application/json",
            **(more or {}),
        }
        answer = self.http.request(
            method,
            f"http://127.0.0.1:{self.ground.port}{V1}{path}",
            headers=headers,
            body=None if body is None else json.dumps(body).encode(),
            retries=False,
        )
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.data!r}")
        return answer.json()

    def published(self, cycle: str) -> list[tuple[str, str]]:
        """Mentees and relationships of a hundred of a cycle's published proposals."""
        drafted = self.ask("POST", f"/cycles/{cycle}/rounds", {})
        self.ask("POST", f"/rounds/{drafted['id']}/publication", {})
        rows = self.ask("GET", f"/rounds/{drafted['id']}/proposals")["items"]
        return [(one["mentee"], one["relationship"]) for one in rows if one["relationship"]]

    def accepts(self, pairs: Iterable[tuple[str, str]]) -> list[float]:
        """How long each of these accepts took, in milliseconds."""
        times_ms = []
        for mentee, relationship in pairs:
            began_s = time.perf_counter()
            self.ask("POST", f"/relationships/{relationship}/answer", {"answer": "accept"}, by=mentee)
            times_ms.append((time.perf_counter() - began_s) * 1_000)
        return times_ms

    def _insert(self, kind: Kind[Any], values: list[Any]) -> None:
        for start in range(0, len(values), ROWS_TOGETHER):
            rows = [
                {**to_document(one), "_rev": 1, "_seq": 0, "_pos": 0}
                for one in values[start : start + ROWS_TOGETHER]
            ]
            self.room.store.db[kind.collection].insert_many(rows, ordered=False)


def _people(
    mentees: int, mentors: int, seed: int, cycle: str
) -> tuple[list[Member], list[Places], list[Application]]:
    random = np.random.default_rng([seed, mentees, mentors])
    popular = 1 / np.arange(1, AREAS + 1)
    popular /= popular.sum()
    now = system_clock()
    members, places, applications = [], [], []
    sides: list[tuple[Side, int]] = [("mentee", mentees), ("mentor", mentors)]
    for side, number in sides:
        for n in range(number):
            id = f"mem_{cycle[4:]}{side}{n:012d}"
            areas = [f"area-{one:02d}" for one in random.choice(AREAS, random.integers(1, 4), False, popular)]
            evenings = random.choice(7, 2, False)
            member = Member(
                id,
                CHAPTER,
                (side,),
                confirmed=True,
                areas_wanted=tuple(AreaWanted(area, int(random.integers(1, 4))) for area in areas)
                if side == "mentee"
                else (),
                areas_offered=tuple(AreaOffered(area, int(random.integers(2, 25))) for area in areas)
                if side == "mentor"
                else (),
                languages=tuple(random.choice(LANGUAGES, random.integers(1, 3), False).tolist()),
                hours=tuple(sorted(int(day) * 24 + hour for day in evenings for hour in range(18, 23))),
            )
            members.append(member)
            applications.append(
                Application(application_id(cycle, id, side), CHAPTER, cycle, id, side, "waiting", now)
            )
            if side == "mentor":
                places.append(Places(id, CHAPTER, int(random.integers(1, SEATS_MOST + 2))))
    return members, places, applications


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


def _children(pid: int) -> dict[str, int]:
    found = Path(f"/proc/{pid}/task").glob("*/children")
    ids = [int(one) for path in found for one in path.read_text().split()]
    return {"computing": ids[0]} if ids else {}


def _peak_mb(pid: int) -> float:
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return round(int(found.group(1)) / 1024, 1) if found else 0.0


def _spread(times_ms: list[float]) -> dict[str, float]:
    ordered = sorted(times_ms)
    return {
        "median": round(statistics.median(ordered), 1),
        "p99": round(ordered[int(len(ordered) * 0.99)], 1),
        "most": round(ordered[-1], 1),
    }


if __name__ == "__main__":
    main()
