"""R4: from the commit of a change to the commit of its effect in another service, in milliseconds.

Members are entered over HTTP at given moments (the POST of R3: a document, the call, an event); profiles' worker relays, matching's
worker keeps its copies. Both are real worker processes. Both commits are read afterwards from mongod's oplog (`wall`, whole
milliseconds, one clock), so that nothing has to watch.
"""

import math
import random
import statistics
from collections import deque
from collections.abc import Iterator
from typing import Any

from shared.settings import SERVICES
from tests.bench.clients import Job, ask
from tests.bench.edge_requests import newcomer, signed_in
from tests.bench.ground import Ground, cpu_s, note
from tests.stack import wait_for

CONNECTIONS = 16
DRAINED_WITHIN_S = 30.0
#: Posts a second and the 99th percentile that is aimed at, in milliseconds.
TARGETS_P99_MS = {100: 60, 300: 250}
IDLE_POSTS, IDLE_POSTS_QUICK = 20, 8
IDLE_EVERY_S = (0.4, 1.1)


def measure(ground: Ground, rounds: int, slice_s: float) -> list[dict[str, Any]]:
    """Idle first, then `rounds` slices of `slice_s` seconds at each rate, in turns; a percentile is the median of the slices' ones."""
    namespace = ground.namespace(*SERVICES)
    for name in SERVICES:
        ground.room(namespace, name).store.ensure_indexes(())
    draw = random.Random(ground.seed)
    with (
        ground.api(namespace, "tests.bench.edge_app:application()", "profiles") as api,
        ground.worker(namespace, "profiles") as relaying,
        ground.worker(namespace, "matching") as reacting,
    ):
        pids = {**ground.pids, "api": api, "profiles worker": relaying, "matching worker": reacting}
        asking = _Asking(ground, namespace)
        asking.ask_at(_moments(draw, 100, 1.0))  # warm
        note("R4 idle: single posts")
        idle = asking.ask_at(_idle_moments(draw, IDLE_POSTS if slice_s > 2 else IDLE_POSTS_QUICK))
        lines = [_line("R4 idle", [idle], target_p99_ms=None)]
        taken: dict[int, list[list[int]]] = {rate: [] for rate in TARGETS_P99_MS}
        costs: dict[int, dict[str, float]] = {rate: dict.fromkeys(pids, 0.0) for rate in TARGETS_P99_MS}
        for number in range(1, rounds + 1):
            for rate in TARGETS_P99_MS:
                before = cpu_s(pids)
                slice_ms = asking.ask_at(_moments(draw, rate, slice_s))
                after = cpu_s(pids)
                taken[rate].append(slice_ms)
                for name in pids:
                    costs[rate][name] += after[name] - before[name]
                note(
                    f"R4 round {number} of {rounds}: {rate}/s p50 {_at(slice_ms, 0.5)} ms, p99 {_at(slice_ms, 0.99)} ms"
                )
        for rate, target_ms in TARGETS_P99_MS.items():
            cpu_us = {
                name: round(used * 1e6 / sum(map(len, taken[rate])), 1) for name, used in costs[rate].items()
            }
            lines.append(
                _line(f"R4 at {rate}/s", taken[rate], target_ms, cpu_us=cpu_us, late_ms=asking.late_ms)
            )
    return lines


class _Asking:
    """Those who ask, and what came of it."""

    def __init__(self, ground: Ground, namespace: str) -> None:
        self._ground = ground
        self._namespace = namespace
        self._signed = signed_in(ground, namespace)
        #: How late a post was sent at worst, because all connections were waiting for answers.
        self.late_ms = 0.0

    def ask_at(self, at_s: list[float]) -> list[int]:
        """Posts at these moments; how long each one's effect took, in milliseconds."""
        since = self._now()
        requests = [newcomer(self._signed) for _ in at_s]
        answered = ask(Job(self._ground.port, requests, CONNECTIONS, at_s[-1] + DRAINED_WITHIN_S, at_s))
        if answered["statuses"] != {"201": len(at_s)}:
            raise RuntimeError(f"answers: {answered['statuses']}")
        self.late_ms = max(self.late_ms, round(answered["late_s"] * 1000, 1))
        taken: list[int] = []

        def all_there() -> bool:
            taken[:] = latencies_ms(self._ground, self._namespace, since)
            return len(taken) == len(at_s)

        wait_for(all_there, DRAINED_WITHIN_S, "every effect")
        return taken

    def _now(self) -> Any:
        return self._ground.plain.admin.command("hello")["lastWrite"]["opTime"]["ts"]


def latencies_ms(ground: Ground, namespace: str, since: Any) -> list[int]:
    """For each event committed after `since` (an optime) whose effect is there: milliseconds between the two commits."""
    announced: dict[str, deque[tuple[int, Any]]] = {}
    taken = []
    for at, collection, operation in _written(ground, since):
        if collection == f"{namespace}_profiles.changes" and operation["op"] == "i":
            for event in operation["o"].get("events", ()):
                announced.setdefault(event["aggregate"], deque()).append((event["seq"], at))
        elif collection == f"{namespace}_matching.marks":
            aggregate, seq = operation.get("o2", operation["o"])["_id"], _seq(operation["o"])
            waiting = announced.get(aggregate, deque())
            while waiting and waiting[0][0] <= seq:  # a mark moves past all that one poll brought
                taken.append(round((at - waiting.popleft()[1]).total_seconds() * 1000))
    return taken


def _written(ground: Ground, since: Any) -> Iterator[tuple[Any, str, dict[str, Any]]]:
    """What was committed since then: when, to which collection, and how the oplog tells it."""
    for entry in ground.plain["local"]["oplog.rs"].find({"ts": {"$gt": since}}).sort("$natural", 1):
        operations = entry["o"]["applyOps"] if entry["op"] == "c" and "applyOps" in entry["o"] else [entry]
        for operation in operations:
            yield entry["wall"], operation["ns"], operation


def _seq(told: dict[str, Any]) -> int:
    """The `seq` that an insert, a replacement or a `$v: 2` difference sets."""
    difference = told.get("diff", {})
    return int(told.get("seq") or difference.get("u", {}).get("seq") or difference.get("i", {}).get("seq"))


def _moments(draw: random.Random, rate: int, seconds: float) -> list[float]:
    """Moments of posts that come independently of each other, `rate` a second (a Poisson process)."""
    moments, at_s = [], 0.0
    while (at_s := at_s + draw.expovariate(rate)) < seconds:
        moments.append(at_s)
    return moments


def _idle_moments(draw: random.Random, posts: int) -> list[float]:
    moments, at_s = [], 0.0
    for _ in range(posts):
        at_s += draw.uniform(*IDLE_EVERY_S)
        moments.append(at_s)
    return moments


def _at(values_ms: list[int], share: float) -> int:
    """The smallest value that `share` of them do not exceed."""
    ordered = sorted(values_ms)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def _line(measure: str, slices_ms: list[list[int]], target_p99_ms: int | None, **more: Any) -> dict[str, Any]:
    p99_ms = statistics.median(_at(slice_ms, 0.99) for slice_ms in slices_ms)
    return {
        "measure": measure,
        "p50_ms": statistics.median(_at(slice_ms, 0.5) for slice_ms in slices_ms),
        "p99_ms": p99_ms,
        "max_ms": max(map(max, slices_ms)),
        "target_p99_ms": target_p99_ms,
        "met": None if target_p99_ms is None else p99_ms <= target_p99_ms,
        "slices_p99_ms": [_at(slice_ms, 0.99) for slice_ms in slices_ms],
        "posts": sum(map(len, slices_ms)),
        **more,
    }
