"""What matching announces: intake, cycles, applications, goals, and the life of a relationship from its proposal on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from shared.events.declare import event
from shared.events.fields import (
    AnswerBy,
    CertificateSessions,
    Cycle,
    DeclineReason,
    EndsAt,
    HeldAt,
    MeetBy,
    Mentee,
    Mentor,
    Origin,
    OutcomeMonths,
    Programme,
    RemindDays,
    RemindersMost,
    ResumesAt,
    ReviewAt,
    SessionMode,
    SilenceDays,
    SilentSince,
    Term,
    TermEndsAt,
    Terms,
    TrialEndsAt,
    VoteBy,
    WordHours,
)

Route = Literal["mentor", "coach", "adviser", "not_yet"]
Side = Literal["mentee", "mentor"]
#: Why nobody was found for an applicant in a round that was published; the first rule that stopped her.
NotMatchedReason = Literal["not_confirmed", "not_in_role", "not_eligible", "nobody_fits", "no_place"]
#: Why a relationship ended, as a class: only `for_cause` says that something was wrong, and never what or whose fault.
EndReason = Literal[
    "trial_not_renewed", "by_choice", "silent", "kept_apart", "member_left", "by_coordinator", "for_cause"
]
EndClass = Annotated[
    EndReason,
    Meta(
        description="Why, as a class; only for_cause says that something was wrong, and never what. kept_apart: in older events only."
    ),
]


@event("intake.answered.v1", service="matching", about="intake")
@dataclass(frozen=True, slots=True)
class IntakeAnswered:
    """A member answered the intake. `route` is where her answers lead, `chosen` what she took; they differ where she overrode it (R8)."""

    member: str
    route: Route
    chosen: Route


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


@event("application.not_matched.v1", service="matching", about="application")
@dataclass(frozen=True, slots=True)
class ApplicationNotMatched:
    """A round of the cycle was published without a proposal for this application, which goes on waiting in the cycle.

    After `outcome_end_days`, and then after each of `outcome_months`, she is asked what became of her, as those are who were matched (R27).
    """

    cycle: str
    member: str
    role: Literal["mentee", "mentor"]
    reason: NotMatchedReason
    outcome_months: tuple[int, ...] = (6, 12)
    outcome_end_days: int = 224


@event("relationship.proposed.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipProposed:
    """A pair is suggested: by a published round, a coordinator, or one of the two after a touchpoint. Both may answer until `answer_by`."""

    mentee: Mentee
    mentor: Mentor
    origin: Origin
    answer_by: AnswerBy
    programme: Programme = ""
    cycle: Cycle = ""


@event("relationship.question_asked.v1", service="matching", about="relationship")
@dataclass(frozen=True, slots=True)
class RelationshipQuestionAsked:
    """The mentor would like to know one thing more before she answers (R4). The question is for the two only."""

    mentee: str
    mentor: str
    answer_by: datetime


@event("relationship.question_answered.v1", service="matching", about="relationship")
@dataclass(frozen=True, slots=True)
class RelationshipQuestionAnswered:
    """The mentee answered the mentor's one question."""

    mentee: str
    mentor: str
    answer_by: datetime


@event("relationship.introduction_agreed.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipIntroductionAgreed:
    """Both accepted to meet. The mentor's place is held; the introduction is to take place until `meet_by`.

    Where one says whether they met and the other says nothing for `word_hours`, the one word counts (R19).
    """

    mentee: Mentee
    mentor: Mentor
    meet_by: MeetBy
    word_hours: WordHours = 48


@event("relationship.declined.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipDeclined:
    """The proposal came to nothing before an introduction. `reason` never says which side it was."""

    mentee: Mentee
    mentor: Mentor
    reason: DeclineReason


@event("relationship.introduction_held.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipIntroductionHeld:
    """The two have met. Each may vote, sealed, until `vote_by` (R2)."""

    mentee: Mentee
    mentor: Mentor
    vote_by: VoteBy


@event("relationship.not_started.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipNotStarted:
    """The vote ended without two yeses. A no, a yes not returned and silence read the same; the place is free again (R2)."""

    mentee: Mentee
    mentor: Mentor


@event("relationship.started.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipStarted:
    """Two yeses, opened together: the trial term begins, and ends by itself at `trial_ends_at` unless both renew (R3).

    `silence_days`: after how many days without contact the two are nudged, asked, shown to the coordinator, and closed (R17).
    The rest are the programme's numbers as the pair keeps them: see `relationship.introduction_agreed` for `word_hours`; a certificate
    needs `certificate_sessions` (R18), reminders come every `remind_days`, at most `reminders_most` for a step (R13), and each of the two
    is asked what became of her `outcome_months` after the end (R27).
    """

    mentee: Mentee
    mentor: Mentor
    trial_ends_at: TrialEndsAt
    silence_days: SilenceDays = (21, 28, 35, 42)
    word_hours: WordHours = 48
    certificate_sessions: CertificateSessions = 4
    remind_days: RemindDays = 7
    reminders_most: RemindersMost = 4
    outcome_months: OutcomeMonths = (6, 12)


@event("relationship.session_held.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipSessionHeld:
    """The two met after they had started: both said so, or one did and the other did not contradict in time (R19)."""

    mentee: Mentee
    mentor: Mentor
    held_at: HeldAt
    mode: SessionMode


@event("relationship.renewed.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipRenewed:
    """Both renewed: a full term begins, or one more. It is looked back on at `review_at` and ends at `term_ends_at` (R3, R17)."""

    mentee: Mentee
    mentor: Mentor
    term: Term
    review_at: ReviewAt
    term_ends_at: TermEndsAt


@event("relationship.paused.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipPaused:
    """One of the two paused the relationship. It goes on by itself at `resumes_at`; its end moves by as long as the pause lasts (R17)."""

    mentee: Mentee
    mentor: Mentor
    resumes_at: ResumesAt


@event("relationship.resumed.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipResumed:
    """The pause is over. `ends_at` is when the present term ends now."""

    mentee: Mentee
    mentor: Mentor
    ends_at: EndsAt


@event("relationship.quiet.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipQuiet:
    """The two have not met for so long that each is asked whether to go on, pause or end (R17)."""

    mentee: Mentee
    mentor: Mentor
    silent_since: SilentSince


@event("relationship.review_due.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipReviewDue:
    """Half of the term is over: the two look back, and on (R17)."""

    mentee: Mentee
    mentor: Mentor
    term_ends_at: TermEndsAt


@event("relationship.reviewed.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipReviewed:
    """The review is over, by their word or by the clock, and the term goes on."""

    mentee: Mentee
    mentor: Mentor
    term_ends_at: TermEndsAt


@event("relationship.completed.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipCompleted:
    """The full term came to its end: the relationship is complete and its place is free again (R3)."""

    mentee: Mentee
    mentor: Mentor
    terms: Terms


@event("relationship.ended.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipEnded:
    """The relationship is over before its time and its place is free again. `reason` is a class, without text."""

    mentee: Mentee
    mentor: Mentor
    reason: EndClass


@event("relationship.erased.v1", service="matching", about="relationship", public=True)
@dataclass(frozen=True, slots=True)
class RelationshipErased:
    """A tombstone: one of the two was erased. Whoever keeps anything about this relationship but counts deletes it (R29)."""


@event("lineage.consented.v1", service="matching", about="lineage")
@dataclass(frozen=True, slots=True)
class LineageConsented:
    """A member said whether those who are in one lineage with her may see her name there (R26): yes, or not any more."""

    member: str
    named: bool


@event("goal.set.v1", service="matching", about="goal")
@dataclass(frozen=True, slots=True)
class GoalSet:
    """A member wrote a goal of her own for a relationship, or a new version of it (R9, R24). `version` starts at 1."""

    relationship: str
    mentee: str
    mentor: str
    owner: Side
    version: int


@event("goal.commented.v1", service="matching", about="goal")
@dataclass(frozen=True, slots=True)
class GoalCommented:
    """The other side commented on a goal, which stays its owner's."""

    relationship: str
    mentee: str
    mentor: str
    owner: Side
