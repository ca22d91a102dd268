"""Agree on a step, and close it."""

from typing import Any, Literal

from services.sessions.domain import steps
from services.sessions.domain.pairs import of_pair
from services.sessions.kinds import SESSIONS, STEPS
from shared.ids import derived_id
from shared.transaction import Tx

Answer = dict[str, Any]


def agree_step(tx: Tx, session_id: str, *, text: bytes) -> Answer:
    """A step of the pair; `text` is ciphertext already."""
    session = tx.get(SESSIONS, session_id)
    of_pair(tx.call.asker, session)
    tx.save(SESSIONS, session)  # two steps at once collide here, so that the bound on open ones holds
    open_steps = tx.count(STEPS, {"relationship": session.relationship, "state": "agreed"})
    step, fact = steps.agree(
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
    step, fact = steps.close(
        tx.get(STEPS, id), by=tx.call.asker, now=tx.call.at, outcome=outcome, came_of_it=came_of_it
    )
    tx.save(STEPS, step, fact)
    return {"id": step.id}
