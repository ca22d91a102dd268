"""What matching does when something happened elsewhere, or fell due. Each only touches the store.

Invariant: an event about one member or chapter writes that one's copy, whole. No name and no address comes here.
"""

from dataclasses import replace
from typing import Any

from services.matching.commands import erasing, lasting
from services.matching.commands.consent import forget_answers
from services.matching.domain.cycles import Chapter
from services.matching.domain.members import Member
from services.matching.domain.places import Places, offer
from services.matching.domain.relationships import DEADLINES
from services.matching.kinds import CHAPTERS, MEMBERS, PLACES, RELATIONSHIPS
from shared.envelope import Envelope
from shared.events.profiles import (
    ChapterOpened,
    MemberConfirmed,
    MemberErased,
    MemberJoined,
    MemberKeptApart,
    MemberProfileChanged,
)
from shared.events.sessions import (
    ClockAsked,
    ClockFlagged,
    ClockRanOut,
    SessionCancelled,
    SessionHeld,
    SessionMissed,
    SessionScheduled,
)
from shared.kinds import Kind
from shared.service import OnDue, Reaction, Room
from shared.transaction import Timer, Tx

Needs = tuple[tuple[Kind[Any], str], ...]


def chapter_opened(tx: Tx, _room: Room, envelope: Envelope, fact: ChapterOpened) -> None:
    """Keep the chapter's time zone, for its cycles."""
    tx.save(CHAPTERS, Chapter(envelope.aggregate, envelope.chapter, fact.time_zone))


def member_joined(tx: Tx, _room: Room, envelope: Envelope, fact: MemberJoined) -> None:
    """Know the member and her roles."""
    tx.save(MEMBERS, replace(_member(tx, envelope), roles=tuple(fact.roles)))


def member_confirmed(tx: Tx, _room: Room, envelope: Envelope, _fact: MemberConfirmed) -> None:
    """From now on she can be matched (R15)."""
    tx.save(MEMBERS, replace(_member(tx, envelope), confirmed=True))


def member_profile_changed(tx: Tx, _room: Room, envelope: Envelope, fact: MemberProfileChanged) -> None:
    """Keep what the engine may know of her, and how many places she has. The copy is replaced whole: what she took back is gone (R7)."""
    before = _member(tx, envelope)
    profile = Member(
        id=before.id,
        chapter=before.chapter,
        roles=tuple(fact.roles),
        confirmed=before.confirmed,
        areas_offered=fact.areas_offered,
        areas_wanted=fact.areas_wanted,
        wants_to_learn=fact.wants_to_learn,
        could_teach=fact.could_teach,
        languages=fact.languages,
        hours=fact.hours,
        groups=fact.groups,
        answers=fact.answers,
        apart_from=before.apart_from,
        no_contact=before.no_contact,
    )
    tx.save(MEMBERS, profile)
    forget_answers(tx, before, profile)
    places = tx.load(PLACES, before.id) or Places(before.id, before.chapter, capacity=-1)
    if (
        places.capacity != fact.capacity
    ):  # an accept writes the same document: no collision where nothing changes
        tx.save(PLACES, offer(places, fact.capacity))


def member_kept_apart(tx: Tx, _room: Room, envelope: Envelope, fact: MemberKeptApart) -> None:
    """Never propose these again; what runs with those without contact comes to nothing, as if she had chosen so."""
    kept = replace(_member(tx, envelope), apart_from=fact.apart_from, no_contact=fact.no_contact)
    tx.save(MEMBERS, kept)
    if fact.no_contact:
        lasting.keep_apart(tx, kept.id, set(fact.no_contact))


def member_erased(tx: Tx, _room: Room, envelope: Envelope, _fact: MemberErased) -> None:
    """Forget her."""
    erasing.erase(tx, envelope.aggregate)


def session_scheduled(tx: Tx, _room: Room, envelope: Envelope, fact: SessionScheduled) -> None:
    """The two planned their introduction."""
    if fact.purpose == "introduction":
        lasting.hear_of_booking(tx, fact.relationship, envelope.aggregate, planned=True)


def session_off(tx: Tx, _room: Room, envelope: Envelope, fact: SessionCancelled | SessionMissed) -> None:
    """A meeting will not take place, or did not: where it was their introduction, they find a time again."""
    lasting.hear_of_booking(tx, fact.relationship, envelope.aggregate, planned=False)


def session_held(tx: Tx, _room: Room, _envelope: Envelope, fact: SessionHeld) -> None:
    """An introduction that was held opens the vote (R2), and every meeting breaks a silence (R17)."""
    introduction = fact.purpose == "introduction"
    lasting.hear_of_session(
        tx,
        fact.relationship,
        mentee=fact.mentee,
        mentor=fact.mentor,
        introduction=introduction,
        held_at=fact.held_at,
        mode=fact.mode,
    )


def clock_asked(tx: Tx, _room: Room, _envelope: Envelope, fact: ClockAsked) -> None:
    """The two are asked whether to go on, pause or end."""
    lasting.hear_of_silence(tx, fact.relationship, since=fact.silent_since, flagged=False)


def clock_flagged(tx: Tx, _room: Room, _envelope: Envelope, fact: ClockFlagged) -> None:
    """Their coordinator sees them on her list."""
    lasting.hear_of_silence(tx, fact.relationship, since=fact.silent_since, flagged=True)


def clock_ran_out(tx: Tx, _room: Room, _envelope: Envelope, fact: ClockRanOut) -> None:
    """The pair is closed without fault, and its place given back."""
    lasting.fall_silent(tx, fact.relationship, since=fact.silent_since)


def _member(tx: Tx, envelope: Envelope) -> Member:
    return tx.load(MEMBERS, envelope.aggregate) or Member(envelope.aggregate, envelope.chapter, roles=())


def _needs_member(envelope: Envelope, _fact: Any) -> Needs:
    return ((MEMBERS, envelope.aggregate),)


def _needs_member_and_places(envelope: Envelope, _fact: Any) -> Needs:
    return ((MEMBERS, envelope.aggregate), (PLACES, envelope.aggregate))


def _needs_relationship(_envelope: Envelope, fact: Any) -> Needs:
    return ((RELATIONSHIPS, fact.relationship),)


def deadline_came(tx: Tx, _room: Room, timer: Timer) -> None:
    """A relationship's date has come: it lapses, is not started, is looked back on, goes on, completes, or ends."""
    lasting.fall_due(tx, timer.ref)


REACTIONS = (
    Reaction(ChapterOpened, chapter_opened),
    Reaction(MemberJoined, member_joined, _needs_member),
    Reaction(MemberConfirmed, member_confirmed, _needs_member),
    Reaction(MemberProfileChanged, member_profile_changed, _needs_member_and_places),
    Reaction(MemberKeptApart, member_kept_apart, _needs_member),
    Reaction(MemberErased, member_erased, _needs_member),
    Reaction(SessionScheduled, session_scheduled, _needs_relationship),
    Reaction(SessionCancelled, session_off, _needs_relationship),
    Reaction(SessionMissed, session_off, _needs_relationship),
    Reaction(SessionHeld, session_held, _needs_relationship),
    Reaction(ClockAsked, clock_asked, _needs_relationship),
    Reaction(ClockFlagged, clock_flagged, _needs_relationship),
    Reaction(ClockRanOut, clock_ran_out, _needs_relationship),
)
TIMERS: dict[str, OnDue] = {name: deadline_came for dates in DEADLINES.values() for name, _ in dates}
