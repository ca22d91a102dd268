"""Who follows a chapter's events: a service account by its token, or a coordinator of the chapter who looks for herself.

Invariants:
1. What a follower may reach is read anew with every request: a grant, an account or a key that was taken back counts no more.
2. Every use by an account is counted against its rate, and written down for the coordinators of the chapters that it was about; of what
   coordinators themselves ask, changes are counted.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import g, request

from services.notifications.access import rates, tokens, uses
from services.notifications.domain.accounts import MAX_CHAPTERS_AN_ACCOUNT, SCOPES, Scope, has_key
from services.notifications.kinds import ACCOUNTS, GRANTS
from shared.auth import COORDINATOR
from shared.errors import NotAllowed, Refused
from shared.http import ACCESS, asker, room

View = TypeVar("View", bound=Callable[..., Any])

ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Follower:
    """`id` of the account or member; `chapters` that it may follow, each with the scopes it has there."""

    id: str
    grants: dict[str, frozenset[Scope]]
    home: str
    is_account: bool

    def chapters(self, scope: Scope) -> tuple[str, ...]:
        """The chapters where it has this scope, in order."""
        return tuple(sorted(chapter for chapter, scopes in self.grants.items() if scope in scopes))


def open_to_followers(scope: Scope) -> Callable[[View], View]:
    """For coordinators of a chapter, and for service accounts that have this scope in at least one."""

    def mark(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not follower().chapters(scope):
                raise NotAllowed("scope_missing", f"This needs the scope {scope} in a chapter.", scope=scope)
            return view(*args, **kwargs)

        setattr(guarded, ACCESS, frozenset({COORDINATOR, ACCOUNT}))
        return cast(View, guarded)

    return mark


def follower() -> Follower:
    """Who asks. `Refused` 401 without a valid token, 403 for members who are no coordinators."""
    if "follower" not in g:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        ours = scheme.lower() == "bearer" and token.strip().startswith(tokens.PREFIX)
        g.follower = _account(token.strip()) if ours else _coordinator()
    return cast(Follower, g.follower)


def chosen(of: Follower, scope: Scope, wanted: list[str]) -> tuple[str, ...]:
    """The chapters that a request is about: those named, or all that are granted. `Refused` 403 `chapter_not_granted` for another."""
    granted = of.chapters(scope)
    for chapter in wanted:
        if chapter not in granted:
            raise NotAllowed(
                "chapter_not_granted", f"You may not follow the chapter {chapter}.", chapter=chapter
            )
    return tuple(sorted(set(wanted))) or granted


def still(of: Follower, scope: Scope, chapters: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the chapters that are granted at this moment, for what takes longer than a request should."""
    if not of.is_account:
        return chapters
    reader = room().store.reader()
    account = reader.load(ACCOUNTS, of.id)
    if account is None or account.state != "active":
        return ()
    grants = reader.find(GRANTS, {"account": of.id}, limit=MAX_CHAPTERS_AN_ACCOUNT)
    granted = {grant.chapter for grant in grants if scope in grant.scopes}
    return tuple(chapter for chapter in chapters if chapter in granted)


def _coordinator() -> Follower:
    who = asker()
    if COORDINATOR not in who.roles:
        raise NotAllowed("wrong_role", "Only a coordinator of the chapter or a service account can do this.")
    rates.count_coordinator(who.member, who.chapter)
    return Follower(who.member, {who.chapter: frozenset(SCOPES)}, who.chapter, is_account=False)


def _account(token: str) -> Follower:
    here = room()
    now = here.clock()
    claimed = tokens.read(token, here.keys, now)
    reader = here.store.reader()
    account = reader.load(ACCOUNTS, claimed.account)
    if account is None or not has_key(account, claimed.key, now):
        raise Refused("sign_in_invalid", "The key of this token was taken back, or its account.", status=401)
    grants = reader.find(GRANTS, {"account": account.id}, limit=MAX_CHAPTERS_AN_ACCOUNT)
    rates.count_account(account.id)
    uses.note(account.id, tuple(grant.chapter for grant in grants))
    allowed = {grant.chapter: frozenset(grant.scopes) & claimed.scopes for grant in grants}
    return Follower(account.id, allowed, account.chapter, is_account=True)
