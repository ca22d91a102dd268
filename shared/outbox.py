"""The relay: brings what a service has announced from its store to the log, each aggregate's events in order, none lost.

Invariants:
1. It remembers nothing: what is to be sent is what the store marks `pending`, read in one snapshot, sorted by `pos`. A cursor on "the last
   one seen" would lose rows, since transactions commit out of the order of their ids and times.
2. A row loses its mark only after the log acknowledged all its events, by its explicit id. In doubt it is sent again:
   consumers keep a mark.
3. One relay at a time works on a service's outbox, by a lease on the server's clock. One that was paused past its lease does no harm.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, Protocol

from pymongo.errors import PyMongoError

from shared.envelope import Envelope
from shared.kinds import Document
from shared.store import Store
from shared.telemetry import EVENTS_SENT

CHUNK_ROWS = 1_000
CHUNKS_IN_FLIGHT = 4
MAX_ROWS_A_PASS = 20_000
LEASE_S = 15
#: A lease younger than this is not renewed. It counts from before it was asked for, so that it never looks longer than it is.
RENEW_AFTER_S = 5.0
#: The relay looks by itself this often, should a hint be missed.
LOOK_EVERY_S = 1.0


class Publishes(Protocol):
    """What the relay needs of the log; a test puts a failing one around the real one."""

    def send(self, envelopes: list[Envelope]) -> list[Any]: ...
    def settle(self, sent: list[Any]) -> None: ...


class Relay:
    """Sends one service's outbox. `step` is one pass; call it again and again."""

    def __init__(self, store: Store, log: Publishes, service: str, holder: str) -> None:
        self._store = store
        self._log = log
        self._service = service
        self._holder = holder
        self._marker = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"{service}-marker")
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"{service}-reader")
        self._held_since_s = -math.inf

    def step(self) -> int:
        """Send what is pending now, at most `MAX_ROWS_A_PASS` rows; returns how many rows. 0 also while another relay holds the lease.

        Raises `LogFailed` or a database error; either way nothing is lost, and the process may as well end.
        """
        if not self._holds():
            return 0
        in_flight: deque[tuple[list[str], int, list[Any]]] = deque()
        marks: list[Future[None]] = []
        rows_sent = 0
        for rows in self._ahead(self._store.pending(CHUNK_ROWS, MAX_ROWS_A_PASS)):
            events = [envelope for row in rows for envelope in envelopes(self._service, row)]
            in_flight.append(([row["_id"] for row in rows], len(events), self._log.send(events)))
            rows_sent += len(rows)
            if len(in_flight) > CHUNKS_IN_FLIGHT:
                marks.append(self._settle(*in_flight.popleft()))
                if not self._holds():
                    break
        while in_flight:
            marks.append(self._settle(*in_flight.popleft()))
        for mark in marks:
            mark.result()
        return rows_sent

    def close(self) -> None:
        """Let go of the lease, so that the next relay need not wait for it to run out."""
        self._reader.shutdown(wait=True)
        self._marker.shutdown(wait=True)
        self._store.drop_lease("outbox", self._holder)

    def _holds(self) -> bool:
        """Whether the lease is ours: renewed early, so that most passes need not ask."""
        asked_s = time.monotonic()
        if asked_s - self._held_since_s < RENEW_AFTER_S:
            return True
        held = self._store.hold_lease("outbox", self._holder, LEASE_S)
        self._held_since_s = asked_s if held else -math.inf
        return held

    def _ahead(self, chunks: Iterator[list[Document]]) -> Iterator[list[Document]]:
        """The same chunks, the next one being read while one is being sent."""
        coming = self._reader.submit(next, chunks, None)
        try:
            while (rows := coming.result()) is not None:
                coming = self._reader.submit(next, chunks, None)
                yield rows
        finally:
            wait([coming])  # whoever gives up in the middle leaves no read under way

    def _settle(self, ids: list[str], count: int, sent: list[Any]) -> Future[None]:
        self._log.settle(sent)
        EVENTS_SENT.labels(self._service).inc(count)
        return self._marker.submit(self._store.mark_sent, ids)


def envelopes(service: str, row: Document) -> Iterator[Envelope]:
    """The events of one row of the outbox, in the order in which they were announced."""
    for event in row["events"]:
        yield Envelope(
            type=event["type"],
            service=service,
            kind=event["kind"],
            aggregate=event["aggregate"],
            seq=event["seq"],
            at=row["at"],
            chapter=event["chapter"],
            data=event["data"].encode(),
            traceparent=row["trace"],
        )


class Wake:
    """Tells a relay that there may be something to send: a change stream as a hint, never as the source of truth."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._event = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="wake", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Return at the next hint, or after `LOOK_EVERY_S`."""
        self._event.wait(LOOK_EVERY_S)
        self._event.clear()

    def stop(self) -> None:
        """End the watching, and wake whoever waits."""
        self._stop.set()
        self._event.set()

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                with self._store.watch_changes() as stream:
                    while not self._stop.is_set():
                        if stream.try_next() is not None:
                            self._event.set()
            except PyMongoError:
                self._stop.wait(LOOK_EVERY_S)
