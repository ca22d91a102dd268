"""Agenda, reflections, notes. Texts are ciphertext already."""

from typing import Any

from services.sessions.commands import cohorts
from services.sessions.domain import writings
from services.sessions.domain.writings import IDEAS, Idea
from services.sessions.kinds import NOTES, PAIRS, REFLECTIONS, SESSIONS
from shared.ids import derived_id
from shared.transaction import Tx

Answer = dict[str, Any]
#: Whose idea a step was, as one question for each answer: yes (1) or no (0).
IDEA_SCALES = ((0, 1),) * len(IDEAS)


def set_agenda(tx: Tx, session: str, *, text: bytes) -> Answer:
    """The agenda of a planned session, anew."""
    tx.save(SESSIONS, writings.set_agenda(tx.get(SESSIONS, session), by=tx.call.asker, text=text))
    return {"id": session}


def reflect(tx: Tx, session_id: str, *, lines: bytes, gained: bytes, step_idea: Idea, shared: bool) -> Answer:
    """The asker's reflection on a session, anew. Whose idea the step was is counted as she says it first."""
    session = tx.get(SESSIONS, session_id)
    id = derived_id("rfl", session_id, tx.call.asker)
    first = tx.load(REFLECTIONS, id) is None
    reflection = writings.reflect(
        session,
        id=id,
        by=tx.call.asker,
        now=tx.call.at,
        lines=lines,
        gained=gained,
        step_idea=step_idea,
        shared=shared,
    )
    tx.save(REFLECTIONS, reflection)
    if first:
        values = tuple(int(step_idea == idea) for idea in IDEAS)
        cohorts.hear(tx, ("ideas",), values, IDEA_SCALES, member=tx.call.asker, guarded=True)
    return {"id": id}


def write_note(tx: Tx, relationship: str, *, text: bytes, shared: bool) -> Answer:
    """A new note of the asker."""
    pair = tx.get(PAIRS, relationship)
    notes = tx.count(NOTES, {"relationship": relationship, "author": tx.call.asker})
    note = writings.note(
        pair,
        id=derived_id("nte", tx.call.id),
        by=tx.call.asker,
        now=tx.call.at,
        text=text,
        shared=shared,
        notes=notes,
    )
    tx.save(NOTES, note)
    return {"id": note.id}


def remove_note(tx: Tx, id: str) -> Answer:
    """The note is gone."""
    writings.of_author(tx.get(NOTES, id), tx.call.asker)
    tx.remove(NOTES, id)
    return {"id": id}
