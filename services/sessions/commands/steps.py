"""Agree on a step, close it, be reminded of it."""

from datetime import timedelta
from typing import Any, Literal

from services.sessions.domain import steps
from services.sessions.domain.pairs import Pair, of_pair
from services.sessions.kinds import PAIRS, SESSIONS, STEPS
from shared.ids import derived_id
from shared.transaction import Tx

Answer = dict[str, Any]


def agree_step(
    tx: Tx, session_id: str, *, text: bytes, options: tuple[bytes, ...] = (), chosen: int | None = None
) -> Answer:
    """A step of the pair; its texts are ciphertext already."""
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
        options=options,
        chosen=chosen,
    )
    tx.save(STEPS, step, fact)
    if (pair := tx.get(PAIRS, step.relationship)).reminders:
        _remind_later(tx, pair, step.id)
    return {"id": step.id}


def close_step(tx: Tx, id: str, *, outcome: Literal["done", "let_go"], came_of_it: bytes) -> Answer:
    """The mentee closes a step; `came_of_it` is ciphertext already, or empty."""
    step, fact = steps.close(
        tx.get(STEPS, id), by=tx.call.asker, now=tx.call.at, outcome=outcome, came_of_it=came_of_it
    )
    tx.save(STEPS, step, fact)
    tx.clear_timer(_timer(id))
    return {"id": step.id}


def want_reminders(tx: Tx, relationship: str, *, on: bool) -> Answer:
    """Reminders of the pair's open steps, from now on or never more."""
    pair = steps.want_reminders(tx.get(PAIRS, relationship), by=tx.call.asker, on=on)
    tx.save(PAIRS, pair)
    for step in tx.find(STEPS, {"relationship": relationship, "state": "agreed"}):
        if on:
            _remind_later(tx, pair, step.id)
        else:
            tx.clear_timer(_timer(step.id))
    return {"on": on}


def remind(tx: Tx, id: str) -> None:
    """A step's time for a reminder has come."""
    step = tx.load(STEPS, id)
    pair = tx.load(PAIRS, step.relationship) if step is not None else None
    if step is None or pair is None or not pair.reminders or pair.stage == "over":
        return
    if (reminded := steps.remind(step, pair)) is not None:
        tx.save(STEPS, *reminded)
    if step.state == "agreed" and (reminded[0] if reminded else step).reminded < pair.rules.reminders_most:
        _remind_later(tx, pair, id)


def _remind_later(tx: Tx, pair: Pair, id: str) -> None:
    tx.set_timer(_timer(id), "remind", id, tx.call.at + timedelta(days=pair.rules.remind_days))


def _timer(id: str) -> str:
    return f"remind:{id}"
