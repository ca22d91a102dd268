"""The chore that brings deliveries to their receivers.

Invariants:
1. A webhook has at most `IN_FLIGHT` deliveries on their way, one while it fails, in all processes together (one of which holds it), and
   beside them `IN_FLIGHT_AGAIN` of what is sent again: a slow or stuck receiver has its own slots and nobody else's.
2. Rows are taken ahead of their turn only while a receiver takes them quickly; the first that does not makes us give back the rest. So
   nothing is begun for a receiver once it has said that it is gone, and nothing is sent as it stood more than `FRESH_FOR_S` ago.
3. What a process has taken is known to it alone: others leave the webhooks that it holds to it. A hold lasts longer than an attempt that
   begins in it, so that nobody else tries meanwhile; a process that dies lets go of it.
4. A pass does not wait for slow ones, and what ends together is written together.
"""

import atexit
import random
import threading
import time
from collections import deque

import pymongo
from prometheus_client import Counter, Gauge, Histogram
from pymongo.errors import PyMongoError

from services.notifications.domain.deliveries import AGAIN, Answer, Delivery, answered, given_up
from services.notifications.domain.webhooks import Webhook, after_answer, may_reach
from services.notifications.kinds import DELIVERIES, HOLDS
from services.notifications.lanes import crowds_due, heads, oldest_due, settle, settle_ended
from services.notifications.webhooks import commands
from services.notifications.webhooks.addresses import Allowed
from services.notifications.webhooks.attempt import ATTEMPT_WITHIN_S, attempt
from services.notifications.webhooks.connections import Kept
from services.notifications.webhooks.crowds import SLOW_MS, Crowd, Slots
from services.notifications.webhooks.holds import NEEDED_S, Holds
from shared.call import PLATFORM, Call
from shared.clock import system_clock
from shared.errors import Clash, Transient
from shared.ids import new_id
from shared.kinds import from_document
from shared.service import Room
from shared.telemetry import log
from shared.transaction import Tx

#: Attempts under way in one process: in all, and of those that began just now. More threads than these would only take the interpreter
#: from one another; an attempt that takes longer than `QUICK_S` waits for its receiver, and costs nothing.
THREADS = 512
THREADS_BUSY = 8
QUICK_S = 0.05
MAX_HELD = 1_024
#: For how long a webhook of which nothing is due is still held, and what could not be written is not tried again.
IDLE_S = 1.0
UNSETTLED_FOR_S = 25.0
#: An answer within this time is a quick one.
QUICK_MS = 500
#: How long a pass waits for attempts to end before it looks for others.
PASS_WAIT_S = 0.1
#: How long a process that ends waits for attempts under way.
STOP_WITHIN_S = 5.0

ATTEMPTS = Counter("cairn_webhook_attempts_total", "Attempts of webhook deliveries", ["outcome"])
TOOK = Histogram("cairn_webhook_attempt_seconds", "Time of an attempt")
OLDEST = Gauge(
    "cairn_webhook_oldest_due_seconds", "How long the oldest due delivery has waited; 0 when none is due"
)


class Courier:
    """All deliveries that this process has in hand of one database."""

    def __init__(self) -> None:
        self._holds = Holds(new_id("courier"))
        self._changed = threading.Condition()
        self._crowds: dict[str, Crowd] = {}
        #: When the attempt of each thread began.
        self._threads: dict[int, float] = {}
        #: Crowds with something in their queue, in turns.
        self._ready: deque[Crowd] = deque()
        #: The deliveries in hand, and until when those are left alone whose end could not be written.
        self._in_hand: set[str] = set()
        self._unsettled: dict[str, float] = {}
        self._kept = Kept()
        atexit.register(self._kept.close)
        self._ended: list[tuple[Delivery, Delivery]] = []
        self._writing = False

    def step(self, room: Room, within_s: float) -> int:
        """One pass; how many deliveries were in hand in it."""
        taken, upsets, read_s = self._take(room)
        with self._changed:
            self._drop_stale()
            for delivery in taken:
                crowd = self._crowds[delivery.crowd]
                if crowd.upsets != upsets.get(delivery.crowd, 0):  # it would not be taken now
                    continue
                crowd.queue.append((delivery, read_s))
                crowd.held += 1
                self._in_hand.add(delivery.id)
                if len(crowd.queue) == 1:
                    self._ready.append(crowd)
            self._set_going(room, within_s)
            in_hand = len(self._in_hand)
            self._changed.wait_for(
                lambda: len(self._in_hand) <= in_hand // 2, PASS_WAIT_S if in_hand else 0.0
            )
        return in_hand

    def stop(self, room: Room) -> None:
        """Begin nothing more, and leave each webhook to others as soon as nothing of it is under way, at most for `STOP_WITHIN_S`."""
        for crowd in list(self._crowds.values()):
            self._give_back(crowd)
        holds, deadline_s = room.store.db[HOLDS], time.monotonic() + STOP_WITHIN_S
        with pymongo.timeout(STOP_WITHIN_S + 1):
            self._holds.leave(holds)
            while True:
                with self._changed:
                    busy = {name for name, crowd in self._crowds.items() if crowd.held}
                self._holds.let_go(holds, busy)
                if not busy or time.monotonic() > deadline_s:
                    return
                with self._changed:
                    self._changed.wait(PASS_WAIT_S)

    def _take(self, room: Room) -> tuple[list[Delivery], dict[str, int], float]:
        """Deliveries whose turn it is, of webhooks that we hold; how often each crowd was upset before, and when they were read."""
        rows, now, now_s = room.store.db[DELIVERIES.collection], room.clock(), time.monotonic()
        most = MAX_HELD - len(self._in_hand) if len(self._threads) < THREADS else 0
        slots = Slots(room, self._crowds)
        free = {crowd: slots(crowd) for crowd, _ in crowds_due(rows, now)} if most > 0 else {}
        ours = self._hold(room, now_s)
        free = {crowd: number for crowd, number in free.items() if crowd in ours}
        if not free:
            return [], {}, now_s
        with self._changed:
            self._unsettled = {id: until_s for id, until_s in self._unsettled.items() if until_s > now_s}
            mine = self._in_hand | self._unsettled.keys()
        ids = heads(rows, free, now, most=most, taken=lambda row: row["_id"] in mine)
        read_s = time.monotonic()
        found = rows.find({"_id": {"$in": ids}, "state": "waiting", "due_at": {"$lte": now}}) if ids else ()
        return [from_document(DELIVERIES, row) for row in found], slots.upsets, read_s

    def _hold(self, room: Room, now_s: float) -> set[str]:
        """Hold our share of the webhooks that something is due for; those that more may be taken of."""
        holds = room.store.db[HOLDS]
        used = sorted(
            name for name, crowd in self._crowds.items() if crowd.held or crowd.due_at_s > now_s - IDLE_S
        )
        share = self._holds.share(holds, used)
        held = self._holds.hold(holds, used, share)
        ours = set(list(held)[:share])
        for name in used:
            crowd = self._crowds[name]
            crowd.held_until_s = held.get(name, 0.0)
            if name not in ours:
                self._give_back(crowd)
        self._holds.let_go(holds, ours | {name for name in held if self._crowds[name].held})
        return ours

    def _set_going(self, room: Room, within_s: float) -> None:
        """Have as many threads as there is to do, and as make sense."""
        now_s = time.monotonic()
        waits = sum(began_s < now_s - QUICK_S for began_s in self._threads.values())
        could = sum(max(0, min(len(crowd.queue), self._most(crowd) - crowd.running)) for crowd in self._ready)
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

    def _most(self, crowd: Crowd) -> int:
        """How many of a crowd may be under way: one where half of the threads wait for receivers already, so that all get their turn."""
        return min(crowd.most, 1) if len(self._threads) > THREADS // 2 else crowd.most

    def _drop_stale(self) -> None:
        """What was read too long ago goes back, and less is taken of its crowd: receivers that stall do not fill our hands."""
        now_s = time.monotonic()
        for crowd in self._crowds.values():
            if crowd.is_stale(now_s):
                crowd.ahead = 1
                self._give_back(crowd)

    def _run(self, room: Room, within_s: float) -> None:
        """Bring one after the other, of each crowd in its turn, while there is something that may be brought."""
        me = id(threading.current_thread())
        try:
            while (turn := self._next(me)) is not None:
                crowd, delivery = turn
                try:
                    self._bring(room, crowd, delivery, within_s)
                except (Transient, Clash, PyMongoError) as error:
                    log().warning("delivery_unsettled", delivery=delivery.id, reason=str(error))
                    self._let_go([delivery], settled=False)
                except BaseException:
                    self._let_go([delivery])
                    raise
                finally:
                    with self._changed:
                        crowd.running -= 1
        finally:
            with self._changed:
                del self._threads[me]

    def _next(self, me: int) -> tuple[Crowd, Delivery] | None:
        """Whose turn it is; None where nothing may be begun now."""
        found = None
        with self._changed:
            self._threads[me] = now_s = time.monotonic()
            for _ in range(len(self._ready)):
                crowd = self._ready.popleft()
                if crowd.is_stale(now_s):
                    self._give_back(crowd)
                if not crowd.queue:
                    continue
                if crowd.running < self._most(crowd) and crowd.held_until_s - now_s > NEEDED_S:
                    found = crowd, crowd.queue.popleft()[0]
                    crowd.running += 1
                if crowd.queue:
                    self._ready.append(crowd)
                if found:
                    break
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
        crowd.slow = answer.took_ms > SLOW_MS
        if not answer.succeeded or answer.took_ms > QUICK_MS:
            self._slow_down(webhook)
        else:
            crowd.went_well(answer.took_ms)
        if after_answer(webhook, answer, room.clock())[0] != webhook:
            _keep_answer(room, webhook, answer)
        if answer.succeeded:
            self._write(room, delivery, after)
            return
        settle(room.store, DELIVERIES, delivery, after, by="due_at")
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
            settled = False
            try:
                settle_ended(room.store, DELIVERIES, ended, by="due_at")
                settled = True
            except PyMongoError as error:
                log().warning("deliveries_unsettled", count=len(ended), reason=str(error))
            finally:
                self._let_go([delivery for delivery, _ in ended], settled=settled)

    def _slow_down(self, webhook: Webhook) -> None:
        """Hold no more of this webhook than is on its way."""
        for again in ("", AGAIN):
            crowd = self._crowds.get(webhook.id + again)
            if crowd is not None:
                crowd.ahead = 1
                crowd.upsets += 1
                self._give_back(crowd)

    def _give_back(self, crowd: Crowd) -> None:
        """What has not begun is taken again when its turn comes."""
        with self._changed:
            unbegun = [delivery for delivery, _ in crowd.queue]
            crowd.queue.clear()
            self._let_go(unbegun)

    def _let_go(self, deliveries: list[Delivery], *, settled: bool = True) -> None:
        with self._changed:
            for delivery in deliveries:
                if delivery.id in self._in_hand:
                    self._crowds[delivery.crowd].held -= 1
                    self._in_hand.discard(delivery.id)
                if not settled:
                    self._unsettled[delivery.id] = time.monotonic() + UNSETTLED_FOR_S
            self._changed.notify_all()


#: By database: a process has one, tests have several.
_COURIERS: dict[str, Courier] = {}


def deliver_due(room: Room, within_s: float = ATTEMPT_WITHIN_S) -> int:
    """Start attempts of what is due, each of which takes at most `within_s`; returns how many deliveries are in hand."""
    return _COURIERS.setdefault(room.store.db.name, Courier()).step(room, within_s)


def stop_delivering(room: Room) -> None:
    """Begin nothing more, and leave the webhooks to other processes at once."""
    if (courier := _COURIERS.get(room.store.db.name)) is not None:
        courier.stop(room)


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
