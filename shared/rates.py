"""How often somebody may ask: counted in MongoDB, in the service's own database, so that all its processes count together.

The library `limits` does the counting, in fixed windows of a minute.

Invariant: counting needs no connection of its own; it uses the store's client, with its time limits and its strict Stable API.
"""

import time
from dataclasses import dataclass
from typing import Any

import pymongo
from flask import Flask, current_app
from limits import RateLimitItemPerMinute
from limits.storage.mongodb import MongoDBStorageBase
from limits.strategies import FixedWindowRateLimiter
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from werkzeug.exceptions import TooManyRequests

from shared.errors import Transient
from shared.kinds import Document
from shared.service import Room
from shared.store import Store

WINDOW_S = 60
COUNT_WITHIN_S = 2.0

_EXTENSION = "cairn.rates"
_TOO_MANY = "Too many requests in a short time. Wait a minute, then try again."


@dataclass(frozen=True, slots=True)
class Window:
    """How much of a minute's requests is left, and in how many seconds the next minute begins."""

    limit: int
    left: int
    resets_in_s: int

    def headers(self, name: str) -> dict[str, str]:
        """`RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers) for the policy of this name."""
        return {
            "RateLimit-Policy": f'"{name}";q={self.limit};w={WINDOW_S}',
            "RateLimit": f'"{name}";r={self.left};t={self.resets_in_s}',
        }


class _StoreCounters(MongoDBStorageBase):
    """The counters of `limits`, kept through the client that the store already has."""

    STORAGE_SCHEME = None

    def __init__(self, store: Store) -> None:
        super().__init__(
            "",
            database_name=store.db.name,
            counter_collection_name="rate_counters",
            window_collection_name="rate_windows",
        )
        self._client = store.client

    def _init_mongo_client(self, uri: str | None, **options: Any) -> MongoClient[Document]:
        return self._client

    def __del__(self) -> None:
        """Nothing: the parent would close the client, which is the store's."""


def start_counting(app: Flask, room: Room) -> None:
    """Let this application count; called once, when its routes are registered."""
    app.extensions[_EXTENSION] = FixedWindowRateLimiter(_StoreCounters(room.store))


def count(limit: RateLimitItemPerMinute, *who: str) -> None:
    """One more request of `who`. `TooManyRequests` past the limit, `Transient` where it cannot be counted."""
    limiter: FixedWindowRateLimiter = current_app.extensions[_EXTENSION]
    try:
        with pymongo.timeout(COUNT_WITHIN_S):
            admitted = limiter.hit(limit, *who)
    except PyMongoError as error:
        raise Transient("requests could not be counted") from error
    if not admitted:
        raise TooManyRequests(_TOO_MANY, retry_after=WINDOW_S)


def window(limit: RateLimitItemPerMinute, *who: str) -> Window:
    """Where `who` stands in the present minute."""
    limiter: FixedWindowRateLimiter = current_app.extensions[_EXTENSION]
    try:
        with pymongo.timeout(COUNT_WITHIN_S):
            stats = limiter.get_window_stats(limit, *who)
    except PyMongoError as error:
        raise Transient("requests could not be counted") from error
    resets_in_s = max(0, round(stats.reset_time - time.time()))
    return Window(limit.amount, max(0, stats.remaining), resets_in_s)
