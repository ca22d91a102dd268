"""How the events of the feed get their places, and with them the deliveries to the webhooks that follow: one line of writers.

Invariants:
1. Every place is written in one transaction together with the last place given, and only where that is still what the writer saw. So
   there is one line, however many processes write it, and a reader who knows the last place can read up to it without missing any.
2. An event is committed after those before it in its aggregate (the inbox sees to that), so that whoever sees it sees them.
3. An event has its deliveries as soon as it has its place, and not before. Whoever lets it forget its members writes it too: so either
   the deliveries are made without them, or they are there to be forgotten.
"""

from datetime import datetime

from prometheus_client import Counter, Gauge
from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from services.notifications.domain.feed import QUEUED, FeedEvent, in_line
from services.notifications.kinds import FEED, FOLLOWERS
from services.notifications.webhooks import commands as webhooks
from shared.call import PLATFORM, Call
from shared.errors import Clash, Transient
from shared.ids import new_id
from shared.kinds import Document, from_document
from shared.service import Room
from shared.transaction import Tx

#: How many events get their places in one transaction, and after how many deliveries no further one does.
PLACED_TOGETHER = 500
DELIVERED_TOGETHER = 2_000
#: How many events of the aggregates that they belong to are looked at, so that none overtakes an earlier one.
MAX_TOGETHER = 2_000
HEADS = "feed_heads"
HEAD = "feed"

PLACED = Counter("cairn_feed_placed_total", "Events that got their place in the feed")
LAST_PLACE = Gauge("cairn_feed_last_place", "The last place in the feed that this process gave")


def place_events(room: Room) -> int:
    """Give the next events their places, and make their deliveries; how many events.

    0 too where another process was first, and comes back to what is left.
    """
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
    tx.begin(Call(id=new_id("call"), at=now, chapter=PLATFORM, asker="feed"))
    tx.prefetch(FOLLOWERS, {event.chapter for event in events})
    placed, made = [], 0
    for event in events:
        last += 1
        placed.append(UpdateOne({"_id": event.id}, {"$set": {"place": last, "placed_at": now}}))
        made += webhooks.deliver(tx, event, now)
        if made >= DELIVERED_TOGETHER:
            break
    if placed:
        rows.bulk_write(placed, session=tx.session, ordered=False)
        heads.update_one({"_id": HEAD}, {"$set": {"place": last}}, upsert=True, session=tx.session)
    return last, len(placed)


def _read(row: Document) -> FeedEvent:
    return from_document(FEED, row)
