"""Whether a session took place: each side says so for herself (R18, R19).

Invariants:
1. Both say yes: held. Both say no: missed, without blame. One word, and none of the other within the pair's `word_hours`: it counts.
2. They differ: disputed, shown to both, and not held until one of them changes her word.
3. What is held or missed stays so.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from services.sessions.domain.meetings import Session
from services.sessions.domain.pairs import of_pair
from shared.errors import Refused
from shared.events.sessions import SessionDisputed, SessionHeld, SessionMissed

Settled = SessionHeld | SessionDisputed | SessionMissed


def say(session: Session, *, by: str, now: datetime, held: bool) -> tuple[Session, Settled | None]:
    """One of the two says whether the session took place; not before it began. She may change her word until it is settled."""
    of_pair(by, session)
    if session.state not in ("planned", "disputed"):
        raise Refused(f"session_{session.state}", f"This session is {session.state} already.")
    if now < session.starts_at:
        raise Refused("not_begun", "The session has not begun yet.", starts_at=session.starts_at.isoformat())
    said = (
        replace(session, said_mentee=held, said_at=now)
        if by == session.mentee
        else replace(session, said_mentor=held, said_at=now)
    )
    if said.said_mentee is None or said.said_mentor is None:
        return said, None
    if said.said_mentee == said.said_mentor:
        return _settled(said, held=held, now=now)
    if session.state == "disputed":
        return said, None
    return replace(said, state="disputed"), SessionDisputed(said.relationship, said.mentee, said.mentor)


def counts_from(session: Session) -> datetime | None:
    """From when on one word counts, where the other side stays silent; None where nobody has spoken."""
    return None if session.said_at is None else session.said_at + timedelta(hours=session.word_hours)


def after_silence(session: Session, *, now: datetime) -> tuple[Session, Settled] | None:
    """What the one word comes to now that the other side has been silent for so long; None where nothing is to be settled."""
    words = {session.said_mentee, session.said_mentor} - {None}
    if session.state != "planned" or (due := counts_from(session)) is None or now < due:
        return None
    return _settled(session, held=words == {True}, now=now)


def waits_for_a_word(session: Session) -> bool:
    """Whether one of the two has said that they met, and the other has not spoken yet."""
    return session.state == "planned" and True in (session.said_mentee, session.said_mentor)


def _settled(session: Session, *, held: bool, now: datetime) -> tuple[Session, Settled]:
    if not held:
        return replace(session, state="missed"), SessionMissed(
            session.relationship, session.mentee, session.mentor
        )
    return replace(session, state="held", held_at=now), SessionHeld(
        relationship=session.relationship,
        mentee=session.mentee,
        mentor=session.mentor,
        purpose=session.purpose,
        mode=session.mode,
        held_at=now,
        reversed_roles=session.reversed_roles,
    )
