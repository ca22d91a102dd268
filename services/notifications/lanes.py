"""Rows whose effect lies outside MongoDB (mails, webhook deliveries): taken in turn, under a lease, in the order of their lane.

Invariants:
1. Only the head of a lane is taken: the first waiting row by `order`. What follows waits until the head has ended, so that a lane's effects
   happen in order; a head that was put off holds back its own lane and nothing else.
2. A taken row is leased by the server's clock; two takers never hold it at once, and a taker that died lets go of it by itself. Whoever
   takes it then repeats the effect under the same row id, which receivers know a repeat by.
3. Crowds take turns: no crowd has more rows taken than it has slots, so that a long or slow one does not hold up the others.
4. What has ended, or is not due, is in no index that is read here: it costs nothing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

from pymongo.collection import Collection

from shared.ids import new_id
from shared.kinds import Document, Identified, Index, Kind, from_document, to_document
from shared.store import Store


class Queued(Identified, Protocol):
    """A row of a lane. `order` compares as text; `due_at` None while it is held or has ended; `holder` empty while nobody took it."""

    @property
    def state(self) -> str: ...
    @property
    def crowd(self) -> str: ...
    @property
    def lane(self) -> str: ...
    @property
    def order(self) -> str: ...
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def holder(self) -> str: ...
    @property
    def lease_until(self) -> datetime | None: ...


V = TypeVar("V", bound=Queued)

MAX_CROWDS_A_LOOK = 1_000
#: How many due rows of a crowd are looked at to find lanes that can move.
MAX_DUE_A_LOOK = 2_000
QUERY_WITHIN_MS = 5_000

_WAITING = (("state", "waiting"),)

#: MongoDB skips through the index from crowd to crowd (DISTINCT_SCAN), however many rows wait; a test sees to that.
FIRST_OF_EACH_CROWD: list[dict[str, Any]] = [
    {"$match": {"state": "waiting"}},
    {"$sort": {"crowd": 1, "due_at": 1, "lane": 1}},
    {"$group": {"_id": "$crowd", "due_at": {"$first": "$due_at"}}},
]


def lane_indexes(collection: str) -> tuple[Index, ...]:
    """What `take` needs: waiting rows only. `state` stands in them, so that no document is read to see that it waits."""
    return (
        Index(collection, (("state", 1), ("crowd", 1), ("due_at", 1), ("lane", 1)), only=_WAITING),
        Index(collection, (("state", 1), ("lane", 1), ("order", 1)), only=_WAITING),
        Index(collection, (("state", 1), ("holder", 1)), only=_WAITING),
    )


def take(
    store: Store, kind: Kind[V], now: datetime, *, slots: Callable[[str], int], lease_s: int, most: int
) -> list[V]:
    """Lease at most `most` rows that are due and first in their lanes, at most `slots(crowd)` taken of each crowd. May return fewer.

    Where several crowds have something due, none gets more than its share before each had its turn.
    """
    rows = store.db[kind.collection]
    crowds = [crowd for crowd, _ in _crowds_due(rows, now)]
    if not crowds:
        return []
    busy = _busy(rows)
    free = {crowd: slots(crowd) - busy.get(crowd, 0) for crowd in crowds}
    holder = new_id("hold")
    taken: list[V] = []
    for share in (max(1, most // len(crowds)), most):
        for crowd in crowds:
            wanted = min(free[crowd], share, most - len(taken))
            if wanted > 0:
                got = _lease(rows, kind, _heads(rows, crowd, now, wanted), now, holder, lease_s)
                # A crowd that gives less than it was asked for has nothing more.
                free[crowd] = free[crowd] - len(got) if len(got) == wanted else 0
                taken.extend(got)
    return taken


def settle(store: Store, kind: Kind[V], before: V, after: V) -> bool:
    """Write what became of a taken row; False where the lease was lost meanwhile and somebody else holds the row now.

    Where the row was put off, those behind it are put off with it, so that nobody looks at them in vain.
    """
    rows = store.db[kind.collection]
    document = to_document(after)
    del document["_id"]
    mine = {"_id": before.id, "state": "waiting", "holder": before.holder}
    if rows.update_one(mine, {"$set": document}).matched_count == 0:
        return False
    if after.state == "waiting" and after.due_at is not None:
        _put_off_behind(rows, after.lane, after.due_at)
    return True


def oldest_due(store: Store, kind: Kind[V], now: datetime) -> datetime | None:
    """When the row fell due that has waited longest for its turn; None where none is due."""
    crowds = _crowds_due(store.db[kind.collection], now)
    return crowds[0][1] if crowds else None


def _crowds_due(rows: Collection[Document], now: datetime) -> list[tuple[str, datetime]]:
    """The crowds with something due, and since when, the longest wait first. One index entry is read for each crowd."""
    due: list[dict[str, Any]] = [
        {"$match": {"due_at": {"$lte": now}}},
        {"$sort": {"due_at": 1}},
        {"$limit": MAX_CROWDS_A_LOOK},
    ]
    found = rows.aggregate([*FIRST_OF_EACH_CROWD, *due], maxTimeMS=QUERY_WITHIN_MS)
    return [(crowd["_id"], crowd["due_at"]) for crowd in found]


def _busy(rows: Collection[Document]) -> Mapping[str, int]:
    """How many rows of each crowd are taken now, by whichever process."""
    found = rows.aggregate(
        [
            {"$match": {"state": "waiting", "holder": {"$gt": ""}}},
            {"$match": {"$expr": {"$gt": ["$lease_until", "$$NOW"]}}},
            {"$group": {"_id": "$crowd", "taken": {"$sum": 1}}},
        ],
        maxTimeMS=QUERY_WITHIN_MS,
    )
    return {crowd["_id"]: crowd["taken"] for crowd in found}


def _heads(rows: Collection[Document], crowd: str, now: datetime, most: int) -> list[str]:
    """Ids of rows of this crowd that are due and first in their lanes."""
    due = rows.aggregate(
        [
            {"$match": {"state": "waiting", "crowd": crowd, "due_at": {"$lte": now}}},
            {"$sort": {"due_at": 1}},
            {"$limit": MAX_DUE_A_LOOK},
            {"$group": {"_id": "$lane", "due_at": {"$first": "$due_at"}}},
            {"$sort": {"due_at": 1}},
        ],
        maxTimeMS=QUERY_WITHIN_MS,
    )
    heads: list[str] = []
    for lane in [lane["_id"] for lane in due]:
        head = rows.find_one(
            {"state": "waiting", "lane": lane}, {"due_at": 1, "holder": 1, "crowd": 1}, sort=[("order", 1)]
        )
        if head is None or (head["holder"] and not _let_go(rows, head["_id"])):
            continue
        if head["due_at"] > now:
            _put_off_behind(rows, lane, head["due_at"])
            continue
        heads.append(head["_id"])
        if len(heads) == most:
            break
    return heads


def _let_go(rows: Collection[Document], id: str) -> bool:
    """Whether the lease of a row that somebody took has run out."""
    over = {"$expr": {"$lte": ["$lease_until", "$$NOW"]}}
    return rows.find_one({"_id": id, **over}, {"_id": 1}) is not None


def _lease(
    rows: Collection[Document], kind: Kind[V], ids: list[str], now: datetime, holder: str, lease_s: int
) -> list[V]:
    """Take those that nobody else took or put off since they were looked at."""
    free = {"$or": [{"$eq": ["$holder", ""]}, {"$lte": ["$lease_until", "$$NOW"]}]}
    rows.update_many(
        {"_id": {"$in": ids}, "state": "waiting", "due_at": {"$lte": now}, "$expr": free},
        [{"$set": {"holder": holder, "lease_until": {"$add": ["$$NOW", lease_s * 1000]}}}],
    )
    mine = rows.find({"_id": {"$in": ids}, "state": "waiting", "holder": holder})
    return [from_document(kind, document) for document in mine]


def _put_off_behind(rows: Collection[Document], lane: str, until: datetime) -> None:
    rows.update_many(
        {"state": "waiting", "lane": lane, "due_at": {"$lt": until}}, {"$set": {"due_at": until}}
    )
