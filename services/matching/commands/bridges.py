"""The honest routes to a mentor that really exist now (R1)."""

from datetime import datetime
from typing import Any

from services.matching.kinds import CYCLES, MEMBERS
from shared.transaction import Reader


def bridges(reader: Reader, now: datetime) -> list[dict[str, Any]]:
    """The honest routes to a mentor that exist now in the chapter (R1): her coordinators, and the cycle that is open or opens next."""
    routes: list[dict[str, Any]] = []
    staff = [
        one.id
        for one in reader.find(
            MEMBERS, {"roles": "coordinator", "confirmed": True}, sort=[("_id", 1)], limit=10
        )
    ]
    if staff:
        routes.append(
            {
                "route": "coordinator",
                "members": staff,
                "detail": "Ask a coordinator of your chapter to introduce you.",
            }
        )
    cycles = reader.find(CYCLES, {"closes_at": {"$gt": now}}, sort=[("opens_at", 1)], limit=1)
    routes += [
        {
            "route": "cycle",
            "cycle": cycle.id,
            "opens_at": cycle.opens_at.isoformat(),
            "closes_at": cycle.closes_at.isoformat(),
            "detail": "Apply to this cycle; its round proposes a mentor to you.",
        }
        for cycle in cycles
    ]
    return routes
