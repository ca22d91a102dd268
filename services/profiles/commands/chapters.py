"""What an operator asks: open a chapter, and name its coordinators."""

from dataclasses import dataclass

from services.profiles.commands.mails import ask_to_confirm
from services.profiles.commands.members import member_at
from services.profiles.domain import chapters as rules
from services.profiles.domain import members, words
from services.profiles.domain.profile import Profile
from services.profiles.kinds import CHAPTERS, MEMBERS
from shared.errors import NotThere, Refused
from shared.ids import new_id
from shared.kinds import Document
from shared.service import Room
from shared.transaction import Tx


@dataclass(frozen=True, slots=True)
class Asked:
    """A chapter as an operator describes it."""

    slug: str
    name: str
    time_zone: str
    locales: tuple[str, ...]
    region: str


def open_chapter(tx: Tx, asked: Asked) -> Document:
    """Open the chapter; one that is there already, just so, stays. `Refused` chapter_differs where it is there otherwise."""
    chapter, opened = rules.open_chapter(
        asked.slug,
        name=asked.name,
        time_zone=asked.time_zone,
        locales=asked.locales,
        region=asked.region,
        now=tx.call.at,
    )
    there = tx.load(CHAPTERS, chapter.id)
    if there is None:
        tx.save(CHAPTERS, chapter, opened)
        return {"status": "opened", "chapter": chapter.id}
    if not rules.same_chapter(there, chapter):
        raise Refused(
            "chapter_differs",
            f"The chapter {there.id} is there already, with another description: {there.name}, {there.time_zone}, "
            f"{', '.join(there.locales)}, region {there.region}. Nothing was changed.",
        )
    return {"status": "already_there", "chapter": there.id}


def appoint_coordinator(tx: Tx, room: Room, chapter_id: str, name: str, mail: str) -> Document:
    """Make the person a coordinator of the chapter; whoever has not confirmed her address gets the mail that signs her in."""
    chapter = tx.load(CHAPTERS, chapter_id)
    if chapter is None:
        raise NotThere("chapter")
    mail = words.address(mail)
    there = member_at(tx, mail)
    if there is not None:
        appointed, facts = members.appoint(there)
        if facts:
            tx.save(MEMBERS, appointed, *facts)
        return {"status": "appointed" if facts else "already_there", "member": appointed.id}
    member, joined = members.join(
        members.Member(
            id=new_id("mem"),
            chapter=chapter.id,
            name=words.person_name(name),
            mail=mail,
            locale=chapter.locales[0],
            time_zone=chapter.time_zone,
            roles=("coordinator",),
            via="operator",
            joined_at=tx.call.at,
            profile=Profile(),
        ),
        seal=room.seal,
    )
    ask_to_confirm(tx, room, member, *joined)
    return {"status": "invited", "member": member.id}
