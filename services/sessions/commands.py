"""What a pair can ask of sessions: load, decide, save, announce. The asker is `tx.call.asker`, the time `tx.call.at`."""

from datetime import datetime
from typing import Any, Literal

from services.sessions import domain
from services.sessions.kinds import PAIRS, SESSIONS, STEPS
from shared.events.sessions import Mode
from shared.ids import derived_id
from shared.transaction import Tx

Answer = dict[str, Any]


def plan(tx: Tx, relationship: str, *, mode: Mode, starts_at: datetime | None, minutes: int | None) -> Answer:
    """A new session of the pair."""
    pair = tx.get(PAIRS, relationship)
    domain.of_pair(tx.call.asker, pair)
    planned = tx.find(SESSIONS, {"relationship": relationship, "state": "planned"})
    tx.save(PAIRS, pair)  # two plans at once collide here, so that both see what the other planned
    session, fact = domain.plan(
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
    session, fact = domain.move(
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
    session, fact = domain.cancel(tx.get(SESSIONS, id), by=tx.call.asker)
    tx.save(SESSIONS, session, fact)
    return answer(session)


def hold(tx: Tx, id: str) -> Answer:
    """The two met."""
    session, fact = domain.hold(tx.get(SESSIONS, id), by=tx.call.asker, now=tx.call.at)
    tx.save(SESSIONS, session, fact)
    return answer(session)


def agree_step(tx: Tx, session_id: str, *, text: bytes) -> Answer:
    """A step of the pair; `text` is ciphertext already."""
    session = tx.get(SESSIONS, session_id)
    domain.of_pair(tx.call.asker, session)
    tx.save(SESSIONS, session)  # two steps at once collide here, so that the bound on open ones holds
    open_steps = tx.count(STEPS, {"relationship": session.relationship, "state": "agreed"})
    step, fact = domain.agree(
        session,
        id=derived_id("stp", tx.call.id),
        by=tx.call.asker,
        now=tx.call.at,
        text=text,
        open_steps=open_steps,
    )
    tx.save(STEPS, step, fact)
    return {"id": step.id}


def close_step(tx: Tx, id: str, *, outcome: Literal["done", "let_go"], came_of_it: bytes) -> Answer:
    """The mentee closes a step; `came_of_it` is ciphertext already, or empty."""
    step, fact = domain.close(
        tx.get(STEPS, id), by=tx.call.asker, now=tx.call.at, outcome=outcome, came_of_it=came_of_it
    )
    tx.save(STEPS, step, fact)
    return {"id": step.id}


def answer(session: domain.Session) -> Answer:
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
