"""The clock of a silent pair: it has one timer, which always stands at its next step."""

from datetime import datetime, timedelta

from services.sessions.domain import attendance, clock
from services.sessions.domain.clock import Clock
from services.sessions.domain.pairs import Pair
from services.sessions.kinds import CLOCKS, SESSIONS
from shared.transaction import Tx

#: The step waits until a word about a session is settled, and a little more, so that the settling comes first.
AFTER_THE_WORD = timedelta(seconds=1)


def begin(tx: Tx, pair: Pair, *, at: datetime, days: tuple[int, ...]) -> None:
    """The trial has begun; `days` of silence lead to each of the clock's steps."""
    if tx.load(CLOCKS, clock.id_of(pair.id)) is None:
        _keep(tx, clock.wound(pair, at=at, days=days))


def stop(tx: Tx, relationship: str, *, at: datetime) -> None:
    """The relationship is paused."""
    if (found := tx.load(CLOCKS, clock.id_of(relationship))) is not None:
        _keep(tx, clock.stop(found, at=at))


def go_on_ticking(tx: Tx, relationship: str, *, at: datetime) -> None:
    """The pause is over."""
    if (found := tx.load(CLOCKS, clock.id_of(relationship))) is not None:
        _keep(tx, clock.go_on_ticking(found, at=at))


def end(tx: Tx, relationship: str) -> None:
    """The relationship is over."""
    if (found := tx.load(CLOCKS, clock.id_of(relationship))) is not None:
        _keep(tx, clock.end(found))


def contact(tx: Tx, relationship: str, *, at: datetime) -> None:
    """The two met."""
    if (found := tx.load(CLOCKS, clock.id_of(relationship))) is not None:
        _keep(tx, clock.contact(found, at=at))


def strike(tx: Tx, id: str) -> None:
    """A step's time has come. Where one has said that they met, and the other may still say so too, the step waits for that."""
    found = tx.load(CLOCKS, id)
    if found is None:
        return
    waited_for = [
        due
        for session in tx.find(SESSIONS, {"relationship": found.relationship, "state": "planned"})
        if attendance.waits_for_a_word(session) and (due := attendance.counts_from(session)) is not None
    ]
    if waited_for and not found.over:
        tx.set_timer(_timer(found), "clock", id, max(waited_for) + AFTER_THE_WORD)
        return
    struck = clock.strike(found, now=tx.call.at)
    if struck is not None:
        _keep(tx, *struck)


def check_in(tx: Tx, relationship: str) -> dict[str, str]:
    """One of the two says: go on."""
    found = tx.get(CLOCKS, clock.id_of(relationship))
    tx.save(CLOCKS, clock.go_on(found, by=tx.call.asker, now=tx.call.at))
    return {"id": relationship}


def _keep(tx: Tx, value: Clock, *facts: object) -> None:
    tx.save(CLOCKS, value, *facts)
    due = clock.next_at(value)
    if due is None:
        tx.clear_timer(_timer(value))
    else:
        tx.set_timer(_timer(value), "clock", value.id, due)


def _timer(value: Clock) -> str:
    return f"clock:{value.id}"
