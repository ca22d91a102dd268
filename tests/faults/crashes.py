"""Makes the n-th use of store or log fail: before or after it did its work, as a hiccup or as a dead process.

The store and the log are the real ones; each use of them is counted on its way in. What a process that died leaves behind is just what
is in MongoDB and Kafka: everything else of it is made anew, and its inbox begins at the offsets that were committed.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from werkzeug.test import TestResponse

from shared.envelope import Envelope
from shared.errors import Transient
from shared.ids import new_id
from shared.inbox import Inbox
from shared.kinds import Document
from shared.log import LogFailed, Publisher, Record, Subscriber
from shared.outbox import Relay
from shared.service import Room
from shared.store import Store
from shared.timers import Timers
from shared.transaction import Tx
from tests.stack import QUIET_WITHIN_S, Running, Stack

T = TypeVar("T")
Moment = Literal["before", "after"]
Manner = Literal["hiccup", "death"]
MAX_REPEATS = 5


class Died(BaseException):
    """The process is gone: nobody in it catches this."""


@dataclass
class Plan:
    """Which use fails (from 1; 0: none), when and how; counts the uses and remembers which one it was."""

    n: int = 0
    moment: Moment = "before"
    manner: Manner = "hiccup"
    uses: int = 0
    failed: str = ""

    def use(self, name: str, work: Callable[[], T], hiccup: type[Exception]) -> T:
        """One use of store or log, failing where the plan says so."""
        self.uses += 1
        failing = self.uses == self.n
        if failing and self.moment == "before":
            self._fail(name, hiccup)
        done = work()
        if failing:
            self._fail(name, hiccup)
        return done

    def _fail(self, name: str, hiccup: type[Exception]) -> None:
        self.failed = name
        raise Died(name) if self.manner == "death" else hiccup(f"made to fail: {name}")


class FaultyStore(Store):
    """A store whose uses are counted."""

    def __init__(self, real: Store, plan: Plan) -> None:
        super().__init__(real.client, real.db.name)
        self.plan = plan

    def transact(self, work: Callable[[Tx], T]) -> T:
        return self.plan.use("transact", lambda: super(FaultyStore, self).transact(work), Transient)

    def pending(self, chunk_rows: int, most_rows: int) -> Iterator[list[Document]]:
        rows = list(super().pending(chunk_rows, most_rows))
        yield from self.plan.use("pending", lambda: rows, Transient) if rows else ()

    def mark_sent(self, ids: list[str]) -> None:
        self.plan.use("mark_sent", lambda: super(FaultyStore, self).mark_sent(ids), Transient)


@dataclass
class FaultyPublisher:
    """The writing end of the log, counted."""

    real: Publisher
    plan: Plan

    def send(self, envelopes: list[Envelope]) -> list[Any]:
        return self.plan.use("send", lambda: self.real.send(envelopes), LogFailed)

    def settle(self, sent: list[Any]) -> None:
        self.plan.use("settle", lambda: self.real.settle(sent), LogFailed)


@dataclass
class FaultySubscriber:
    """The reading end of the log, counted where it gives something."""

    real: Subscriber
    plan: Plan

    def poll(self, wait_ms: int | None = None) -> list[Record]:
        records = self.real.poll(wait_ms)
        return self.plan.use("poll", lambda: records, LogFailed) if records else records

    def commit(self, records: list[Record]) -> None:
        self.plan.use("commit", lambda: self.real.commit(records), LogFailed)


class CrashingStack(Stack):
    """A stack of which every part goes through a plan, and which starts anew what died."""

    plan: Plan = Plan()

    def open(self, name: str, room: Room | None = None) -> Running:
        """Start a service with its store and log behind the plan."""
        room = room or self.room(name)
        running = super().open(name, replace(room, store=FaultyStore(room.store, self.plan)))
        self._anew(running)
        return running

    def arm(self, plan: Plan) -> None:
        """From here on, this plan counts."""
        self.plan = plan
        for running in self.running.values():
            assert isinstance(running.room.store, FaultyStore)
            running.room.store.plan = plan
            self._anew(running)

    def surely(self, method: str, path: str, body: Any, headers: dict[str, str]) -> TestResponse:
        """A request as a careful client makes it: with a key, repeated until there is an answer."""
        headers = headers | {"Idempotency-Key": new_id("key")}
        for _ in range(MAX_REPEATS):
            try:
                answer = self.ask(method, path, headers, json=body)
            except Died:
                continue
            if answer.status_code < 500:
                return answer
        raise AssertionError(f"{method} {path} was never answered")

    def quiet(self, *, timers: bool = True, chores: bool = True) -> int:
        """As ever, but what dies or fails is started anew."""
        deadline_s = time.monotonic() + QUIET_WITHIN_S
        while True:
            worked = 0
            for running in list(self.running.values()):
                for step in self._steps(running, timers=timers, chores=chores):
                    worked += self._survived(running, step)
            if worked == 0:
                return 0
            assert time.monotonic() < deadline_s, "the system did not become quiet"

    def _steps(self, running: Running, *, timers: bool, chores: bool) -> Iterator[Callable[[], int]]:
        yield lambda: running.relay.step()
        yield lambda: self._drain(running)
        if timers:
            yield lambda: running.timers.step()
        if chores:
            for chore in running.service.chores:
                yield lambda chore=chore: chore.work(running.room)  # type: ignore[misc]

    def _survived(self, running: Running, step: Callable[[], int]) -> int:
        try:
            return step()
        except Transient:
            return 1  # a loop waits, and steps again
        except (Died, LogFailed):
            self._anew(running)
            return 1

    def _anew(self, running: Running) -> None:
        """What a supervisor does: the same service in a new process."""
        room = running.room
        # The lease of the dead relay runs out by itself, after `LEASE_S`; here that time is not waited for.
        room.store.db["leases"].delete_many({})
        running.relay = Relay(
            room.store, FaultyPublisher(running.publisher, self.plan), running.service.name, new_id("relay")
        )
        running.timers = Timers(room, running.service.timers)
        if running.source is not None:
            running.source.rewind()
            running.inbox = Inbox(
                room, FaultySubscriber(running.source, self.plan), running.service.reactions
            )
