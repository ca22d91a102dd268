"""A member: one person in one chapter, from the day somebody entered her to the profile she keeps herself.

Invariants:
1. One address is at most one member of a chapter (a unique index holds it); the address is the identity and does not change.
2. What is announced carries no personal text: the name and the address travel sealed.
3. An edit that changes nothing announces nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from services.profiles.domain import words
from services.profiles.domain.profile import Profile, announced, without_dissent
from shared.errors import Refused
from shared.events.profiles import (
    MemberConfirmationRequested,
    MemberConfirmed,
    MemberContactChanged,
    MemberErased,
    MemberJoined,
    MemberProfileChanged,
    MemberSignInRequested,
    Role,
)

#: How roles are ordered wherever they stand together.
ROLES: tuple[Role, ...] = ("mentee", "mentor", "coordinator")

CONFIRM_WITHIN = timedelta(days=7)
SIGN_IN_WITHIN = timedelta(minutes=20)
#: An unconfirmed address gets its confirmation anew at most this often (R15: nothing else goes there).
CONFIRMATION_EVERY = timedelta(minutes=10)
#: Sign-in mails that one member can be sent within `SIGN_IN_WINDOW`, whoever asks for them.
MAX_SIGN_INS_SENT = 5
SIGN_IN_WINDOW = timedelta(minutes=10)

#: Turns what is told of a member (her id, the content) into the text of a sealed event field.
Seal = Callable[[str, dict[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Member:
    """`mail` is as `words.address` gives it. `confirmed_at` is None until the link was followed; times are of the passed-in clock."""

    id: str
    chapter: str
    name: str
    mail: str
    locale: str
    time_zone: str
    roles: tuple[Role, ...]
    via: Literal["import", "registration", "operator", "crossing"]
    joined_at: datetime
    profile: Profile
    confirmed_at: datetime | None = None
    confirmation_sent_at: datetime | None = None
    sign_ins_sent_at: tuple[datetime, ...] = ()
    erased_at: datetime | None = None

    @property
    def confirmed(self) -> bool:
        """Whether the address is known to be hers (R15)."""
        return self.confirmed_at is not None


def in_order(roles: frozenset[str]) -> tuple[Role, ...]:
    """Roles as they are kept and announced."""
    return tuple(role for role in ROLES if role in roles)


def join(
    member: Member, *, seal: Seal
) -> tuple[Member, tuple[MemberJoined, MemberContactChanged, MemberProfileChanged]]:
    """A new member enters the chapter, not yet confirmed. `Refused` without a role."""
    if not member.roles:
        raise Refused("invalid", "Choose at least one role: mentee or mentor.", status=422)
    member = replace(member, profile=without_dissent(member.profile))
    facts = (MemberJoined(member.roles, member.via), _contact(member, seal), _profile_changed(member))
    return member, facts


def change_contact(
    member: Member, *, name: str, locale: str, time_zone: str, seal: Seal
) -> tuple[Member, tuple[MemberContactChanged, ...]]:
    """The member with another name, language or time zone."""
    changed = replace(
        member,
        name=words.person_name(name),
        locale=words.locale(locale),
        time_zone=words.time_zone(time_zone),
    )
    return (changed, (_contact(changed, seal),)) if changed != member else (member, ())


def change_profile(
    member: Member, profile: Profile, roles: frozenset[str]
) -> tuple[Member, tuple[MemberProfileChanged, ...]]:
    """The member with another profile and other roles as mentee and mentor; whether she is a coordinator is not hers to say."""
    kept = frozenset(member.roles) & {"coordinator"}
    ordered = in_order((roles - {"coordinator"}) | kept)
    if not ordered:
        raise Refused("invalid", "Keep at least one role: mentee or mentor.", status=422)
    changed = replace(member, profile=without_dissent(profile), roles=ordered)
    if _profile_changed(changed) == _profile_changed(member):
        return changed, ()
    return changed, (_profile_changed(changed),)


def appoint(member: Member) -> tuple[Member, tuple[MemberProfileChanged, ...]]:
    """The member as a coordinator of her chapter; an operator's decision."""
    if "coordinator" in member.roles:
        return member, ()
    appointed = replace(member, roles=in_order(frozenset(member.roles) | {"coordinator"}))
    return appointed, (_profile_changed(appointed),)


def may_send_confirmation(member: Member, now: datetime) -> bool:
    """Whether the confirmation may go out (again): only to an unconfirmed address, and not too often."""
    sent = member.confirmation_sent_at
    return not member.confirmed and (sent is None or now - sent >= CONFIRMATION_EVERY)


def send_confirmation(
    member: Member, sealed_link: str, now: datetime
) -> tuple[Member, MemberConfirmationRequested]:
    """The confirmation mail is to go out."""
    fact = MemberConfirmationRequested(sealed_link, now + CONFIRM_WITHIN)
    return replace(member, confirmation_sent_at=now), fact


def may_send_sign_in(member: Member, now: datetime) -> bool:
    """Whether a sign-in link may go out: only to a confirmed address, and only so many at a time."""
    return member.confirmed and len(_recent_sign_ins(member, now)) < MAX_SIGN_INS_SENT


def send_sign_in(member: Member, sealed_link: str, now: datetime) -> tuple[Member, MemberSignInRequested]:
    """A mail with a sign-in link is to go out."""
    fact = MemberSignInRequested(sealed_link, now + SIGN_IN_WITHIN)
    return replace(member, sign_ins_sent_at=(*_recent_sign_ins(member, now), now)), fact


def confirm(member: Member, now: datetime) -> tuple[Member, MemberConfirmed]:
    """The link was followed: the address is hers."""
    return replace(member, confirmed_at=now), MemberConfirmed(now)


def erase(member: Member, now: datetime) -> tuple[Member, MemberErased]:
    """What stays of a person who was erased: that there was one, in which roles, since when. Her address is free for a new start."""
    nobody = Member(
        id=member.id,
        chapter=member.chapter,
        name="",
        mail=f"erased:{member.id}",
        locale="en",
        time_zone="UTC",
        roles=member.roles,
        via=member.via,
        joined_at=member.joined_at,
        profile=Profile(),
        confirmed_at=member.confirmed_at,
        erased_at=now,
    )
    return nobody, MemberErased()


def refuse_last_coordinator(member: Member, coordinators: int) -> None:
    """A chapter always has a coordinator who is named (R16)."""
    if "coordinator" in member.roles and coordinators <= 1:
        raise Refused(
            "last_coordinator",
            "You are the only coordinator of the chapter. Ask an operator to name another one first.",
        )


def _recent_sign_ins(member: Member, now: datetime) -> tuple[datetime, ...]:
    return tuple(sent for sent in member.sign_ins_sent_at if now - sent < SIGN_IN_WINDOW)


def _contact(member: Member, seal: Seal) -> MemberContactChanged:
    sealed = seal(member.id, {"name": member.name, "mail": member.mail, "locale": member.locale})
    return MemberContactChanged(sealed, member.time_zone)


def _profile_changed(member: Member) -> MemberProfileChanged:
    return announced(member.profile, member.roles)
