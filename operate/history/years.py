"""A year of pairs: proposed, met, some that came to nothing, some that are complete, some that run; their sessions and steps."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from operate.history.filling import Filled
from operate.history.people import YEAR, InventedChapter
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
from services.sessions.domain.steps import Step
from shared.vault import Vault

#: How a pair of that year ended up, and how often of ten.
ENDINGS: tuple[State, ...] = (
    *("declined",) * 1,
    *("not_started",) * 1,
    *("completed",) * 4,
    *("trial", "active", "active", "active"),
)
RUNNING = ("trial", "active")
SESSIONS_OF_A_PAIR = 12
TEXT = "An invented step: write to one person, and tell how it went."


def a_year(chapter: InventedChapter, vault: Vault, *, seed: int, now: datetime) -> Iterator[list[Filled]]:
    """What each service keeps of the chapter's pairs, one list a pair. Texts of a chapter share one key, which a real pair never does."""
    chance = random.Random(f"{seed} {chapter.chapter.id}")
    mentors = chapter.mentors
    hidden = vault.hide(f"sample {chapter.chapter.id}", TEXT)
    taken: dict[str, list[str]] = {}
    for number, mentee in enumerate(chapter.mentees):
        mentor = mentors[number % len(mentors)]
        if mentor.id == mentee.id:
            continue
        state = chance.choice(ENDINGS)
        begun_at = now - timedelta(days=30) if state in RUNNING else now - chance.uniform(0.3, 1.0) * YEAR
        relationship = _relationship(chapter, number, mentee, mentor, state, begun_at)
        if state in RUNNING:
            taken.setdefault(mentor.id, []).append(relationship.id)
        yield [*_pair(relationship), *_meetings(relationship, begun_at, hidden, chance), *_told(relationship)]
    for mentor in mentors:
        if held := taken.get(mentor.id):
            places = Places(mentor.id, mentor.chapter, max(mentor.profile.capacity, len(held)), tuple(held))
            yield [Filled("matching", matching.PLACES, places)]


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


def _pair(relationship: Relationship) -> Iterator[Filled]:
    yield Filled("matching", matching.RELATIONSHIPS, relationship)
    if relationship.state == "declined":
        return
    stage = "running" if relationship.open else "over"
    pair = SessionsPair(
        relationship.id,
        relationship.chapter,
        relationship.mentee,
        relationship.mentor,
        stage,  # type: ignore[arg-type]
    )
    yield Filled("sessions", sessions.PAIRS, pair)
    if relationship.open:
        people = (relationship.mentee, relationship.mentor)
        known = Acquaintance(relationship.id, relationship.chapter, people)
        yield Filled("profiles", profiles.ACQUAINTANCES, known)


def _meetings(
    relationship: Relationship, begun_at: datetime, hidden: bytes, chance: random.Random
) -> Iterator[Filled]:
    if relationship.state == "declined":
        return
    regular = 0 if relationship.state == "not_started" else chance.randint(2, SESSIONS_OF_A_PAIR)
    for number in range(regular + 1):
        at = begun_at + timedelta(days=5 + 2 * number)
        session = Session(
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
        yield Filled("sessions", sessions.SESSIONS, session)
        if number:
            step = Step(
                id=f"stp_{session.id[4:]}",
                chapter=session.chapter,
                relationship=session.relationship,
                session=session.id,
                mentee=session.mentee,
                mentor=session.mentor,
                text=hidden,
                agreed_at=at + timedelta(hours=1),
                agreed_by=session.mentee,
                state="agreed" if number == regular else "done",
            )
            yield Filled("sessions", sessions.STEPS, step)


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
