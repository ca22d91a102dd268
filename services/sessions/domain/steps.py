"""Steps: what a pair agrees on in a session, and what the mentee made of it. Only she closes a step, once (R6)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.sessions.domain.meetings import Session
from services.sessions.domain.pairs import of_pair
from shared.errors import NotAllowed, Refused
from shared.events.sessions import StepAgreed, StepClosed

StepState = Literal["agreed", "done", "let_go"]

MAX_OPEN_STEPS = 50


@dataclass(frozen=True, slots=True)
class Step:
    """Something agreed in a session that the mentee closes. `text` and `came_of_it` are ciphertext, readable by the pair only (R14)."""

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


def agree(
    session: Session, *, id: str, by: str, now: datetime, text: bytes, open_steps: int
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
