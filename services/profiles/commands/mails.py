"""The two mails that only profiles can ask for, each with a link whose secret is derived and sealed, never stored."""

from typing import Any

from services.profiles.domain import members, sign_in
from services.profiles.domain.members import Member
from services.profiles.kinds import LINKS, MEMBERS
from services.profiles.secrets import secret_of
from shared.ids import new_id
from shared.service import Room
from shared.transaction import Tx


def ask_to_confirm(tx: Tx, room: Room, member: Member, *before: Any, link_id: str = "") -> Member:
    """Save the member, announce the facts `before`, and ask for the mail that lets her confirm her address."""
    sealed = _link(tx, room, member, "confirmation", link_id)
    asked, requested = members.send_confirmation(member, sealed, tx.call.at)
    tx.save(MEMBERS, asked, *before, requested)
    return asked


def ask_to_sign_in(tx: Tx, room: Room, member: Member) -> Member:
    """Save the member and ask for the mail that signs her in."""
    sealed = _link(tx, room, member, "sign_in")
    asked, requested = members.send_sign_in(member, sealed, tx.call.at)
    tx.save(MEMBERS, asked, requested)
    return asked


def _link(tx: Tx, room: Room, member: Member, purpose: sign_in.Purpose, link_id: str = "") -> str:
    link = sign_in.new_link(link_id or new_id("lnk"), member, purpose, tx.call.at)
    tx.save(LINKS, link)
    return room.seal(member.id, {"token": secret_of(link.id, room.keys)})
