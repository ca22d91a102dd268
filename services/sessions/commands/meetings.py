"""Plan a session, move it, cancel it, say whether it took place."""

from datetime import datetime
from typing import Any

from services.sessions.commands import clock
from services.sessions.domain import attendance, meetings
from services.sessions.domain.pairs import of_pair
from services.sessions.kinds import PAIRS, SESSIONS
from shared.events.sessions import Mode
from shared.ids import derived_id
from shared.transaction import Tx

Answer = dict[str, Any]


def plan(
    tx: Tx,
    relationship: str,
    *,
    mode: Mode,
    starts_at: datetime | None,
    minutes: int | None,
    reversed_roles: bool = False,
) -> Answer:
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
        reversed_roles=reversed_roles,
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


def say(tx: Tx, id: str, *, held: bool) -> Answer:
    """One of the two says whether they met."""
    session, fact = attendance.say(tx.get(SESSIONS, id), by=tx.call.asker, now=tx.call.at, held=held)
    if fact is None and session.state == "planned" and (due := attendance.counts_from(session)) is not None:
        tx.save(SESSIONS, session)
        tx.set_timer(f"word:{id}", "word", id, due)
    else:
        _settle(tx, session, fact)
    return answer(session)


def take_the_one_word(tx: Tx, id: str) -> None:
    """The other side has had her time: what one has said counts."""
    session = tx.load(SESSIONS, id)
    settled = session and attendance.after_silence(session, now=tx.call.at)
    if settled:
        _settle(tx, *settled)


def _settle(tx: Tx, session: meetings.Session, fact: attendance.Settled | None) -> None:
    tx.save(SESSIONS, session, *([] if fact is None else [fact]))
    tx.clear_timer(f"word:{session.id}")
    if session.state == "held":
        clock.contact(tx, session.relationship, at=tx.call.at)


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
        "reversed_roles": session.reversed_roles,
        "said_mentee": session.said_mentee,
        "said_mentor": session.said_mentor,
    }
