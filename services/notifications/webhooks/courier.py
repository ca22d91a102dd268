"""The chore that brings deliveries to their receivers.

Invariants:
1. A webhook has at most `IN_FLIGHT` deliveries on their way, one while it fails, in all processes together (one of which has it to
   itself): a slow or stuck receiver holds its own slots and nobody else's.
2. Rows are taken ahead of their turn only while a receiver takes them quickly; the first that does not makes us give back the rest. So
   nothing is begun for a receiver once it has said that it is gone.
3. A row is leased for longer than waiting for its turn and the attempt can take, so that nobody else tries meanwhile; a process that
   dies lets go of it.
4. A pass does not wait for slow ones, and what ends together is written together.
"""

import atexit
import random
import threading
import time
from collections import deque

from prometheus_client import Counter, Gauge, Histogram
from pymongo.errors import PyMongoError

from services.notifications.domain.deliveries import AGAIN, Answer, Delivery, answered, given_up
from services.notifications.domain.webhooks import Webhook, after_answer, may_reach
from services.notifications.kinds import DELIVERIES
from services.notifications.lanes import give_back, oldest_due, settle, settle_ended, take
from services.notifications.webhooks import commands
from services.notifications.webhooks.addresses import Allowed
from services.notifications.webhooks.attempt import ATTEMPT_WITHIN_S, attempt
from services.notifications.webhooks.connections import Kept
from services.notifications.webhooks.crowds import AHEAD, AHEAD_STEP, SLOW_MS, Crowd, Slots
from shared.call import PLATFORM, Call
from shared.clock import system_clock
from shared.errors import Clash, Transient
from shared.ids import new_id
from shared.service import Room
from shared.telemetry import log
from shared.transaction import Tx

#: Attempts under way in one process: in all, and of those that began just now. More threads than these would only take the interpreter
#: from one another; an attempt that takes longer than `QUICK_S` waits for its receiver, and costs nothing.
THREADS = 256
THREADS_BUSY = 8
QUICK_S = 0.05
MAX_HELD = 1_024
TURN_WITHIN_S = 5.0
LEASE_S = int(ATTEMPT_WITHIN_S + TURN_WITHIN_S + 5)
#: An answer within this time is a quick one.
QUICK_MS = 500
#: How long a pass waits for attempts to end before it looks for others.
PASS_WAIT_S = 0.1

ATTEMPTS = Counter("cairn_webhook_attempts_total", "Attempts of webhook deliveries", ["outcome"])
TOOK = Histogram("cairn_webhook_attempt_seconds", "Time of an attempt")
OLDEST = Gauge(
    "cairn_webhook_oldest_due_seconds", "How long the oldest due delivery has waited; 0 when none is due"
)


class _Courier:
    """All deliveries that this process has in hand of one database."""

    def __init__(self) -> None:
        self._id = new_id("courier")
        self._changed = threading.Condition(threading.Lock())
        self._crowds: dict[str, Crowd] = {}
        #: When the attempt of each thread began.
        self._threads: dict[int, float] = {}
        #: Crowds with something in their queue, in turns.
        self._ready: deque[Crowd] = deque()
        self._held = 0
        self._kept = Kept()
        atexit.register(self._kept.close)
        self._ended: list[tuple[Delivery, Delivery]] = []
        self._writing = False

    def step(self, room: Room, within_s: float) -> int:
        """One pass; how many deliveries were in hand in it."""
        most = MAX_HELD - self._held if len(self._threads) < THREADS else 0
        taken: list[Delivery] = []
        if most > 0:
            slots = Slots(room, self._crowds)
            taken = take(
                room.store, DELIVERIES, room.clock(), slots=slots, lease_s=LEASE_S, most=most, taker=self._id
            )
            upset = [one for one in taken if self._crowds[one.crowd].upsets != slots.upsets.get(one.crowd, 0)]
            give_back(room.store, DELIVERIES, upset)
            taken = [one for one in taken if one not in upset] if upset else taken
        turn_before_s = time.monotonic() + TURN_WITHIN_S
        with self._changed:
            for delivery in taken:
                crowd = self._crowds[delivery.crowd]
                crowd.queue.append((delivery, turn_before_s))
                crowd.held += 1
                if len(crowd.queue) == 1:
                    self._ready.append(crowd)
            self._held += len(taken)
            self._set_going(room, within_s)
            in_hand = self._held
            self._changed.wait_for(lambda: self._held <= in_hand // 2, PASS_WAIT_S if in_hand else 0.0)
        return in_hand

    def _set_going(self, room: Room, within_s: float) -> None:
        """Have as many threads as there is to do, and as make sense."""
        now_s = time.monotonic()
        waits = sum(began_s < now_s - QUICK_S for began_s in self._threads.values())
        could = sum(min(len(crowd.queue), crowd.most - crowd.running) for crowd in self._ready)
        more = min(could, THREADS_BUSY - (len(self._threads) - waits), THREADS - len(self._threads))
        for _ in range(more):
            # A thread that does not keep a process from ending: an executor's would, for as long as it is stuck.
            thread = threading.Thread(target=self._run, args=(room, within_s), name="courier", daemon=True)
            self._threads[id(thread)] = now_s
            try:
                thread.start()
            except RuntimeError:  # the machine has no more threads to give: those that there are go on
                del self._threads[id(thread)]
                return

    def _run(self, room: Room, within_s: float) -> None:
        """Bring one after the other, of each crowd in its turn, while there is something that may be brought."""
        me = id(threading.current_thread())
        try:
            while (turn := self._next(room, me)) is not None:
                crowd, delivery = turn
                try:
                    self._bring(room, crowd, delivery, within_s)
                except (Transient, Clash, PyMongoError) as error:  # its lease runs out, and it is tried again
                    log().warning("delivery_unsettled", delivery=delivery.id, reason=str(error))
                    self._let_go([delivery])
                except BaseException:
                    self._let_go([delivery])
                    raise
                finally:
                    with self._changed:
                        crowd.running -= 1
        finally:
            with self._changed:
                del self._threads[me]

    def _next(self, room: Room, me: int) -> tuple[Crowd, Delivery] | None:
        """Whose turn it is; None where nothing may be begun now."""
        late: list[Crowd] = []
        found = None
        with self._changed:
            self._threads[me] = now_s = time.monotonic()
            for _ in range(len(self._ready)):
                crowd = self._ready.popleft()
                if not crowd.queue:
                    continue
                if crowd.queue[0][1] < now_s:
                    late.append(crowd)
                elif crowd.running < crowd.most:
                    found = crowd, crowd.queue.popleft()[0]
                    crowd.running += 1
                if crowd.queue:
                    self._ready.append(crowd)
                if found:
                    break
        for crowd in late:
            self._give_back(room, crowd)
        return found

    def _bring(self, room: Room, crowd: Crowd, delivery: Delivery, within_s: float) -> None:
        """One attempt and what comes of it."""
        webhook = crowd.webhook
        if webhook is None or webhook.state != "active":
            reason = "webhook_removed" if webhook is None else "webhook_disabled"
            self._write(room, delivery, given_up(delivery, reason, room.clock()))
            return
        if not may_reach(webhook, delivery):
            self._write(room, delivery, given_up(delivery, "chapter_withdrawn", room.clock()))
            return
        answer = attempt(
            webhook,
            delivery,
            keys=room.keys,
            allowed=Allowed(room.settings.local, room.settings.trial_receivers),
            at=system_clock(),
            now=room.clock(),
            within_s=within_s,
            kept=self._kept,
        )
        after = answered(delivery, answer, room.clock(), random.random())
        ATTEMPTS.labels(after.state if after.state != "waiting" else "put_off").inc()
        TOOK.observe(answer.took_ms / 1000)
        if after_answer(webhook, answer, room.clock())[0] != webhook:
            _keep_answer(room, webhook, answer)
        crowd.slow = answer.took_ms > SLOW_MS
        if not answer.succeeded or answer.took_ms > QUICK_MS:
            self._slow_down(room, webhook)
        else:
            crowd.ahead = min(AHEAD, max(crowd.ahead, crowd.most) + AHEAD_STEP)
        if answer.succeeded:
            self._write(room, delivery, after)
            return
        settle(room.store, DELIVERIES, delivery, after)
        self._let_go([delivery])
        log().info(
            "delivery_failed",
            delivery=delivery.id,
            final=after.state == "failed",
            status=answer.status,
            problem=answer.problem,
            ms=answer.took_ms,
        )

    def _write(self, room: Room, before: Delivery, after: Delivery) -> None:
        """Keep that a delivery has ended. Whoever comes while a write is under way leaves it to the one who writes."""
        with self._changed:
            self._ended.append((before, after))
            if self._writing:
                return
            self._writing = True
        try:
            self._write_all(room)
        except BaseException:
            with self._changed:
                self._writing = False
            raise

    def _write_all(self, room: Room) -> None:
        while True:
            with self._changed:
                ended, self._ended = self._ended, []
                self._writing = bool(ended)
                if not ended:
                    return
            try:
                settle_ended(room.store, DELIVERIES, ended)
            except PyMongoError as error:  # their leases run out, and they are tried again
                log().warning("deliveries_unsettled", count=len(ended), reason=str(error))
            finally:
                self._let_go([delivery for delivery, _ in ended])

    def _slow_down(self, room: Room, webhook: Webhook) -> None:
        """Hold no more of this webhook than is on its way."""
        for again in ("", AGAIN):
            crowd = self._crowds.get(webhook.id + again)
            if crowd is not None:
                crowd.ahead = 1
                crowd.upsets += 1
                self._give_back(room, crowd)

    def _give_back(self, room: Room, crowd: Crowd) -> None:
        with self._changed:
            unbegun = [delivery for delivery, _ in crowd.queue]
            crowd.queue.clear()
        if unbegun:
            try:
                give_back(room.store, DELIVERIES, unbegun)
            finally:
                self._let_go(unbegun)

    def _let_go(self, deliveries: list[Delivery]) -> None:
        with self._changed:
            for delivery in deliveries:
                crowd = self._crowds[delivery.crowd]
                crowd.held -= 1
            self._held -= len(deliveries)
            self._changed.notify_all()


#: By database: a process has one, tests have several.
_COURIERS: dict[str, _Courier] = {}


def deliver_due(room: Room, within_s: float = ATTEMPT_WITHIN_S) -> int:
    """Start attempts of what is due, each of which takes at most `within_s`; returns how many deliveries are in hand."""
    return _COURIERS.setdefault(room.store.db.name, _Courier()).step(room, within_s)


def watch_deliveries(room: Room) -> int:
    """Keep the gauge of the oldest due delivery; never has anything more to do."""
    now = room.clock()
    oldest = oldest_due(room.store, DELIVERIES, now)
    OLDEST.set(0 if oldest is None else (now - oldest).total_seconds())
    return 0


def _keep_answer(room: Room, webhook: Webhook, answer: Answer) -> None:
    call = Call(id=new_id("call"), at=room.clock(), chapter=PLATFORM, asker="courier")

    def work(tx: Tx) -> None:
        tx.begin(call)
        commands.keep_answer(tx, webhook.id, answer)

    room.store.transact(work)
