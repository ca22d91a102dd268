"""Webhooks and deliveries as values: what an integrator registers, and the life of one event on its way to her.

Invariants:
1. A delivery's id is the event's id, the channel and the webhook: one event makes one delivery to each, and keeps its `webhook-id`.
2. Deliveries of one relationship to one webhook happen in the order of its events; a failing one holds back its relationship only.
3. Every delivery ends as delivered, or failed with a reason (I9).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

MAX_WEBHOOKS_A_CHAPTER = 20
MAX_URL_CHARS = 2_000

#: Waits before the second, third, … attempt (events.md section 4); after the last attempt the delivery has failed.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
#: A wait is drawn from 80 to 120 % of its length, so that a receiver that comes back is not met by all at once.
JITTER = 0.2
#: The longest that a receiver's `Retry-After` is honoured for.
LONGEST_RETRY_AFTER = timedelta(hours=24)
#: A webhook that has failed for this long without one success is disabled.
DISABLED_AFTER = timedelta(days=5)
#: How long the row of a delivery that has ended is kept.
KEPT_FOR = timedelta(days=90)

GONE = 410


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where an integrator wants a chapter's public events, all types or some. `generation` counts its secrets, from 1."""

    id: str
    chapter: str
    url: str
    types: tuple[str, ...]
    made_at: datetime
    made_by: str
    state: Literal["active", "disabled"] = "active"
    reason: str = ""
    failing_since: datetime | None = None
    generation: int = 1


@dataclass(frozen=True, slots=True)
class Follower:
    """An active webhook, as far as the making of deliveries needs to know it. No types: all."""

    webhook: str
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Followers:
    """The active webhooks of a chapter; `id` is the chapter's."""

    id: str
    chapter: str
    followers: tuple[Follower, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: `status` the answer's (0: there was none), `problem` a code where it did not succeed, `took_ms` in milliseconds."""

    at: datetime
    status: int
    problem: str
    took_ms: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt. `retry_after_s` is what the receiver asked for, 0 where it did not."""

    status: int
    problem: str
    took_ms: int
    retry_after_s: int = 0

    @property
    def succeeded(self) -> bool:
        """2xx is success; everything else, a redirect too, is not."""
        return not self.problem and 200 <= self.status <= 299


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one webhook. `body` is the structured CloudEvent, the same bytes in every attempt; the rest as in `lanes`."""

    id: str
    chapter: str
    webhook: str
    event: str
    type: str
    relationship: str
    sequence: int
    body: str
    crowd: str
    lane: str
    order: str
    made_at: datetime
    due_at: datetime | None
    state: Literal["waiting", "delivered", "failed"] = "waiting"
    attempts: tuple[Attempt, ...] = ()
    reason: str = ""
    ended_at: datetime | None = None
    holder: str = ""
    lease_until: datetime | None = None
    forget_at: datetime | None = None


def delivery_id(event_id: str, webhook: str) -> str:
    """The id of the delivery of this event to this webhook."""
    return f"{event_id}:webhook:{webhook}"


def new_delivery(
    webhook: str,
    *,
    event: str,
    type: str,
    relationship: str,
    sequence: int,
    chapter: str,
    body: str,
    now: datetime,
) -> Delivery:
    """A delivery that is due at once, behind its relationship's earlier ones."""
    return Delivery(
        id=delivery_id(event, webhook),
        chapter=chapter,
        webhook=webhook,
        event=event,
        type=type,
        relationship=relationship,
        sequence=sequence,
        body=body,
        crowd=webhook,
        lane=f"{webhook}/{relationship}",
        order=f"{sequence:020d}",
        made_at=now,
        due_at=now,
    )


def wants(follower: Follower, type: str) -> bool:
    """Whether the webhook asked for events of this type."""
    return not follower.types or type in follower.types


def answered(delivery: Delivery, answer: Answer, now: datetime, chance: float) -> Delivery:
    """The delivery after an attempt. `chance` from 0 to 1 places the next one within its jitter."""
    tried = replace(
        delivery,
        attempts=(*delivery.attempts, Attempt(now, answer.status, answer.problem, answer.took_ms)),
        holder="",
        lease_until=None,
    )
    if answer.succeeded:
        return replace(tried, state="delivered", due_at=None, ended_at=now, forget_at=now + KEPT_FOR)
    if answer.status == GONE or len(tried.attempts) > len(WAITS):
        return given_up(tried, answer.problem, now)
    wait = WAITS[len(tried.attempts) - 1] * (1 - JITTER + 2 * JITTER * chance)
    asked_for = min(timedelta(seconds=answer.retry_after_s), LONGEST_RETRY_AFTER)
    return replace(tried, due_at=now + max(wait, asked_for))


def given_up(delivery: Delivery, reason: str, now: datetime) -> Delivery:
    """It will not be tried again."""
    return replace(
        delivery,
        state="failed",
        reason=reason,
        due_at=None,
        ended_at=now,
        holder="",
        lease_until=None,
        forget_at=now + KEPT_FOR,
    )


def after_answer(webhook: Webhook, answer: Answer, now: datetime) -> Webhook:
    """The webhook after an attempt: one success ends a row of failures; 410, or failing for too long, disables it."""
    if answer.succeeded:
        return webhook if webhook.failing_since is None else replace(webhook, failing_since=None)
    since = webhook.failing_since or now
    if answer.status == GONE:
        return replace(webhook, state="disabled", reason="gone", failing_since=since)
    if now - since >= DISABLED_AFTER:
        return replace(webhook, state="disabled", reason="failing_for_5_days", failing_since=since)
    return replace(webhook, failing_since=since)


def without(followers: Followers, webhook: str) -> Followers:
    """The chapter's active webhooks without this one."""
    return replace(followers, followers=tuple(one for one in followers.followers if one.webhook != webhook))
