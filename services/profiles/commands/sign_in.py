"""What people ask before they are signed in: confirm an address, get a link, begin and end a session."""

from services.profiles.commands.mails import ask_to_confirm, ask_to_sign_in
from services.profiles.commands.members import member_at
from services.profiles.domain import members, sign_in
from services.profiles.domain.members import Member
from services.profiles.kinds import LINKS, MEMBERS, SESSIONS
from shared.ids import new_id
from shared.kinds import Document
from shared.service import Room
from shared.transaction import Tx


def confirm(tx: Tx, link_id: str, by: str | None) -> Document:
    """Confirm the address that the link was mailed to, and sign in whoever followed it first (R15)."""
    link = tx.get(LINKS, link_id)
    member = tx.get(MEMBERS, link.member)
    used = sign_in.follow_confirmation(link, member, by=by, now=tx.call.at)
    if used is None:
        return {"status": "already_confirmed"}
    confirmed, fact = members.confirm(member, tx.call.at)
    tx.save(LINKS, used)
    tx.save(MEMBERS, confirmed, fact)
    return {"status": "confirmed", **_begin(tx, confirmed)}


def send_confirmation_again(tx: Tx, room: Room, mail: str) -> Document:
    """Send the confirmation anew, where the address waits for one and none went out just now. The answer never says which."""
    member = member_at(tx, mail)
    if member is not None and members.may_send_confirmation(member, tx.call.at):
        ask_to_confirm(tx, room, member)
    return {"status": "sent_if_known"}


def send_sign_in(tx: Tx, room: Room, mail: str) -> Document:
    """Send a link to sign in; an unconfirmed address gets its confirmation instead. The answer never says which."""
    member = member_at(tx, mail)
    if member is not None and members.may_send_sign_in(member, tx.call.at):
        ask_to_sign_in(tx, room, member)
    elif member is not None and members.may_send_confirmation(member, tx.call.at):
        ask_to_confirm(tx, room, member)
    return {"status": "sent_if_known"}


def begin_session(tx: Tx, link_id: str) -> Document:
    """Sign in with the link."""
    used = sign_in.follow_sign_in(tx.get(LINKS, link_id), tx.call.at)
    tx.save(LINKS, used)
    return _begin(tx, tx.get(MEMBERS, used.member))


def end_session(tx: Tx, session_id: str) -> None:
    """Sign out; nothing where she is signed out already."""
    session = tx.load(SESSIONS, session_id)
    if session is not None:
        tx.save(SESSIONS, sign_in.end_session(session, tx.call.at))


def _begin(tx: Tx, member: Member) -> Document:
    """The answer names the session by its id: its secret is derived where it is told (`services.profiles.secrets`)."""
    session = sign_in.begin_session(new_id("ses"), member, tx.call.at)
    tx.save(SESSIONS, session)
    return {
        "session": session.id,
        "member": member.id,
        "chapter": member.chapter,
        "roles": list(member.roles),
    }
