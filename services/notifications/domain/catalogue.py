"""What is told to whom on which event: the one table of it.

Decisions that the table holds:
- What ends without a start, or before it, is told to both sides in the same words, whoever or whatever ended it (R2).
- A step that was done is told to the mentor, once: "you said, she did" (R6). One that was let go is told to nobody.
- A step that was agreed is told to the mentee, who owns it, once. Nobody is ever reminded of a step from here (R13).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services.notifications.domain.stories import Mark
from shared.events import matching, profiles, sessions

Whom = Literal["member", "mentee", "mentor"]

CONFIRMATION = "confirmation"
SIGN_IN = "sign_in"


@dataclass(frozen=True, slots=True)
class Told:
    """One mail that an event makes. `after`: what must have been told of the relationship before."""

    whom: Whom
    template: str
    after: tuple[Mark, ...] = ()


def _both(template: str, *after: Mark) -> tuple[Told, Told]:
    return Told("mentee", template, after), Told("mentor", template, after)


CATALOGUE: Mapping[type[Any], tuple[Told, ...]] = {
    profiles.MemberConfirmationRequested: (Told("member", CONFIRMATION),),
    profiles.MemberSignInRequested: (Told("member", SIGN_IN),),
    matching.RelationshipProposed: (
        Told("mentee", "proposal_of_mentor"),
        Told("mentor", "proposal_of_mentee"),
    ),
    matching.RelationshipIntroductionAgreed: _both("introduction_agreed"),
    matching.RelationshipDeclined: _both("proposal_closed"),
    matching.RelationshipIntroductionHeld: _both("vote", "met"),
    matching.RelationshipNotStarted: _both("not_started", "met"),
    matching.RelationshipStarted: _both("started", "met"),
    matching.RelationshipEnded: _both("ended", "met"),
    sessions.SessionScheduled: _both("session_scheduled"),
    sessions.SessionMoved: _both("session_moved"),
    sessions.SessionCancelled: _both("session_cancelled"),
    sessions.StepAgreed: (Told("mentee", "step_agreed", ("agreed",)),),
    sessions.StepClosed: (Told("mentor", "step_done", ("agreed",)),),
}

#: A session follows on the state of the pair that allowed it.
AFTER_BY_PURPOSE: Mapping[str, tuple[Mark, ...]] = {
    "introduction": ("agreed",),
    "regular": ("met", "started"),
}

TEMPLATES = tuple(dict.fromkeys(told.template for row in CATALOGUE.values() for told in row))


def told_on(fact: Any) -> tuple[Told, ...]:
    """The mails that this event makes; none for a step that was let go."""
    if isinstance(fact, sessions.StepClosed) and fact.outcome != "done":
        return ()
    return CATALOGUE.get(type(fact), ())


def follows_on(fact: Any, told: Told) -> tuple[Mark, ...]:
    """What must have been told of the relationship before this mail."""
    purpose = getattr(fact, "purpose", None)
    return told.after if purpose is None else AFTER_BY_PURPOSE[purpose]


def recipient_of(fact: Any, whom: Whom, aggregate: str) -> str:
    """The member who is told: one of the pair, or the member whom the event is about."""
    return aggregate if whom == "member" else str(getattr(fact, whom))


def other_of(fact: Any, member: str) -> str:
    """The other side of the pair; empty where the event is about one member."""
    mentee = str(getattr(fact, "mentee", ""))
    return str(fact.mentor) if mentee == member else mentee


def relationship_of(fact: Any, aggregate: str) -> str:
    """The relationship that the event tells of (sessions and steps name theirs); empty where there is none."""
    if hasattr(fact, "relationship"):
        return str(fact.relationship)
    return aggregate if hasattr(fact, "mentee") else ""


def crowd_of(chapter: str, template: str) -> str:
    """Mails of one crowd take turns with other crowds': nobody's link to sign in waits behind an import's confirmations."""
    return f"{chapter}/{template if template in (CONFIRMATION, SIGN_IN) else 'news'}"


def lane_of(recipient: str, template: str) -> str:
    """Mails of one lane are sent in order. A link to sign in tells of nothing, so it has a lane of its own and waits for nothing."""
    return f"{recipient}/{SIGN_IN}" if template == SIGN_IN else recipient
