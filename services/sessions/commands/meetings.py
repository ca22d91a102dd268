"""Plan a session, move it, cancel it, hold it."""

from datetime import datetime
from typing import Any

from services.sessions.domain import meetings
from services.sessions.domain.pairs import of_pair
from services.sessions.kinds import PAIRS, SESSIONS
from shared.events.sessions import Mode
from shared.ids import derived_id
from shared.transaction import Tx

Answer = dict[str, Any]


def plan(tx: Tx, relationship: str, *, mode: Mode, starts_at: datetime | None, minutes: int | None) -> Answer:
    """A new session of the pair."""
    pair = tx.get(PAIRS, relationship)
    of_pair(tx.call.asker, pair)
    planned = tx.find(SESSIONS, {"relationship": relationship, "state": "planned"})
    tx.save(PAIRS, pair)  # two plans at once collide here, so that both see what the other planned
    session, fact = meetings.plan(
        pair,
        id=derived_id("ses", tx.call.id),
        by=tx.call.asker,
        now=tx.call.at,
        mode=mode,
        starts_at=starts_at,
        minutes=minutes,
        planned=planned,
    )
    tx.save(SESSIONS, session, fact)
    return answer(session)


def move(tx: Tx, id: str, *, mode: Mode | None, starts_at: datetime | None, minutes: int | None) -> Answer:
    """Another time, length or mode."""
    session, fact = meetings.move(
        tx.get(SESSIONS, id),
        by=tx.call.asker,
        now=tx.call.at,
        mode=mode,
        starts_at=starts_at,
        minutes=minutes,
    )
    if fact is not None:
        tx.save(SESSIONS, session, fact)
    return answer(session)


def cancel(tx: Tx, id: str) -> Answer:
    """The session will not take place."""
    session, fact = meetings.cancel(tx.get(SESSIONS, id), by=tx.call.asker)
    tx.save(SESSIONS, session, fact)
    return answer(session)


def hold(tx: Tx, id: str) -> Answer:
    """The two met."""
    session, fact = meetings.hold(tx.get(SESSIONS, id), by=tx.call.asker, now=tx.call.at)
    tx.save(SESSIONS, session, fact)
    return answer(session)


def answer(session: meetings.Session) -> Answer:
    """A session as the two see it."""
    return {
        "id": session.id,
        "relationship": session.relationship,
        "mentee": session.mentee,
        "mentor": session.mentor,
        "purpose": session.purpose,
        "mode": session.mode,
        "starts_at": session.starts_at,
        "minutes": session.minutes,
        "state": session.state,
        "revision": session.revision,
        "held_at": session.held_at,
    }
