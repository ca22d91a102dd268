"""Erasing keys of confidential text: a change writes down whose, and a chore erases them (R14).

Invariants:
1. A key goes only once the change that wanted it gone has committed; what then dies in between leaves the row, and the next pass goes on.
2. Nothing but the store is touched inside the transaction: a key vault is no part of it.
3. A row goes after its key. Erasing a key that is gone, or never was, harms nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.call import PLATFORM, Call
from shared.ids import new_id
from shared.kinds import Kind
from shared.service import Chore, Room
from shared.transaction import Tx

KEYS_AT_ONCE = 50
EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class DoomedKey:
    """A key of the service's vault that is still to be erased; `id` is the key's name."""

    id: str
    chapter: str


DOOMED_KEYS = Kind("doomed key", "doomed_keys", DoomedKey)


def doom_key(tx: Tx, name: str) -> None:
    """Once this change is in, the vault's key of this name is erased, and with it every text that was hidden under it."""
    tx.save(DOOMED_KEYS, DoomedKey(name, tx.call.chapter))


def erase_doomed_keys(room: Room) -> int:
    """Erase some of the keys that are to go; returns how many. Safe to repeat, and to run twice at once."""
    doomed = room.store.reader().find(DOOMED_KEYS, {}, sort=[("_id", 1)], limit=KEYS_AT_ONCE)
    if not doomed:
        return 0
    for one in doomed:
        room.vault.erase(one.id)
    call = Call(id=new_id("call"), at=room.clock(), chapter=PLATFORM, asker="erasure")
    room.store.change(call, lambda tx: _done(tx, doomed))
    return len(doomed)


def _done(tx: Tx, erased: Sequence[DoomedKey]) -> None:
    tx.prefetch(DOOMED_KEYS, [one.id for one in erased])
    for one in erased:
        tx.remove(DOOMED_KEYS, one.id)


#: For every service that has confidential text.
ERASE_KEYS = Chore("erased keys", erase_doomed_keys, EVERY_S)
