"""The honest routes to somebody that really exist now (R1): at most three, the nearest first."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from services.matching.kinds import CYCLES, MEMBERS, TOUCHPOINTS
from shared.transaction import Reader

BRIDGES_MOST = 3
#: Open groups of a chapter that are looked at.
GROUPS_READ = 200

Route = dict[str, Any]


def bridges(reader: Reader, asker: str, to: str, now: datetime) -> list[Route]:
    """An event that both may attend, an open group that the other is in, the coordinators, and the cycle that is open or opens next."""
    return bridges_to_each(reader, asker, [to], now)[to]


def bridges_to_each(
    reader: Reader, asker: str, others: Collection[str], now: datetime
) -> dict[str, list[Route]]:
    """The same to each of these people, by their ids."""
    events, staff, cycles = _event(reader, now), _coordinators(reader), _cycle(reader, now)
    groups = _groups(reader, asker, others)
    return {one: [*events, *groups[one], *staff, *cycles][:BRIDGES_MOST] for one in others}


def _event(reader: Reader, now: datetime) -> list[Route]:
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


def _groups(reader: Reader, asker: str, others: Collection[str]) -> dict[str, list[Route]]:
    """The first open group of each that the asker is not in."""
    theirs = {"kind": "group", "open": True, "members": {"$in": list(others)}}
    found = reader.find(TOUCHPOINTS, theirs, sort=[("_id", 1)], limit=GROUPS_READ)
    routes: dict[str, list[Route]] = {one: [] for one in others}
    for group in found:
        if asker in group.members:
            continue
        route = {
            "route": "group",
            "touchpoint": group.id,
            "name": group.name,
            "detail": "Join this group of the chapter; a coordinator adds you.",
        }
        for one in routes.keys() & set(group.members):
            routes[one] = routes[one] or [route]
    return routes


def _coordinators(reader: Reader) -> list[Route]:
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


def _cycle(reader: Reader, now: datetime) -> list[Route]:
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
