"""What can be asked about webhooks, what attempts say about them, and the making of deliveries."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from services.notifications.domain.accounts import grant_id
from services.notifications.domain.deliveries import Answer, delivery_of
from services.notifications.domain.feed import FeedEvent
from services.notifications.domain.webhooks import (
    MAX_FOLLOWERS,
    MAX_WEBHOOKS,
    Followers,
    Webhook,
    after_answer,
    enabled,
    followed_by,
    wants,
    with_new_secret,
    without,
    without_owner,
)
from services.notifications.kinds import ACCOUNTS, DELIVERIES, FOLLOWERS, GRANTS, WEBHOOKS
from services.notifications.lanes import try_now
from shared.errors import NotAllowed, NotThere, Refused
from shared.transaction import Tx

Json = dict[str, Any]


def register(tx: Tx, webhook: Webhook) -> Json:
    """A new webhook. Its address and chapters were checked before. 409 `too_many_webhooks` where there are enough."""
    if tx.count(WEBHOOKS, {"owner": webhook.owner, "chapter": webhook.chapter}) >= MAX_WEBHOOKS:
        raise Refused("too_many_webhooks", f"There are at most {MAX_WEBHOOKS} webhooks. Remove one first.")
    # Two at once collide here, whichever chapters they follow; a chapter's own collide in its followers.
    if webhook.owner:
        tx.save(ACCOUNTS, tx.get(ACCOUNTS, webhook.owner))
    tx.save(WEBHOOKS, webhook)
    _follow(tx, webhook)
    return {"id": webhook.id}


def change(tx: Tx, id: str, owner: str, changes: Json) -> Json:
    """Other values for some of its fields; `state` active enables it again, disabled stops it. Its address was checked before.

    Where it is enabled again, or has a new address, what waits for it is tried now.
    """
    before = mine(tx, id, owner)
    state = changes.pop("state", before.state)
    after = replace(before, **changes)
    if state == "active" and before.state != "active":
        after = enabled(after)
    elif state == "disabled" and before.state == "active":
        after = replace(after, state="disabled", reason="by_its_owner")
    tx.save(WEBHOOKS, after)
    _unfollow(tx, before)
    if after.state == "active":
        _follow(tx, after)
        if (after.url, after.state) != (before.url, before.state):
            try_now(tx, DELIVERIES, {"crowd": id})
    return {"id": id}


def new_secret(tx: Tx, id: str, owner: str, overlap_hours: int) -> Json:
    """Rotate its secret; the one before signs too for the overlap, in hours."""
    after = with_new_secret(mine(tx, id, owner), overlap_hours=overlap_hours, now=tx.call.at)
    tx.save(WEBHOOKS, after)
    return {"generation": after.generation}


def remove(tx: Tx, id: str, owner: str) -> None:
    """Take the webhook away; what waits for it is not delivered any more."""
    webhook = mine(tx, id, owner)
    tx.remove(WEBHOOKS, id)
    _unfollow(tx, webhook)


def mine(tx: Tx, id: str, owner: str) -> Webhook:
    """The webhook, where it is this owner's; 404 otherwise."""
    webhook = tx.get(WEBHOOKS, id)
    if webhook.owner != owner:
        raise NotThere("webhook")
    return webhook


def shut_out(tx: Tx, owner: str, chapter: str) -> None:
    """A chapter took back what it granted to a service account: its webhooks hear nothing more from there."""
    if (followers := tx.load(FOLLOWERS, chapter)) is not None:
        tx.save(FOLLOWERS, without_owner(followers, owner))
    for webhook in tx.find(WEBHOOKS, {"owner": owner}):
        left = tuple(one for one in webhook.chapters if one != chapter)
        tx.save(WEBHOOKS, replace(webhook, chapters=left))


def close(tx: Tx, owner: str) -> None:
    """A service account was closed: its webhooks hear nothing more from anywhere."""
    for webhook in tx.find(WEBHOOKS, {"owner": owner}):
        _unfollow(tx, webhook)
        tx.save(WEBHOOKS, replace(webhook, state="disabled", reason="account_closed"))


def keep_answer(tx: Tx, id: str, answer: Answer) -> None:
    """What an attempt says about the webhook itself: it works (again), it fails, it is to be disabled; and whom that concerns hears it."""
    before = tx.load(WEBHOOKS, id)
    if before is None or before.state != "active":
        return
    after, told = after_answer(before, answer, tx.call.at)
    if after != before:
        tx.save(WEBHOOKS, after, *told)
    if after.state == "disabled":
        _unfollow(tx, after)


def deliver(tx: Tx, event: FeedEvent, now: datetime) -> int:
    """Make a delivery of this event to each webhook that follows its chapter and wants it; how many.

    `now` is on the platform's clock, by which deliveries go out, whatever time it is in a sandbox.
    """
    followers = tx.load(FOLLOWERS, event.chapter)
    wanted_by = (
        [one for one in followers.followers if wants(one, event.type, event.about)] if followers else []
    )
    for follower in wanted_by:
        ordered = follower.ordering == "relationship"
        tx.save(DELIVERIES, delivery_of(event, follower.webhook, now, ordered=ordered))
    return len(wanted_by)


def _follow(tx: Tx, webhook: Webhook) -> None:
    """Follow the webhook's chapters. An account's grants are looked at here, and saved, so that one taken back meanwhile is met."""
    for chapter in webhook.chapters:
        if webhook.owner:
            grant = tx.load(GRANTS, grant_id(webhook.owner, chapter))
            if grant is None or "webhooks:write" not in grant.scopes:
                raise NotAllowed(
                    "chapter_not_granted", f"You may not follow the chapter {chapter}.", chapter=chapter
                )
            tx.save(GRANTS, grant)
        followers = followed_by(tx.load(FOLLOWERS, chapter) or Followers(chapter, chapter), webhook)
        if len(followers.followers) > MAX_FOLLOWERS:
            raise Refused(
                "too_many_webhooks", f"At most {MAX_FOLLOWERS} webhooks follow the chapter {chapter}."
            )
        tx.save(FOLLOWERS, followers)


def _unfollow(tx: Tx, webhook: Webhook) -> None:
    for chapter in webhook.chapters:
        if (followers := tx.load(FOLLOWERS, chapter)) is not None:
            tx.save(FOLLOWERS, without(followers, webhook.id))
