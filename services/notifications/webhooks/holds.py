"""The webhooks that a process has to itself: while it holds one, nobody else brings its deliveries, so that no row needs a lease.

Invariants:
1. A hold is a lease by the server's clock: it is never another's at the same time, and a process that dies lets go of it by itself.
2. A process counts its hold from before it asked, on its own clock, so that it never believes to hold what is no longer its own.
"""

import time
from collections.abc import Collection as Several

from pymongo import UpdateOne
from pymongo.collection import Collection

from services.notifications.webhooks.attempt import ATTEMPT_WITHIN_S
from shared.kinds import Document

HOLD_S = 30
#: What must be left of a hold where an attempt begins, so that it ends within it; and below what it is renewed.
NEEDED_S = ATTEMPT_WITHIN_S + 3
RENEWED_BELOW_S = NEEDED_S + 6


class Holds:
    """What one process holds, by the names of crowds. For one thread at a time."""

    def __init__(self, holder: str) -> None:
        self._holder = holder
        #: Until when on the monotonic clock, in seconds.
        self._until_s: dict[str, float] = {}

    def hold(self, holds: Collection[Document], crowds: Several[str]) -> dict[str, float]:
        """Hold as many of these crowds as nobody else does; until when each, on the monotonic clock in seconds."""
        now_s = time.monotonic()
        asked = [crowd for crowd in crowds if self._until_s.get(crowd, 0.0) - now_s < RENEWED_BELOW_S]
        if asked:
            mine = self._claim(holds, asked)
            for crowd in asked:
                if crowd in mine:
                    self._until_s[crowd] = now_s + HOLD_S
                else:
                    self._until_s.pop(crowd, None)
        return {crowd: self._until_s[crowd] for crowd in crowds if crowd in self._until_s}

    def __contains__(self, crowd: str) -> bool:
        return crowd in self._until_s

    def let_go(self, holds: Collection[Document], but: Several[str]) -> None:
        """Leave to others what is held, but for these crowds."""
        gone = [crowd for crowd in self._until_s if crowd not in but]
        if gone:
            holds.delete_many({"_id": {"$in": gone}, "holder": self._holder})
        for crowd in gone:
            del self._until_s[crowd]

    def _claim(self, holds: Collection[Document], crowds: list[str]) -> set[str]:
        """Which of these are ours now. What somebody else holds is only looked at."""
        others = {
            "_id": {"$in": crowds},
            "holder": {"$ne": self._holder},
            "$expr": {"$gt": ["$until", "$$NOW"]},
        }
        taken = {row["_id"] for row in holds.find(others, {"_id": 1})}
        free = [crowd for crowd in crowds if crowd not in taken]
        if not free:
            return set()
        over = {"$lte": [{"$ifNull": ["$until", "$$NOW"]}, "$$NOW"]}
        ours = {"$or": [{"$eq": ["$holder", self._holder]}, over]}
        until = {"$add": ["$$NOW", HOLD_S * 1000]}
        change = {
            "holder": {"$cond": [ours, self._holder, "$holder"]},
            "until": {"$cond": [ours, until, "$until"]},
        }
        holds.bulk_write(
            [UpdateOne({"_id": crowd}, [{"$set": change}], upsert=True) for crowd in free], ordered=False
        )
        return {row["_id"] for row in holds.find({"_id": {"$in": free}, "holder": self._holder}, {"_id": 1})}
