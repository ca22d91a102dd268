"""Sending again: one delivery, a test, or history (a replay). Nothing of it gets in the way of what is live."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.notifications.domain.deliveries import (
    AGAIN,
    TEST,
    Delivery,
    delivery_id,
    delivery_of,
    new_delivery,
)
from services.notifications.domain.feed import FeedEvent
from services.notifications.domain.replays import (
    MAX_RUNNING,
    MAX_WAITING,
    Replay,
    cancelled,
    held_back,
    moved_on,
)
from services.notifications.domain.webhooks import Webhook
from services.notifications.feed.reading import Wanted, read_page
from services.notifications.kinds import DELIVERIES, FEED, REPLAYS, WEBHOOKS
from services.notifications.lanes import try_now
from shared.call import PLATFORM, Call
from shared.errors import Refused
from shared.events.contract import examples_of
from shared.events.schemas import schema_address
from shared.ids import derived_id, new_id
from shared.service import Room
from shared.transaction import Tx

Json = dict[str, Any]

#: How many events of a replay become deliveries in one transaction.
A_STEP = 100
#: How many replays are looked at in one pass.
MAX_A_PASS = 20


def resend(tx: Tx, sent: Delivery) -> Json:
    """One more delivery of the same bytes under the same webhook-id. 409 `too_many_waiting` where enough wait.

    One that still waits is tried now instead, with those of its relationship that wait behind it.
    """
    known = tx.get(DELIVERIES, sent.id)
    if known.state == "waiting":
        try_now(tx, DELIVERIES, {"lane": known.lane})
        return {"id": known.id}
    _refuse_too_many(tx, tx.get(WEBHOOKS, sent.webhook))
    tx.save(DELIVERIES, known)  # who lets it forget its members meanwhile collides here, and this looks again
    return _save(tx, known, derived_id("rsd", tx.call.id))


def send_test(tx: Tx, webhook: Webhook, type: str, public_url: str) -> Json:
    """A delivery of an example event. It is of no relationship that there is, and says that it is a test."""
    _refuse_too_many(tx, tx.get(WEBHOOKS, webhook.id))
    test = derived_id(TEST.removesuffix("_"), tx.call.id)
    example = {
        **examples_of(type)[-1],
        "id": f"{test}:1",
        "time": tx.call.at.isoformat().replace("+00:00", "Z"),
        "dataschema": schema_address(public_url, type),
        "chapter": webhook.chapter,
        "test": test,
    }
    delivery = new_delivery(
        webhook.id,
        event=example["id"],
        type=type,
        relationship=example["partitionkey"],
        sequence=1,
        chapter=webhook.chapter,
        body=_json(example),
        now=tx.call.at,
        again=test,
    )
    tx.save(DELIVERIES, delivery)
    return {"id": delivery.id}


def _refuse_too_many(tx: Tx, webhook: Webhook) -> None:
    if tx.count(DELIVERIES, {"state": "waiting", "crowd": webhook.id + AGAIN}) >= MAX_WAITING:
        raise Refused("too_many_waiting", f"{MAX_WAITING} wait already to be sent again. Let them go first.")
    tx.save(WEBHOOKS, webhook)  # two at once collide here, so that the bound holds


def begin(tx: Tx, replay: Replay) -> Json:
    """Start a replay. 409 `webhook_disabled`, or `too_many_replays` where enough run."""
    webhook = tx.get(WEBHOOKS, replay.webhook)
    if webhook.state != "active":
        raise Refused("webhook_disabled", "Enable the webhook first.")
    if tx.count(REPLAYS, {"webhook": replay.webhook, "state": "running"}) >= MAX_RUNNING:
        raise Refused("too_many_replays", f"At most {MAX_RUNNING} replays run to one webhook at once.")
    tx.save(WEBHOOKS, webhook)  # two at once collide here, so that the bound holds
    over = replay.reached >= replay.last
    tx.save(REPLAYS, replace(replay, state="done", due_at=None) if over else replay)
    return {"id": replay.id}


def cancel(tx: Tx, id: str) -> Json:
    """End a replay before its end."""
    tx.save(REPLAYS, cancelled(tx.get(REPLAYS, id)))
    return {"id": id}


def replay_due(room: Room) -> int:
    """Make the next deliveries of replays that are due; returns how many were looked at."""
    now = room.clock()
    due = room.store.reader().find(
        REPLAYS, {"state": "running", "due_at": {"$lte": now}}, sort=[("due_at", 1)], limit=MAX_A_PASS
    )
    for replay in due:
        _step(room, replay, now)
    return len(due)


def _step(room: Room, replay: Replay, now: datetime) -> None:
    call = Call(id=new_id("call"), at=now, chapter=PLATFORM, asker="replay")
    reader = room.store.reader()
    webhook = reader.load(WEBHOOKS, replay.webhook)
    crowd = replay.webhook + AGAIN
    busy = reader.count(DELIVERIES, {"state": "waiting", "crowd": crowd})
    granted = tuple(one for one in replay.chapters if webhook is not None and one in webhook.chapters)
    wanted = Wanted(granted, replay.types, replay.relationship, replay.since, replay.until)
    page = read_page(room, wanted, replay.reached, A_STEP) if granted and busy < MAX_WAITING else None
    events = _chosen(room, replay, page.events) if page else []

    def work(tx: Tx) -> None:
        tx.begin(call)
        current = tx.load(REPLAYS, replay.id)
        if current != replay:  # somebody else was here, or it was cancelled
            return
        if webhook is None or webhook.state != "active" or not granted:
            tx.save(REPLAYS, cancelled(current))
        elif page is None:
            tx.save(REPLAYS, held_back(current, now))
        else:
            tx.prefetch(FEED, [event.id for event in events])
            for event in events:
                if (known := tx.load(FEED, event.id)) is not None:  # None where its sandbox was erased
                    tx.save(FEED, known)  # as in `resend`
                    _again(tx, replay, known)
            reached = page.reached if page.more else replay.last
            tx.save(REPLAYS, moved_on(current, reached=reached, made=len(events), now=now))

    room.store.transact(work)


def _chosen(room: Room, replay: Replay, events: tuple[FeedEvent, ...]) -> list[FeedEvent]:
    """Those up to the replay's end, from its sequence on, and only failed ones where only those are wanted."""
    within = [
        event for event in events if event.place <= replay.last and event.sequence >= replay.from_sequence
    ]
    if not replay.failed_only or not within:
        return within
    ids = {delivery_id(event.id, replay.webhook): event for event in within}
    found = room.store.reader().find(DELIVERIES, {"_id": {"$in": list(ids)}, "state": "failed"})
    failed = {delivery.id for delivery in found}
    return [event for id, event in ids.items() if id in failed]


def _again(tx: Tx, replay: Replay, event: FeedEvent) -> None:
    marked = replace(event, body=_json({**json.loads(event.body), "replay": replay.id}))
    tx.save(DELIVERIES, delivery_of(marked, replay.webhook, tx.call.at, again=replay.id))


def _save(tx: Tx, sent: Delivery, again: str) -> Json:
    delivery = new_delivery(
        sent.webhook,
        event=sent.event,
        type=sent.type,
        relationship=sent.relationship,
        sequence=sent.sequence,
        chapter=sent.chapter,
        body=sent.body,
        now=tx.call.at,
        again=again,
    )
    tx.save(DELIVERIES, delivery)
    return {"id": delivery.id}


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
