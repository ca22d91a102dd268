"""A worker process: for each of its services a relay, an inbox, the timers and the chores, each a loop of `step()` calls.

Invariants:
1. Crash-only: the first thing that goes wrong for good ends the process, and a supervisor starts it again: no state of its own is worth
   saving.
2. Nothing waits for ever: a poll that does not return, or a member without partitions, ends the process as well.
3. A member without partitions leaves its group before it ends: what it leaves behind in a join would strand the one that starts anew.
"""

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

from werkzeug.serving import make_server

from services.runtime import health_app, heard_by, load_service, open_rooms
from shared.errors import Transient
from shared.garbage import look_seldom
from shared.ids import new_id
from shared.inbox import Inbox
from shared.log import MAX_POLL_INTERVAL_MS, Publisher, Subscriber
from shared.outbox import Relay, Wake
from shared.service import Chore, Room, Service
from shared.settings import Settings
from shared.telemetry import OUTBOX_AGE, PARKED, log, start_logs
from shared.timers import Timers

TIMERS_EVERY_S = 1.0
GAUGES_EVERY_S = 5.0
#: How long an inbox waits at the broker for what comes next.
IDLE_MS = 1_000
#: A member without partitions for this long was stranded in a join (seen with kafka-python 3.0.12), and is started anew.
UNASSIGNED_FOR_S = 30.0
#: A poll that has not returned for this long never will; the broker would have given its partitions away by then.
POLL_WITHIN_S = MAX_POLL_INTERVAL_MS / 1000
CHORE_WAIT_S = 30.0
STOP_WITHIN_S = 10.0
FAILED = 70  # EX_SOFTWARE in sysexits.h


class Worker:
    """All loops of one process. `run` returns when it was asked to stop; what fails ends the process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = threading.Event()
        self._stranded = False
        self._threads: list[threading.Thread] = []
        self._ready: dict[str, bool] = {}
        self._inboxes: dict[str, tuple[Inbox, Subscriber]] = {}
        self._unassigned_since_s: dict[str, float] = {}

    def run(self) -> None:
        """Start everything, watch over it, and stop it in order on SIGTERM or SIGINT, or where a member is stranded."""
        start_logs("worker")
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        rooms = open_rooms(self._settings)
        server = self._serve_health(rooms)
        for name, room in rooms.items():
            self._start(room, load_service(name))
        look_seldom()
        log().info("worker_started", services=list(rooms))
        while not self._stop.wait(1.0):
            self._watch_members()
        deadline_s = time.monotonic() + STOP_WITHIN_S
        for thread in self._threads:
            thread.join(max(0.0, deadline_s - time.monotonic()))
        if server is not None:
            server.shutdown()
        log().info("worker_stopped", late=[thread.name for thread in self._threads if thread.is_alive()])
        if self._stranded:
            _die()

    def _start(self, room: Room, service: Service) -> None:
        self._loop(f"{service.name}-relay", lambda: self._relay(room))
        if service.reactions:
            self._ready[service.name] = False
            self._loop(f"{service.name}-inbox", lambda: self._inbox(room, service))
        self._loop(f"{service.name}-timers", lambda: self._timers(room, service))
        self._loop(f"{service.name}-gauges", lambda: self._gauges(room))
        for chore in service.chores:
            self._loop(f"{service.name}-{chore.name}", lambda chore=chore: self._chore(room, chore))  # type: ignore[misc]

    def _loop(self, name: str, body: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                body()
            except BaseException as error:  # noqa: BLE001 - the worker's edge: whatever it is, this process is over
                log().error("worker_failed", loop=name, exc_info=error)
                _die()

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _relay(self, room: Room) -> None:
        publisher = Publisher(
            self._settings.kafka_bootstrap, self._settings.namespace, room.service, self._settings.public_url
        )
        relay = Relay(room.store, publisher, room.service, holder=new_id("relay"))
        wake = Wake(room.store)
        while not self._stop.is_set():
            if self._patiently(relay.step) == 0:
                wake.wait()
        wake.stop()
        relay.close()
        publisher.close()

    def _inbox(self, room: Room, service: Service) -> None:
        source = Subscriber(
            self._settings.kafka_bootstrap,
            self._settings.namespace,
            service.name,
            heard_by(service),
            idle_ms=IDLE_MS,
        )
        inbox = Inbox(room, source, service.reactions)
        self._inboxes[service.name] = (inbox, source)
        while not self._stop.is_set():
            inbox.step()
        source.close()

    def _timers(self, room: Room, service: Service) -> None:
        timers = Timers(room, service.timers)
        while not self._stop.wait(TIMERS_EVERY_S):
            while self._patiently(timers.step) and not self._stop.is_set():
                pass

    def _chore(self, room: Room, chore: Chore) -> None:
        wait_s = chore.every_s
        while not self._stop.wait(wait_s):
            try:
                wait_s = 0.0 if chore.work(room) else chore.every_s
            except Exception as error:  # noqa: BLE001 - one chore's trouble must not stop the relay beside it
                log().error("chore_failed", service=room.service, chore=chore.name, exc_info=error)
                wait_s = min(CHORE_WAIT_S, max(1.0, wait_s * 2))
        try:
            chore.stop(room)
        except Exception as error:  # noqa: BLE001 - what it would have let go of is let go of by its lease
            log().warning("chore_not_stopped", service=room.service, chore=chore.name, reason=str(error))

    def _gauges(self, room: Room) -> None:
        while not self._stop.wait(GAUGES_EVERY_S):
            try:
                OUTBOX_AGE.labels(room.service).set(room.store.oldest_pending_s())
                PARKED.labels(room.service).set(room.store.db["parked"].estimated_document_count())
            except Transient:
                continue

    def _patiently(self, step: Callable[[], int]) -> int:
        """A step; while the database is away, a wait instead of a new process."""
        try:
            return step()
        except Transient as error:
            log().warning("waiting", reason=str(error))
            self._stop.wait(1.0)
            return 0

    def _watch_members(self) -> None:
        now_s = time.monotonic()
        for name, (inbox, source) in list(self._inboxes.items()):
            if now_s - inbox.polled_at_s > POLL_WITHIN_S:
                log().error("poll_never_returned", service=name)
                _die()
            if source.assigned():
                self._ready[name] = True
                self._unassigned_since_s.pop(name, None)
            elif now_s - self._unassigned_since_s.setdefault(name, now_s) > UNASSIGNED_FOR_S:
                log().error("stranded_without_partitions", service=name)
                self._stranded = True
                self._stop.set()

    def _serve_health(self, rooms: dict[str, Room]) -> Any:
        if not self._settings.health_port:
            return None

        def check() -> None:
            for room in rooms.values():
                room.store.ping()
            if not all(self._ready.values()):
                raise Transient("an inbox has no partitions yet")

        host = "127.0.0.1" if self._settings.local else "0.0.0.0"  # noqa: S104 - inside a container, for its own probes
        server = make_server(host, self._settings.health_port, health_app(check), threaded=True)
        threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
        return server


def _die() -> NoReturn:
    """End this process now, without waiting for threads or clients that may never come back."""
    os._exit(FAILED)


def main(settings: Settings) -> None:
    """Run this process's services' workers until asked to stop."""
    Worker(settings).run()
