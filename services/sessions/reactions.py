"""What sessions does when a relationship moves on: it keeps the pair, and where it stands; and what it does when something falls due.

Each reaction only touches the store. When a relationship began, paused or ended is when matching says so, not when we hear of it.
"""

from dataclasses import replace
from typing import Any

from services.sessions.commands import clock, steps
from services.sessions.commands import meetings as commands
from services.sessions.domain import meetings
from services.sessions.domain.clock import id_of
from services.sessions.domain.pairs import Pair, Stage
from services.sessions.kinds import CLOCKS, PAIRS, SESSIONS
from shared.envelope import Envelope
from shared.events.matching import (
    RelationshipCompleted,
    RelationshipDeclined,
    RelationshipEnded,
    RelationshipIntroductionAgreed,
    RelationshipIntroductionHeld,
    RelationshipNotStarted,
    RelationshipPaused,
    RelationshipResumed,
    RelationshipStarted,
)
from shared.kinds import Kind
from shared.service import OnDue, Reaction, Room
from shared.transaction import Timer, Tx


def introduction_agreed(tx: Tx, _room: Room, envelope: Envelope, fact: Any) -> None:
    """The two will meet."""
    _keep(tx, envelope, fact, "introduction")


def introduction_held(tx: Tx, _room: Room, envelope: Envelope, fact: Any) -> None:
    """Nothing is planned while votes are open."""
    _keep(tx, envelope, fact, "voting")


def started(tx: Tx, _room: Room, envelope: Envelope, fact: Any) -> None:
    """The trial runs, and with it the clock."""
    pair = _keep(tx, envelope, fact, "running")
    clock.begin(tx, pair, at=envelope.at)


def paused(tx: Tx, _room: Room, envelope: Envelope, fact: Any) -> None:
    """Nobody is asked for anything for a while."""
    _keep(tx, envelope, fact, "paused")
    clock.stop(tx, envelope.aggregate, at=envelope.at)


def resumed(tx: Tx, _room: Room, envelope: Envelope, fact: Any) -> None:
    """It goes on."""
    _keep(tx, envelope, fact, "running")
    clock.go_on_ticking(tx, envelope.aggregate, at=envelope.at)


def over(tx: Tx, _room: Room, envelope: Envelope, fact: Any) -> None:
    """However it ended: what was planned is cancelled, the clock stands still."""
    if tx.load(PAIRS, envelope.aggregate) is None:
        return  # declined before anybody could meet: there never was a pair here
    _keep(tx, envelope, fact, "over")
    _cancel_what_is_planned(tx, envelope.aggregate)
    clock.end(tx, envelope.aggregate)


def _keep(tx: Tx, envelope: Envelope, fact: Any, stage: Stage) -> Pair:
    known = tx.load(PAIRS, envelope.aggregate)
    before = known or Pair(envelope.aggregate, envelope.chapter, fact.mentee, fact.mentor, stage)
    pair = replace(before, stage=stage)
    tx.save(PAIRS, pair)
    return pair


def _cancel_what_is_planned(tx: Tx, relationship: str) -> None:
    """Calendars of both forget what will not take place. What one has spoken of already is settled by its own clock."""
    for session in tx.find(SESSIONS, {"relationship": relationship, "state": "planned"}):
        if session.said_at is not None:
            continue
        cancelled, fact = meetings.cancel(session, by=session.mentee)
        tx.save(SESSIONS, cancelled, fact)


def _needs(envelope: Envelope, _fact: Any) -> tuple[tuple[Kind[Any], str], ...]:
    return ((PAIRS, envelope.aggregate), (CLOCKS, id_of(envelope.aggregate)))


def other_side_stayed_silent(tx: Tx, _room: Room, timer: Timer) -> None:
    """One has said whether they met, and the other has had her time to say otherwise."""
    commands.take_the_one_word(tx, timer.ref)


def clock_strikes(tx: Tx, _room: Room, timer: Timer) -> None:
    """A silent pair's next step."""
    clock.strike(tx, timer.ref)


def week_over(tx: Tx, _room: Room, timer: Timer) -> None:
    """A reminder of a step, where the pair wants any."""
    steps.remind(tx, timer.ref)


REACTIONS = (
    Reaction(RelationshipIntroductionAgreed, introduction_agreed, _needs),
    Reaction(RelationshipIntroductionHeld, introduction_held, _needs),
    Reaction(RelationshipStarted, started, _needs),
    Reaction(RelationshipPaused, paused, _needs),
    Reaction(RelationshipResumed, resumed, _needs),
    *(
        Reaction(fact, over, _needs)
        for fact in (RelationshipDeclined, RelationshipNotStarted, RelationshipCompleted, RelationshipEnded)
    ),
)
TIMERS: dict[str, OnDue] = {"word": other_side_stayed_silent, "clock": clock_strikes, "remind": week_over}
