"""What people ask about themselves, and what staff ask about them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.profiles.commands.mails import ask_to_confirm
from services.profiles.domain import members, words
from services.profiles.domain.looks import Look, What
from services.profiles.domain.members import Member, in_order
from services.profiles.domain.profile import Consent, Profile, with_consents
from services.profiles.kinds import CHAPTERS, LOOKS, MEMBERS
from shared.chapter_clocks import is_sandbox
from shared.errors import NotThere
from shared.ids import new_id
from shared.kinds import Document
from shared.service import Room
from shared.transaction import Reader, Tx


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody writes who registers herself."""

    name: str
    mail: str
    roles: frozenset[str]
    locale: str | None = None
    time_zone: str | None = None


def living(reader: Reader, member_id: str) -> Member:
    """The member with that id. `NotThere` also where she was erased."""
    member = reader.get(MEMBERS, member_id)
    if member.erased_at is not None:
        raise NotThere("member")
    return member


def member_at(tx: Tx, mail: str) -> Member | None:
    """The member of the call's chapter with that (normalised) address."""
    found = tx.first(MEMBERS, {"mail": mail})
    return (
        tx.load(MEMBERS, found.id) if found else None
    )  # loaded, so that the transaction knows it when it is saved


def register(tx: Tx, room: Room, chapter_id: str, asked: Application) -> Document:
    """Somebody registers herself. A known address changes nothing and gets nothing, and the answer is the same (R15)."""
    chapter = tx.load(CHAPTERS, chapter_id)
    if chapter is None or is_sandbox(chapter_id):  # nobody real is to be among invented people
        raise NotThere("chapter")
    answer = {"status": "confirmation_sent"}
    mail = words.address(asked.mail)
    name = words.person_name(asked.name)
    if member_at(tx, mail) is not None:
        return answer
    member, joined = members.join(
        Member(
            id=new_id("mem"),
            chapter=chapter.id,
            name=name,
            mail=mail,
            locale=words.locale(asked.locale) if asked.locale else chapter.locales[0],
            time_zone=words.time_zone(asked.time_zone) if asked.time_zone else chapter.time_zone,
            roles=in_order(asked.roles - {"coordinator"}),
            via="registration",
            joined_at=tx.call.at,
            profile=Profile(capacity=1 if "mentor" in asked.roles else 0),
        ),
        seal=room.seal,
    )
    ask_to_confirm(tx, room, member, *joined)
    return answer


def edit(tx: Tx, room: Room, member_id: str, changes: Mapping[str, Any]) -> Document:
    """The member changes what she says about herself: `changes` holds only what is to be another value now."""
    before = living(tx, member_id)
    named = {name: changes.get(name, getattr(before, name)) for name in ("name", "locale", "time_zone")}
    member, contact = members.change_contact(before, **named, seal=room.seal)
    fields = {name: value for name, value in changes.items() if name in Profile.__dataclass_fields__}
    consents: tuple[Consent, ...] = fields.pop("consents", ())
    profile = with_consents(replace(member.profile, **fields), consents)
    roles = frozenset(changes.get("roles", member.roles))
    member, changed = members.change_profile(member, profile, roles)
    if member != before:
        tx.save(MEMBERS, member, *contact, *changed)
    return {"member": member.id}


def look(tx: Tx, member_id: str, reason: str, what: What = "record") -> Document:
    """Staff are about to see a member's record: remembered before it is shown (R16)."""
    member = living(tx, member_id)
    seen = Look(new_id("look"), member.chapter, member.id, tx.call.asker, tx.call.at, reason, what)
    tx.save(LOOKS, seen)
    return {"look": seen.id}
