"""Service accounts: how an integrator's system is let in, by a coordinator, with scopes, chapter by chapter.

Invariants:
1. A key is shown once; what is kept of it is a hash. A new key lets the old one live on for the overlap, and no more than `MAX_KEYS` live.
2. What an account may do in a chapter is that chapter's grant and nothing else: the coordinator there gives it and takes it back.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, get_args

from shared.errors import NotThere, Refused

#: events:read follows the feed; events:replay has history sent again or downloaded; webhooks:write registers and changes webhooks.
Scope = Literal["events:read", "events:replay", "webhooks:write"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

MAX_ACCOUNTS_A_CHAPTER = 50
MAX_KEYS = 3
MAX_CHAPTERS_AN_ACCOUNT = 100
#: How long an old key lives on beside a new one, in hours: by default, and at most.
OVERLAP_HOURS = 24
MAX_OVERLAP_HOURS = 168
MAX_NAME_CHARS = 100


@dataclass(frozen=True, slots=True)
class AccountKey:
    """A key by its hash; `expires_at` None: until it is taken back."""

    id: str
    digest: bytes
    made_at: datetime
    made_by: str
    expires_at: datetime | None = None

    def lives(self, now: datetime) -> bool:
        """Whether it opens anything at this moment."""
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """An integrator's system. `chapter` is its home: whose coordinators name it, give it keys, and may close it."""

    id: str
    chapter: str
    name: str
    made_at: datetime
    made_by: str
    keys: tuple[AccountKey, ...] = ()
    state: Literal["active", "closed"] = "active"


@dataclass(frozen=True, slots=True)
class Grant:
    """What an account may do in one chapter."""

    id: str
    chapter: str
    account: str
    name: str
    scopes: tuple[Scope, ...]
    made_at: datetime
    made_by: str


def grant_id(account: str, chapter: str) -> str:
    """The id of the one grant that an account can have in a chapter."""
    return f"{account}@{chapter}"


def with_key(
    account: ServiceAccount, key: AccountKey, *, overlap_hours: int, now: datetime
) -> ServiceAccount:
    """The account with a new key; those before it expire after the overlap at the latest. 409 `too_many_keys` where too many live."""
    _refuse_closed(account)
    end = now + timedelta(hours=overlap_hours)
    living = tuple(
        replace(old, expires_at=end if old.expires_at is None else min(old.expires_at, end))
        for old in account.keys
        if old.lives(now)
    )
    if overlap_hours == 0:
        living = ()
    if len(living) >= MAX_KEYS:
        raise Refused("too_many_keys", f"At most {MAX_KEYS} keys live at once. Take one back first.")
    return replace(account, keys=(*living, key))


def without_key(account: ServiceAccount, key: str) -> ServiceAccount:
    """The account without this key, at once. 404 where it has no such key."""
    if key not in [one.id for one in account.keys]:
        raise NotThere("key")
    return replace(account, keys=tuple(one for one in account.keys if one.id != key))


def closed(account: ServiceAccount) -> ServiceAccount:
    """The account for good without keys."""
    return replace(account, state="closed", keys=())


def key_that_opens(account: ServiceAccount, digest: bytes, now: datetime) -> AccountKey | None:
    """The living key with this digest, if the account has it."""
    if account.state != "active":
        return None
    return next((key for key in account.keys if key.digest == digest and key.lives(now)), None)


def has_key(account: ServiceAccount, key: str, now: datetime) -> bool:
    """Whether this key of the account still lives."""
    return account.state == "active" and any(one.id == key and one.lives(now) for one in account.keys)


def _refuse_closed(account: ServiceAccount) -> None:
    if account.state == "closed":
        raise Refused("account_closed", "This service account was closed. Make a new one.")
