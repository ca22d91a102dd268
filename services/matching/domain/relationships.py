"""The pair: one aggregate from the proposal on, and one table of the moves that it can make.

Invariants:
1. `STEPS` is the whole machine. What it does not list is refused (409), and every step says what becomes of the mentor's place.
2. What one side said is told to nobody - not by the state, its date, an event, a count or an answer's status - until it can no longer tell
   what the other said (R2, and the same for answers to a proposal):
   - Both sides' words lie sealed in one field, together, written anew with each word, silence among them: not even the database shows
     who spoke. They are forgotten when the state moves on.
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
from services.matching.engine import Reason
from shared.errors import NotThere, Refused
from shared.events.matching import (
    RelationshipDeclined,
    RelationshipEnded,
    RelationshipIntroductionAgreed,
    RelationshipIntroductionHeld,
    RelationshipNotStarted,
    RelationshipProposed,
    RelationshipStarted,
)

State = Literal["proposed", "introduction", "voting", "trial", "declined", "lapsed", "not_started", "ended"]
Move = Literal["agree", "decline", "lapse", "meet", "start", "close", "end"]
Side = Literal["mentee", "mentor"]
Answer = Literal["accept", "decline"]
Vote = Literal["yes", "no"]
#: What lies sealed for a side that has said nothing.
SILENCE = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One move: from where to where, who brings it about, and what becomes of the mentor's place."""

    move: Move
    before: State
    after: State
    by: Literal["both", "either", "clock", "session"]
    place: Literal["taken", "kept", "returned", "none"]


STEPS = (
    Step("agree", "proposed", "introduction", "both", "taken"),
    Step("decline", "proposed", "declined", "either", "none"),
    Step("lapse", "proposed", "lapsed", "clock", "none"),
    Step("meet", "introduction", "voting", "session", "kept"),
    Step("lapse", "introduction", "lapsed", "clock", "returned"),
    Step("start", "voting", "trial", "both", "kept"),
    Step("close", "voting", "not_started", "clock", "returned"),
    Step("end", "trial", "ended", "clock", "returned"),
)
STATES: tuple[State, ...] = (
    "proposed",
    "introduction",
    "voting",
    "trial",
    "declined",
    "lapsed",
    "not_started",
    "ended",
)
#: States that no step leaves: the pair is free to find others, and is not proposed again.
CLOSED = frozenset(STATES) - {step.before for step in STEPS}
#: Which date ends each open state, and the move that the clock then makes.
DEADLINES: dict[State, tuple[str, Move]] = {
    "proposed": ("answer_by", "lapse"),
    "introduction": ("meet_by", "lapse"),
    "voting": ("vote_by", "close"),
    "trial": ("trial_ends_at", "end"),
}

Exit = RelationshipDeclined | RelationshipNotStarted | RelationshipEnded


@dataclass(frozen=True, slots=True)
class Sealed:
    """What each side has said in the present state, as ciphertext; silence too."""

    mentee: bytes
    mentor: bytes


@dataclass(frozen=True, slots=True)
class Relationship:
    """`since` is when the state began. `open` goes with the state, for the index that allows one open relationship for each pair.

    `words` is what a coordinator wrote to the two when she introduced them, as ciphertext.
    """

    id: str
    chapter: str
    mentee: str
    mentor: str
    origin: Literal["round", "coordinator"]
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
        if self.state not in DEADLINES:
            return None
        name, _ = DEADLINES[self.state]
        return name, getattr(self, name)


@dataclass(frozen=True, slots=True)
class Pair:
    """Who is brought together, by what, and why; the rest of a proposal follows from it."""

    mentee: str
    mentor: str
    origin: Literal["round", "coordinator"]
    programme: str = ""
    cycle: str = ""
    reasons_mentee: tuple[Reason, ...] = ()
    reasons_mentor: tuple[Reason, ...] = ()
    words: bytes | None = None


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
    _expect(relationship, "proposed")
    if now >= relationship.answer_by:
        raise Refused(
            "proposal_expired", "This proposal could be answered until the date given, and has lapsed."
        )
    if says == "accept":
        need_place(places)
    if other == SILENCE:
        return replace(relationship, sealed=sealed), places, None
    if says == other == "accept":
        meet_by = now + timedelta(days=relationship.terms.meet_days)
        moved, places = _move(relationship, "agree", places, now)
        agreed = RelationshipIntroductionAgreed(relationship.mentee, relationship.mentor, meet_by)
        return replace(moved, meet_by=meet_by), places, agreed
    moved, places = _move(relationship, "decline", places, now)
    return moved, places, RelationshipDeclined(relationship.mentee, relationship.mentor, "declined")


def meet(relationship: Relationship, *, now: datetime) -> tuple[Relationship, RelationshipIntroductionHeld]:
    """The introduction was held, we hear `now`: from here on both can vote, for the programme's `vote_days`.

    The days count from when voting becomes possible, not from the meeting: news that come late take no time from anybody.
    """
    vote_by = now + timedelta(days=relationship.terms.vote_days)
    moved, _ = _move(relationship, "meet", None, now)
    return replace(moved, vote_by=vote_by), RelationshipIntroductionHeld(
        relationship.mentee, relationship.mentor, vote_by
    )


def vote(
    relationship: Relationship, *, says: Vote, other: str, sealed: Sealed, now: datetime
) -> tuple[Relationship, RelationshipStarted | None]:
    """One side's sealed vote, or its change; two yeses open together and start the trial (R2, R3). See invariant 2 for all other cases.

    `Refused`: `wrong_state`, `vote_closed` from `vote_by` on.
    """
    _expect(relationship, "voting")
    if relationship.vote_by is None or now >= relationship.vote_by:
        raise Refused("vote_closed", "The vote was open until the date given.")
    if not says == other == "yes":
        return replace(relationship, sealed=sealed), None
    trial_ends_at = now + timedelta(days=relationship.terms.trial_days)
    moved, _ = _move(relationship, "start", None, now)
    started = replace(moved, started_at=now, trial_ends_at=trial_ends_at)
    return started, RelationshipStarted(relationship.mentee, relationship.mentor, trial_ends_at)


def fall_due(
    relationship: Relationship, places: Places, *, now: datetime
) -> tuple[Relationship, Places, Exit] | None:
    """What the clock makes of the relationship, or None where its deadline has not come."""
    deadline = relationship.deadline
    if deadline is None or now < deadline[1]:
        return None
    _, move = DEADLINES[relationship.state]
    moved, places = _move(relationship, move, places, now)
    pair = (relationship.mentee, relationship.mentor)
    facts: dict[State, Exit] = {
        "lapsed": RelationshipDeclined(*pair, "lapsed"),
        "not_started": RelationshipNotStarted(*pair),
        "ended": RelationshipEnded(*pair, "trial_not_renewed"),
    }
    return moved, places, facts[moved.state]


def step(state: State, move: Move) -> Step:
    """The table's line for this move. `Refused` (`wrong_state`) where there is none."""
    for line in STEPS:
        if (line.move, line.before) == (move, state):
            return line
    raise _wrong(state)


def _move(
    relationship: Relationship, move: Move, places: Places | None, now: datetime
) -> tuple[Relationship, Places]:
    line = step(relationship.state, move)
    places = places or Places(relationship.mentor, relationship.chapter)
    if line.place == "taken":
        places = take_place(places, relationship.id)
    elif line.place == "returned":
        places = return_place(places, relationship.id)
    moved = replace(relationship, state=line.after, since=now, open=line.after not in CLOSED, sealed=None)
    return moved, places


def _expect(relationship: Relationship, state: State) -> None:
    if relationship.state != state:
        raise _wrong(relationship.state)


def _wrong(state: State) -> Refused:
    return Refused(
        "wrong_state", f"This cannot be done now: the relationship is in the state {state}.", state=state
    )
