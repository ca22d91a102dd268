"""What profiles announces: chapters and members. Names and addresses travel sealed (`sealed_…`), or not at all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.events.declare import event

Role = Literal["mentee", "mentor", "coordinator"]


@event("chapter.opened.v1", service="profiles", about="chapter")
@dataclass(frozen=True, slots=True)
class ChapterOpened:
    """An operator opened a chapter. `time_zone` is an IANA name, `locales` are BCP 47 tags, the first is the default."""

    name: str
    time_zone: str
    locales: tuple[str, ...]
    region: str


@event("member.joined.v1", service="profiles", about="member")
@dataclass(frozen=True, slots=True)
class MemberJoined:
    """A person became a member of a chapter: by an import, by herself, named by an operator, or lent by another chapter (R16).

    Her address is not confirmed yet.
    """

    roles: tuple[Role, ...]
    via: Literal["import", "registration", "operator", "crossing"]


@event("member.contact_changed.v1", service="profiles", about="member")
@dataclass(frozen=True, slots=True)
class MemberContactChanged:
    """How to reach a member. `sealed_contact` holds `{"name", "mail", "locale"}`; `time_zone` is an IANA name."""

    sealed_contact: str
    time_zone: str


@event("member.confirmation_requested.v1", service="profiles", about="member")
@dataclass(frozen=True, slots=True)
class MemberConfirmationRequested:
    """The member's address is to be confirmed. `sealed_link` holds `{"token"}` for the confirmation page, valid until `expires_at`."""

    sealed_link: str
    expires_at: datetime


@event("member.confirmed.v1", service="profiles", about="member")
@dataclass(frozen=True, slots=True)
class MemberConfirmed:
    """The member followed the link: the address is hers (R15)."""

    confirmed_at: datetime


@event("member.sign_in_requested.v1", service="profiles", about="member")
@dataclass(frozen=True, slots=True)
class MemberSignInRequested:
    """A confirmed member asked for a link to sign in. `sealed_link` holds `{"token"}` for the sign-in page, valid until `expires_at`."""

    sealed_link: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AreaOffered:
    """An expertise area (slug) and how many years the member has worked in it."""

    area: str
    years: int


@dataclass(frozen=True, slots=True)
class AreaWanted:
    """An expertise area (slug) and how much the member wants it: 1 a little, 3 most."""

    area: str
    weight: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a member answered to a programme's own question: a choice's slug or a step on a scale, as text. Never free text."""

    question: str
    value: str


@event("member.profile_changed.v1", service="profiles", about="member")
@dataclass(frozen=True, slots=True)
class MemberProfileChanged:
    """What matching may know of a member. `hours` are hours of the week on the chapter's clock (0 is Monday 00-01, 167 Sunday 23-24).

    `capacity` is how many mentees she has room for. `groups` are opaque ids of what must not be paired (same reporting line, household,
    and so on). `answers` holds sensitive ones only while the member consents (R7).
    """

    roles: tuple[Role, ...]
    areas_offered: tuple[AreaOffered, ...]
    areas_wanted: tuple[AreaWanted, ...]
    wants_to_learn: tuple[str, ...]
    could_teach: tuple[str, ...]
    languages: tuple[str, ...]
    hours: tuple[int, ...]
    capacity: int
    groups: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()


@event("member.kept_apart.v1", service="profiles", about="member")
@dataclass(frozen=True, slots=True)
class MemberKeptApart:
    """With whom a member is never to be paired (R12): conflicts that she or staff declared, and blocks. Whole lists, without kinds.

    `no_contact` are those, of `apart_from`, with whom nothing may go on either.
    """

    apart_from: tuple[str, ...]
    no_contact: tuple[str, ...]


@event("member.erased.v1", service="profiles", about="member")
@dataclass(frozen=True, slots=True)
class MemberErased:
    """A tombstone: the person was erased. Whoever keeps anything about her but counts deletes it, and her keys are gone (R14)."""


@event("report.filed.v1", service="profiles", about="report")
@dataclass(frozen=True, slots=True)
class ReportFiled:
    """A member reported somebody to the chapter's coordinators, who find it on their list."""
