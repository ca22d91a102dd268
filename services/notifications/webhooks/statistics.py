"""How the deliveries to one webhook went."""

from datetime import timedelta
from statistics import quantiles
from typing import Any

from services.notifications.kinds import DELIVERIES
from shared.service import Room

Json = dict[str, Any]

#: How many of the latest deliveries are counted: as many as are read in well under a second.
MAX_COUNTED = 50_000
#: How many of the latest deliveries the times are taken from.
MAX_TIMED = 2_000
QUERY_WITHIN_MS = 5_000


def statistics(room: Room, webhook: str, hours: int) -> Json:
    """Counts by what became of them, attempts, and percentiles of the receiver's answers, in milliseconds.

    Over the last hours, or, where there were too many, over the latest `MAX_COUNTED`: `since` says from when on.
    """
    since = room.clock() - timedelta(hours=hours)
    rows = room.store.db[DELIVERIES.collection]
    made = {"webhook": webhook, "made_at": {"$gte": since}}
    counted = rows.aggregate(
        [
            {"$match": made},
            {"$sort": {"made_at": -1, "_id": -1}},
            {"$limit": MAX_COUNTED},
            {
                "$group": {
                    "_id": "$state",
                    "count": {"$sum": 1},
                    "attempts": {"$sum": {"$size": "$attempts"}},
                    "first": {"$sum": {"$cond": [{"$eq": [{"$size": "$attempts"}, 1]}, 1, 0]}},
                    "oldest": {"$min": "$made_at"},
                }
            },
        ],
        maxTimeMS=QUERY_WITHIN_MS,
    )
    by_state = {one["_id"]: one for one in counted}
    delivered = by_state.get("delivered", {})
    whole = sum(one["count"] for one in by_state.values()) < MAX_COUNTED
    if not whole:
        since = min(one["oldest"] for one in by_state.values())
    waiting = rows.find({**made, "state": "waiting"}, {"made_at": 1}, max_time_ms=QUERY_WITHIN_MS)
    oldest = next(waiting.sort([("made_at", 1), ("_id", 1)]).limit(1), {})
    timed = rows.find({**made, "state": "delivered"}, {"attempts.took_ms": 1}, max_time_ms=QUERY_WITHIN_MS)
    took = sorted(row["attempts"][-1]["took_ms"] for row in timed.sort("made_at", -1).limit(MAX_TIMED))
    points = quantiles(took, n=100, method="inclusive") if len(took) > 1 else took * 99
    return {
        "since": since,
        "whole": whole,
        **{state: by_state.get(state, {}).get("count", 0) for state in ("waiting", "delivered", "failed")},
        "attempts": sum(one["attempts"] for one in by_state.values()),
        "first_time": delivered["first"] / delivered["count"] if delivered else None,
        "answer_p50_ms": points[49] if points else None,
        "answer_p95_ms": points[94] if points else None,
        "answer_p99_ms": points[98] if points else None,
        "oldest_waiting_since": oldest.get("made_at"),
    }
