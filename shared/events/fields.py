"""The fields of public events, each with its meaning: what integrators read in the catalogue and in the JSON Schemas.

Times are UTC, RFC 3339. Ids are pseudonyms: stable, unique, and without a name in them.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

Mentee = Annotated[str, Meta(description="The mentee's member id in her chapter: a pseudonym.")]
Mentor = Annotated[str, Meta(description="The mentor's member id in her chapter: a pseudonym.")]
Programme = Annotated[str, Meta(description="The programme whose rules the pair follows; empty without one.")]
Cycle = Annotated[str, Meta(description="The cycle in which the pair was found; empty without one.")]
Origin = Annotated[
    Literal["round", "coordinator", "touchpoint"],
    Meta(
        description="What the proposal came from: a round, a coordinator, or a recorded meeting of the two."
    ),
]

AnswerBy = Annotated[
    datetime, Meta(tz=True, description="Until when both may answer; then the proposal lapses.")
]
MeetBy = Annotated[datetime, Meta(tz=True, description="Until when the introduction is to take place.")]
VoteBy = Annotated[datetime, Meta(tz=True, description="Until when each may vote, sealed.")]
TrialEndsAt = Annotated[
    datetime, Meta(tz=True, description="When the trial ends by itself, unless both renew.")
]
ReviewAt = Annotated[
    datetime, Meta(tz=True, description="When the two are asked to look back, at half term.")
]
TermEndsAt = Annotated[datetime, Meta(tz=True, description="When the present term ends.")]
ResumesAt = Annotated[datetime, Meta(tz=True, description="When the pause ends by itself.")]
EndsAt = Annotated[
    datetime, Meta(description="When the present trial or term ends, now that the pause is over.")
]
SilentSince = Annotated[
    datetime, Meta(description="The last contact that is known of, or the start without one.")
]
HeldAt = Annotated[
    datetime, Meta(description="When the session began; for letters, when the last one was sent.")
]

DeclineReason = Annotated[
    Literal["declined", "lapsed"],
    Meta(description="declined: one of the two would rather not, never which. lapsed: not answered in time."),
]
SessionMode = Annotated[
    Literal["call", "in_person", "letters"], Meta(description="How they met; letters have no time slot.")
]
Term = Annotated[int, Meta(description="Which full term begins; the first after the trial is 1.", ge=1)]
Terms = Annotated[int, Meta(description="How many full terms the relationship had.", ge=0)]
SilenceDays = Annotated[
    tuple[int, int, int, int],
    Meta(
        description="Days without contact until the two are nudged, asked, shown to the coordinator, and closed."
    ),
]
WordHours = Annotated[
    int,
    Meta(
        description="Hours after which one side's word that a session was held counts without the other's.",
        ge=1,
    ),
]
CertificateSessions = Annotated[int, Meta(description="Held sessions that a certificate needs.", ge=1)]
RemindDays = Annotated[
    int, Meta(description="Days between two reminders of a step, where the pair wants any.", ge=1)
]
RemindersMost = Annotated[int, Meta(description="The most reminders of one step.", ge=0)]
OutcomeMonths = Annotated[
    tuple[int, ...], Meta(description="Months after the end when each is asked what became of her.")
]

Webhook = Annotated[str, Meta(description="The webhook's id.")]
FailingSince = Annotated[datetime, Meta(tz=True, description="Since when no delivery to it has succeeded.")]
