"""Ask for a pulse, and answer it."""

from typing import Any

from services.sessions.commands import cohorts
from services.sessions.domain import pulses
from services.sessions.domain.pairs import Pair
from services.sessions.domain.pulses import HIGHEST, LOWEST, ROLES, Moment
from services.sessions.kinds import PULSES
from shared.ids import derived_id
from shared.transaction import Tx

PULSE_SCALES = ((LOWEST, HIGHEST),) * len(pulses.SCALES)


def ask_both(tx: Tx, pair: Pair, moment: Moment) -> None:
    """Both of the pair are asked; once for each moment, however many terms follow."""
    for role in ROLES:
        id = derived_id("pls", pair.id, role, moment)
        if tx.load(PULSES, id) is None:
            tx.save(PULSES, *pulses.ask(pair, role, moment, id=id, now=tx.call.at))


def answer(tx: Tx, id: str, *, values: tuple[int, ...]) -> dict[str, Any]:
    """She answers; others see it as a part of a sum only."""
    pulse = pulses.answer(tx.get(PULSES, id), by=tx.call.asker, now=tx.call.at, values=values)
    tx.save(PULSES, pulse)
    words = ("pulse", pulse.role, pulse.moment)
    cohorts.hear(tx, words, values, PULSE_SCALES, member=pulse.member, guarded=True)
    return {"id": id}
