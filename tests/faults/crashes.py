"""Makes uses of store or log fail: before or after they did their work, as a hiccup or as a dead process.

The store and the log are the real ones; each use of them is known on its way in. What a process that died leaves behind is just what
is in MongoDB and Kafka: everything else of it is made anew, and its inbox begins at the offsets that were committed.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal, NamedTuple, TypeVar

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
from tests.stack import QUIET_WITHIN_S, Running, Stack, chores_of

T = TypeVar("T")
Moment = Literal["before", "after"]
Manner = Literal["hiccup", "death"]
MAX_REPEATS = 5
#: What is used of store and log.
USES = ("transact", "pending", "send", "settle", "mark_sent", "poll", "commit")


class Died(BaseException):
    """The process is gone: nobody in it catches this."""


class Use(NamedTuple):
    """One use of store or log: which scene's, whose, of what, asked for where in the product, and how many such came before it."""

    scene: int
    service: str
    name: str
    place: str
    nth: int


@dataclass
class Plan:
    """In each scene of a run one use fails, the first that never failed there before; up to it the scene is as ever.

    In one run each service fails once at most: a second death would mend what the first left broken in its memory. Nothing fails
    before the first scene. `failed` are the uses that failed in any run, `failed_now` those of this one.
    """

    moment: Moment
    manner: Manner
    scene: int = 0
    failed: set[Use] = field(default_factory=set)
    failed_now: list[Use] = field(default_factory=list)
    _came: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _armed: bool = False

    def begin_run(self) -> None:
        """From the start: nothing fails until a scene begins."""
        self.scene, self._armed = 0, False
        self.failed_now.clear()

    def begin_scene(self) -> None:
        """From here on, one use may fail."""
        self.scene, self._armed = self.scene + 1, True
        self._came.clear()

    def use(self, service: str, name: str, work: Callable[[], T], hiccup: type[Exception]) -> T:
        """One use of store or log, failing where the plan says so."""
        failing = self._armed and self._chosen(service, name, _place())
        if failing and self.moment == "before":
            self._fail(hiccup)
        done = work()
        if failing:
            self._fail(hiccup)
        return done

    def _chosen(self, service: str, name: str, place: str) -> bool:
        self._came[service, name, place] += 1
        use = Use(self.scene, service, name, place, self._came[service, name, place])
        if use in self.failed or service in {other.service for other in self.failed_now}:
            return False
        self._armed = False
        self.failed.add(use)
        self.failed_now.append(use)
        return True

    def _fail(self, hiccup: type[Exception]) -> None:
        name = self.failed_now[-1].name
        raise Died(name) if self.manner == "death" else hiccup(f"made to fail: {name}")


def _place() -> str:
    """Where the product asks for this use (a thread of the relay's own does not say)."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        frame = frame.f_back
        module = frame.f_globals.get("__name__", "")
        if module.startswith(("services.", "shared.")) and module != "shared.store":
            return f"{module}.{frame.f_code.co_qualname}"
    return ""


class FaultyStore(Store):
    """A store whose uses the plan knows."""

    def __init__(self, real: Store, service: str, plan: Plan) -> None:
        super().__init__(real.client, real.db.name)
        self._service, self._plan = service, plan

    def transact(self, work: Callable[[Tx], T]) -> T:
        return self._use("transact", lambda: super(FaultyStore, self).transact(work))

    def pending(self, chunk_rows: int, most_rows: int) -> Iterator[list[Document]]:
        rows = list(super().pending(chunk_rows, most_rows))
        yield from self._use("pending", lambda: rows) if rows else ()

    def mark_sent(self, ids: list[str]) -> None:
        self._use("mark_sent", lambda: super(FaultyStore, self).mark_sent(ids))

    def _use(self, name: str, work: Callable[[], T]) -> T:
        return self._plan.use(self._service, name, work, Transient)


@dataclass
class FaultyPublisher:
    """The writing end of the log."""

    real: Publisher
    service: str
    plan: Plan

    def send(self, envelopes: list[Envelope]) -> list[Any]:
        return self.plan.use(self.service, "send", lambda: self.real.send(envelopes), LogFailed)

    def settle(self, sent: list[Any]) -> None:
        self.plan.use(self.service, "settle", lambda: self.real.settle(sent), LogFailed)


@dataclass
class FaultySubscriber:
    """The reading end of the log, known to the plan where it gives something."""

    real: Subscriber
    service: str
    plan: Plan

    def poll(self, wait_ms: int | None = None) -> list[Record]:
        records = self.real.poll(wait_ms)
        return self.plan.use(self.service, "poll", lambda: records, LogFailed) if records else records

    def commit(self, records: list[Record]) -> None:
        self.plan.use(self.service, "commit", lambda: self.real.commit(records), LogFailed)


@dataclass
class CrashingStack(Stack):
    """A stack of which every part goes through a plan, and which starts anew what died."""

    plan: Plan = field(default_factory=lambda: Plan("before", "hiccup"))

    def open(self, name: str, room: Room | None = None) -> Running:
        """Start a service with its store and log behind the plan."""
        room = room or self.room(name)
        running = super().open(name, replace(room, store=FaultyStore(room.store, name, self.plan)))
        self._anew(running)
        return running

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
        moved = 1
        while True:
            sent = self._all(lambda running: (running.relay.step,))
            heard = self._all(lambda running: (partial(self._drain, running),)) if moved or sent else 0
            worked = sent + heard
            if timers and not sent + heard:
                worked += self._all(lambda running: (running.timers.step,))
            if chores and not sent + heard:
                worked += self._all(
                    lambda running: [partial(work, running.room) for work in chores_of(running)]
                )
            moved = worked  # whatever dies has lost its place in the log
            if worked == 0:
                return 0
            assert time.monotonic() < deadline_s, "the system did not become quiet"

    def _all(self, steps: Callable[[Running], Iterable[Callable[[], int]]]) -> int:
        """These steps of every service, each of which may die of it."""
        return sum(
            self._survived(running, step)
            for running in list(self.running.values())
            for step in steps(running)
        )

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
        name = running.service.name
        publisher = FaultyPublisher(running.publisher, name, self.plan)
        running.relay = Relay(room.store, publisher, name, new_id("relay"))
        running.timers = Timers(room, running.service.timers)
        if running.source is not None:
            running.source.rewind()
            source = FaultySubscriber(running.source, name, self.plan)
            running.inbox = Inbox(room, source, running.service.reactions)
