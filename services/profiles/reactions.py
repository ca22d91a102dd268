"""What profiles does when something happened elsewhere: it learns who may see whose card, and whose name.

The two of a pair may see each other's card while the pair lasts; those of one lineage, the names of those who agree to it.
"""

from services.profiles.domain.acquaintances import Acquaintance
from services.profiles.domain.lineage import Line, Named
from services.profiles.kinds import ACQUAINTANCES, ERASURES, LINES, NAMED
from shared.envelope import Envelope
from shared.events.matching import (
    LineageConsented,
    RelationshipCompleted,
    RelationshipDeclined,
    RelationshipEnded,
    RelationshipErased,
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


def grow(tx: Tx, _room: Room, envelope: Envelope, fact: RelationshipCompleted) -> None:
    """The lineage has a line more."""
    tx.save(LINES, Line(envelope.aggregate, envelope.chapter, fact.mentor, fact.mentee))


def forget_line(tx: Tx, _room: Room, envelope: Envelope, _fact: RelationshipErased) -> None:
    """One of the two was erased, and with her what she had to do with the other: beyond her, a lineage is only counted."""
    tx.remove(LINES, envelope.aggregate)


def let_be_named(tx: Tx, _room: Room, envelope: Envelope, fact: LineageConsented) -> None:
    """She agrees to be named in lineages, or does not any more. What is heard after she was erased names nobody."""
    if fact.named and tx.load(ERASURES, fact.member) is None:
        tx.save(NAMED, Named(fact.member, envelope.chapter))
    else:
        tx.remove(NAMED, fact.member)


def _needs(envelope: Envelope, _fact: object) -> tuple[tuple[Kind[Acquaintance], str], ...]:
    return ((ACQUAINTANCES, envelope.aggregate),)


REACTIONS = (
    Reaction(RelationshipProposed, become_acquainted, _needs),
    Reaction(RelationshipDeclined, part, _needs),
    Reaction(RelationshipNotStarted, part, _needs),
    Reaction(RelationshipEnded, part, _needs),
    Reaction(RelationshipCompleted, grow),
    Reaction(RelationshipErased, forget_line),
    Reaction(LineageConsented, let_be_named),
)
