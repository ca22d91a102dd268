"""Thank each other, and publish it where both want to."""

from typing import Any

from services.sessions.commands.tally import tally
from services.sessions.domain import kudos
from services.sessions.domain.kudos import Milestone, Shared
from services.sessions.domain.pairs import of_pair
from services.sessions.kinds import KUDOS, PAIRS, SHARED
from shared.errors import Refused
from shared.ids import derived_id
from shared.transaction import Tx

Answer = dict[str, Any]


def give(tx: Tx, relationship: str, *, text: bytes) -> Answer:
    """Thank the other; `text` is ciphertext already."""
    given, fact = kudos.give(
        tx.get(PAIRS, relationship),
        id=derived_id("kud", tx.call.id),
        by=tx.call.asker,
        now=tx.call.at,
        text=text,
        given=tx.count(KUDOS, {"relationship": relationship}),
    )
    tx.save(KUDOS, given, fact)
    return {"id": given.id}


def publish(tx: Tx, id: str, *, wanted: bool) -> Answer:
    """One of the two would publish thanks, or no longer."""
    tx.save(KUDOS, kudos.publish(tx.get(KUDOS, id), by=tx.call.asker, wanted=wanted))
    return {"id": id}


def publish_milestone(tx: Tx, relationship: str, milestone: Milestone, *, wanted: bool) -> Answer:
    """One of the two would publish a milestone that they reached, or no longer."""
    pair = tx.get(PAIRS, relationship)
    of_pair(tx.call.asker, pair)
    counts = tally(tx, relationship)
    if milestone not in kudos.milestones(
        held=counts["held"], reversed_held=counts["reversed_held"], acted_on=counts["acted_on"]
    ):
        raise Refused("not_reached", "You two have not reached this milestone yet.")
    id = derived_id("mst", relationship, milestone)
    before = tx.load(SHARED, id) or Shared(
        id, pair.chapter, pair.id, pair.mentee, pair.mentor, milestone, tx.call.at
    )
    tx.save(SHARED, kudos.publish(before, by=tx.call.asker, wanted=wanted))
    return {"id": id}
