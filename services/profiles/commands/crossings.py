"""What the coordinators of two chapters ask about a mentor whom one lends to the other (R16).

The lending chapter's document is read and settled by a call of the platform, since it stands in two chapters; the routes have checked
that the asker is a coordinator of the chapter that the offer is made to.
"""

from services.profiles.commands.imports import group_id
from services.profiles.commands.members import living
from services.profiles.domain import crossings as rules
from services.profiles.domain import members
from services.profiles.domain.crossings import Crossing
from services.profiles.kinds import CHAPTERS, CROSSINGS, MEMBERS
from shared.chapter_clocks import is_sandbox
from shared.errors import NotThere, Refused
from shared.kinds import Document
from shared.service import Room
from shared.transaction import Tx


def lend(tx: Tx, id: str, member_id: str, to: str, seats: int) -> Document:
    """A coordinator lends a mentor of her chapter to another one. Whether that chapter exists was seen before."""
    member = living(tx, member_id)
    waiting = tx.find(CROSSINGS, {"state": "offered"}, limit=rules.MAX_OFFERED)
    if any((each.member, each.to) == (member.id, to) for each in waiting):
        raise Refused(
            "already_offered", "She is offered to that chapter already, which has not answered yet."
        )
    crossing = Crossing(id, member.chapter, to, member.id, seats, tx.call.asker, tx.call.at)
    _refuse_sandbox(crossing)
    tx.save(CROSSINGS, rules.lend(crossing, member, len(waiting)))
    return {"crossing": id}


def accept(tx: Tx, room: Room, id: str, to: str, guest_id: str) -> Document:
    """A coordinator of the chapter that she is lent to agrees: she becomes a guest member there."""
    crossing = _offered_to(tx, id, to)
    member = living(tx, crossing.member)
    _refuse_sandbox(crossing)
    settled = rules.settle(crossing, "accepted", by=tx.call.asker, guest=guest_id, now=tx.call.at)
    if tx.first(MEMBERS, {"mail": member.mail, "chapter": to}) is not None:
        raise Refused("already_a_member", "Her address is a member of this chapter already.")
    guest = rules.guest_of(
        member,
        crossing,
        (tx.get(CHAPTERS, crossing.chapter), tx.get(CHAPTERS, to)),
        id=guest_id,
        group_id=group_id(room, to),
        now=tx.call.at,
    )
    guest, joined = members.join(guest, seal=room.seal)
    guest, confirmed = members.confirm(guest, tx.call.at)
    tx.save(MEMBERS, guest, *joined, confirmed)
    tx.save(CROSSINGS, settled)
    return {"crossing": id, "guest": guest.id}


def refuse(tx: Tx, id: str, to: str) -> Document:
    """A coordinator of the chapter that she is offered to does not agree."""
    tx.save(CROSSINGS, rules.settle(_offered_to(tx, id, to), "refused", by=tx.call.asker, now=tx.call.at))
    return {"crossing": id}


def withdraw(tx: Tx, id: str) -> Document:
    """The lending chapter takes back an offer that nobody has answered."""
    tx.save(CROSSINGS, rules.settle(tx.get(CROSSINGS, id), "withdrawn", now=tx.call.at))
    return {"crossing": id}


def _offered_to(tx: Tx, id: str, to: str) -> Crossing:
    crossing = tx.get(CROSSINGS, id)
    if crossing.to != to:
        raise NotThere("crossing")
    return crossing


def _refuse_sandbox(crossing: Crossing) -> None:
    """`Refused` sandbox_apart where either chapter is a sandbox: no invented person is proposed to a real one, on any clock."""
    if is_sandbox(crossing.chapter) or is_sandbox(crossing.to):
        raise Refused(
            "sandbox_apart", "A sandbox holds invented people only. Nobody crosses into it or out of it."
        )
