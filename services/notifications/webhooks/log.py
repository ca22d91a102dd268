"""The log of what was sent to a webhook, searched page by page, the latest first.

Invariant: a page is read off an index in its order, and looks at no more than `LOOKED_AT` deliveries, however many the webhook has.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.notifications.domain.deliveries import Delivery
from services.notifications.domain.webhooks import Webhook
from services.notifications.kinds import DELIVERIES
from shared.kinds import from_document
from shared.service import Room

Json = dict[str, Any]

#: How far a page looks for what its search admits. It may hold fewer than asked for, or none, and still lead on.
LOOKED_AT = 5_000
QUERY_WITHIN_MS = 5_000

_LATEST_FIRST = {"made_at": -1, "_id": -1}


@dataclass(frozen=True, slots=True)
class Search:
    """Which deliveries: of this state, type and relationship (empty: all), made in this time (None: whenever), after this one."""

    state: str = ""
    type: str = ""
    relationship: str = ""
    since: datetime | None = None
    until: datetime | None = None
    after: Delivery | None = None


def read_log(room: Room, webhook: Webhook, search: Search, limit: int) -> tuple[list[Delivery], str | None]:
    """At most `limit` deliveries, and the id of the one that the next page comes after; None where there is nothing more."""
    rows = room.store.db[DELIVERIES.collection]
    indexed, admitted = _where(webhook, search)
    found = rows.aggregate(
        [
            {"$match": indexed},
            {"$sort": _LATEST_FIRST},
            {"$limit": LOOKED_AT},
            {"$match": admitted},
            {"$limit": limit + 1},
        ],
        maxTimeMS=QUERY_WITHIN_MS,
    )
    deliveries = [from_document(DELIVERIES, document) for document in found]
    if len(deliveries) > limit:
        return deliveries[:limit], deliveries[limit - 1].id
    last = rows.find(indexed, {"_id": 1}, max_time_ms=QUERY_WITHIN_MS)
    edge = next(last.sort(list(_LATEST_FIRST.items())).skip(LOOKED_AT - 1).limit(1), None)
    return deliveries, edge["_id"] if edge else None


def _where(webhook: Webhook, search: Search) -> tuple[Json, Json]:
    """What an index finds in the log's order, and what is looked at one by one."""
    indexed: Json = {"webhook": webhook.id}
    admitted: Json = {"chapter": {"$in": [*webhook.chapters, webhook.chapter]}}
    if search.state:
        indexed["state"] = search.state
    if search.relationship:
        indexed["relationship"] = search.relationship
    if search.type:
        admitted["type"] = search.type
    if made := {
        sign: moment for sign, moment in (("$gte", search.since), ("$lt", search.until)) if moment is not None
    }:
        indexed["made_at"] = made
    if (last := search.after) is not None:
        indexed["$or"] = [
            {"made_at": {"$lt": last.made_at}},
            {"made_at": last.made_at, "_id": {"$lt": last.id}},
        ]
    return indexed, admitted
