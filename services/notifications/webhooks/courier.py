"""The chore that brings deliveries to their receivers.

Invariants:
1. A webhook has at most `IN_FLIGHT` deliveries on their way, one while it fails, in all processes together: a slow or stuck receiver holds
   its own slots and nobody else's.
2. Each attempt settles its own row when it ends; a pass does not wait for slow ones.
3. A row is leased for longer than an attempt can take, so that nobody else tries meanwhile; a process that dies lets go of it.
"""

import random
import threading
from concurrent.futures import FIRST_COMPLETED, Future, wait

from prometheus_client import Counter, Gauge, Histogram

from services.notifications.domain.deliveries import AGAIN, Answer, Delivery, answered, given_up, webhook_of
from services.notifications.domain.webhooks import Webhook, after_answer
from services.notifications.kinds import DELIVERIES, WEBHOOKS
from services.notifications.lanes import oldest_due, settle, take
from services.notifications.webhooks import commands
from services.notifications.webhooks.addresses import Allowed
from services.notifications.webhooks.attempt import ATTEMPT_WITHIN_S, attempt
from shared.call import PLATFORM, Call
from shared.clock import system_clock
from shared.errors import Transient
from shared.ids import new_id
from shared.service import Room
from shared.telemetry import log
from shared.transaction import Tx

#: Attempts under way in one process.
THREADS = 64
IN_FLIGHT = 4
IN_FLIGHT_FAILING = 1
#: Of what is sent again: fewer, beside those.
IN_FLIGHT_AGAIN = 2
LEASE_S = int(ATTEMPT_WITHIN_S * 3)
#: How long a pass waits for attempts to end before it looks for others.
PASS_WAIT_S = 0.1

ATTEMPTS = Counter("cairn_webhook_attempts_total", "Attempts of webhook deliveries", ["outcome"])
TOOK = Histogram("cairn_webhook_attempt_seconds", "Time of an attempt")
OLDEST = Gauge(
    "cairn_webhook_oldest_due_seconds", "How long the oldest due delivery has waited; 0 when none is due"
)

_under_way: set[Future[None]] = set()


def deliver_due(room: Room, within_s: float = ATTEMPT_WITHIN_S) -> int:
    """Start attempts of what is due, each of which takes at most `within_s`; returns how many, or how many ended or are still under way
    where none is due."""
    free = THREADS - len(_under_way)
    slots = _Slots(room)
    taken = (
        take(room.store, DELIVERIES, room.clock(), slots=slots, lease_s=LEASE_S, most=free) if free else []
    )
    for delivery in taken:
        _under_way.add(_start(room, delivery, slots.webhooks.get(delivery.webhook), within_s))
    under_way = len(_under_way)
    if under_way:
        done, _ = wait(
            _under_way, timeout=PASS_WAIT_S, return_when="ALL_COMPLETED" if taken else FIRST_COMPLETED
        )
        _under_way.difference_update(done)
    return under_way


def watch_deliveries(room: Room) -> int:
    """Keep the gauge of the oldest due delivery; never has anything more to do."""
    now = room.clock()
    oldest = oldest_due(room.store, DELIVERIES, now)
    OLDEST.set(0 if oldest is None else (now - oldest).total_seconds())
    return 0


class _Slots:
    """How many deliveries of a webhook may be on their way; keeps the webhooks that it has looked up."""

    def __init__(self, room: Room) -> None:
        self._reader = room.store.reader()
        self.webhooks: dict[str, Webhook | None] = {}

    def __call__(self, crowd: str) -> int:
        id = webhook_of(crowd)
        if id not in self.webhooks:
            self.webhooks[id] = self._reader.load(WEBHOOKS, id)
        webhook = self.webhooks[id]
        if webhook is not None and webhook.failing_since is not None:
            return IN_FLIGHT_FAILING
        return IN_FLIGHT_AGAIN if crowd.endswith(AGAIN) else IN_FLIGHT


def _start(room: Room, delivery: Delivery, webhook: Webhook | None, within_s: float) -> Future[None]:
    """One attempt under way, in a thread that does not keep a process from ending: an executor's would, for as long as it is stuck."""
    ended: Future[None] = Future()

    def run() -> None:
        try:
            _bring(room, delivery, webhook, within_s)
        except Transient as error:  # its lease runs out, and it is tried again
            log().warning("delivery_unsettled", delivery=delivery.id, reason=str(error))
        finally:
            ended.set_result(None)

    threading.Thread(target=run, name="courier", daemon=True).start()
    return ended


def _bring(room: Room, delivery: Delivery, webhook: Webhook | None, within_s: float) -> None:
    """One attempt and what comes of it, in a thread of its own."""
    if webhook is None or webhook.state != "active":
        reason = "webhook_removed" if webhook is None else "webhook_disabled"
        settle(room.store, DELIVERIES, delivery, given_up(delivery, reason, room.clock()))
        return
    allowed = Allowed(room.settings.local, room.settings.trial_receivers)
    answer = attempt(
        webhook,
        delivery,
        keys=room.keys,
        allowed=allowed,
        at=system_clock(),
        now=room.clock(),
        within_s=within_s,
    )
    after = answered(delivery, answer, room.clock(), random.random())
    settle(room.store, DELIVERIES, delivery, after)
    if after_answer(webhook, answer, room.clock())[0] != webhook:
        _keep_answer(room, webhook, answer)
    outcome = after.state if after.state != "waiting" else "put_off"
    ATTEMPTS.labels(outcome).inc()
    TOOK.observe(answer.took_ms / 1000)
    log().info(
        "delivery",
        delivery=delivery.id,
        outcome=outcome,
        status=answer.status,
        problem=answer.problem,
        ms=answer.took_ms,
    )


def _keep_answer(room: Room, webhook: Webhook, answer: Answer) -> None:
    call = Call(id=new_id("call"), at=room.clock(), chapter=PLATFORM, asker="courier")

    def work(tx: Tx) -> None:
        tx.begin(call)
        commands.keep_answer(tx, webhook.id, answer)

    room.store.transact(work)
