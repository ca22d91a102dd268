"""Steps: what a pair agrees on in a session, and what the mentee made of it.

Invariants:
1. Only the mentee closes a step, once (R6).
2. Reminders are a pair's own choice and off by default: only the mentee turns them on, either side turns them off, and off means none
   (R13).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.sessions.domain.meetings import Session
from services.sessions.domain.pairs import Pair, of_pair
from shared.errors import NotAllowed, Refused
from shared.events.sessions import StepAgreed, StepClosed, StepReminderDue

StepState = Literal["agreed", "done", "let_go"]

MAX_OPEN_STEPS = 50


@dataclass(frozen=True, slots=True)
class Step:
    """Something agreed in a session that the mentee closes. Its texts are ciphertext, readable by the pair only (R14).

    `options` are what was weighed, `chosen` the place of the one that was taken (R11).
    """

    id: str
    chapter: str
    relationship: str
    session: str
    mentee: str
    mentor: str
    text: bytes
    agreed_at: datetime
    agreed_by: str
    state: StepState = "agreed"
    came_of_it: bytes = b""
    closed_at: datetime | None = None
    options: tuple[bytes, ...] = ()
    chosen: int | None = None
    reminded: int = 0


def agree(
    session: Session,
    *,
    id: str,
    by: str,
    now: datetime,
    text: bytes,
    open_steps: int,
    options: tuple[bytes, ...] = (),
    chosen: int | None = None,
) -> tuple[Step, StepAgreed]:
    """A step that the two agreed on in a session that was held."""
    of_pair(by, session)
    if session.state != "held":
        raise Refused("session_not_held", "A step is agreed in a session that was held.")
    if session.purpose != "regular":
        raise Refused(
            "introduction_only", "An introduction commits to nothing: steps are agreed once the trial runs."
        )
    if open_steps >= MAX_OPEN_STEPS:
        raise Refused("too_many_steps", f"A pair has at most {MAX_OPEN_STEPS} open steps. Close some first.")
    if chosen is not None and not 0 <= chosen < len(options):
        raise Refused("option_unknown", "The option that was chosen is not among those weighed.", status=422)
    step = Step(
        id=id,
        chapter=session.chapter,
        relationship=session.relationship,
        session=session.id,
        mentee=session.mentee,
        mentor=session.mentor,
        text=text,
        agreed_at=now,
        agreed_by=by,
        options=options,
        chosen=chosen,
    )
    return step, StepAgreed(step.relationship, step.session, step.mentee, step.mentor)


def close(
    step: Step, *, by: str, now: datetime, outcome: Literal["done", "let_go"], came_of_it: bytes
) -> tuple[Step, StepClosed]:
    """The mentee says what she did and what came of it (R6)."""
    of_pair(by, step)
    if by != step.mentee:
        raise NotAllowed("mentee_only", "Only the mentee closes a step: it is hers.")
    if step.state != "agreed":
        raise Refused("step_closed", "This step is closed already.")
    closed = replace(step, state=outcome, came_of_it=came_of_it, closed_at=now)
    return closed, StepClosed(step.relationship, step.session, step.mentee, step.mentor, outcome)


def remind(step: Step, pair: Pair) -> tuple[Step, StepReminderDue] | None:
    """So many days have passed: the reminder, where the pair wants any, its relationship runs and the step is open still."""
    if (
        not pair.reminders
        or pair.stage != "running"
        or step.state != "agreed"
        or step.reminded >= pair.rules.reminders_most
    ):
        return None
    return replace(step, reminded=step.reminded + 1), StepReminderDue(
        step.relationship, step.mentee, step.mentor
    )


def want_reminders(pair: Pair, *, by: str, on: bool) -> Pair:
    """The mentee asks for reminders about her steps; either of the two can do without them."""
    of_pair(by, pair)
    if on and by != pair.mentee:
        raise NotAllowed("mentee_only", "Only the mentee asks for reminders: accountability is her choice.")
    return replace(pair, reminders=on)
