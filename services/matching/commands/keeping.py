"""Keeping a relationship after a move: its event, its one timer, the mentor's places, and the mentee's application with it."""

from dataclasses import replace
from typing import Any

from services.matching.commands import lineage
from services.matching.domain.applications import application_id
from services.matching.domain.places import Places
from services.matching.domain.relationships import Relationship
from services.matching.domain.rounds import Freed
from services.matching.domain.steps import State
from services.matching.kinds import APPLICATIONS, FREED, PLACES, RELATIONSHIPS
from shared.transaction import Tx

#: From here the places of a round's proposal are offered on (see `offering.py`).
COME_TO_NOTHING: tuple[State, ...] = ("declined", "lapsed")


def keep(
    tx: Tx,
    before: Relationship,
    after: Relationship,
    fact: Any = None,
    *,
    places: tuple[Places, Places] | None = None,
) -> None:
    """Save what a rule made of a relationship. `places` are the mentor's before and after, where the rule knows them."""
    tx.save(RELATIONSHIPS, after, *(() if fact is None else (fact,)))
    if places is not None and places[0] != places[1]:
        tx.save(PLACES, places[1])
    if after.deadline != before.deadline:
        if before.deadline is not None and (
            after.deadline is None or before.deadline[0] != after.deadline[0]
        ):
            tx.clear_timer(f"{before.id}:{before.deadline[0]}")
        start_time(tx, after)
    if after.state == before.state:
        return
    if (before.state, after.state) == ("voting", "trial"):
        _take_from_the_queue(tx, after)
    if after.state == "completed":
        lineage.grow(tx, after)
    if after.state in COME_TO_NOTHING and after.origin == "round":
        tx.save(FREED, Freed(after.id, after.chapter, after.cycle))


def start_time(tx: Tx, relationship: Relationship) -> None:
    """Let the relationship's next date fall due."""
    if relationship.deadline is not None:
        name, due = relationship.deadline
        tx.set_timer(f"{relationship.id}:{name}", name, relationship.id, due)


def places_of(tx: Tx, relationship: Relationship) -> Places:
    """The mentor's places; none where her profile has not been heard of."""
    return tx.load(PLACES, relationship.mentor) or Places(relationship.mentor, relationship.chapter)


def _take_from_the_queue(tx: Tx, relationship: Relationship) -> None:
    """A mentee who is matched waits no more; her place in the queue is kept with her application."""
    if not relationship.cycle:
        return
    application = tx.load(APPLICATIONS, application_id(relationship.cycle, relationship.mentee, "mentee"))
    if application is not None and application.state == "waiting":
        tx.save(APPLICATIONS, replace(application, state="matched", not_matched=None))
