"""What happens to a pair once it has started: it renews, pauses, looks back, falls silent, completes, or ends (R3, R17).

Invariants:
1. A renewal is sealed as a vote is: only two yeses show, at once; everything else is one thing, told by the clock at the end of the term.
2. No full term begins without a goal of the mentee's (R9).
3. A pause moves every date that it stops by as long as it lasts, and a trial or term is paused for `pause_days` at most in all.
4. An end names a class of reasons, and never which of the two it was.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.matching.domain.places import Places
from services.matching.domain.relationships import Relationship, Sealed, Vote, expect, move_on
from services.matching.domain.steps import CLOSED, RUNNING, Actor, State
from shared.errors import Refused
from shared.events.matching import (
    EndReason,
    RelationshipCompleted,
    RelationshipDeclined,
    RelationshipEnded,
    RelationshipNotStarted,
    RelationshipPaused,
    RelationshipQuiet,
    RelationshipRenewed,
    RelationshipResumed,
    RelationshipReviewDue,
    RelationshipReviewed,
    RelationshipSessionHeld,
)
from shared.events.sessions import Mode

#: Who ends a relationship for each reason. That two are kept apart is none: the pair would read it (see `apart.py`).
ENDED_BY: dict[EndReason, Actor] = {
    "trial_not_renewed": "clock",
    "silent": "clock",
    "by_choice": "one",
    "member_left": "platform",
    "by_coordinator": "coordinator",
    "for_cause": "coordinator",
}
#: The dates that a pause moves.
STOPPED_DATES = ("trial_ends_at", "review_at", "review_ends_at", "term_ends_at")


def renew(
    relationship: Relationship, *, says: Vote, other: str, sealed: Sealed, has_goal: bool, now: datetime
) -> tuple[Relationship, RelationshipRenewed | None]:
    """One side's sealed word on a (further) full term, or its change; two yeses begin it. `other` is the other side's word, or silence.

    In the trial at any time; afterwards in the term's last `renew_days` (at most its second half), and then the next term follows this one.
    `Refused`: `wrong_state`, `renewal_not_open` (with `opens_at`), `renewal_closed`, `goal_missing` for a yes without the mentee's goal.
    """
    expect(relationship, "trial", "active", "review")
    ends_at = relationship.ends_at
    if ends_at is None or now >= ends_at:
        raise Refused("renewal_closed", "The term is over, and could be renewed until its end.")
    term = timedelta(days=relationship.terms.term_days)
    if relationship.state != "trial":
        opens_at = ends_at - min(timedelta(days=relationship.terms.renew_days), term / 2)
        if now < opens_at:
            raise Refused(
                "renewal_not_open",
                "A term can be renewed towards its end; see from when on.",
                opens_at=opens_at.isoformat(),
            )
    if says == "yes" and not has_goal:
        raise Refused("goal_missing", "No full term without a goal: the mentee writes at least one first.")
    if not says == other == "yes":
        return replace(relationship, sealed=sealed), None
    begins_at = now if relationship.state == "trial" else ends_at
    moved, _ = move_on(relationship, "renew", None, now)
    renewed = replace(
        moved,
        term=relationship.term + 1,
        review_at=begins_at + term / 2,
        review_ends_at=None,
        reviewed_at=None,
        term_ends_at=begins_at + term,
        paused_s=0,
    )
    return renewed, RelationshipRenewed(
        renewed.mentee, renewed.mentor, renewed.term, begins_at + term / 2, begins_at + term
    )


def pause(relationship: Relationship, *, days: int, now: datetime) -> tuple[Relationship, RelationshipPaused]:
    """One of the two pauses for up to `days`; it goes on by itself then. `Refused`: `wrong_state`, `pause_too_long` (with `days_left`)."""
    expect(relationship, "trial", "active", "review")
    if (relationship.ends_at or now) <= now:
        raise Refused("wrong_state", "The term is over.", state=relationship.state)
    left = timedelta(days=relationship.terms.pause_days) - timedelta(seconds=relationship.paused_s)
    if timedelta(days=days) > left:
        raise Refused(
            "pause_too_long",
            "A trial or term is paused for so many days in all; see how many are left.",
            days_left=max(left // timedelta(days=1), 0),
        )
    before, resumes_at = relationship.state, now + timedelta(days=days)
    moved, _ = move_on(relationship, "pause", None, now, unseal=False)
    paused = replace(
        moved, paused_from=before, paused_at=now, resumes_at=resumes_at, silent_since=None, flagged_at=None
    )
    return paused, RelationshipPaused(paused.mentee, paused.mentor, resumes_at)


def resume(
    relationship: Relationship, *, by: Actor, now: datetime
) -> tuple[Relationship, RelationshipResumed]:
    """The pause is over: the state before it goes on, its dates moved. `Refused`: `wrong_state`."""
    expect(relationship, "paused")
    lasted = now - (relationship.paused_at or now)
    moved, _ = move_on(
        relationship, "resume", None, now, by=by, after=relationship.paused_from or "active", unseal=False
    )
    dates = {
        name: date + lasted for name in STOPPED_DATES if (date := getattr(relationship, name)) is not None
    }
    if relationship.term:  # the trial's own end is history then
        dates.pop("trial_ends_at", None)
    used_s = relationship.paused_s + -(-lasted // timedelta(seconds=1))
    resumed = replace(moved, paused_from=None, paused_at=None, resumes_at=None, paused_s=used_s, **dates)
    return resumed, RelationshipResumed(resumed.mentee, resumed.mentor, resumed.ends_at or now)


def review_over(
    relationship: Relationship, *, by: Actor, now: datetime
) -> tuple[Relationship, RelationshipReviewed]:
    """The two have looked back, and the term goes on. `Refused`: `wrong_state`."""
    expect(relationship, "review")
    moved, _ = move_on(relationship, "go_on", None, now, by=by, unseal=False)
    reviewed = replace(moved, review_ends_at=None, reviewed_at=now)
    return reviewed, RelationshipReviewed(reviewed.mentee, reviewed.mentor, reviewed.term_ends_at or now)


def end(
    relationship: Relationship, places: Places, *, reason: EndReason, now: datetime
) -> tuple[Relationship, Places, RelationshipEnded]:
    """It is over before its time, and the place is free. `Refused` (`wrong_state`) where this reason cannot end this state."""
    moved, places = move_on(relationship, "end", places, now, by=ENDED_BY[reason], reason=reason)
    return moved, places, RelationshipEnded(relationship.mentee, relationship.mentor, reason)


def hear_of_silence(
    relationship: Relationship, *, since: datetime, flagged: bool, now: datetime
) -> tuple[Relationship, RelationshipQuiet | None] | None:
    """Sessions' clock says that the two have been silent `since`: they are asked, or their coordinator sees it (R17).

    None where the news are out of date: the two have met since, are paused, or are over.
    """
    if not _silent(relationship, since):
        return None
    if flagged:
        return replace(relationship, silent_since=since, flagged_at=now), None
    fact = RelationshipQuiet(relationship.mentee, relationship.mentor, since)
    return replace(relationship, silent_since=since), fact


def fall_silent(
    relationship: Relationship, places: Places, *, since: datetime, now: datetime
) -> tuple[Relationship, Places, RelationshipEnded] | None:
    """Sessions' clock has run out: the relationship is closed without fault. None where the news are out of date."""
    if not _silent(relationship, since):
        return None
    return end(relationship, places, reason="silent", now=now)


def hear_of_contact(relationship: Relationship, *, met_at: datetime) -> Relationship:
    """The two have met: nobody asks about their silence any more."""
    latest = max(relationship.last_met_at or met_at, met_at)
    if relationship.silent_since is not None and relationship.silent_since > latest:
        return replace(relationship, last_met_at=latest)
    return replace(relationship, last_met_at=latest, silent_since=None, flagged_at=None)


def session_held(
    relationship: Relationship, *, held_at: datetime, mode: Mode
) -> RelationshipSessionHeld | None:
    """What those who follow the relationship hear of a session; nothing of one that is told of after the end."""
    if relationship.state not in RUNNING:
        return None
    return RelationshipSessionHeld(relationship.mentee, relationship.mentor, held_at, mode)


def fall_due(
    relationship: Relationship, places: Places, *, now: datetime
) -> tuple[Relationship, Places, Any] | None:
    """What the clock makes of the relationship, with the fact, or None where its deadline has not come."""
    due = relationship.falls_due
    if due is None or now < due[1]:
        return None
    pair = (relationship.mentee, relationship.mentor)
    move = due[2]
    if move == "resume":
        resumed, went_on = resume(relationship, by="clock", now=now)
        return resumed, places, went_on
    if move == "go_on":
        reviewed, looked = review_over(relationship, by="clock", now=now)
        return reviewed, places, looked
    if move == "end":
        return end(relationship, places, reason="trial_not_renewed", now=now)
    moved, places = move_on(relationship, move, places, now, by="clock", unseal=move != "review")
    if move == "review":
        ends_at = relationship.term_ends_at or now
        review_ends_at = min(now + timedelta(days=relationship.terms.review_days), ends_at)
        moved = replace(moved, review_at=None, review_ends_at=review_ends_at)
        return moved, places, RelationshipReviewDue(*pair, ends_at)
    facts: dict[State, Any] = {
        "lapsed": RelationshipDeclined(*pair, "lapsed"),
        "not_started": RelationshipNotStarted(*pair),
        "completed": RelationshipCompleted(*pair, relationship.term),
    }
    return moved, places, facts[moved.state]


def want_again(relationship: Relationship, *, by: str) -> Relationship:
    """One of a pair that is over would be brought together with the other again; it takes both. `Refused`: `wrong_state`."""
    relationship.side_of(by)
    expect(relationship, *sorted(CLOSED))
    return replace(relationship, again=tuple(sorted({*relationship.again, by})))


def both_again(relationship: Relationship) -> bool:
    """Whether both have said so."""
    return set(relationship.again) >= {relationship.mentee, relationship.mentor}


def _silent(relationship: Relationship, since: datetime) -> bool:
    if relationship.state not in RUNNING - {"paused"}:
        return False
    return relationship.last_met_at is None or relationship.last_met_at <= since
