"""What matching announces: cycles, applications, and the life of a relationship from its proposal on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.events.declare import event


@event("cycle.planned.v1", service="matching", about="cycle")
@dataclass(frozen=True, slots=True)
class CyclePlanned:
    """A coordinator planned a cycle of a programme. Applications are taken from `opens_at` until before `closes_at`."""

    programme: str
    opens_at: datetime
    closes_at: datetime


@event("application.received.v1", service="matching", about="application")
@dataclass(frozen=True, slots=True)
class ApplicationReceived:
    """A member applied to a cycle as mentee or as mentor."""

    cycle: str
    member: str
    role: Literal["mentee", "mentor"]


@event("application.withdrawn.v1", service="matching", about="application")
@dataclass(frozen=True, slots=True)
class ApplicationWithdrawn:
    """The member took her application back."""

    cycle: str
    member: str
    role: Literal["mentee", "mentor"]


@event("relationship.proposed.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipProposed:
    """The platform (a published round) or a coordinator suggests a pair. Both may answer until `answer_by`."""

    mentee: str
    mentor: str
    origin: Literal["round", "coordinator"]
    answer_by: datetime
    programme: str = ""
    cycle: str = ""


@event("relationship.introduction_agreed.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipIntroductionAgreed:
    """Both accepted to meet. The mentor's place is held; the introduction is to take place until `meet_by`."""

    mentee: str
    mentor: str
    meet_by: datetime


@event("relationship.declined.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipDeclined:
    """The proposal came to nothing before an introduction. `reason` never says which side it was."""

    mentee: str
    mentor: str
    reason: Literal["declined", "lapsed"]


@event("relationship.introduction_held.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipIntroductionHeld:
    """The two have met. Each may vote, sealed, until `vote_by` (R2)."""

    mentee: str
    mentor: str
    vote_by: datetime


@event("relationship.not_started.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipNotStarted:
    """The vote ended without two yeses. A no, a yes not returned and silence read the same; the place is free again (R2)."""

    mentee: str
    mentor: str


@event("relationship.started.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipStarted:
    """Two yeses, opened together: the trial term begins, and ends by itself at `trial_ends_at` unless both renew (R3)."""

    mentee: str
    mentor: str
    trial_ends_at: datetime


@event("relationship.ended.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipEnded:
    """The relationship is over and its place is free again. `reason` is a class, without fault and without text."""

    mentee: str
    mentor: str
    reason: Literal["trial_not_renewed"]
