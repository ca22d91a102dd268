"""R4 to webhooks: from the commit of a change to its webhook at the receiver, in milliseconds, over relay, log, inbox, feed and courier.

Changes are committed at given moments through the door itself; matching's worker relays, notifications' worker hears and delivers, both
real processes. The commit's time is the oplog's, the receipt's is the receiver's, both of the machine's one clock.
"""

import random
import threading
import time
from queue import SimpleQueue
from typing import Any

from services.notifications.domain.webhooks import Webhook
from services.notifications.kinds import INDEXES
from services.notifications.webhooks import commands
from shared.call import Call
from shared.clock import system_clock
from shared.events.matching import RelationshipSessionHeld
from shared.ids import new_id
from shared.kinds import Kind
from shared.service import Room
from shared.settings import SERVICES
from shared.transaction import Tx
from tests.bench.effect_latency import _line, _moments, _written
from tests.bench.ground import Ground, note
from tests.bench.receivers import Receivers, receivers
from tests.bench.subject import CHAPTER, Person
from tests.stack import wait_for

WRITERS = 16
ENDPOINTS = 5
RELATIONSHIPS = 500
#: Events a second and the 99th percentile that is aimed at, in milliseconds.
TARGETS_P99_MS = {100: 1_000, 200: 1_000}
DRAINED_WITHIN_S = 60.0
PAIRS = Kind("relationship", "told", Person)


def measure(ground: Ground, rounds: int, slice_s: float) -> list[dict[str, Any]]:
    """`rounds` slices at each rate, in turns, for five endpoints; a percentile is the median of the slices' ones."""
    namespace = ground.namespace(*SERVICES)
    matching, notifications = (ground.room(namespace, name) for name in ("matching", "notifications"))
    matching.store.ensure_indexes(())
    notifications.store.ensure_indexes(INDEXES)
    draw = random.Random(ground.seed)
    taken: dict[int, list[list[int]]] = {rate: [] for rate in TARGETS_P99_MS}
    with (
        receivers(ENDPOINTS) as there,
        ground.worker(namespace, "matching"),
        ground.worker(namespace, "notifications"),
    ):
        for number, url in enumerate(there.urls):
            _follow(notifications, f"{CHAPTER}-{number}", url)
        _slice(ground, matching, there, _moments(draw, 50, 2.0))  # warm
        for number in range(1, rounds + 1):
            for rate in TARGETS_P99_MS:
                taken[rate].append(_slice(ground, matching, there, _moments(draw, rate, slice_s)))
                note(f"R4 webhook round {number} of {rounds}: {rate}/s done")
    return [
        _line(f"R4 webhook at {rate}/s", taken[rate], target_ms) for rate, target_ms in TARGETS_P99_MS.items()
    ]


def _slice(ground: Ground, matching: Room, there: Receivers, at_s: list[float]) -> list[int]:
    """Commits at these moments; how many milliseconds after each its webhook came."""
    since = ground.plain.admin.command("hello")["lastWrite"]["opTime"]["ts"]
    arrived: dict[str, int] = {}
    _commit_at(matching, at_s)

    def all_there() -> bool:
        arrived.update(there.arrived())
        return len(arrived) >= len(at_s)

    wait_for(all_there, DRAINED_WITHIN_S, "every webhook")
    committed = {
        event["id"]: round(at.timestamp() * 1000)
        for at, collection, operation in _written(ground, since)
        if collection == f"{matching.store.db.name}.changes" and operation["op"] == "i"
        for event in operation["o"].get("events", ())
    }
    return [max(0, arrived[id] - at_ms) for id, at_ms in committed.items()]


def _commit_at(matching: Room, at_s: list[float]) -> None:
    waiting: SimpleQueue[float | None] = SimpleQueue()
    started_s = time.perf_counter()

    def write() -> None:
        while (moment_s := waiting.get()) is not None:
            time.sleep(max(0.0, moment_s - (time.perf_counter() - started_s)))
            _held(matching, int(moment_s * 1_000_000) % RELATIONSHIPS)

    for moment_s in [*at_s, *[None] * WRITERS]:
        waiting.put(moment_s)
    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _held(matching: Room, number: int) -> None:
    """The two of a relationship met."""
    now, chapter = system_clock(), f"{CHAPTER}-{number % ENDPOINTS}"
    fact = RelationshipSessionHeld("mem_bench-a", "mem_bench-b", now, "call")

    def work(tx: Tx) -> None:
        id = f"rel_bench-{number}"
        before = tx.load(PAIRS, id)
        tx.save(PAIRS, Person(id, chapter, before.changes + 1 if before else 1), fact)

    matching.store.change(Call(new_id("call"), now, chapter, "mem_bench"), work)


def _follow(notifications: Room, chapter: str, url: str) -> None:
    webhook = Webhook(new_id("whk"), chapter, url, (), system_clock(), "mem_bench", chapters=(chapter,))
    call = Call(new_id("call"), system_clock(), chapter, "mem_bench")
    notifications.store.change(call, lambda tx: commands.register(tx, webhook))
