"""Deliveries as values: the life of one event on its way to one webhook.

Invariants:
1. A delivery's id is the event's id, the channel and the webhook (and what asked for it again): one event makes one delivery to each,
   and keeps its `webhook-id`.
2. Deliveries of one relationship to one webhook happen in the order of its events; a failing one holds back its relationship only.
   Where the webhook asks for no order, each goes by itself. What is sent again has an order of its own, beside what is live.
3. Every delivery ends as delivered, or failed with a reason (I9).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.notifications.domain.feed import FeedEvent

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
#: How long the row of a delivery that has ended is kept.
KEPT_FOR = timedelta(days=90)

GONE = 410


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
    """One event for one webhook. `body` is the structured CloudEvent, the same bytes in every attempt; the rest as in `lanes`.

    `again` is empty for what is live, else the id of the replay, resend or test that it belongs to.
    """

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
    forget_at: datetime | None = None
    again: str = ""


#: What marks the crowd of what is sent again: it has slots of its own, so that it never holds up what is live.
AGAIN = "~again"
#: How the id of what asked for a test begins.
TEST = "test_"


def delivery_id(event_id: str, webhook: str, again: str = "") -> str:
    """The id of the delivery of this event to this webhook; `again` names the replay, resend or test that asked for it."""
    return f"{event_id}:webhook:{webhook}" + (f":{again}" if again else "")


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
    ordered: bool = True,
    again: str = "",
) -> Delivery:
    """A delivery that is due at once; behind its relationship's earlier ones, unless the webhook wants no order."""
    line = relationship if ordered else event
    return Delivery(
        id=delivery_id(event, webhook, again),
        chapter=chapter,
        webhook=webhook,
        event=event,
        type=type,
        relationship=relationship,
        sequence=sequence,
        body=body,
        crowd=webhook + AGAIN if again else webhook,
        lane=f"{webhook}/{again}/{line}" if again else f"{webhook}/{line}",
        order=f"{sequence:020d}",
        made_at=now,
        due_at=now,
        again=again,
    )


def delivery_of(
    event: FeedEvent, webhook: str, now: datetime, *, ordered: bool = True, again: str = ""
) -> Delivery:
    """A delivery of an event of the feed, as `new_delivery`."""
    return new_delivery(
        webhook,
        event=event.id,
        type=event.type,
        relationship=event.about,
        sequence=event.sequence,
        chapter=event.chapter,
        body=event.body,
        now=now,
        ordered=ordered,
        again=again,
    )


def webhook_of(crowd: str) -> str:
    """The webhook whose deliveries a crowd holds."""
    return crowd.removesuffix(AGAIN)


def answered(delivery: Delivery, answer: Answer, now: datetime, chance: float) -> Delivery:
    """The delivery after an attempt. `chance` from 0 to 1 places the next one within its jitter."""
    tried = replace(
        delivery,
        attempts=(*delivery.attempts, Attempt(now, answer.status, answer.problem, answer.took_ms)),
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
        forget_at=now + KEPT_FOR,
    )
