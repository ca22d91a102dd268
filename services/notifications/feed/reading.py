"""One page of the feed.

Invariant: a page reads up to the last place that was given before it was asked for, so that nothing can be missed that commits meanwhile.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.notifications.domain.feed import QUEUED, FeedEvent
from services.notifications.feed.placing import last_place
from services.notifications.kinds import FEED
from shared.call import PLATFORM
from shared.chapter_clocks import is_sandbox
from shared.service import Room
from shared.transaction import Reader

Json = dict[str, Any]

#: How far a page looks for events that its filter admits. A page may hold fewer than asked for, or none, and still lead on.
LOOKED_AT = 5_000
#: How many runs of an index MongoDB merges in order (`internalQueryMaxScansToExplode` is 200).
MERGED_RUNS = 200
#: How far the clocks of two machines may be apart.
CLOCKS_DIFFER_BY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose events: chapters (at least one), types and relationship (empty: all), and when they happened (None: whenever)."""

    chapters: tuple[str, ...]
    types: tuple[str, ...] = ()
    relationship: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Events in the order of their places; `reached` is the place up to which was read, `more` whether there is more right now."""

    events: tuple[FeedEvent, ...]
    reached: int
    more: bool


def read_page(room: Room, wanted: Wanted, after: int, limit: int) -> Page:
    """At most `limit` events after this place. One index is read, from there on; the page's cost does not depend on where it is."""
    with room.store.client.start_session(causal_consistency=True) as session:
        last = last_place(room, session)
        if after >= last:
            return Page((), after, more=False)
        most = LOOKED_AT if wanted.since or wanted.until or _too_many(wanted) else limit
        where = {**_where(wanted), "place": {"$gt": after, "$lte": last}}
        reader = Reader(room.store.db, PLATFORM, session)
        found = reader.find(FEED, where, sort=[("place", 1)], limit=most + 1)
    admitted = [event for event in found[:most] if _within(event, wanted)]
    if len(admitted) > limit:
        return Page(tuple(admitted[:limit]), admitted[limit - 1].place, more=True)
    if len(found) > most:
        return Page(tuple(admitted), found[most - 1].place, more=True)
    return Page(tuple(admitted), last, more=False)


def place_before(room: Room, chapters: tuple[str, ...], moment: datetime) -> int:
    """A place after which everything stands that happened from `moment` on: no event is placed before it happens, clocks' skew allowed.

    In a sandbox, whose clock may be ahead by any time, everything is looked at.
    """
    if any(is_sandbox(chapter) for chapter in chapters):
        return 0
    found = room.store.reader().find(
        FEED,
        {"placed_at": {"$gte": moment - CLOCKS_DIFFER_BY}, "place": {"$gt": QUEUED}},
        sort=[("placed_at", 1), ("place", 1)],
        limit=1,
    )
    return found[0].place - 1 if found else last_place(room)


def shown(event: FeedEvent, **more: str) -> Json:
    """The CloudEvent, with further attributes where there are any."""
    body: Json = json.loads(event.body)
    return {**body, **more}


def _where(wanted: Wanted) -> Json:
    where: Json = {"chapter": _one_of(wanted.chapters)}
    if wanted.relationship:
        where["about"] = wanted.relationship
    if wanted.types and not _too_many(wanted):
        where["type"] = _one_of(wanted.types)
    return where


def _too_many(wanted: Wanted) -> bool:
    """Whether MongoDB would no longer merge one run of the index for each chapter and type, but sort."""
    return len(wanted.chapters) * len(wanted.types) > MERGED_RUNS


def _one_of(words: Iterable[str]) -> Any:
    several = list(words)
    return several[0] if len(several) == 1 else {"$in": several}


def _within(event: FeedEvent, wanted: Wanted) -> bool:
    return (
        (wanted.since is None or event.at >= wanted.since)
        and (wanted.until is None or event.at < wanted.until)
        and (not wanted.types or event.type in wanted.types)
    )
