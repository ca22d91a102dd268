"""What profiles does when something happened elsewhere: the two of a pair may see each other's card while the pair lasts."""

from services.profiles.domain.acquaintances import Acquaintance
from services.profiles.kinds import ACQUAINTANCES
from shared.envelope import Envelope
from shared.events.matching import (
    RelationshipDeclined,
    RelationshipEnded,
    RelationshipNotStarted,
    RelationshipProposed,
)
from shared.kinds import Kind
from shared.service import Reaction, Room
from shared.transaction import Tx


def become_acquainted(tx: Tx, _room: Room, envelope: Envelope, fact: RelationshipProposed) -> None:
    """A pair was proposed: each side may see the other's card."""
    people = (fact.mentee, fact.mentor)
    tx.save(ACQUAINTANCES, Acquaintance(envelope.aggregate, envelope.chapter, people))


def part(tx: Tx, _room: Room, envelope: Envelope, _fact: object) -> None:
    """The pair came to nothing, or ended: the cards are closed again."""
    tx.remove(ACQUAINTANCES, envelope.aggregate)


def _needs(envelope: Envelope, _fact: object) -> tuple[tuple[Kind[Acquaintance], str], ...]:
    return ((ACQUAINTANCES, envelope.aggregate),)


REACTIONS = (
    Reaction(RelationshipProposed, become_acquainted, _needs),
    Reaction(RelationshipDeclined, part, _needs),
    Reaction(RelationshipNotStarted, part, _needs),
    Reaction(RelationshipEnded, part, _needs),
)
