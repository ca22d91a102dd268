"""The honest routes to somebody that really exist now (R1): at most three, the nearest first."""

from datetime import datetime
from typing import Any

from services.matching.kinds import CYCLES, MEMBERS, TOUCHPOINTS
from shared.transaction import Reader

BRIDGES_MOST = 3


def bridges(reader: Reader, asker: str, to: str, now: datetime) -> list[dict[str, Any]]:
    """An event that both may attend, an open group that the other is in, the coordinators, and the cycle that is open or opens next."""
    routes = [*_event(reader, now), *_group(reader, asker, to), *_coordinators(reader), *_cycle(reader, now)]
    return routes[:BRIDGES_MOST]


def _event(reader: Reader, now: datetime) -> list[dict[str, Any]]:
    coming = {"kind": "event", "at": {"$gt": now}}
    return [
        {
            "route": "event",
            "touchpoint": event.id,
            "name": event.name,
            "at": event.at.isoformat(),
            "detail": "Meet at this event of the chapter, which you both may attend.",
        }
        for event in reader.find(TOUCHPOINTS, coming, sort=[("at", 1)], limit=1)
    ]


def _group(reader: Reader, asker: str, to: str) -> list[dict[str, Any]]:
    hers = {"kind": "group", "open": True, "members": to}
    found = [group for group in reader.find(TOUCHPOINTS, hers, limit=100) if asker not in group.members]
    return [
        {
            "route": "group",
            "touchpoint": group.id,
            "name": group.name,
            "detail": "Join this group of the chapter; a coordinator adds you.",
        }
        for group in found[:1]
    ]


def _coordinators(reader: Reader) -> list[dict[str, Any]]:
    found = reader.find(MEMBERS, {"roles": "coordinator", "confirmed": True}, sort=[("_id", 1)], limit=10)
    if not found:
        return []
    return [
        {
            "route": "coordinator",
            "members": [one.id for one in found],
            "detail": "Ask a coordinator of your chapter to introduce you.",
        }
    ]


def _cycle(reader: Reader, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "route": "cycle",
            "cycle": cycle.id,
            "opens_at": cycle.opens_at.isoformat(),
            "closes_at": cycle.closes_at.isoformat(),
            "detail": "Apply to this cycle; its round proposes a mentor to you.",
        }
        for cycle in reader.find(CYCLES, {"closes_at": {"$gt": now}}, sort=[("opens_at", 1)], limit=1)
    ]
