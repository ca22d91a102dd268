"""How often anybody may knock at the doors that need no sign-in.

Counted in MongoDB, in the service's own database, so that all processes count together (library `limits`, fixed windows of a minute).
Addresses are counted by a keyed hash: the counters hold no personal data.

Invariants:
1. A refused request has changed nothing and tells nothing about the address.
2. Counting needs no connection of its own: it uses the store's client, with its time limits and its strict Stable API.
"""

from typing import Any

import pymongo
from flask import Flask, current_app, request
from limits import RateLimitItemPerMinute
from limits.storage.mongodb import MongoDBStorageBase
from limits.strategies import FixedWindowRateLimiter
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from werkzeug.exceptions import TooManyRequests

from shared.call import PLATFORM
from shared.errors import Transient
from shared.kinds import Document
from shared.service import Room
from shared.store import Store

WINDOW_S = 60
PER_ADDRESS = RateLimitItemPerMinute(30)
PER_CLIENT = RateLimitItemPerMinute(300)
#: On one person's machine every request comes from one client: pages, demo and tests together.
PER_CLIENT_LOCALLY = RateLimitItemPerMinute(6_000)
COUNT_WITHIN_S = 2.0

_EXTENSION = "cairn.rates"
_TOO_MANY = "Too many requests in a short time. Wait a minute, then try again."


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


def count_client(room: Room) -> None:
    """One more anonymous request of this client. `TooManyRequests` past the limit."""
    limit = PER_CLIENT_LOCALLY if room.settings.local else PER_CLIENT
    _count(limit, "client", request.remote_addr or "")


def count_address(room: Room, mail: str, chapter: str = PLATFORM) -> None:
    """One more anonymous request about this (normalised) address in a chapter, or in all of them."""
    _count(PER_ADDRESS, "address", room.keys.derive("profiles/rates", chapter, mail).hex())


def _count(limit: RateLimitItemPerMinute, *who: str) -> None:
    limiter: FixedWindowRateLimiter = current_app.extensions[_EXTENSION]
    try:
        with pymongo.timeout(COUNT_WITHIN_S):
            admitted = limiter.hit(limit, *who)
    except PyMongoError as error:
        raise Transient("requests could not be counted") from error
    if not admitted:
        raise TooManyRequests(_TOO_MANY, retry_after=WINDOW_S)
