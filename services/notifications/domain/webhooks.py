"""Webhooks as values: what an integrator registers, who follows a chapter, and what attempts say about a webhook.

Invariants:
1. A webhook gets the events of those chapters that it names and its owner may still follow, and no others.
2. While an old secret lives on, every delivery is signed with both; afterwards with the new one only.
3. One that fails is warned of before it is disabled, each warning once for one row of failures.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.notifications.domain.deliveries import GONE, TEST, Answer, Delivery
from shared.events.notifications import WebhookDisabled, WebhookFailing

#: The most webhooks of one service account, and of one chapter's coordinators.
MAX_WEBHOOKS = 100
#: The most webhooks that follow one chapter, whoever they belong to.
MAX_FOLLOWERS = 500
MAX_URL_CHARS = 2_000
MAX_NOTE_CHARS = 200

#: A webhook that has failed for this long without one success is disabled (events.md section 4).
DISABLED_AFTER = timedelta(days=5)
#: After how many hours of failing it is warned of, before that.
WARNED_AFTER_HOURS = (6, 24, 72)
#: How long the old secret signs beside the new one, in hours: by default, and at most.
OVERLAP_HOURS = 24
MAX_OVERLAP_HOURS = 168

Ordering = Literal["relationship", "none"]


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where an integrator wants public events: of these chapters, all types or some.

    `owner` is the service account, or empty where coordinators of its `chapter` keep it. `generation` counts its secrets, from 1; the one
    before signs too until `old_secret_until`. `warned_hours` is the last warning of the present row of failures.
    """

    id: str
    chapter: str
    url: str
    types: tuple[str, ...]
    made_at: datetime
    made_by: str
    owner: str = ""
    chapters: tuple[str, ...] = ()
    ordering: Ordering = "relationship"
    note: str = ""
    state: Literal["active", "disabled"] = "active"
    reason: str = ""
    failing_since: datetime | None = None
    warned_hours: int = 0
    generation: int = 1
    old_secret_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Follower:
    """An active webhook, as far as the making of deliveries needs to know it. No types: all."""

    webhook: str
    types: tuple[str, ...]
    owner: str = ""
    ordering: Ordering = "relationship"


@dataclass(frozen=True, slots=True)
class Followers:
    """The active webhooks of a chapter; `id` is the chapter's."""

    id: str
    chapter: str
    followers: tuple[Follower, ...] = ()


def wants(follower: Follower, type: str, about: str) -> bool:
    """Whether the webhook asked for events of this type. None hears through itself that it fails."""
    return about != follower.webhook and (not follower.types or type in follower.types)


def may_reach(webhook: Webhook, delivery: Delivery) -> bool:
    """Whether the webhook may still be sent this: what its owner may no longer follow is not brought to it. Tests are of no chapter."""
    return delivery.chapter in webhook.chapters or delivery.again.startswith(TEST)


def generations(webhook: Webhook, now: datetime) -> tuple[int, ...]:
    """The secrets that sign now, the newest first."""
    if webhook.old_secret_until is not None and now < webhook.old_secret_until:
        return webhook.generation, webhook.generation - 1
    return (webhook.generation,)


def with_new_secret(webhook: Webhook, *, overlap_hours: int, now: datetime) -> Webhook:
    """The webhook with a new secret; the one before signs beside it for the overlap."""
    until = now + timedelta(hours=overlap_hours) if overlap_hours else None
    return replace(webhook, generation=webhook.generation + 1, old_secret_until=until)


def enabled(webhook: Webhook) -> Webhook:
    """The webhook as if it had never failed."""
    return replace(webhook, state="active", reason="", failing_since=None, warned_hours=0)


Told = WebhookFailing | WebhookDisabled


def after_answer(webhook: Webhook, answer: Answer, now: datetime) -> tuple[Webhook, tuple[Told, ...]]:
    """The webhook after an attempt, and what is to be told: one success ends a row of failures; 410, or failing for too long, disables."""
    if answer.succeeded:
        calm = webhook.failing_since is None
        return (webhook if calm else replace(webhook, failing_since=None, warned_hours=0)), ()
    since = webhook.failing_since or now
    failing = replace(webhook, failing_since=since)
    if answer.status == GONE:
        return replace(failing, state="disabled", reason="gone"), (WebhookDisabled(webhook.id, "gone"),)
    if now - since >= DISABLED_AFTER:
        return replace(failing, state="disabled", reason="failing_for_5_days"), (
            WebhookDisabled(webhook.id, "failing"),
        )
    due = [hours for hours in WARNED_AFTER_HOURS if now - since >= timedelta(hours=hours)]
    if due and due[-1] > webhook.warned_hours:
        return replace(failing, warned_hours=due[-1]), (WebhookFailing(webhook.id, since, due[-1]),)
    return failing, ()


def followed_by(followers: Followers, webhook: Webhook) -> Followers:
    """The chapter's active webhooks with this one as it is now."""
    mine = Follower(webhook.id, webhook.types, webhook.owner, webhook.ordering)
    return replace(followers, followers=(*without(followers, webhook.id).followers, mine))


def without(followers: Followers, webhook: str) -> Followers:
    """The chapter's active webhooks without this one."""
    return replace(followers, followers=tuple(one for one in followers.followers if one.webhook != webhook))


def without_owner(followers: Followers, owner: str) -> Followers:
    """The chapter's active webhooks without those of a service account."""
    return replace(followers, followers=tuple(one for one in followers.followers if one.owner != owner))
