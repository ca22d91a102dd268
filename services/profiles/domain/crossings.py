"""A mentor is lent to another chapter: nothing crosses between chapters unless a coordinator of each agreed, on record (R16).

An address in two chapters is two members. So a lent mentor becomes a guest member of the other chapter, with as many places as were
lent; from then on she is proposed there like anybody. Of her own chapter nothing else crosses.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from services.profiles.domain.chapters import Chapter
from services.profiles.domain.members import Member
from services.profiles.domain.profile import (
    HOURS_OF_A_WEEK,
    MAX_CAPACITY,
    GroupId,
    Profile,
    conflict_groups,
)
from shared.errors import Refused

MAX_OFFERED = 200

State = Literal["offered", "accepted", "refused", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Crossing:
    """`chapter` lends `member` to the chapter `to`: `lent_by` consented there, `accepted_by` here; `guest` is who she is there."""

    id: str
    chapter: str
    to: str
    member: str
    seats: int
    lent_by: str
    lent_at: datetime
    state: State = "offered"
    accepted_by: str = ""
    settled_at: datetime | None = None
    guest: str = ""


def lend(crossing: Crossing, member: Member, offered: int) -> Crossing:
    """The lending chapter's consent. `Refused`: same_chapter, not_a_mentor, not_confirmed, already_a_guest, too_many."""
    if crossing.to == crossing.chapter:
        raise Refused("same_chapter", "She is a member of this chapter already. Name another one.")
    if member.via == "crossing":
        raise Refused("already_a_guest", "She is a guest here. Her own chapter lends her.")
    if "mentor" not in member.roles:
        raise Refused("not_a_mentor", "Only mentors can be lent to another chapter.")
    if not member.confirmed:
        raise Refused("not_confirmed", "Her address is not confirmed yet. She can be lent once it is.")
    if not 1 <= crossing.seats <= MAX_CAPACITY:
        raise Refused("invalid", f"Lend between one and {MAX_CAPACITY} places.", status=422)
    if offered >= MAX_OFFERED:
        raise Refused("too_many", "Too many offers wait for an answer. Withdraw one that is not needed.")
    return crossing


def settle(crossing: Crossing, state: State, *, by: str = "", guest: str = "", now: datetime) -> Crossing:
    """The offer is accepted, refused or withdrawn. `Refused` crossing_settled where it was before."""
    if crossing.state != "offered":
        raise Refused("crossing_settled", f"This offer was {crossing.state} before. Nothing was changed.")
    return replace(crossing, state=state, accepted_by=by, guest=guest, settled_at=now)


def guest_of(
    member: Member,
    crossing: Crossing,
    chapters: tuple[Chapter, Chapter],
    *,
    id: str,
    group_id: GroupId,
    now: datetime,
) -> Member:
    """Her as a guest member of the other chapter, not yet confirmed there. `chapters` are her own and the other one.

    Her answers to her own chapter's questions stay at home: each chapter asks its own, and consent was given there.
    """
    home, away = chapters
    profile = replace(
        member.profile,
        capacity=crossing.seats,
        hours=_on_the_clock_of(away, home, member.profile, now),
        areas_wanted=(),
        answers=(),
        consents=(),
        groups=conflict_groups(
            name=member.name,
            organisation=member.profile.organisation,
            reports_to=member.profile.reports_to,
            group_id=group_id,
        ),
        about="",
    )
    return Member(
        id=id,
        chapter=away.id,
        name=member.name,
        mail=member.mail,
        locale=member.locale,
        time_zone=member.time_zone,
        roles=("mentor",),
        via="crossing",
        joined_at=now,
        profile=profile,
    )


def _on_the_clock_of(away: Chapter, home: Chapter, profile: Profile, now: datetime) -> tuple[int, ...]:
    """Her free hours, told on the other chapter's clock as the two stand to each other now, in whole hours."""
    offsets = [now.astimezone(ZoneInfo(each.time_zone)).utcoffset() or timedelta(0) for each in (away, home)]
    ahead_h = round((offsets[0] - offsets[1]) / timedelta(hours=1))
    return tuple(sorted((hour + ahead_h) % HOURS_OF_A_WEEK for hour in profile.hours))
