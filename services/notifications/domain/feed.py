"""The feed as values: every public event that notifications has heard, each at one place of one line.

Invariants:
1. Places are 1, 2, 3, … without a gap, over all chapters. A place is given once and never changes; whoever has read up to a place has
   read everything before it.
2. Events of one aggregate stand in the order of their sequence.
3. After a relationship's tombstone the feed holds no member id of it any more (R29).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

#: What stands in an event's data for a member of an erased relationship.
ERASED = "erased"
#: The fields of public events that hold a member's id.
MEMBER_FIELDS = ("mentee", "mentor")
#: The place of an event that has none yet.
QUEUED = 0


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One event: `about` its aggregate, `body` the structured CloudEvent, `place` where it stands (0: not yet).

    `at` is when it happened; `heard_at` when notifications heard of it; `placed_at` when it got its place.
    """

    id: str
    chapter: str
    type: str
    about: str
    sequence: int
    at: datetime
    heard_at: datetime
    body: str
    place: int = QUEUED
    placed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Forgetting:
    """A relationship whose tombstone was heard, and whose deliveries have yet to forget its members; `id` is the relationship's."""

    id: str
    chapter: str


def in_line(events: Iterable[FeedEvent]) -> list[FeedEvent]:
    """The events in the order in which they get their places: as they were heard, and within an aggregate always by sequence."""
    latest: dict[str, datetime] = {}
    keyed = []
    for event in sorted(events, key=lambda one: one.sequence):
        heard = max(event.heard_at, latest.get(event.about, event.heard_at))
        latest[event.about] = heard
        keyed.append(((heard, event.about, event.sequence), event))
    return [event for _, event in sorted(keyed, key=lambda pair: pair[0])]


def forgotten(event: FeedEvent) -> FeedEvent:
    """The event without the ids of the members that it was about."""
    return replace(event, body=without_members(event.body))


def without_members(body: str) -> str:
    """A structured CloudEvent without the ids of the members that it was about."""
    event = json.loads(body)
    data = event["data"]
    event["data"] = {**data, **{name: ERASED for name in MEMBER_FIELDS if name in data}}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))
