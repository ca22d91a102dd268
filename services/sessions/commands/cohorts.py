"""Answers join the row of blocks of their question."""

from services.sessions.domain import cohorts
from services.sessions.kinds import COHORTS
from shared.transaction import Tx


def hear(
    tx: Tx,
    words: tuple[str, ...],
    values: tuple[int, ...],
    scales: tuple[tuple[int, int], ...],
    *,
    member: str,
    guarded: bool,
) -> None:
    """One more answer to the question that these words name in the call's chapter."""
    id = cohorts.id_of(tx.call.chapter, *words)
    cohort = tx.load(COHORTS, id) or cohorts.Cohort(id, tx.call.chapter)
    tx.save(COHORTS, cohorts.hear(cohort, cohorts.Said(member, values), scales, guarded=guarded))
