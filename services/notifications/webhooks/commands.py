"""What can be asked about webhooks, and the making of deliveries."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC
from typing import Any

from services.notifications.domain.webhooks import (
    MAX_WEBHOOKS_A_CHAPTER,
    Answer,
    Follower,
    Followers,
    Webhook,
    after_answer,
    new_delivery,
    wants,
    without,
)
from services.notifications.kinds import DELIVERIES, FOLLOWERS, WEBHOOKS
from shared.envelope import SEQUENCE_DIGITS, Envelope
from shared.errors import Refused
from shared.kinds import Kind
from shared.transaction import Tx


def register(tx: Tx, id: str, url: str, types: tuple[str, ...]) -> dict[str, Any]:
    """A new webhook of the asker's chapter. The address was checked before. 409 `too_many_webhooks` where there are enough."""
    chapter = tx.call.chapter
    followers = tx.load(FOLLOWERS, chapter) or Followers(chapter, chapter)
    if tx.count(WEBHOOKS, {}) >= MAX_WEBHOOKS_A_CHAPTER:
        raise Refused(
            "too_many_webhooks", f"A chapter has at most {MAX_WEBHOOKS_A_CHAPTER} webhooks. Remove one first."
        )
    webhook = Webhook(id, chapter, url, types, made_at=tx.call.at, made_by=tx.call.asker)
    tx.save(WEBHOOKS, webhook)
    joined = (*followers.followers, Follower(webhook.id, types))
    tx.save(FOLLOWERS, replace(followers, followers=joined))
    return {"id": webhook.id}


def remove(tx: Tx, id: str) -> None:
    """Take the webhook away; what waits for it is not delivered any more."""
    tx.get(WEBHOOKS, id)
    tx.remove(WEBHOOKS, id)
    _unfollow(tx, id)


def keep_answer(tx: Tx, id: str, answer: Answer) -> None:
    """What an attempt says about the webhook itself: it works (again), it fails, it is to be disabled."""
    before = tx.load(WEBHOOKS, id)
    if before is None or before.state != "active":
        return
    after = after_answer(before, answer, tx.call.at)
    if after != before:
        tx.save(WEBHOOKS, after)
    if after.state == "disabled":
        _unfollow(tx, id)


def deliver(tx: Tx, envelope: Envelope) -> None:
    """Make a delivery of this public event to each webhook of its chapter that wants it."""
    followers = tx.load(FOLLOWERS, envelope.chapter)
    for follower in followers.followers if followers else ():
        if wants(follower, envelope.type):
            delivery = new_delivery(
                follower.webhook,
                event=envelope.id,
                type=envelope.type,
                relationship=envelope.aggregate,
                sequence=envelope.seq,
                chapter=envelope.chapter,
                body=structured(envelope),
                now=tx.call.at,
            )
            tx.save(DELIVERIES, delivery)


def deliveries_need(envelope: Envelope) -> Iterable[tuple[Kind[Any], str]]:
    """The documents that `deliver` loads for every event."""
    yield FOLLOWERS, envelope.chapter


def structured(envelope: Envelope) -> str:
    """The event as a CloudEvent in structured JSON (CloudEvents 1.0, JSON event format)."""
    attributes = {
        "specversion": "1.0",
        "id": envelope.id,
        "source": envelope.source,
        "type": envelope.type,
        "time": envelope.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "sequence": f"{envelope.seq:0{SEQUENCE_DIGITS}d}",
        "partitionkey": envelope.aggregate,
        "chapter": envelope.chapter,
        "data": json.loads(envelope.data),
    }
    return json.dumps(attributes, ensure_ascii=False, separators=(",", ":"))


def _unfollow(tx: Tx, id: str) -> None:
    followers = tx.load(FOLLOWERS, tx.call.chapter)
    if followers is not None:
        tx.save(FOLLOWERS, without(followers, id))
