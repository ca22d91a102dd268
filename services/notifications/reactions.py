"""What notifications does when something happened elsewhere: copies of people and chapters, mails, webhook deliveries."""

from typing import Any

from services.notifications import chat, commands, wishes
from services.notifications.domain.catalogue import CATALOGUE
from services.notifications.domain.people import Chapter
from services.notifications.feed import keeping
from services.notifications.kinds import CHAPTERS, PEOPLE, STORIES
from shared.envelope import Envelope
from shared.erasing import doom_key
from shared.events import EVENTS, matching, profiles, sessions
from shared.kinds import Kind
from shared.service import Reaction, Room
from shared.transaction import Tx

Needs = tuple[tuple[Kind[Any], str], ...]


def _chapter_opened(tx: Tx, _room: Room, envelope: Envelope, fact: profiles.ChapterOpened) -> None:
    chapter = Chapter(envelope.aggregate, envelope.chapter, fact.name, fact.time_zone, fact.locales)
    commands.open_chapter(tx, chapter)


def _roles(
    tx: Tx,
    _room: Room,
    envelope: Envelope,
    fact: profiles.MemberJoined | profiles.MemberProfileChanged,
) -> None:
    commands.keep_roles(tx, envelope.aggregate, fact.roles)


def _contact(tx: Tx, room: Room, envelope: Envelope, fact: profiles.MemberContactChanged) -> None:
    contact = room.unseal(fact.sealed_contact)
    if contact is not None:  # None where she was erased meanwhile
        commands.keep_contact(tx, envelope.aggregate, contact, fact.time_zone)


def _confirmed(tx: Tx, _room: Room, envelope: Envelope, _fact: profiles.MemberConfirmed) -> None:
    commands.keep_confirmation(tx, envelope.aggregate)


def _member_erased(tx: Tx, _room: Room, envelope: Envelope, _fact: profiles.MemberErased) -> None:
    doom_key(tx, chat.vault_name(envelope.aggregate))
    wishes.erase(tx, envelope.aggregate)


def _ran_out(tx: Tx, _room: Room, _envelope: Envelope, fact: sessions.ClockRanOut) -> None:
    commands.mark_story(tx, fact.relationship, "ran_out")


def _announced(tx: Tx, room: Room, envelope: Envelope, fact: Any) -> None:
    """What the catalogue or an integrator wants to know of."""
    commands.tell(tx, envelope, fact)
    match fact:
        case matching.RelationshipIntroductionAgreed():
            commands.mark_story(tx, envelope.aggregate, "agreed")
        case matching.RelationshipStarted():
            commands.mark_story(tx, envelope.aggregate, "started")
        case matching.RelationshipErased():
            commands.forget_story(tx, envelope.aggregate)
    if EVENTS[envelope.type].public:
        keeping.keep(tx, room, envelope, fact)


def _session_held(tx: Tx, _room: Room, _envelope: Envelope, fact: sessions.SessionHeld) -> None:
    if fact.purpose == "introduction":
        commands.mark_story(tx, fact.relationship, "met")


def _person_needed(envelope: Envelope, _fact: Any) -> Needs:
    return ((PEOPLE, envelope.aggregate),)


def _announced_needs(envelope: Envelope, fact: Any) -> Needs:
    return tuple(commands.mails_needed(envelope, fact))


def _told_or_public() -> tuple[type[Any], ...]:
    public = (declared.fact for declared in EVENTS.values() if declared.public)
    return tuple(dict.fromkeys((*CATALOGUE, *public)))


REACTIONS = (
    Reaction(profiles.ChapterOpened, _chapter_opened, lambda envelope, _: ((CHAPTERS, envelope.aggregate),)),
    Reaction(profiles.MemberJoined, _roles, _person_needed),
    Reaction(profiles.MemberProfileChanged, _roles, _person_needed),
    Reaction(profiles.MemberContactChanged, _contact, _person_needed),
    Reaction(profiles.MemberConfirmed, _confirmed, _person_needed),
    Reaction(profiles.MemberErased, _member_erased, _person_needed),
    Reaction(sessions.ClockRanOut, _ran_out, lambda _, fact: ((STORIES, fact.relationship),)),
    Reaction(sessions.SessionHeld, _session_held, lambda _, fact: ((STORIES, fact.relationship),)),
    *(Reaction(fact, _announced, _announced_needs) for fact in _told_or_public()),
)
