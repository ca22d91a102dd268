"""How events come into the feed: kept in the transaction that heard them, then given their places by one line of writers.

Invariants:
1. Every place is written in one transaction together with the last place given, and only where that is still what the writer saw. So
   there is one line, however many processes write it, and a reader who knows the last place can read up to it without missing any.
2. An event is committed after those before it in its aggregate (the inbox sees to that), so that whoever sees it sees them.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from prometheus_client import Counter, Gauge
from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from services.notifications.domain.deliveries import Delivery
from services.notifications.domain.feed import QUEUED, FeedEvent, forgotten, in_line, without_members
from services.notifications.kinds import DELIVERIES, FEED
from shared.chapter_clocks import is_sandbox
from shared.envelope import SEQUENCE_DIGITS, Envelope
from shared.errors import Clash, Transient
from shared.events.matching import RelationshipErased
from shared.events.schemas import schema_address
from shared.kinds import Document, Kind, V, from_document
from shared.service import Room
from shared.transaction import Tx

#: How many events get their places in one transaction.
PLACED_TOGETHER = 500
#: How many events of the aggregates that they belong to are looked at, so that none overtakes an earlier one.
MAX_TOGETHER = 2_000
FORGOTTEN_TOGETHER = 500
HEADS = "feed_heads"
HEAD = "feed"

PLACED = Counter("cairn_feed_placed_total", "Events that got their place in the feed")
LAST_PLACE = Gauge("cairn_feed_last_place", "The last place in the feed that this process gave")


def keep(tx: Tx, room: Room, envelope: Envelope, fact: Any) -> str:
    """Keep a public event for the feed; a tombstone takes the members' ids out of what is there, also of what waits to be delivered.

    Returns the CloudEvent as JSON.
    """
    body = structured(envelope, room.settings.public_url)
    if isinstance(fact, RelationshipErased):
        _forget(tx, FEED, {"about": envelope.aggregate}, forgotten)
        _forget(tx, DELIVERIES, {"relationship": envelope.aggregate}, _delivered_without)
    tx.save(
        FEED,
        FeedEvent(
            id=envelope.id,
            chapter=envelope.chapter,
            type=envelope.type,
            about=envelope.aggregate,
            sequence=envelope.seq,
            at=envelope.at,
            heard_at=room.clock(),
            body=body,
        ),
    )
    return body


def _forget(tx: Tx, kind: Kind[V], where: Mapping[str, str], forget: Callable[[V], V]) -> None:
    """Let each of these values forget, page after page."""
    after = ""
    while found := tx.find(
        kind, {**where, "_id": {"$gt": after}}, sort=[("_id", 1)], limit=FORGOTTEN_TOGETHER
    ):
        tx.prefetch(kind, [value.id for value in found])
        for value in found:
            tx.save(kind, forget(value))
        after = found[-1].id


def _delivered_without(delivery: Delivery) -> Delivery:
    return replace(delivery, body=without_members(delivery.body))


def structured(envelope: Envelope, public_url: str) -> str:
    """The event as a CloudEvent in structured JSON (CloudEvents 1.0, JSON event format)."""
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": envelope.id,
        "source": envelope.source,
        "type": envelope.type,
        "time": envelope.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataschema": schema_address(public_url, envelope.type),
        "sequence": f"{envelope.seq:0{SEQUENCE_DIGITS}d}",
        "partitionkey": envelope.aggregate,
        "chapter": envelope.chapter,
        "data": json.loads(envelope.data),
    }
    if is_sandbox(envelope.chapter):
        attributes["sandbox"] = True
    return json.dumps(attributes, ensure_ascii=False, separators=(",", ":"))


def place_events(room: Room) -> int:
    """Give the next events their places; how many. 0 too where another process was first, and comes back to what is left."""
    if room.store.reader().first(FEED, {"place": QUEUED}) is None:
        return 0
    try:
        last, placed = room.store.transact(lambda tx: _place(tx, room.clock()))
    except (Clash, Transient):
        return 0
    PLACED.inc(placed)
    LAST_PLACE.set(last)
    return placed


def last_place(room: Room, session: ClientSession | None = None) -> int:
    """The last place given. Everything up to it is there to be read, in the same (causally consistent) session for certain."""
    head = room.store.db[HEADS].find_one({"_id": HEAD}, session=session)
    return int(head["place"]) if head else 0


def _place(tx: Tx, now: datetime) -> tuple[int, int]:
    rows, heads = tx.db[FEED.collection], tx.db[HEADS]
    first = rows.find({"place": QUEUED}, {"about": 1}, session=tx.session).sort("heard_at", 1)
    abouts = list({row["about"] for row in first.limit(PLACED_TOGETHER)})
    queued = rows.find({"place": QUEUED, "about": {"$in": abouts}}, session=tx.session)
    events = in_line(_read(row) for row in queued.sort([("about", 1), ("sequence", 1)]).limit(MAX_TOGETHER))
    head = heads.find_one({"_id": HEAD}, session=tx.session)
    last = int(head["place"]) if head else 0
    placed = [
        UpdateOne({"_id": event.id}, {"$set": {"place": last + number, "placed_at": now}})
        for number, event in enumerate(events, start=1)
    ]
    if placed:
        rows.bulk_write(placed, session=tx.session, ordered=False)
        last += len(placed)
        heads.update_one({"_id": HEAD}, {"$set": {"place": last}}, upsert=True, session=tx.session)
    return last, len(placed)


def _read(row: Document) -> FeedEvent:
    return from_document(FEED, row)
