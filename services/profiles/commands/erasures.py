"""Erasing a person: only she herself asks for it, or an operator for her (R14).

Invariants:
1. One change takes her name, address and profile, and announces the tombstone; from then on nothing of her is shown.
2. What else there is about her, and her keys, go in steps that can be repeated, until the erasure says that it is finished.
"""

from collections.abc import Sequence
from typing import Any

from services.profiles.commands import apart
from services.profiles.commands.members import living
from services.profiles.domain import members
from services.profiles.domain.crossings import Crossing
from services.profiles.domain.erasures import Erasure, finish
from services.profiles.domain.reports import without_author
from services.profiles.kinds import (
    ACQUAINTANCES,
    APART,
    CROSSINGS,
    ERASURES,
    LINKS,
    LOOKS,
    MEMBERS,
    NAMED,
    REPORTS,
    SESSIONS,
)
from shared.call import Call
from shared.ids import new_id
from shared.kinds import Document, Kind
from shared.service import Room
from shared.transaction import Tx

#: Documents about her that one step removes.
MAX_A_STEP = 200
#: Steps that one erasure may take before the next pass goes on with it.
MAX_STEPS = 1_000


def erase(tx: Tx, member_id: str, by: str) -> Document:
    """Erase a member. `Refused` last_coordinator where the chapter would be left without one and she asks herself."""
    member = living(tx, member_id)
    if by != "operator":
        coordinators = tx.count(MEMBERS, {"roles": "coordinator", "erased_at": None})
        members.refuse_last_coordinator(member, coordinators)
    nobody, erased = members.erase(member, tx.call.at)
    tx.save(MEMBERS, nobody, erased)
    tx.save(ERASURES, Erasure(member.id, member.chapter, tx.call.at, by))
    return {"erased": member.id}


def complete(room: Room, member_id: str, chapter: str) -> bool:
    """Remove what is left about her and erase her keys; True where nothing is left to do. Safe to repeat."""
    reader = room.store.reader(chapter)
    for lent in reader.find(CROSSINGS, {"member": member_id, "state": "accepted"}):
        _erase_guest(room, lent, member_id)
    room.people.erase(member_id)
    for report in reader.find(REPORTS, {"by": member_id}):
        room.vault.erase(report.id)
    for _ in range(MAX_STEPS):
        call = Call(id=new_id("call"), at=room.now(chapter), chapter=chapter, asker="timer")
        if room.store.change(call, lambda tx: _step(tx, member_id)) == 0:
            return True
    return False


def _erase_guest(room: Room, lent: Crossing, member_id: str) -> None:
    """She goes from the chapter that she was lent to as well."""
    guest = room.store.reader(lent.to).get(MEMBERS, lent.guest)
    if guest.erased_at is None:
        call = Call(id=new_id("call"), at=room.now(lent.to), chapter=lent.to, asker=member_id)
        room.store.change(call, lambda tx: erase(tx, guest.id, "operator"))
    complete(room, guest.id, lent.to)


def _step(tx: Tx, member_id: str) -> int:
    """Remove some of what there is about her; returns how much that was. The last step says that it is finished."""
    gone = sum(
        _remove(tx, kind, where)
        for kind, where in (
            (SESSIONS, {"member": member_id}),
            (LINKS, {"member": member_id}),
            (LOOKS, {"member": member_id}),
            (ACQUAINTANCES, {"people": member_id}),
            (NAMED, {"_id": member_id}),
            (APART, {"member": member_id}),
            (CROSSINGS, {"member": member_id, "state": "offered"}),
        )
    )
    for entry in tx.find(APART, {"other": member_id}, limit=MAX_A_STEP):
        apart.remove(tx, entry.member, [entry])
        gone += 1
    for report in _loaded(tx, REPORTS, {"by": member_id}):
        tx.save(REPORTS, without_author(report))
        gone += 1
    erasure = tx.get(ERASURES, member_id)
    if not gone and erasure.finished_at is None:
        tx.save(ERASURES, finish(erasure, tx.call.at))
    return gone


def _remove(tx: Tx, kind: Kind[Any], where: Document) -> int:
    found = _loaded(tx, kind, where)
    for each in found:
        tx.remove(kind, each.id)
    return len(found)


def _loaded(tx: Tx, kind: Kind[Any], where: Document) -> Sequence[Any]:
    """Some of what the filter admits, known to the transaction as stored."""
    found = tx.find(kind, where, limit=MAX_A_STEP)
    tx.prefetch(kind, [each.id for each in found])
    return found
