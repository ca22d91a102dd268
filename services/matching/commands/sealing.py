"""Speaking under seal: an answer or a vote, of which nothing is to be seen before it can be told (see `domain.relationships`).

Invariants:
1. What was said before is opened, and what is said now is sealed, before the transaction opens; where another word came in between,
   the transaction changes nothing and all is done again.
2. Both sides' words are sealed anew each time, silence too, and in equal lengths: two states of the document do not tell who spoke.
3. The remembered call tells neither who spoke nor what: its asker, its trace and its once-only id's words are left out, and its print,
   which anybody could otherwise compare with the few words there are, is keyed.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from services.matching.commands import lasting, relationships
from services.matching.domain.relationships import SILENCE, Answer, Relationship, Sealed, Side, Vote
from services.matching.kinds import RELATIONSHIPS
from shared.call import Call
from shared.errors import Transient
from shared.service import Room
from shared.transaction import Tx

#: The other side can come in between once or twice, and a person's own two clicks; then something is wrong.
TRIES = 8

Rule = Callable[[Tx, Relationship, str, Sealed], None]


class _Moved(Exception):
    """Another word came in between."""


def answer(room: Room, call: Call, id: str, says: Answer) -> None:
    """The asker answers a proposal of hers."""

    def rule(tx: Tx, relationship: Relationship, other: str, sealed: Sealed) -> None:
        relationships.answer(tx, relationship, says=says, other=other, sealed=sealed)

    _speak(room, call, id, says, rule)


def vote(room: Room, call: Call, id: str, says: Vote) -> None:
    """The asker votes, or changes her vote."""

    def rule(tx: Tx, relationship: Relationship, other: str, sealed: Sealed) -> None:
        relationships.vote(tx, relationship, says=says, other=other, sealed=sealed)

    _speak(room, call, id, says, rule)


def renew(room: Room, call: Call, id: str, says: Vote) -> None:
    """The asker says whether she renews, or changes it."""

    def rule(tx: Tx, relationship: Relationship, other: str, sealed: Sealed) -> None:
        lasting.renew(tx, relationship, says=says, other=other, sealed=sealed)

    _speak(room, call, id, says, rule)


def own_word(room: Room, relationship: Relationship, side: Side) -> str:
    """What this side has said in the present state, or `SILENCE`. For that side's own eyes only."""
    if relationship.sealed is None:
        return SILENCE
    return room.vault.show(getattr(relationship.sealed, side)) or SILENCE


def _speak(room: Room, call: Call, id: str, word: str, rule: Rule) -> None:
    reader = room.store.reader(call.chapter)
    for _ in range(TRIES):
        seen = reader.get(RELATIONSHIPS, id)
        side = seen.side_of(call.asker)
        opposite: Side = "mentor" if side == "mentee" else "mentee"
        other = own_word(room, seen, opposite)
        hidden = {side: room.vault.hide(id, word), opposite: room.vault.hide(id, other)}
        sealed = Sealed(hidden["mentee"], hidden["mentor"])
        try:
            room.store.change(_sealed(room, call), _work(id, seen, rule, other, sealed))
            return
        except _Moved:
            continue
    raise Transient("the two kept answering at the same time")


def _work(
    id: str, seen: Relationship, rule: Rule, other: str, sealed: Sealed
) -> Callable[[Tx], dict[str, Any]]:
    def work(tx: Tx) -> dict[str, Any]:
        relationship = tx.get(RELATIONSHIPS, id)
        if (relationship.state, relationship.sealed) != (seen.state, seen.sealed):
            raise _Moved
        rule(tx, relationship, other, sealed)
        return {}

    return work


def _sealed(room: Room, call: Call) -> Call:
    once = room.keys.derive("sealed call", call.id).hex()[:32]
    fingerprint = (
        room.keys.derive("sealed print", call.id, call.fingerprint).hex() if call.fingerprint else ""
    )
    return replace(
        call, id=f"call_{once}", asker="sealed", roles=frozenset(), fingerprint=fingerprint, traceparent=""
    )
