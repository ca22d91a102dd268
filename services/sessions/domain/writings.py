"""What the two write before and after they meet: an agenda, reflections, notes. All of it is ciphertext here (R14).

Invariants:
1. The agenda is written by the one who learns: the mentee, or the mentor where the session is turned round (R23).
2. A reflection or a note is for the pair where its author says so, and for her alone otherwise. No event is made of any.
3. Whose idea the next step was leaves the pair in sums over many people only (R10, see `cohorts`).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.sessions.domain.meetings import Session
from services.sessions.domain.pairs import Pair, of_pair
from shared.errors import NotAllowed, NotThere, Refused

Idea = Literal["mentee", "mentor", "both", "none"]
IDEAS: tuple[Idea, ...] = ("mentee", "mentor", "both", "none")
MAX_NOTES = 1_000


@dataclass(frozen=True, slots=True)
class Reflection:
    """One side's two lines on a session; `gained` is what she gained herself (R21), or empty."""

    id: str
    chapter: str
    relationship: str
    session: str
    mentee: str
    mentor: str
    author: str
    lines: bytes
    gained: bytes
    step_idea: Idea
    shared: bool
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """A note of one of the two."""

    id: str
    chapter: str
    relationship: str
    mentee: str
    mentor: str
    author: str
    text: bytes
    shared: bool
    written_at: datetime


def learner(session: Session) -> str:
    """Who learns in a session: the mentee, or the mentor where it is turned round."""
    return session.mentor if session.reversed_roles else session.mentee


def set_agenda(session: Session, *, by: str, text: bytes) -> Session:
    """What the one who learns wants to talk about."""
    of_pair(by, session)
    if by != learner(session):
        raise NotAllowed("agenda_not_yours", "The agenda is written by the one who learns in this session.")
    if session.state != "planned":
        raise Refused(f"session_{session.state}", f"This session is {session.state} already.")
    return replace(session, agenda=text)


def reflect(
    session: Session,
    *,
    id: str,
    by: str,
    now: datetime,
    lines: bytes,
    gained: bytes,
    step_idea: Idea,
    shared: bool,
) -> Reflection:
    """One of the two looks back on a session that was held."""
    of_pair(by, session)
    if session.state != "held":
        raise Refused("session_not_held", "There is something to look back on once the session was held.")
    return Reflection(
        id=id,
        chapter=session.chapter,
        relationship=session.relationship,
        session=session.id,
        mentee=session.mentee,
        mentor=session.mentor,
        author=by,
        lines=lines,
        gained=gained,
        step_idea=step_idea,
        shared=shared,
        written_at=now,
    )


def note(pair: Pair, *, id: str, by: str, now: datetime, text: bytes, shared: bool, notes: int) -> Note:
    """A new note; `notes` is how many she has."""
    of_pair(by, pair)
    if notes >= MAX_NOTES:
        raise Refused("too_many_notes", f"There are at most {MAX_NOTES} notes of yours. Remove some first.")
    return Note(
        id=id,
        chapter=pair.chapter,
        relationship=pair.id,
        mentee=pair.mentee,
        mentor=pair.mentor,
        author=by,
        text=text,
        shared=shared,
        written_at=now,
    )


def may_read(written: Reflection | Note, by: str) -> bool:
    """Whether somebody may read it: its author, and the other side where it is shared."""
    return by == written.author or (written.shared and by in (written.mentee, written.mentor))


def of_author(written: Note, by: str) -> None:
    """`NotThere` for everybody but its author (where it is shared, the other side may read, but not change it)."""
    if by != written.author:
        if not may_read(written, by):
            raise NotThere("note")
        raise NotAllowed("author_only", "Only who wrote a note changes or removes it.")
