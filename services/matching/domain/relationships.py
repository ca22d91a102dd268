"""The pair: one aggregate from the proposal on. `steps.py` holds the table of its moves, `lasting.py` what happens once it has started.

Invariants:
1. Every change of state is a line of `STEPS`, and is kept in the relationship's history with its actor, reason and time.
2. What one side said is told to nobody - not by the state, its date, an event, a count or an answer's status - until it can no longer tell
   what the other said (R2, and the same for answers to a proposal and for renewals):
   - Both sides' words lie sealed in one field, together, written anew with each word, silence among them: not even the database shows
     who spoke. They are forgotten when what was asked is decided.
   - A proposal stays `proposed` until both have answered, or `answer_by`. One side's "decline" alone ends nothing.
   - A mentor without a free place refuses an accept by either side, first or second: the refusal tells of places, not of answers.
   - A vote moves the state only where both are yes. Any other outcome is told at `vote_by`, always, by the clock: were it told when the
     second vote came, the time would tell a no from silence. For the same reason a vote can be changed until `vote_by`, even when
     the other is in: a refused change would tell that the other voted, and, nothing having started, how. The price is that a pair who
     would end at once waits; the gain is that a yes not returned, a no and silence are one thing to everybody.
3. A relationship keeps the terms that it began with.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.matching.domain.places import Places, need_place, return_place, take_place
from services.matching.domain.programmes import Terms
from services.matching.domain.steps import CLOSED, Actor, Move, Place, Queue, State, step, wrong
from services.matching.engine import Reason
from shared.errors import NotThere, Refused
from shared.events.matching import (
    RelationshipDeclined,
    RelationshipIntroductionAgreed,
    RelationshipIntroductionHeld,
    RelationshipProposed,
    RelationshipStarted,
)

Side = Literal["mentee", "mentor"]
Answer = Literal["accept", "decline"]
Vote = Literal["yes", "no"]
Origin = Literal["round", "coordinator", "touchpoint"]
#: What lies sealed for a side that has said nothing.
SILENCE = ""
#: A relationship's history keeps so many of its last moves; only many short pauses could make more.
HISTORY_KEPT = 100

#: Which dates end each open state, the first that is set, and the move that the clock then makes.
DEADLINES: dict[State, tuple[tuple[str, Move], ...]] = {
    "proposed": (("answer_by", "lapse"),),
    "introduction": (("meet_by", "lapse"),),
    "booked": (("meet_by", "lapse"),),
    "voting": (("vote_by", "close"),),
    "trial": (("trial_ends_at", "end"),),
    "active": (("review_at", "review"), ("term_ends_at", "complete")),
    "review": (("review_ends_at", "go_on"),),
    "paused": (("resumes_at", "resume"),),
}


@dataclass(frozen=True, slots=True)
class Sealed:
    """What each side has said in the present state, as ciphertext; silence too."""

    mentee: bytes
    mentor: bytes


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a relationship's history: which move, by whom, why (a code), when, and what became of the place and the queue."""

    move: str
    state: State
    at: datetime
    by: Actor
    reason: str
    place: Place
    queue: Queue


@dataclass(frozen=True, slots=True)
class Relationship:
    """`since` is when the state began. `open` goes with the state, for the index that allows one open relationship for each pair.

    `words` is what a coordinator wrote to the two when she introduced them, `question` and `reply` the mentor's one question (R4), all as
    ciphertext. `queued_at` is the mentee's place in the queue, `silent_since` set while the two are asked about their silence (R17),
    `flagged_at` while the coordinator is; `again` names who would be brought together again with the other after an end. `booked` are the
    meetings planned for the introduction. `kept_apart_at` and `hushed_by` are for coordinators (see `apart.py`).
    """

    id: str
    chapter: str
    mentee: str
    mentor: str
    origin: Origin
    state: State
    since: datetime
    terms: Terms
    answer_by: datetime
    programme: str = ""
    cycle: str = ""
    open: bool = True
    meet_by: datetime | None = None
    vote_by: datetime | None = None
    started_at: datetime | None = None
    trial_ends_at: datetime | None = None
    reasons_mentee: tuple[Reason, ...] = ()
    reasons_mentor: tuple[Reason, ...] = ()
    sealed: Sealed | None = None
    words: bytes | None = None
    touchpoint: str = ""
    question: bytes | None = None
    reply: bytes | None = None
    term: int = 0
    review_at: datetime | None = None
    review_ends_at: datetime | None = None
    reviewed_at: datetime | None = None
    term_ends_at: datetime | None = None
    paused_from: State | None = None
    paused_at: datetime | None = None
    resumes_at: datetime | None = None
    paused_s: int = 0
    last_met_at: datetime | None = None
    silent_since: datetime | None = None
    flagged_at: datetime | None = None
    queued_at: datetime | None = None
    again: tuple[str, ...] = ()
    booked: tuple[str, ...] = ()
    hushed_by: tuple[str, ...] = ()
    kept_apart_at: datetime | None = None
    history: tuple[Moment, ...] = ()

    def side_of(self, member: str) -> Side:
        """On which side the member stands; `NotThere` where she is no part of the pair."""
        if member not in (self.mentee, self.mentor):
            raise NotThere("relationship")
        return "mentee" if member == self.mentee else "mentor"

    def other(self, member: str) -> str:
        """The other one's id."""
        return self.mentor if self.side_of(member) == "mentee" else self.mentee

    @property
    def deadline(self) -> tuple[str, datetime] | None:
        """What ends the present state by itself: the date's name and the date. None where nothing does any more."""
        due = self.falls_due
        return None if due is None else due[:2]

    @property
    def falls_due(self) -> tuple[str, datetime, Move] | None:
        """The next date, and the move that the clock then makes."""
        for name, move in DEADLINES.get(self.state, ()):
            if (date := getattr(self, name)) is not None:
                return name, date, move
        return None

    @property
    def ends_at(self) -> datetime | None:
        """When the present trial or term ends; None before and after."""
        return self.term_ends_at if self.term else self.trial_ends_at


@dataclass(frozen=True, slots=True)
class Pair:
    """Who is brought together, by what, and why; the rest of a proposal follows from it."""

    mentee: str
    mentor: str
    origin: Origin
    programme: str = ""
    cycle: str = ""
    reasons_mentee: tuple[Reason, ...] = ()
    reasons_mentor: tuple[Reason, ...] = ()
    words: bytes | None = None
    touchpoint: str = ""


def propose(
    id: str, pair: Pair, *, chapter: str, terms: Terms, now: datetime
) -> tuple[Relationship, RelationshipProposed]:
    """A new proposal, open for answers for the programme's `answer_days`."""
    answer_by = now + timedelta(days=terms.answer_days)
    relationship = Relationship(
        id=id,
        chapter=chapter,
        mentee=pair.mentee,
        mentor=pair.mentor,
        origin=pair.origin,
        state="proposed",
        since=now,
        terms=terms,
        answer_by=answer_by,
        programme=pair.programme,
        cycle=pair.cycle,
        reasons_mentee=pair.reasons_mentee,
        reasons_mentor=pair.reasons_mentor,
        words=pair.words,
        touchpoint=pair.touchpoint,
        queued_at=now,
        history=(
            Moment(
                "propose",
                "proposed",
                now,
                {"round": "platform", "coordinator": "coordinator"}.get(pair.origin, "one"),  # type: ignore[arg-type]
                pair.origin,
                "none",
                "kept",
            ),
        ),
    )
    return relationship, RelationshipProposed(
        pair.mentee, pair.mentor, pair.origin, answer_by, pair.programme, pair.cycle
    )


def answer(
    relationship: Relationship, *, says: Answer, other: str, sealed: Sealed, places: Places, now: datetime
) -> tuple[Relationship, Places, RelationshipIntroductionAgreed | RelationshipDeclined | None]:
    """One side's answer to the proposal; it can be changed until the other's is in. `other` is what the other side said, or `SILENCE`.

    `Refused`: `wrong_state`, `proposal_expired` from `answer_by` on, `no_place_left` for an accept where the mentor is full.
    """
    answerable(relationship, now)
    if says == "accept":
        need_place(places)
    if other == SILENCE or relationship.hushed_by:
        return replace(relationship, sealed=sealed), places, None
    if says == other == "accept":
        meet_by = now + timedelta(days=relationship.terms.meet_days)
        moved, places = move_on(relationship, "agree", places, now)
        word_hours = relationship.terms.word_hours
        agreed = RelationshipIntroductionAgreed(relationship.mentee, relationship.mentor, meet_by, word_hours)
        return replace(moved, meet_by=meet_by), places, agreed
    moved, places = move_on(relationship, "decline", places, now, reason="declined")
    return moved, places, RelationshipDeclined(relationship.mentee, relationship.mentor, "declined")


def meet(relationship: Relationship, *, now: datetime) -> tuple[Relationship, RelationshipIntroductionHeld]:
    """The introduction was held, we hear `now`: from here on both can vote, for the programme's `vote_days`.

    The days count from when voting becomes possible, not from the meeting: news that come late take no time from anybody.
    """
    vote_by = now + timedelta(days=relationship.terms.vote_days)
    moved, _ = move_on(relationship, "meet", None, now)
    return replace(moved, vote_by=vote_by, booked=()), RelationshipIntroductionHeld(
        relationship.mentee, relationship.mentor, vote_by
    )


def vote(
    relationship: Relationship, *, says: Vote, other: str, sealed: Sealed, now: datetime
) -> tuple[Relationship, RelationshipStarted | None]:
    """One side's sealed vote, or its change; two yeses open together and start the trial (R2, R3). See invariant 2 for all other cases.

    `Refused`: `wrong_state`, `vote_closed` from `vote_by` on.
    """
    expect(relationship, "voting")
    if relationship.vote_by is None or now >= relationship.vote_by:
        raise Refused("vote_closed", "The vote was open until the date given.")
    if not says == other == "yes" or relationship.hushed_by:
        return replace(relationship, sealed=sealed), None
    trial_ends_at = now + timedelta(days=relationship.terms.trial_days)
    moved, _ = move_on(relationship, "start", None, now)
    started = replace(moved, started_at=now, trial_ends_at=trial_ends_at)
    terms = relationship.terms
    return started, RelationshipStarted(
        relationship.mentee,
        relationship.mentor,
        trial_ends_at,
        terms.silence_days,
        terms.word_hours,
        terms.certificate_sessions,
        terms.remind_days,
        terms.reminders_most,
        terms.outcome_months,
    )


def move_on(
    relationship: Relationship,
    move: Move,
    places: Places | None,
    now: datetime,
    *,
    by: Actor | None = None,
    reason: str = "",
    after: State | None = None,
    unseal: bool = True,
) -> tuple[Relationship, Places]:
    """The relationship after a line of `STEPS`, with that line in its history, and the mentor's places after it.

    `by` is needed where the table allows several. `Refused` (`wrong_state`) where there is no such line, or it is not theirs.
    """
    line = step(relationship.state, move, after)
    actor = line.by[0] if by is None else by
    if actor not in line.by:
        raise wrong(relationship.state)
    places = places or Places(relationship.mentor, relationship.chapter)
    if line.place == "taken":
        places = take_place(places, relationship.id)
    elif line.place == "returned":
        places = return_place(places, relationship.id)
    moment = Moment(move, line.after, now, actor, reason or move, line.place, line.queue)
    moved = replace(
        relationship,
        state=line.after,
        since=now,
        open=line.after not in CLOSED,
        sealed=None if unseal else relationship.sealed,
        history=(*relationship.history, moment)[-HISTORY_KEPT:],
    )
    return moved, places


def expect(relationship: Relationship, *states: State) -> None:
    """`Refused` (`wrong_state`) unless the relationship is in one of these states."""
    if relationship.state not in states:
        raise wrong(relationship.state)


def answerable(relationship: Relationship, now: datetime) -> None:
    """`Refused` (`wrong_state`, `proposal_expired`) unless the proposal can still be answered."""
    expect(relationship, "proposed")
    if now >= relationship.answer_by:
        raise Refused(
            "proposal_expired", "This proposal could be answered until the date given, and has lapsed."
        )
