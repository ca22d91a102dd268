"""The introduction is planned, or called off again, by the two themselves: sessions says so, matching follows.

Invariant: a pair is `booked` while at least one introduction of its is planned. News of two meetings come in any order (each meeting's own
come in order), so that the meetings are kept by id, not counted.
"""

from dataclasses import replace
from datetime import datetime

from services.matching.domain.relationships import Relationship, move_on

#: Sessions lets a pair plan one introduction at a time; news of more than these few would be out of date.
MEETINGS_KEPT = 10


def book(relationship: Relationship, meeting: str, *, now: datetime) -> Relationship:
    """The two planned an introduction. The same relationship where that is no news, or they have met, or it is over."""
    if relationship.state not in ("introduction", "booked") or meeting in relationship.booked:
        return relationship
    noted = replace(relationship, booked=(*relationship.booked, meeting)[-MEETINGS_KEPT:])
    if relationship.state == "booked":
        return noted
    return move_on(noted, "book", None, now)[0]


def call_off(relationship: Relationship, meeting: str, *, now: datetime) -> Relationship:
    """That introduction will not take place, or did not: without another they have to find a time again, until the same date."""
    if relationship.state != "booked" or meeting not in relationship.booked:
        return relationship
    left = tuple(one for one in relationship.booked if one != meeting)
    noted = replace(relationship, booked=left)
    return noted if left else move_on(noted, "unbook", None, now)[0]
