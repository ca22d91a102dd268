"""One of a pair wants no contact with the other from now on. The pair comes to nothing, and nothing tells the other why (R12).

Invariants:
1. What the other can see - states, dates, history, events, exports - is what she would see had the first simply chosen so: a relationship
   under way ends by choice. Only coordinators see when the two were kept apart (`kept_apart_at`).
2. A proposal and a vote are not ended early: neither has an end by choice, and a date that comes too soon would tell. They are hushed:
   from then on neither side hears the other's word any more, no question or goal is announced, and at its own date the clock closes it, as
   it closes what one side has left unanswered. Whoever wanted it does not see it among hers any more (`hushed_by`).
"""

from dataclasses import replace
from datetime import datetime

from services.matching.domain.lasting import end
from services.matching.domain.places import Places
from services.matching.domain.relationships import Relationship
from shared.events.matching import RelationshipEnded

HUSHED = frozenset({"proposed", "voting"})


def keep_apart(
    relationship: Relationship, places: Places, *, by: str, now: datetime
) -> tuple[Relationship, Places, RelationshipEnded | None]:
    """An open relationship after `by` wants no contact with the other; said again it changes nothing."""
    if by in relationship.hushed_by:
        return relationship, places, None
    marked = replace(relationship, kept_apart_at=relationship.kept_apart_at or now)
    if relationship.state in HUSHED:
        return replace(marked, hushed_by=(*marked.hushed_by, by)), places, None
    return end(marked, places, reason="by_choice", now=now)
