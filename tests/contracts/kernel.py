"""A smallest service, for tests of the kernel: pebbles that announce that they moved, and a reader that counts the moves."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from shared.call import Call
from shared.envelope import Envelope
from shared.events.declare import EVENTS, event
from shared.ids import new_id
from shared.kinds import Kind
from shared.service import Reaction, Room
from shared.transaction import Tx
from tests.stack import NOON


@dataclass(frozen=True, slots=True)
class Pebble:
    """Something that moves."""

    id: str
    chapter: str
    moves: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """What a reader knows of a pebble: how often it moved, and the last number that it was told."""

    id: str
    chapter: str
    moves: int = 0
    seen: tuple[int, ...] = ()


if "cairn.pebble.moved.v1" not in EVENTS:

    @event("pebble.moved.v1", service="profiles", about="pebble")
    @dataclass(frozen=True, slots=True)
    class PebbleMoved:
        """A pebble moved for the `moves`-th time."""

        moves: int


PEBBLES = Kind("pebble", "pebbles", Pebble)
COUNTS = Kind("count", "counts", Count)


def a_call(id: str = "", chapter: str = "shanghai", **more: Any) -> Call:
    """A call as an HTTP request would make it."""
    return Call(id=id or new_id("call"), at=NOON, chapter=chapter, asker="mem_test", **more)


def move(pebble: str) -> Callable[[Tx], dict[str, int]]:
    """One move of a pebble, announced."""

    def work(tx: Tx) -> dict[str, int]:
        before = tx.load(PEBBLES, pebble) or Pebble(pebble, tx.call.chapter)
        after = replace(before, moves=before.moves + 1)
        tx.save(PEBBLES, after, PebbleMoved(after.moves))
        return {"moves": after.moves}

    return work


def count(tx: Tx, _room: Room, envelope: Envelope, fact: PebbleMoved) -> None:
    """The reader's reaction."""
    before = tx.load(COUNTS, envelope.aggregate) or Count(envelope.aggregate, envelope.chapter)
    tx.save(COUNTS, replace(before, moves=before.moves + 1, seen=(*before.seen[-99:], fact.moves)))


COUNTING = Reaction(PebbleMoved, count, needs=lambda envelope, _fact: ((COUNTS, envelope.aggregate),))
