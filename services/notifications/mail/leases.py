"""Mails that are taken to be sent: row by row, under a lease.

Invariant: a taken row is leased by the server's clock; two takers never hold it at once, and a taker that died lets go of it by itself.
Whoever takes it then repeats the effect under the same row id, which receivers know a repeat by.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, TypeVar

from pymongo.collection import Collection

from services.notifications.lanes import QUERY_WITHIN_MS, WAITING, Queued, crowds_due, heads
from shared.ids import new_id
from shared.kinds import Document, Index, Kind, from_document
from shared.store import Store


class Leased(Queued, Protocol):
    """A row that is taken by itself: `holder` is empty while nobody took it."""

    @property
    def holder(self) -> str: ...
    @property
    def lease_until(self) -> datetime | None: ...


V = TypeVar("V", bound=Leased)


def lease_index(collection: str) -> Index:
    """What `take` needs besides the index of lanes."""
    return Index(collection, (("state", 1), ("holder", 1)), only=WAITING)


def take(store: Store, kind: Kind[V], now: datetime, *, slots: int, lease_s: int, most: int) -> list[V]:
    """Lease at most `most` rows that are due and first in their lanes; at most `slots` of each crowd are taken in all processes."""
    rows = store.db[kind.collection]
    crowds = crowds_due(rows, now)
    if not crowds:
        return []
    busy = _busy(rows)
    free = {crowd: slots - busy.get(crowd, 0) for crowd, _ in crowds}
    ids = heads(
        rows, free, now, most=most, taken=lambda row: bool(row["holder"]) and not _let_go(rows, row["_id"])
    )
    return _lease(rows, kind, ids, now, lease_s) if ids else []


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


def _let_go(rows: Collection[Document], id: str) -> bool:
    """Whether the lease of a row that somebody took has run out."""
    over = {"$expr": {"$lte": ["$lease_until", "$$NOW"]}}
    return rows.find_one({"_id": id, **over}, {"_id": 1}) is not None


def _lease(rows: Collection[Document], kind: Kind[V], ids: list[str], now: datetime, lease_s: int) -> list[V]:
    """Take those that nobody else took or put off since they were looked at."""
    holder = new_id("hold")
    free = {"$or": [{"$eq": ["$holder", ""]}, {"$lte": ["$lease_until", "$$NOW"]}]}
    rows.update_many(
        {"_id": {"$in": ids}, "state": "waiting", "due_at": {"$lte": now}, "$expr": free},
        [{"$set": {"holder": holder, "lease_until": {"$add": ["$$NOW", lease_s * 1000]}}}],
    )
    mine = rows.find({"_id": {"$in": ids}, "state": "waiting", "holder": holder})
    return [from_document(kind, document) for document in mine]
