"""A year of pairs: proposed, met, some that came to nothing, some that are complete, some that run; and all that each of them left."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from operate.history import growing
from operate.history.filling import Filled
from operate.history.people import YEAR, InventedChapter
from operate.history.writing import Words, afterwards, agreed, goals, kept
from services.matching import kinds as matching
from services.matching.domain.places import Places
from services.matching.domain.relationships import Pair, Relationship, propose
from services.matching.domain.steps import State
from services.matching.engine import Reason
from services.notifications import kinds as notifications
from services.notifications.domain.mails import new_mail, place, sent
from services.notifications.domain.stories import Story
from services.profiles import kinds as profiles
from services.profiles.domain.acquaintances import Acquaintance
from services.profiles.domain.members import Member
from services.sessions import kinds as sessions
from services.sessions.domain.meetings import Session
from services.sessions.domain.pairs import Pair as SessionsPair
from shared.service import Room

#: How a pair of that year ended up, and how often of ten.
ENDINGS: tuple[State, ...] = (
    *("declined",) * 1,
    *("not_started",) * 1,
    *("completed",) * 4,
    *("trial", "active", "active", "active"),
)
RUNNING = ("trial", "active")
SESSIONS_OF_A_PAIR = 12


def a_year(chapter: InventedChapter, rooms: dict[str, Room], *, now: datetime) -> Iterator[list[Filled]]:
    """What each service keeps of the chapter's pairs, one list a pair, and of what they add up to."""
    chance = random.Random(f"year {chapter.luck}")
    about, mentors = chapter.chapter, chapter.mentors
    words = Words.of(about.id, rooms["matching"].vault, rooms["sessions"].vault)
    names = growing.sealed_names(rooms["sessions"], chapter.mentees)
    growth = growing.Growth(about.id)
    taken: dict[str, list[str]] = {}
    full_terms = 0
    yield [growing.known(about.id, about.name, about.time_zone)]
    yield [growing.person(member, names.get(member.id, "")) for member in chapter.members]
    for number, mentee in enumerate(chapter.mentees):
        mentor = mentors[number % len(mentors)]
        if mentor.id == mentee.id:
            continue
        state = chance.choice(ENDINGS)
        begun_at = now - timedelta(days=30) if state in RUNNING else now - chance.uniform(0.3, 1.0) * YEAR
        full_terms += state == "active"
        silent = state == "active" and full_terms % growing.SILENT_ONE_OF == 1
        if silent:
            begun_at = now - growing.SILENT_PAIR_BEGAN
        relationship = _relationship(chapter, number, mentee, mentor, state, begun_at)
        if silent:
            since, flagged_at = now - growing.SILENT_FOR, now - timedelta(days=1)
            relationship = replace(relationship, silent_since=since, flagged_at=flagged_at)
        if state in RUNNING:
            taken.setdefault(mentor.id, []).append(relationship.id)
        yield [*_told(relationship), Filled("matching", matching.RELATIONSHIPS, relationship)]
        if state == "declined":
            yield list(growing.asked_of_an_applicant(mentee.id, relationship, growth, chance))
            continue
        pair = _pair_of(relationship)
        held = list(_meetings(relationship, begun_at, chance))
        yield [*_pair(pair, relationship), *_of_sessions(held, words, chance)]
        yield list(growing.asked_of_a_pair(pair, relationship, growth, chance))
        if state in ("completed", *RUNNING):
            yield [*goals(relationship, begun_at, words), *kept(relationship, begun_at, words)]
            yield list(growing.certificate(pair, held, names[mentee.id], about.name, now))
        if state in RUNNING:
            yield [
                *growing.silence(pair, held, silent_since=relationship.silent_since),
                _coming(held[-1], words, now),
            ]
        if state == "completed":
            growth.guided(relationship)
    for mentor in mentors:
        if held_places := taken.get(mentor.id):
            places = max(mentor.profile.capacity, len(held_places))
            yield [
                Filled(
                    "matching", matching.PLACES, Places(mentor.id, mentor.chapter, places, tuple(held_places))
                )
            ]
    yield list(growth.documents(chance))


def _relationship(
    chapter: InventedChapter, number: int, mentee: Member, mentor: Member, state: State, begun_at: datetime
) -> Relationship:
    reasons = (Reason(code="wants", value=5, area="python"),)
    pair = Pair(
        mentee.id,
        mentor.id,
        "round",
        programme=chapter.programme.id,
        cycle=chapter.cycles[number % len(chapter.cycles)].id,
        reasons_mentee=reasons,
        reasons_mentor=reasons,
    )
    id = f"rel_{chapter.chapter.id}-{number:05d}"
    proposed, _ = propose(id, pair, chapter=chapter.chapter.id, terms=chapter.programme.terms, now=begun_at)
    started_at = begun_at + timedelta(days=10)
    begun: dict[str, Any] = {
        "started_at": started_at,
        "trial_ends_at": started_at + timedelta(days=proposed.terms.trial_days),
    }
    term: dict[str, Any] = {
        "term": 1,
        "term_ends_at": begun_at + timedelta(days=230),
        "review_at": begun_at + timedelta(days=140),
    }
    more = {"trial": begun, "active": begun | term, "completed": begun | term}.get(state, {})
    return replace(proposed, state=state, open=state in RUNNING, **more)


def _pair_of(relationship: Relationship) -> SessionsPair:
    """The pair as sessions knows it."""
    stage = "running" if relationship.open else "over"
    return SessionsPair(
        relationship.id,
        relationship.chapter,
        relationship.mentee,
        relationship.mentor,
        stage,  # type: ignore[arg-type]
        ends_at=relationship.ends_at,
        terms=relationship.term,
    )


def _pair(pair: SessionsPair, relationship: Relationship) -> Iterator[Filled]:
    yield Filled("sessions", sessions.PAIRS, pair)
    if relationship.open:
        known = Acquaintance(pair.id, pair.chapter, (pair.mentee, pair.mentor))
        yield Filled("profiles", profiles.ACQUAINTANCES, known)


def _meetings(relationship: Relationship, begun_at: datetime, chance: random.Random) -> Iterator[Session]:
    """The introduction, and the sessions that followed."""
    regular = 0 if relationship.state == "not_started" else chance.randint(2, SESSIONS_OF_A_PAIR)
    for number in range(regular + 1):
        at = begun_at + timedelta(days=5 + 2 * number)
        yield Session(
            id=f"ses_{relationship.id[4:]}-{number:02d}",
            chapter=relationship.chapter,
            relationship=relationship.id,
            mentee=relationship.mentee,
            mentor=relationship.mentor,
            purpose="regular" if number else "introduction",
            mode="call",
            starts_at=at,
            minutes=60,
            planned_by=relationship.mentee,
            state="held",
            held_at=at + timedelta(hours=1),
        )


def _of_sessions(held: list[Session], words: Words, chance: random.Random) -> Iterator[Filled]:
    """The sessions with what came of each: a step, and the lines of one side after every other one."""
    for number, session in enumerate(held):
        yield Filled("sessions", sessions.SESSIONS, session)
        if number:
            step = agreed(session, number, words, is_open=session is held[-1])
            yield Filled("sessions", sessions.STEPS, step)
            if number % 2:
                yield from afterwards(session, words, chance)


def _coming(last: Session, words: Words, now: datetime) -> Filled:
    """The next session, with what the mentee wants to talk about."""
    at = now + timedelta(days=3)
    coming = replace(
        last,
        id=f"{last.id[:-2]}99",
        purpose="regular",
        starts_at=at,
        state="planned",
        held_at=None,
        agenda=words.sessions,
    )
    return Filled("sessions", sessions.SESSIONS, coming)


def _told(relationship: Relationship) -> Iterator[Filled]:
    yield Filled("notifications", notifications.STORIES, Story(relationship.id, relationship.chapter))
    for member in (relationship.mentee, relationship.mentor):
        for number, template in enumerate(("proposal_of_mentor", "introduction_agreed", "vote", "started")):
            at = relationship.since + timedelta(days=number)
            mail = new_mail(
                event_id=f"{relationship.id}:{number + 1}",
                chapter=relationship.chapter,
                recipient=member,
                template=template,
                event_type="",
                event="",
                aggregate=relationship.id,
                happened_at=at,
                order=place(at, relationship.id, number + 1),
                waits_for=(),
                now=at,
            )
            yield Filled("notifications", notifications.MAILS, sent(mail, at))
