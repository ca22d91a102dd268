"""The chore that lets deliveries forget the members of an erased relationship: those that wait, and those that are kept as the log.

There are as many of them as webhooks heard of it, so that they are not part of the transaction that hears the tombstone. Its feed is: what
is made of it afterwards names nobody.
"""

from pymongo import UpdateOne

from services.notifications.domain.feed import without_members
from services.notifications.kinds import DELIVERIES, FORGETTINGS
from shared.service import Room

RELATIONSHIPS_A_PASS = 20
DELIVERIES_TOGETHER = 500


def forget_members(room: Room) -> int:
    """Let the deliveries of some relationships forget; how many relationships. Cut off anywhere, it begins anew."""
    waiting = room.store.db[FORGETTINGS.collection]
    found = list(waiting.find({"_id": {"$gt": ""}}, {"_rev": 1}).limit(RELATIONSHIPS_A_PASS))
    for row in found:
        _forget(room, row["_id"])
        waiting.delete_one({"_id": row["_id"], "_rev": row["_rev"]})
    return len(found)


def _forget(room: Room, relationship: str) -> None:
    deliveries = room.store.db[DELIVERIES.collection]
    writes = []
    for row in deliveries.find({"relationship": relationship}, {"body": 1}):
        if (body := without_members(row["body"])) != row["body"]:
            writes.append(UpdateOne({"_id": row["_id"]}, {"$set": {"body": body}}))
        if len(writes) == DELIVERIES_TOGETHER:
            deliveries.bulk_write(writes, ordered=False)
            writes.clear()
    if writes:
        deliveries.bulk_write(writes, ordered=False)
