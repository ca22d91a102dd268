"""What can be asked about webhooks, and the making of deliveries."""

from collections.abc import Iterable
from dataclasses import replace
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
from shared.envelope import Envelope
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


def deliver(tx: Tx, envelope: Envelope, body: str) -> None:
    """Make a delivery of this public event to each webhook of its chapter that wants it; `body` is the CloudEvent as JSON."""
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
                body=body,
                now=tx.call.at,
            )
            tx.save(DELIVERIES, delivery)


def deliveries_need(envelope: Envelope) -> Iterable[tuple[Kind[Any], str]]:
    """The documents that `deliver` loads for every event."""
    yield FOLLOWERS, envelope.chapter


def _unfollow(tx: Tx, id: str) -> None:
    followers = tx.load(FOLLOWERS, tx.call.chapter)
    if followers is not None:
        tx.save(FOLLOWERS, without(followers, id))
