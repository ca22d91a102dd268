"""The webhooks that a process has to itself: while it holds one, nobody else brings its deliveries, so that no row needs a lease.

Invariants:
1. A hold is a lease by the server's clock: it is never another's at the same time, and a process that dies lets go of it by itself.
2. A process counts its hold from before it asked, on its own clock, so that it never believes to hold what is no longer its own.
3. Of the webhooks that have something due, each of several processes takes its share, and leaves what is above it to the others.
"""

import math
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
#: For how long what another process holds is not asked for again, and for how long a process counts as one that delivers.
LEFT_ALONE_S = 1.0
COUNTED_FOR_S = 6
COUNTED_EVERY_S = 2.0
#: How the ids of rows begin that stand for processes: after those of webhooks.
PROCESS = "~"


class Holds:
    """What one process holds, by the names of crowds. For one thread at a time."""

    def __init__(self, holder: str) -> None:
        self._holder = holder
        #: Until when on the monotonic clock, in seconds: what is held, and what is left alone since another holds it.
        self._until_s: dict[str, float] = {}
        self._others: dict[str, float] = {}
        #: How many processes deliver, and what they hold, as it was counted last.
        self._processes = 1
        self._held: set[str] = set()
        self._counted_s = 0.0

    def __contains__(self, crowd: str) -> bool:
        return crowd in self._until_s

    def share(self, holds: Collection[Document], due: Several[str]) -> int:
        """How many webhooks this process should hold where these have something due; as of the last two seconds.

        What others hold counts too: else a webhook could be above every process's share, and nobody's.
        """
        now_s = time.monotonic()
        if now_s - self._counted_s > COUNTED_EVERY_S:
            until = {"$add": ["$$NOW", COUNTED_FOR_S * 1000]}
            mine = {"_id": PROCESS + self._holder}
            holds.update_one(mine, [{"$set": {"holder": self._holder, "until": until}}], upsert=True)
            alive = holds.find({"_id": {"$gt": ""}, "$expr": {"$gt": ["$until", "$$NOW"]}}, {"_id": 1})
            ids = {row["_id"] for row in alive}
            self._held = {id for id in ids if not id.startswith(PROCESS)}
            self._processes, self._counted_s = len(ids) - len(self._held), now_s
        return math.ceil(len(self._held | set(due)) / self._processes)

    def hold(self, holds: Collection[Document], crowds: Several[str], most: int) -> dict[str, float]:
        """Hold up to `most` of these crowds, as far as nobody else does, what is held already before others.

        Until when each, on the monotonic clock in seconds; of those that were held, more than `most` stay so.
        """
        now_s = time.monotonic()
        kept = [crowd for crowd in crowds if crowd in self._until_s]
        renewed = [crowd for crowd in kept if self._until_s[crowd] - now_s < RENEWED_BELOW_S]
        self._others = {crowd: until_s for crowd, until_s in self._others.items() if until_s > now_s}
        wanted = [crowd for crowd in crowds if crowd not in self._until_s and crowd not in self._others]
        wanted = wanted if len(kept) < most else []
        if renewed or wanted:
            free = self._free(holds, [*renewed, *wanted], now_s)
            asked = [crowd for crowd in renewed if crowd in free]
            asked += [crowd for crowd in wanted if crowd in free][: max(0, most - len(kept))]
            mine = self._claim(holds, asked) if asked else set()
            for crowd in renewed:
                self._until_s.pop(crowd)
            self._until_s.update(dict.fromkeys(mine, now_s + HOLD_S))
        return {crowd: self._until_s[crowd] for crowd in crowds if crowd in self._until_s}

    def let_go(self, holds: Collection[Document], but: Several[str]) -> None:
        """Leave to others what is held, but for these crowds."""
        gone = [crowd for crowd in self._until_s if crowd not in but]
        for crowd in gone:
            del self._until_s[crowd]
        if gone:
            holds.delete_many({"_id": {"$in": gone}, "holder": self._holder})

    def leave(self, holds: Collection[Document]) -> None:
        """This process counts no more among those that deliver."""
        self._counted_s = 0.0
        holds.delete_one({"_id": PROCESS + self._holder})

    def _free(self, holds: Collection[Document], crowds: list[str], now_s: float) -> set[str]:
        """Those that no other process holds; the others are left alone for a while."""
        others = {
            "_id": {"$in": crowds},
            "holder": {"$ne": self._holder},
            "$expr": {"$gt": ["$until", "$$NOW"]},
        }
        taken = {row["_id"] for row in holds.find(others, {"_id": 1})}
        self._others.update(dict.fromkeys(taken, now_s + LEFT_ALONE_S))
        return set(crowds) - taken

    def _claim(self, holds: Collection[Document], crowds: list[str]) -> set[str]:
        """Which of these are ours now."""
        over = {"$lte": [{"$ifNull": ["$until", "$$NOW"]}, "$$NOW"]}
        ours = {"$or": [{"$eq": ["$holder", self._holder]}, over]}
        until = {"$add": ["$$NOW", HOLD_S * 1000]}
        change = {
            "holder": {"$cond": [ours, self._holder, "$holder"]},
            "until": {"$cond": [ours, until, "$until"]},
        }
        holds.bulk_write(
            [UpdateOne({"_id": crowd}, [{"$set": change}], upsert=True) for crowd in crowds], ordered=False
        )
        return {
            row["_id"] for row in holds.find({"_id": {"$in": crowds}, "holder": self._holder}, {"_id": 1})
        }
