"""What sessions does when a relationship moves on: it keeps the pair, and where it stands; and what it does when something falls due.

Each reaction only touches the store. When a relationship began, paused or ended is when matching says so, not when we hear of it.
"""

from dataclasses import replace
from typing import Any

from services.sessions.commands import clock, erasures, outcomes, people, pulses, steps
from services.sessions.commands import meetings as commands
from services.sessions.domain import meetings
from services.sessions.domain.clock import id_of
from services.sessions.domain.outcomes import LATEST_MONTH, Moment, later
from services.sessions.domain.pairs import Pair, Rules, Stage
from services.sessions.domain.people import Chapter
from services.sessions.kinds import CHAPTERS, CLOCKS, PAIRS, PEOPLE, SESSIONS
from shared.envelope import Envelope
from shared.erasing import doom_key
from shared.events.matching import (
    ApplicationNotMatched,
    RelationshipCompleted,
    RelationshipDeclined,
    RelationshipEnded,
    RelationshipErased,
    RelationshipIntroductionAgreed,
    RelationshipIntroductionHeld,
    RelationshipNotStarted,
    RelationshipPaused,
    RelationshipRenewed,
    RelationshipResumed,
    RelationshipReviewDue,
    RelationshipReviewed,
    RelationshipStarted,
)
from shared.events.profiles import ChapterOpened, MemberContactChanged, MemberErased, MemberProfileChanged
from shared.kinds import Kind
from shared.service import OnDue, Reaction, Room
from shared.transaction import Timer, Tx

#: Ends after which nobody is asked how she is.
_NOT_THE_TIME_TO_ASK = ("for_cause", "kept_apart", "member_left")


def introduction_agreed(
    tx: Tx, _room: Room, envelope: Envelope, fact: RelationshipIntroductionAgreed
) -> None:
    """The two will meet."""
    _keep(tx, envelope, fact, "introduction", rules=Rules(word_hours=fact.word_hours))


def introduction_held(tx: Tx, _room: Room, envelope: Envelope, fact: Any) -> None:
    """Nothing is planned while votes are open."""
    _keep(tx, envelope, fact, "voting")


def started(tx: Tx, _room: Room, envelope: Envelope, fact: RelationshipStarted) -> None:
    """The trial runs, and with it the clock. What the programme said at the beginning is kept, whatever it says later."""
    rules = Rules(
        word_hours=fact.word_hours,
        certificate_sessions=fact.certificate_sessions,
        remind_days=fact.remind_days,
        reminders_most=fact.reminders_most,
        outcome_months=fact.outcome_months,
    )
    pair = _keep(tx, envelope, fact, "running", ends_at=fact.trial_ends_at, rules=rules)
    clock.begin(tx, pair, at=envelope.at, days=fact.silence_days)
    pulses.ask_both(tx, pair, "start")
    outcomes.begin_matched(tx, pair)


def paused(tx: Tx, _room: Room, envelope: Envelope, fact: Any) -> None:
    """Nobody is asked for anything for a while."""
    _keep(tx, envelope, fact, "paused")
    clock.stop(tx, envelope.aggregate, at=envelope.at)


def resumed(tx: Tx, _room: Room, envelope: Envelope, fact: RelationshipResumed) -> None:
    """It goes on."""
    _keep(tx, envelope, fact, "running", ends_at=fact.ends_at)
    clock.go_on_ticking(tx, envelope.aggregate, at=envelope.at)


def renewed(tx: Tx, _room: Room, envelope: Envelope, fact: RelationshipRenewed) -> None:
    """A full term, or one more."""
    _keep(tx, envelope, fact, "running", ends_at=fact.term_ends_at, terms=fact.term)


def review_due(tx: Tx, _room: Room, envelope: Envelope, fact: RelationshipReviewDue) -> None:
    """The two look back, and on."""
    pair = _keep(tx, envelope, fact, "running", ends_at=fact.term_ends_at, in_review=True)
    pulses.ask_both(tx, pair, "middle")


def reviewed(tx: Tx, _room: Room, envelope: Envelope, fact: RelationshipReviewed) -> None:
    """The term goes on."""
    _keep(tx, envelope, fact, "running", ends_at=fact.term_ends_at, in_review=False)


def over(tx: Tx, _room: Room, envelope: Envelope, fact: Any) -> None:
    """However it ended: what was planned is cancelled, the clock stands still."""
    before = tx.load(PAIRS, envelope.aggregate)
    if before is None:
        return  # declined before anybody could meet: there never was a pair here
    pair = _keep(tx, envelope, fact, "over")
    _cancel_what_is_planned(tx, envelope.aggregate)
    clock.end(tx, envelope.aggregate)
    if before.stage in ("running", "paused"):
        if not (isinstance(fact, RelationshipEnded) and fact.reason in _NOT_THE_TIME_TO_ASK):
            pulses.ask_both(tx, pair, "end")
        outcomes.end_matched(tx, pair, at=envelope.at)


def not_matched(tx: Tx, _room: Room, envelope: Envelope, fact: ApplicationNotMatched) -> None:
    """She goes on waiting, and is asked the same as those who were matched."""
    outcomes.begin_not_matched(
        tx,
        fact.member,
        fact.role,
        fact.cycle,
        at=envelope.at,
        months=fact.outcome_months,
        end_days=fact.outcome_end_days,
    )


def _keep(tx: Tx, envelope: Envelope, fact: Any, stage: Stage, **more: Any) -> Pair:
    known = tx.load(PAIRS, envelope.aggregate)
    before = known or Pair(envelope.aggregate, envelope.chapter, fact.mentee, fact.mentor, stage)
    pair = replace(before, stage=stage, **more)
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


def reminder_due(tx: Tx, _room: Room, timer: Timer) -> None:
    """A reminder of a step, where the pair wants any."""
    steps.remind(tx, timer.ref)


def relationship_erased(tx: Tx, _room: Room, envelope: Envelope, _fact: RelationshipErased) -> None:
    """All that they wrote is gone, and with the key every copy of it."""
    doom_key(tx, envelope.aggregate)
    erasures.forget_relationship(tx, envelope.aggregate)


def member_erased(tx: Tx, _room: Room, envelope: Envelope, _fact: MemberErased) -> None:
    """Nothing about her is kept but counts."""
    erasures.forget_person(tx, envelope.aggregate)


def chapter_opened(tx: Tx, _room: Room, envelope: Envelope, fact: ChapterOpened) -> None:
    """Keep the chapter's name and clock."""
    tx.save(CHAPTERS, Chapter(envelope.aggregate, envelope.chapter, fact.name, fact.time_zone))


def profile_changed(tx: Tx, _room: Room, envelope: Envelope, fact: MemberProfileChanged) -> None:
    """Keep when she can meet."""
    people.know(tx, envelope.aggregate, envelope.chapter, hours=tuple(fact.hours))


def contact_changed(tx: Tx, _room: Room, envelope: Envelope, fact: MemberContactChanged) -> None:
    """Keep her clock, and her name as it came, sealed."""
    people.know(
        tx,
        envelope.aggregate,
        envelope.chapter,
        time_zone=fact.time_zone,
        sealed_contact=fact.sealed_contact,
    )


def _needs_person(envelope: Envelope, _fact: Any) -> tuple[tuple[Kind[Any], str], ...]:
    return ((PEOPLE, envelope.aggregate),)


def _outcome_due(moment: Moment) -> OnDue:
    def ask(tx: Tx, _room: Room, timer: Timer) -> None:
        outcomes.fall_due(tx, timer.ref, moment)

    return ask


REACTIONS = (
    Reaction(ApplicationNotMatched, not_matched),
    Reaction(ChapterOpened, chapter_opened),
    Reaction(MemberProfileChanged, profile_changed, _needs_person),
    Reaction(MemberContactChanged, contact_changed, _needs_person),
    Reaction(MemberErased, member_erased),
    Reaction(RelationshipErased, relationship_erased, _needs),
    Reaction(RelationshipRenewed, renewed, _needs),
    Reaction(RelationshipReviewDue, review_due, _needs),
    Reaction(RelationshipReviewed, reviewed, _needs),
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
TIMERS: dict[str, OnDue] = {
    "word": other_side_stayed_silent,
    "clock": clock_strikes,
    "remind": reminder_due,
    "outcome:end": _outcome_due("end"),
    **{f"outcome:{later(months)}": _outcome_due(later(months)) for months in range(1, LATEST_MONTH + 1)},
}
