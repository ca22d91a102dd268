"""A member took an answer back: what was made with it is out of date at once."""

from collections.abc import Collection
from dataclasses import replace

from services.matching.commands.kept import rounds_to_change
from services.matching.commands.rubbish import begin_anew
from services.matching.domain import consent
from services.matching.domain.consent import Withdrawals
from services.matching.domain.members import Member
from services.matching.kinds import APPLICATIONS, RELATIONSHIPS, ROUNDS, WITHDRAWALS
from shared.transaction import Reader, Tx

#: Cycles and relationships of one member that are looked at.
READ_MOST = 1_000


def forget_answers(tx: Tx, before: Member, after: Member) -> None:
    """Mark the rounds that she stood in with these answers, and take the reasons that name them out of her relationships.

    One that is being computed is computed anew, without them.
    """
    gone = consent.withdrawn(before, after)
    if not gone:
        return
    count_withdrawal(tx, after.chapter)
    cycles = sorted({one.cycle for one in tx.find(APPLICATIONS, {"member": after.id}, limit=READ_MOST)})
    standing = {"questions": {"$in": sorted(gone)}, "outdated": {"$ne": True}}
    for this_round in rounds_to_change(tx, cycles, standing):
        if not consent.outdated(this_round, gone):
            continue
        if this_round.to_compute:
            begin_anew(tx, this_round)
        else:
            tx.save(ROUNDS, replace(this_round, outdated=True, report={}, prices=()))
    _forget_reasons(tx, after.id, gone)


def count_withdrawal(tx: Tx, chapter: str) -> None:
    """Say that what was read before of the chapter's people may be kept no more."""
    known = withdrawals(tx, chapter)
    tx.save(WITHDRAWALS, replace(known, count=known.count + 1))


def withdrawals(reader: Reader, chapter: str) -> Withdrawals:
    """What was withdrawn in the chapter so far."""
    return reader.load(WITHDRAWALS, chapter) or Withdrawals(chapter, chapter)


def _forget_reasons(tx: Tx, member: str, gone: Collection[str]) -> None:
    hers = {"$or": [{"mentee": member}, {"mentor": member}]}
    for relationship in tx.find(RELATIONSHIPS, hers, limit=READ_MOST):
        kept = consent.without_reasons(relationship, gone)
        if kept != relationship:
            tx.save(RELATIONSHIPS, kept)
