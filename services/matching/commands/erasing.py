"""A person was erased: what matching keeps of her goes, and counts stay (R14, R29).

Invariants:
1. In one transaction: her open relationships end, her applications are taken back, her id gives way to one that names nobody in all that
   others still need, and the rest of what she was is deleted. Each of her relationships gets its tombstone.
2. A round that is being computed is computed anew, without her; its pinned market goes with the next steps of the worker's chore.
3. The texts' keys are erased right after, by the worker's chore (`shared.erasing`).
"""

from dataclasses import dataclass, replace
from typing import Any

from services.matching.commands import lasting
from services.matching.commands.consent import count_withdrawal
from services.matching.commands.intake import intake_id
from services.matching.commands.kept import rounds_to_change
from services.matching.commands.rubbish import begin_anew
from services.matching.domain import applications
from services.matching.domain.lineage import Branch, consent_id, renamed
from services.matching.domain.relationships import Relationship
from services.matching.domain.rounds import Couple
from services.matching.domain.touchpoints import with_members, without
from services.matching.kinds import (
    APPLICATIONS,
    BRANCHES,
    CONSENTS,
    CYCLES,
    GOALS,
    INTAKES,
    LEFT_OVERS,
    MEMBERS,
    OVERRIDES,
    PAGES,
    PLACES,
    RELATIONSHIPS,
    ROUNDS,
    TOUCHPOINTS,
)
from shared.erasing import doom_key
from shared.events.matching import RelationshipErased
from shared.ids import new_id
from shared.transaction import Tx

#: Of one person: applications, relationships, pages of rounds and touchpoints that one erasure reaches, and overrides read at a time; and
#: cycles of her chapter.
READ_MOST = 1_000


@dataclass(frozen=True, slots=True)
class _Gone:
    """Who is erased, and the id that stands for nobody in her stead."""

    member: str
    instead: str

    def swap(self, id: str) -> str:
        return self.instead if id == self.member else id


def erase(tx: Tx, member: str) -> None:
    """Forget a person. The id that takes her id's place is drawn, not derived: nothing leads back from it."""
    gone = _Gone(member, new_id("gone"))
    lasting.end_with_everybody(tx, member, "member_left")
    _relationships(tx, gone)
    cycles = _applications(tx, gone)
    # A round that has read her and is not kept yet is not to be kept, and nobody is to enter her in a cycle who has looked before.
    count_withdrawal(tx, tx.call.chapter)
    _rounds(tx, gone, cycles)
    _touchpoints(tx, gone)
    _overrides(tx, gone)
    _lineage(tx, gone)
    tx.remove(INTAKES, intake_id(member))
    tx.remove(PLACES, member)
    tx.remove(MEMBERS, member)


def _relationships(tx: Tx, gone: _Gone) -> None:
    hers = {"$or": [{"mentee": gone.member}, {"mentor": gone.member}]}
    for relationship in tx.find(RELATIONSHIPS, hers, limit=READ_MOST):
        for goal in tx.find(GOALS, {"relationship": relationship.id}, limit=READ_MOST):
            emptied = replace(
                goal, mentee=gone.swap(goal.mentee), mentor=gone.swap(goal.mentor), versions=(), comments=()
            )
            tx.save(GOALS, emptied)
        tx.save(RELATIONSHIPS, _without_words(relationship, gone), RelationshipErased())
        doom_key(tx, relationship.id)


def _without_words(relationship: Relationship, gone: _Gone) -> Relationship:
    return replace(
        relationship,
        mentee=gone.swap(relationship.mentee),
        mentor=gone.swap(relationship.mentor),
        reasons_mentee=(),
        reasons_mentor=(),
        sealed=None,
        words=None,
        question=None,
        reply=None,
        touchpoint="",
        again=(),
        hushed_by=(),
    )


def _applications(tx: Tx, gone: _Gone) -> list[str]:
    """Take hers back; returns the cycles that she applied to."""
    cycles = set()
    for application in tx.find(APPLICATIONS, {"member": gone.member}, limit=READ_MOST):
        cycles.add(application.cycle)
        facts = () if application.state == "withdrawn" else (applications.withdraw(application)[1],)
        tx.save(APPLICATIONS, replace(application, member=gone.instead, state="withdrawn"), *facts)
    return sorted(cycles)


def _rounds(tx: Tx, gone: _Gone, cycles: list[str]) -> None:
    """Name her in no round, of whatever cycle: a coordinator can ask for a pair of anybody, whether she has applied or not. One of her own
    `cycles` that is being computed begins anew."""
    naming: list[dict[str, Any]] = [
        {"to_compute": True},
        {"asked.locked.mentee": gone.member},
        {"asked.locked.mentor": gone.member},
        {"prices.mentor": gone.member},
        {"fault": {"$ne": None}},
    ]
    everywhere = [cycle.id for cycle in tx.find(CYCLES, {}, limit=READ_MOST)]
    for this_round in rounds_to_change(tx, everywhere, {"$or": naming}):
        others = replace(this_round.asked, locked=_without(this_round.asked.locked, gone.member))
        prices = tuple(replace(one, mentor=gone.swap(one.mentor)) for one in this_round.prices)
        fault = this_round.fault
        if fault is not None:
            fault = replace(fault, detail=fault.detail.replace(gone.member, gone.instead))
        kept = replace(this_round, asked=others, prices=prices, fault=fault)
        if this_round.to_compute and (kept != this_round or this_round.cycle in cycles):
            begin_anew(tx, kept)
        elif kept != this_round:
            tx.save(ROUNDS, kept)
    hers = {"$or": [{"proposals.mentee": gone.member}, {"proposals.mentor": gone.member}]}
    for page in tx.find(PAGES, hers, limit=READ_MOST):
        proposals = tuple(
            replace(one, mentee=gone.swap(one.mentee), mentor=gone.swap(one.mentor)) for one in page.proposals
        )
        tx.save(PAGES, replace(page, proposals=proposals))
    for left in tx.find(LEFT_OVERS, {"people.member": gone.member}, limit=READ_MOST):
        people = tuple(replace(one, member=gone.swap(one.member)) for one in left.people)
        tx.save(LEFT_OVERS, replace(left, people=people))


def _without(couples: tuple[Couple, ...], member: str) -> tuple[Couple, ...]:
    return tuple(one for one in couples if member not in (one.mentee, one.mentor))


def _touchpoints(tx: Tx, gone: _Gone) -> None:
    for touchpoint in tx.find(TOUCHPOINTS, {"members": gone.member}, limit=READ_MOST):
        tx.save(TOUCHPOINTS, with_members(without(touchpoint, gone.member), [gone.instead]))


def _overrides(tx: Tx, gone: _Gone) -> None:
    hers = {"$or": [{"mentee": gone.member}, {"mentor": gone.member}, {"by": gone.member}]}
    while found := tx.find(OVERRIDES, hers, limit=READ_MOST):  # a coordinator's are as many as she has logged
        for logged in found:
            swapped = replace(
                logged,
                mentee=gone.swap(logged.mentee),
                mentor=gone.swap(logged.mentor),
                by=gone.swap(logged.by),
            )
            tx.save(OVERRIDES, swapped)


def _lineage(tx: Tx, gone: _Gone) -> None:
    tx.remove(CONSENTS, consent_id(gone.member))
    own = tx.load(BRANCHES, gone.member)
    if own is None:
        return
    for line in (*own.guided_by, *own.guides):
        other = tx.load(BRANCHES, line.member)
        if other is not None:
            tx.save(BRANCHES, renamed(other, gone.member, gone.instead))
    tx.remove(BRANCHES, gone.member)
    tx.save(BRANCHES, Branch(gone.instead, own.chapter, False, own.guided_by, own.guides))
