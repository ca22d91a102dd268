"""What service accounts did: a row for each request, shown to the coordinators of the chapters that it could reach (R16)."""

from datetime import timedelta
from typing import Any

from flask import Response, g, request

from shared.ids import new_id
from shared.sealed import route
from shared.service import Room
from shared.telemetry import log

COLLECTION = "uses"
KEPT_FOR = timedelta(days=90)

Json = dict[str, Any]


def note(account: str, chapters: tuple[str, ...]) -> None:
    """This request is a use by the account, with what is granted to it now."""
    g.use = (account, chapters)


def keep(answer: Response, room: Room) -> Response:
    """Write the use down, where there was one, and say so in the log."""
    if (used := g.pop("use", None)) is not None:
        account, chapters = used
        now = room.clock()
        room.store.db[COLLECTION].insert_one(
            {
                "_id": new_id("use"),
                "account": account,
                "chapters": list(chapters),
                "at": now,
                "method": request.method,
                "route": route(),
                "status": answer.status_code,
                "forget_at": now + KEPT_FOR,
            }
        )
        log().info("account_used", account=account)
    return answer


def read(room: Room, account: str, chapter: str, *, before: str, limit: int) -> list[Json]:
    """At most `limit` uses by the account while it was granted something in the chapter, the latest first, before the use `before`."""
    where: Json = {"account": account, "chapters": chapter}
    if before:
        where["_id"] = {"$lt": before}
    return list(room.store.db[COLLECTION].find(where).sort("_id", -1).limit(limit))
