"""Links that mails carry, and the sessions that they open.

Invariants:
1. A link and a session are found by their id; the secret that proves them is derived from the platform's key and stored nowhere.
2. A confirmation link confirms once, and afterwards does no harm. A sign-in link opens one session.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.profiles.domain.members import CONFIRM_WITHIN, SIGN_IN_WITHIN, Member
from shared.errors import NotAllowed, NotThere, Refused

SESSION_FOR = timedelta(days=14)

Purpose = Literal["confirmation", "sign_in"]


@dataclass(frozen=True, slots=True)
class Link:
    """A link in a mail to `member`, for one purpose, until `expires_at`; `used_at` once it did its work."""

    id: str
    chapter: str
    member: str
    purpose: Purpose
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A member is signed in on one device until `ends_at`, or until she signs out."""

    id: str
    chapter: str
    member: str
    began_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None

    def lasts(self, now: datetime) -> bool:
        """Whether it still speaks for the member."""
        return self.ended_at is None and now < self.ends_at


def new_link(id: str, member: Member, purpose: Purpose, now: datetime) -> Link:
    """A link for the member: seven days to confirm an address, twenty minutes to sign in."""
    within = CONFIRM_WITHIN if purpose == "confirmation" else SIGN_IN_WITHIN
    return Link(id, member.chapter, member.id, purpose, now + within)


def follow_confirmation(link: Link, member: Member, *, by: str | None, now: datetime) -> Link | None:
    """The link, used; None where the address is confirmed already, by this link or another: a repeat does no harm.

    `by` is the signed-in member who follows it, if anybody is. `Refused`: link_of_another_account (403), link_expired (409).
    """
    if link.purpose != "confirmation":
        raise NotThere("link")
    if by is not None and by != link.member:
        raise NotAllowed(
            "link_of_another_account", "This link belongs to another account. Sign out, then open it again."
        )
    if member.confirmed:
        return None
    if now >= link.expires_at:
        raise Refused("link_expired", "This link has expired. Ask for a new one; it comes by mail.")
    return replace(link, used_at=now)


def follow_sign_in(link: Link, now: datetime) -> Link:
    """The link, used. `Refused`: link_used, link_expired (409)."""
    if link.purpose != "sign_in":
        raise NotThere("link")
    if link.used_at is not None:
        raise Refused("link_used", "This link was used before. Ask for a new one; it comes by mail.")
    if now >= link.expires_at:
        raise Refused("link_expired", "This link has expired. Ask for a new one; it comes by mail.")
    return replace(link, used_at=now)


def begin_session(id: str, member: Member, now: datetime) -> Session:
    """The member is signed in."""
    return Session(id, member.chapter, member.id, now, now + SESSION_FOR)


def end_session(session: Session, now: datetime) -> Session:
    """She signed out; a session that is over stays as it was."""
    return replace(session, ended_at=now) if session.ended_at is None else session
