"""What is told to whom on which event: the one table of it.

Decisions that the table holds:
- What ends without a start, or before it, is told to both sides in the same words, whoever or whatever ended it (R2).
- A step that was done is told to the mentor, once: "you said, she did" (R6). One that was let go is told to nobody.
- A step that was agreed is told to the mentee, who owns it, once. A reminder of it is sent only where the pair asked for reminders: that
  is the sessions' to know, and without their event there is none (R13).
- The question of a silent pair, "go on, pause, or end?", is told on the clock's own event, not on `relationship.quiet`, so that nudge and
  question stay in order, and are sent while matching is away. `relationship.quiet` is for integrators.
- A mentee's first goal is told to the mentor; later versions, and a mentor's goals about herself, to nobody.
- Coordinators are told that there is something on their list, never who it is about: the list says so, under its own rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services.notifications.domain.stories import Mark
from shared.events import matching, notifications, profiles, sessions

Whom = Literal["member", "mentee", "mentor", "receiver", "coordinators"]

CONFIRMATION = "confirmation"
SIGN_IN = "sign_in"
#: Several things that could wait, told together; made of other mails and by no event.
DIGEST = "digest"


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
    profiles.ReportFiled: (Told("coordinators", "report_filed"),),
    matching.ApplicationNotMatched: (Told("member", "not_matched"),),
    matching.RelationshipProposed: (
        Told("mentee", "proposal_of_mentor"),
        Told("mentor", "proposal_of_mentee"),
    ),
    matching.RelationshipQuestionAsked: (Told("mentee", "question_asked"),),
    matching.RelationshipQuestionAnswered: (Told("mentor", "question_answered"),),
    matching.RelationshipIntroductionAgreed: _both("introduction_agreed"),
    matching.RelationshipDeclined: _both("proposal_closed"),
    matching.RelationshipIntroductionHeld: _both("vote", "met"),
    matching.RelationshipNotStarted: _both("not_started", "met"),
    matching.RelationshipStarted: _both("started", "met"),
    matching.RelationshipRenewed: _both("renewed", "met"),
    matching.RelationshipPaused: _both("paused", "met"),
    matching.RelationshipResumed: _both("resumed", "met"),
    matching.RelationshipReviewDue: _both("review_due", "met"),
    matching.RelationshipCompleted: (
        Told("mentee", "completed_mentee", ("met",)),
        Told("mentor", "completed_mentor", ("met",)),
    ),
    matching.RelationshipEnded: _both("ended", "met"),
    matching.GoalSet: (Told("mentor", "goal_set", ("agreed",)),),
    matching.GoalCommented: _both("goal_commented", "agreed"),
    sessions.SessionScheduled: _both("session_scheduled"),
    sessions.SessionMoved: _both("session_moved"),
    sessions.SessionCancelled: _both("session_cancelled"),
    sessions.SessionDisputed: _both("session_disputed", "agreed"),
    sessions.SessionMissed: _both("session_missed", "agreed"),
    sessions.StepAgreed: (Told("mentee", "step_agreed", ("agreed",)),),
    sessions.StepClosed: (Told("mentor", "step_done", ("agreed",)),),
    sessions.StepReminderDue: (Told("mentee", "step_reminder", ("agreed",)),),
    sessions.ClockNudged: _both("silence_nudged", "met", "started"),
    sessions.ClockAsked: _both("silence_asked", "met", "started"),
    sessions.ClockFlagged: (Told("coordinators", "silence_flagged"),),
    sessions.PulseDue: (Told("member", "pulse_due", ("met", "started")),),
    sessions.OutcomeDueV1: (Told("member", "outcome_due"),),
    sessions.OutcomeDue: (Told("member", "outcome_due"),),
    sessions.KudosGiven: (Told("receiver", "kudos", ("agreed",)),),
    sessions.CertificateIssued: (Told("member", "certificate", ("met", "started")),),
    notifications.WebhookFailing: (Told("coordinators", "webhook_failing"),),
    notifications.WebhookDisabled: (Told("coordinators", "webhook_disabled"),),
}

#: A session follows on the state of the pair that allowed it.
AFTER_BY_PURPOSE: Mapping[str, tuple[Mark, ...]] = {
    "introduction": ("agreed",),
    "regular": ("met", "started"),
}

#: Only for who coordinates when it is sent.
TO_COORDINATORS = frozenset(
    told.template for row in CATALOGUE.values() for told in row if told.whom == "coordinators"
)
TEMPLATES = (*dict.fromkeys(told.template for row in CATALOGUE.values() for told in row), DIGEST)


def told_on(fact: Any) -> tuple[Told, ...]:
    """The mails that this event makes; none for a step that was let go, for a goal's later versions, for the mentor's own goals."""
    row = CATALOGUE.get(type(fact), ())
    match fact:
        case sessions.StepClosed() if fact.outcome != "done":
            return ()
        case matching.GoalSet() if fact.version > 1 or fact.owner == "mentor":
            return ()
        case matching.GoalCommented():
            return tuple(told for told in row if told.whom == fact.owner)
        case _:
            return row


def follows_on(fact: Any, told: Told) -> tuple[Mark, ...]:
    """What must have been told of the relationship before this mail."""
    if isinstance(fact, matching.RelationshipEnded) and fact.reason == "silent":
        return (*told.after, "ran_out")
    purpose = getattr(fact, "purpose", None)
    return told.after if purpose is None else AFTER_BY_PURPOSE[purpose]


def recipient_of(fact: Any, whom: Whom, aggregate: str) -> str:
    """The one member who is told: one of the pair, or the member whom the event is about. Empty for coordinators, who are several."""
    match whom:
        case "coordinators":
            return ""
        case "member":
            return str(getattr(fact, "member", aggregate))
        case _:
            return str(getattr(fact, whom))


def other_of(fact: Any, member: str) -> str:
    """The other side of the pair; empty where the event is about one member, or told to somebody who is not of the pair."""
    sides = (str(getattr(fact, "mentee", "")), str(getattr(fact, "mentor", "")))
    if isinstance(fact, sessions.KudosGiven):
        sides = (fact.giver, fact.receiver)
    if member not in sides:
        return ""
    return sides[1] if member == sides[0] else sides[0]


def relationship_of(fact: Any, aggregate: str) -> str:
    """The relationship that the event tells of (sessions and steps name theirs); empty where there is none."""
    if hasattr(fact, "relationship"):
        return str(fact.relationship)
    return aggregate if hasattr(fact, "mentee") else ""


def crowd_of(chapter: str, template: str) -> str:
    """Mails of one crowd take turns with other crowds': nobody's link to sign in waits behind an import's confirmations."""
    return f"{chapter}/{template if template in (CONFIRMATION, SIGN_IN) else 'news'}"


def lane_of(recipient: str, template: str, channel: str = "mail") -> str:
    """Mails of one lane are sent in order. Each channel has one, since what one lets wait, the other need not. Links tell of nothing, so
    each kind has a lane of its own and waits for nothing else.
    """
    if template in (CONFIRMATION, SIGN_IN):
        return f"{recipient}/{template}"
    return f"{recipient}/chat" if channel == "chat" else recipient
