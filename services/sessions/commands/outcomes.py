"""Follow people through time, and count what they answer."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from services.sessions.commands import cohorts
from services.sessions.domain import outcomes
from services.sessions.domain.outcomes import (
    AS_LONG_AS_A_RELATIONSHIP,
    LATER,
    MOMENTS,
    ROLES,
    SCALES,
    Follow,
    Moment,
    Role,
)
from services.sessions.domain.pairs import Pair
from services.sessions.kinds import FOLLOWS, OUTCOMES
from shared.ids import derived_id
from shared.transaction import Tx


def begin_matched(tx: Tx, pair: Pair) -> None:
    """The two have begun: each is asked for the first time, and no longer as somebody who was not matched."""
    for role in ROLES:
        member = pair.mentee if role == "mentee" else pair.mentor
        for earlier in tx.find(FOLLOWS, {"member": member, "matched": False, "over": False}):
            stop(tx, earlier)
        _begin(tx, member, role, matched=True, about=pair.id)


def end_matched(tx: Tx, pair: Pair, *, at: datetime) -> None:
    """The relationship is over, however it ended: each is asked now, and twice later."""
    for role in ROLES:
        member = pair.mentee if role == "mentee" else pair.mentor
        follow = tx.load(FOLLOWS, _id(member, pair.id, role))
        if follow is not None and not follow.over:
            _ask(tx, follow, "end")
            _set_later(tx, follow, at)


def begin_not_matched(tx: Tx, member: str, role: Role, cycle: str, *, at: datetime) -> None:
    """A round left her without a proposal: she is asked now, and later at the distances of those who were matched."""
    if tx.find(FOLLOWS, {"member": member, "matched": True, "over": False}, limit=1):
        return
    if tx.load(FOLLOWS, _id(member, cycle, role)) is not None:
        return
    follow = _begin(tx, member, role, matched=False, about=cycle)
    tx.set_timer(_timer(follow, "end"), "outcome:end", follow.id, at + AS_LONG_AS_A_RELATIONSHIP)
    _set_later(tx, follow, at + AS_LONG_AS_A_RELATIONSHIP)


def fall_due(tx: Tx, id: str, moment: Moment) -> None:
    """The time of a later question has come."""
    follow = tx.load(FOLLOWS, id)
    if follow is not None and not follow.over:
        _ask(tx, follow, moment)
        if moment == MOMENTS[-1]:
            tx.save(FOLLOWS, replace(follow, over=True))


def answer(tx: Tx, id: str, *, values: tuple[int, ...]) -> dict[str, Any]:
    """She answers; it is counted with others'."""
    outcome = outcomes.answer(tx.get(OUTCOMES, id), by=tx.call.asker, now=tx.call.at, values=values)
    tx.save(OUTCOMES, outcome)
    words = cohort_words(outcome.role, outcome.moment, matched=outcome.matched)
    cohorts.hear(tx, words, values, SCALES, member=outcome.member, guarded=False)
    return {"id": id}


def stop(tx: Tx, follow: Follow) -> None:
    """Nothing more is asked."""
    for moment in outcomes.MOMENTS:
        tx.clear_timer(_timer(follow, moment))
    tx.remove(FOLLOWS, follow.id)


def cohort_words(role: Role, moment: Moment, *, matched: bool) -> tuple[str, ...]:
    """Which row of blocks an answer belongs to."""
    return ("outcome", "matched" if matched else "not_matched", role, moment)


def _begin(tx: Tx, member: str, role: Role, *, matched: bool, about: str) -> Follow:
    id = _id(member, about, role)
    known = tx.load(FOLLOWS, id)
    if known is not None:
        return known
    follow = Follow(id, tx.call.chapter, member, role, matched, about, tx.call.at)
    tx.save(FOLLOWS, follow)
    _ask(tx, follow, "start")
    return follow


def _ask(tx: Tx, follow: Follow, moment: Moment) -> None:
    id = derived_id("out", follow.id, moment)
    if tx.load(OUTCOMES, id) is None:
        tx.save(OUTCOMES, *outcomes.ask(follow, moment, id=id, now=tx.call.at))


def _set_later(tx: Tx, follow: Follow, ended_at: datetime) -> None:
    for moment, after in LATER:
        tx.set_timer(_timer(follow, moment), f"outcome:{moment}", follow.id, ended_at + after)


def _id(member: str, about: str, role: Role) -> str:
    return derived_id("flw", member, about, role)


def _timer(follow: Follow, moment: Moment) -> str:
    return f"outcome:{follow.id}:{moment}"
