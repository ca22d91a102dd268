"""Timers: what falls due takes effect once, like any other call.

Invariants:
1. A timer's row is gone in the transaction in which its effect is committed; two processes that see it due make one effect.
   Due timers share transactions; one that fails is carried out apart from the others.
2. Late is as good as on time: what fell due while nothing ran is worked off oldest first.
3. A timer whose effect fails holds back nobody but itself: it is tried again after a wait that doubles.
"""

import time
from collections.abc import Mapping
from datetime import datetime

from shared.call import Call
from shared.errors import Transient
from shared.service import OnDue, Room
from shared.telemetry import TIMERS_DONE, log
from shared.transaction import TIMERS, Timer, Tx

MAX_TIMERS_A_STEP = 500
#: How many that failed are looked past.
MAX_FAILED = 10_000
#: How many share a transaction: enough to make a tick of thousands cheap, few enough that a person's own call slips in between.
TIMERS_TOGETHER = 50
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 300.0


class Timers:
    """One service's timers. `step` works off what is due now; call it again and again."""

    def __init__(self, room: Room, on_due: Mapping[str, OnDue]) -> None:
        self._room = room
        self._on_due = on_due
        self._failed: dict[str, tuple[float, float]] = {}  # timer id: (not before, waited), seconds

    def step(self) -> int:
        """Carry out at most `MAX_TIMERS_A_STEP` due timers, oldest first; returns how many were due."""
        due = self._due()
        now_s = time.monotonic()
        ripe = [timer for timer in due if self._failed.get(timer.id, (0.0, 0.0))[0] <= now_s]
        for start in range(0, len(ripe), TIMERS_TOGETHER):
            self._together(ripe[start : start + TIMERS_TOGETHER])
        return len(ripe)

    def _due(self) -> list[Timer]:
        """What is due on the platform's clock, and in each sandbox whose clock is ahead of it, on that one."""
        reader, now = self._room.store.reader(), self._room.clock()
        order = [("due", 1), ("_id", 1)]
        most = MAX_TIMERS_A_STEP + min(
            len(self._failed), MAX_FAILED
        )  # those that failed are in front, and pass their turn
        due = reader.find(TIMERS, {"due": {"$lte": now}}, sort=order, limit=most)
        for chapter, ahead in self._room.clocks.moved().items():
            left = most - len(due)
            if left > 0:
                there = {"chapter": chapter, "due": {"$gt": now, "$lte": now + ahead}}
                due += reader.find(TIMERS, there, sort=order, limit=left)
        return due

    def _together(self, timers: list[Timer]) -> None:
        """All of them in one transaction; where one fails, each in its own, so that it fails alone. `Transient` without a database."""
        try:
            self._carry_out(timers)
            return
        except Transient:
            self._room.store.ping()  # the database is away: nobody's fault, and no timer waits for it alone
        except Exception as error:  # noqa: BLE001 - the timers' edge: which of them is it?
            if len(timers) > 1:
                log().warning(
                    "timers_failed",
                    service=self._room.service,
                    timers=len(timers),
                    error=type(error).__name__,
                )
        for timer in timers:
            self._alone(timer)

    def _alone(self, timer: Timer) -> None:
        try:
            self._carry_out([timer])
            self._failed.pop(timer.id, None)
        except Exception as error:  # noqa: BLE001 - the timers' edge: a bug in one effect is no standstill of the others
            log().error(
                "timer_failed", service=self._room.service, kind=timer.kind, ref=timer.ref, exc_info=error
            )
            wait_s = min(2 * self._failed.get(timer.id, (0.0, FIRST_WAIT_S / 2))[1], LONGEST_WAIT_S)
            self._failed[timer.id] = (time.monotonic() + wait_s, wait_s)

    def _carry_out(self, timers: list[Timer]) -> None:
        now = {timer.chapter: self._room.now(timer.chapter) for timer in timers}

        def work(tx: Tx) -> list[Timer]:
            tx.prefetch(TIMERS, [timer.id for timer in timers])
            done = []
            for timer in timers:
                # The row that goes is the memory of a timer: no answer is kept beside it.
                tx.begin(_call(timer, now[timer.chapter]))
                current = tx.load(TIMERS, timer.id)
                if current is None or current.due > tx.call.at:
                    continue  # carried out, moved or cleared meanwhile
                tx.clear_timer(timer.id)
                self._on_due[timer.kind](tx, self._room, timer)
                done.append(timer)
            return done

        for timer in self._room.store.transact(work):
            TIMERS_DONE.labels(self._room.service, timer.kind).inc()


def _call(timer: Timer, now: datetime) -> Call:
    return Call(id=f"timer:{timer.id}:{timer.due.isoformat()}", at=now, chapter=timer.chapter, asker="timer")
