"""What members and staff ask about who is never to be paired with whom."""

from collections.abc import Collection

from services.profiles.commands.members import living
from services.profiles.domain import apart as rules
from services.profiles.domain.apart import CONFLICTS, Apart, SetBy
from services.profiles.kinds import APART, MEMBERS
from shared.errors import NotThere
from shared.ids import derived_id
from shared.kinds import Document
from shared.transaction import Tx


def declare(tx: Tx, member_id: str, other_id: str, kind: str, set_by: SetBy) -> Document:
    """Keep the two apart from now on. Saying it again changes nothing."""
    member = living(tx, member_id)
    if other_id != member_id:
        living(tx, other_id)
    id = derived_id("apt", member_id, other_id, kind, set_by)
    if (there := tx.load(APART, id)) is not None:
        return {"entry": there.id}
    entry = Apart(id, member.chapter, member_id, other_id, kind, set_by, tx.call.asker, tx.call.at)
    entries = tx.find(APART, {"member": member_id})
    after = rules.declare(entry, entries)
    tx.save(APART, entry)
    if after == rules.kept_apart(entries):
        tx.save(MEMBERS, member)  # two declarations at once collide, so that neither list is lost
    else:
        tx.save(MEMBERS, member, after)
    return {"entry": id}


def take_back(
    tx: Tx, member_id: str, entry_id: str, kinds: Collection[str] = CONFLICTS, *, by_staff: bool = False
) -> Document:
    """The declaration is taken back by those who made it."""
    member, entry = living(tx, member_id), tx.get(APART, entry_id)
    rules.refuse_taking_back(entry, member=member_id, kinds=kinds, by_staff=by_staff)
    remove(tx, member.id, [entry])
    return {"entry": entry_id}


def remove(tx: Tx, member_id: str, gone: Collection[Apart]) -> None:
    """Take declarations about one member away, and tell what is left."""
    member = tx.load(MEMBERS, member_id)
    if member is None:
        raise NotThere("member")
    entries = tx.find(APART, {"member": member_id})
    ids = {entry.id for entry in gone}
    for id in ids:
        tx.remove(APART, id)
    before, after = (
        rules.kept_apart(entries),
        rules.kept_apart(entry for entry in entries if entry.id not in ids),
    )
    if member.erased_at is None:
        tx.save(MEMBERS, member, *((after,) if after != before else ()))
