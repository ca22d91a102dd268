"""Follow people through time, and count what they answer."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.sessions.commands import cohorts
from services.sessions.domain import outcomes
from services.sessions.domain.cohorts import Cohort, id_of
from services.sessions.domain.outcomes import ROLES, SCALES, Follow, Moment, Role
from services.sessions.domain.pairs import Pair
from services.sessions.kinds import COHORTS, FOLLOWS, OUTCOMES
from shared.ids import derived_id
from shared.transaction import Tx


def begin_matched(tx: Tx, pair: Pair) -> None:
    """The two have begun: each is asked for the first time, and no longer as somebody who was not matched."""
    for role in ROLES:
        member = pair.mentee if role == "mentee" else pair.mentor
        for earlier in tx.find(FOLLOWS, {"member": member, "matched": False, "over": False}):
            stop(tx, earlier)
        _begin(tx, member, role, matched=True, about=pair.id, months=pair.rules.outcome_months)


def end_matched(tx: Tx, pair: Pair, *, at: datetime) -> None:
    """The relationship is over, however it ended: each is asked now, and again later."""
    for role in ROLES:
        member = pair.mentee if role == "mentee" else pair.mentor
        follow = tx.load(FOLLOWS, _id(member, pair.id, role))
        if follow is not None and not follow.over:
            _ask(tx, follow, "end")
            _set_later(tx, follow, at)


def begin_not_matched(
    tx: Tx, member: str, role: Role, cycle: str, *, at: datetime, months: tuple[int, ...], end_days: int
) -> None:
    """A round left her without a proposal: she is asked now, and later at the distances of those who were matched.

    For her the end is after `end_days`: as long as a trial and one full term of the programme last.
    """
    if tx.find(FOLLOWS, {"member": member, "matched": True, "over": False}, limit=1):
        return
    if tx.load(FOLLOWS, _id(member, cycle, role)) is not None:
        return
    follow = _begin(tx, member, role, matched=False, about=cycle, months=months)
    ends_at = at + timedelta(days=end_days)
    tx.set_timer(_timer(follow, "end"), "outcome:end", follow.id, ends_at)
    _set_later(tx, follow, ends_at)


def fall_due(tx: Tx, id: str, moment: Moment) -> None:
    """The time of a later question has come."""
    follow = tx.load(FOLLOWS, id)
    if follow is not None and not follow.over:
        _ask(tx, follow, moment)
        if moment == follow.later[-1]:
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
    for moment in ("end", *follow.later):
        tx.clear_timer(_timer(follow, moment))
    tx.remove(FOLLOWS, follow.id)


def cohort_words(role: Role, moment: Moment, *, matched: bool) -> tuple[str, ...]:
    """Which row of blocks an answer belongs to."""
    return ("outcome", "matched" if matched else "not_matched", role, moment)


def _begin(tx: Tx, member: str, role: Role, *, matched: bool, about: str, months: tuple[int, ...]) -> Follow:
    id = _id(member, about, role)
    known = tx.load(FOLLOWS, id)
    if known is not None:
        return known
    follow = Follow(id, tx.call.chapter, member, role, matched, about, tx.call.at, months=months)
    tx.save(FOLLOWS, follow)
    _ask(tx, follow, "start")
    return follow


def _ask(tx: Tx, follow: Follow, moment: Moment) -> None:
    id = derived_id("out", follow.id, moment)
    if tx.load(OUTCOMES, id) is None:
        tx.save(OUTCOMES, *outcomes.ask(follow, moment, id=id, now=tx.call.at))
    row = id_of(tx.call.chapter, *cohort_words(follow.role, moment, matched=follow.matched))
    if (
        tx.load(COHORTS, row) is None
    ):  # reports name every moment at which somebody was asked, answered or not
        tx.save(COHORTS, Cohort(row, tx.call.chapter))


def _set_later(tx: Tx, follow: Follow, ended_at: datetime) -> None:
    for months in follow.months:
        moment = outcomes.later(months)
        due = ended_at + outcomes.days_of(months)
        tx.set_timer(_timer(follow, moment), f"outcome:{moment}", follow.id, due)


def _id(member: str, about: str, role: Role) -> str:
    return derived_id("flw", member, about, role)


def _timer(follow: Follow, moment: Moment) -> str:
    return f"outcome:{follow.id}:{moment}"
