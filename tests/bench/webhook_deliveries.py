"""R8: deliveries/s of one courier from a backlog / a bare `urllib3` loop with 8 threads to the same receivers; R7: what one stuck receiver
of 20 does to the others.

The courier does all its work: it leases rows, checks each address, signs, sends, keeps what came of it, by a majority. The bare
loop sends the same bytes under headers that were signed before, over kept connections, and remembers nothing.
"""

import random
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import urllib3

from services.notifications.domain.deliveries import Delivery, new_delivery
from services.notifications.domain.webhooks import Webhook
from services.notifications.kinds import DELIVERIES, INDEXES, WEBHOOKS
from services.notifications.webhooks.attempt import secret_of, signed_headers
from services.notifications.webhooks.courier import deliver_due
from shared.clock import system_clock
from shared.ids import new_id
from shared.kinds import to_document
from shared.service import Room
from tests.bench.effect_latency import _at, _moments
from tests.bench.ground import Ground, Timed, at_rest, in_turns, note, ratio, timed
from tests.bench.receivers import Receivers, receivers
from tests.stack import wait_for

TARGET = 0.5
ENDPOINTS = (1, 10, 100)
BARE_THREADS = 8
#: Events of one relationship in a backlog: they go one after the other.
OF_ONE = 4
TYPE = "cairn.relationship.session_held.v1"
BODY_BYTES = 600
R7_TARGET = 1.2
R7_ENDPOINTS = 20
R7_RATE = 100
DONE_WITHIN_S = 60.0
#: What a worker waits when there was nothing to do.
IDLE_S = 0.1


def measure_rates(ground: Ground, rounds: int, deliveries: int) -> list[dict[str, Any]]:
    """R8 at each number of endpoints."""
    return [_rate(ground, rounds, deliveries, endpoints) for endpoints in ENDPOINTS]


def _rate(ground: Ground, rounds: int, deliveries: int, endpoints: int) -> dict[str, Any]:
    room = _room(ground)
    rows = room.store.db[DELIVERIES.collection]
    with receivers(endpoints) as there:
        pids = {**ground.pids, "receivers": there.pid}
        webhooks = _registered(room, there.urls)

        def ours() -> Timed:
            rows.delete_many({})
            made = [_delivery(webhooks[number % endpoints], number, "a") for number in range(deliveries)]
            rows.insert_many([to_document(one) for one in made])
            at_rest(ground)

            def drain() -> int:
                while deliver_due(room):
                    pass
                return deliveries

            measured = timed(drain, pids)
            delivered = rows.count_documents({"state": "delivered"})
            if delivered != deliveries or len(there.arrived()) != deliveries:
                raise RuntimeError(f"{delivered} of {deliveries} delivered")
            return measured

        def bare() -> Timed:
            sent = [
                _request(room, webhooks[number % endpoints], number, there) for number in range(deliveries)
            ]
            with urllib3.PoolManager(num_pools=endpoints, maxsize=BARE_THREADS) as pool:

                def post(one: tuple[str, bytes, dict[str, str]]) -> None:
                    url, body, headers = one
                    answer = pool.request("POST", url, body=body, headers=headers, retries=False)
                    if answer.status != 204:
                        raise RuntimeError(f"answered {answer.status}")

                def loop() -> int:
                    with ThreadPoolExecutor(BARE_THREADS) as threads:
                        return len(list(threads.map(post, sent)))

                measured = timed(loop, pids)
            there.arrived()
            return measured

        name = f"R8 {endpoints} endpoints"
        return ratio(name, *in_turns(rounds, ours, bare, name), TARGET, deliveries=deliveries)


def measure_stuck(ground: Ground, rounds: int, slice_s: float) -> dict[str, Any]:
    """R7: p99 from commit to receipt at 19 healthy ones, with the 20th stuck / with it well; 100 deliveries/s over all of them."""
    p99s: dict[bool, list[int]] = {True: [], False: []}
    p50s: dict[bool, list[int]] = {True: [], False: []}
    draw = random.Random(ground.seed)
    for number in range(rounds + 1):
        for stuck in (True, False) if number % 2 else (False, True):
            taken_ms = _slice(ground, _moments(draw, R7_RATE, slice_s), stuck=stuck)
            if number:
                p99s[stuck].append(_at(taken_ms, 0.99))
                p50s[stuck].append(_at(taken_ms, 0.5))
        if number:
            note(f"R7 round {number} of {rounds}: p99 {p99s[True][-1]} ms of {p99s[False][-1]} ms")
    ratios = [with_it / without for with_it, without in zip(p99s[True], p99s[False], strict=True)]
    middle = statistics.median(ratios)
    return {
        "measure": "R7",
        "ratio": round(middle, 3),
        "target": R7_TARGET,
        "met": middle < R7_TARGET,
        "p99_ms_one_stuck": statistics.median(p99s[True]),
        "p99_ms_all_well": statistics.median(p99s[False]),
        "p50_ms_one_stuck": statistics.median(p50s[True]),
        "p50_ms_all_well": statistics.median(p50s[False]),
        "ratios": [round(each, 3) for each in ratios],
    }


def _slice(ground: Ground, at_s: list[float], *, stuck: bool) -> list[int]:
    """Deliveries committed at these moments, and how many milliseconds later each healthy receiver had its own."""
    room = _room(ground)
    over = threading.Event()
    with receivers(R7_ENDPOINTS - stuck, int(stuck)) as there:
        webhooks = _registered(room, there.urls)

        def courier() -> None:
            while not over.is_set():
                if not deliver_due(room, within_s=DONE_WITHIN_S / 4):
                    over.wait(IDLE_S)

        thread = threading.Thread(target=courier)
        thread.start()
        committed, arrived = _commit(room, webhooks[: R7_ENDPOINTS - stuck], webhooks, at_s), {}

        def all_there() -> bool:
            arrived.update(there.arrived())
            return committed.keys() <= arrived.keys()

        try:
            wait_for(all_there, DONE_WITHIN_S, "every healthy receiver having its own")
        finally:
            over.set()
            thread.join()
    # The stuck ones' lines are closed by now: what waits for them is not of interest.
    while deliver_due(_room_without_rows(room)):
        pass
    ground.drop(room.settings.namespace)
    return [max(0, arrived[id] - at_ms) for id, at_ms in committed.items()]


def _commit(room: Room, healthy: list[Webhook], webhooks: list[Webhook], at_s: list[float]) -> dict[str, int]:
    """Deliveries to all webhooks in turns at these moments; when those to the healthy ones were committed, in milliseconds."""
    committed: dict[str, int] = {}
    started_s = time.perf_counter()
    for number, moment_s in enumerate(at_s):
        time.sleep(max(0.0, moment_s - (time.perf_counter() - started_s)))
        webhook = webhooks[number % len(webhooks)]
        one = _delivery(webhook, number * OF_ONE, "s")
        room.store.db[DELIVERIES.collection].insert_one(to_document(one))
        if webhook in healthy:
            committed[one.event] = time.time_ns() // 1_000_000
    return committed


def _room(ground: Ground) -> Room:
    room = ground.room(ground.namespace(), "notifications")
    room.store.ensure_indexes(INDEXES)
    return room


def _room_without_rows(room: Room) -> Room:
    room.store.db[DELIVERIES.collection].delete_many({})
    return room


def _registered(room: Room, urls: list[str]) -> list[Webhook]:
    now = system_clock()
    webhooks = [
        Webhook(new_id("whk"), "shanghai", url, (), now, "mem_1", chapters=("shanghai",)) for url in urls
    ]
    room.store.db[WEBHOOKS.collection].insert_many([to_document(one) for one in webhooks])
    return webhooks


def _delivery(webhook: Webhook, number: int, turn: str) -> Delivery:
    relationship = f"rel_{turn}{number // (OF_ONE * 100) * 100 + number % 100:08d}"
    sequence = number // 100 % OF_ONE + 1
    event = f"{relationship}-{number}:{sequence}"
    body = '{"id":"' + event + '","text":"' + "x" * BODY_BYTES + '"}'
    return new_delivery(
        webhook.id,
        event=event,
        type=TYPE,
        relationship=relationship,
        sequence=sequence,
        chapter="shanghai",
        body=body,
        now=system_clock(),
    )


def _request(
    room: Room, webhook: Webhook, number: int, there: Receivers
) -> tuple[str, bytes, dict[str, str]]:
    one = _delivery(webhook, number, "b")
    headers = signed_headers([secret_of(webhook.id, 1, room.keys)], one.event, one.body, system_clock())
    return (
        webhook.url,
        one.body.encode(),
        {**headers, "Content-Type": "application/cloudevents+json; charset=utf-8"},
    )
