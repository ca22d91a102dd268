"""What coordinators can ask about service accounts: make, let in, give keys, take back."""

from dataclasses import replace
from typing import Any

from services.notifications.domain.accounts import (
    MAX_ACCOUNTS_A_CHAPTER,
    MAX_CHAPTERS_AN_ACCOUNT,
    AccountKey,
    Grant,
    Scope,
    ServiceAccount,
    closed,
    grant_id,
    with_key,
    without_key,
)
from services.notifications.domain.webhooks import Followers
from services.notifications.kinds import ACCOUNTS, FOLLOWERS, GRANTS
from services.notifications.webhooks import commands as webhooks
from shared.errors import NotThere, Refused
from shared.ids import derived_id
from shared.transaction import Tx

Json = dict[str, Any]


def make(tx: Tx, id: str, name: str, scopes: tuple[Scope, ...], digest: bytes) -> Json:
    """A new account of the asker's chapter, let in there, with its first key. 409 `too_many_accounts` where there are enough."""
    _refuse_too_many(tx, tx.call.chapter)
    account = ServiceAccount(id, tx.call.chapter, name, tx.call.at, tx.call.asker)
    tx.save(ACCOUNTS, with_key(account, _key(tx, digest), overlap_hours=0, now=tx.call.at))
    _let_in(tx, account, scopes, tx.call.chapter)
    return {"id": id}


def let_in(tx: Tx, account: ServiceAccount, scopes: tuple[Scope, ...], chapter: str) -> Json:
    """Give an account of whichever chapter these scopes in a chapter, in place of those it had. The call is the platform's, as below."""
    if tx.load(GRANTS, grant_id(account.id, chapter)) is None:
        _refuse_too_many(tx, chapter)
        if tx.count(GRANTS, {"account": account.id}) >= MAX_CHAPTERS_AN_ACCOUNT:
            raise Refused(
                "too_many_chapters", f"An account follows at most {MAX_CHAPTERS_AN_ACCOUNT} chapters."
            )
        tx.save(ACCOUNTS, found(tx.load(ACCOUNTS, account.id)))  # two chapters at once collide here
    _let_in(tx, account, scopes, chapter)
    if "webhooks:write" not in scopes:
        webhooks.shut_out(tx, account.id, chapter)
    return {"id": account.id}


def shut_out(tx: Tx, id: str, chapter: str) -> None:
    """Take back what an account may do in a chapter, at once; one that is at home there is closed everywhere, for good.

    The call is the platform's, since an account's webhooks follow several chapters; whose the chapter is was checked before.
    """
    tx.get(GRANTS, grant_id(id, chapter))
    account = tx.get(ACCOUNTS, id)
    if account.chapter != chapter:
        tx.remove(GRANTS, grant_id(id, chapter))
        webhooks.shut_out(tx, id, chapter)
        return
    tx.save(ACCOUNTS, closed(account))
    for grant in tx.find(GRANTS, {"account": id}):
        tx.remove(GRANTS, grant.id)
    webhooks.close(tx, id)


def add_key(tx: Tx, id: str, digest: bytes, overlap_hours: int) -> Json:
    """Another key; the ones before it live on for the overlap, in hours."""
    account = tx.get(ACCOUNTS, id)
    key = _key(tx, digest)
    tx.save(ACCOUNTS, with_key(account, key, overlap_hours=overlap_hours, now=tx.call.at))
    return {"key": key.id}


def remove_key(tx: Tx, id: str, key: str) -> None:
    """Take a key back; what it was used for works no more, from the next request on."""
    tx.save(ACCOUNTS, without_key(tx.get(ACCOUNTS, id), key))


def _let_in(tx: Tx, account: ServiceAccount, scopes: tuple[Scope, ...], chapter: str) -> None:
    id = grant_id(account.id, chapter)
    before = tx.load(GRANTS, id)
    if before is None:
        made = Grant(id, chapter, account.id, account.name, scopes, tx.call.at, tx.call.asker)
    else:
        made = replace(before, scopes=scopes)
    tx.save(GRANTS, made)


def _key(tx: Tx, digest: bytes) -> AccountKey:
    return AccountKey(derived_id("key", tx.call.id), digest, tx.call.at, tx.call.asker)


def _refuse_too_many(tx: Tx, chapter: str) -> None:
    if tx.count(GRANTS, {"chapter": chapter}) >= MAX_ACCOUNTS_A_CHAPTER:
        raise Refused(
            "too_many_accounts",
            f"A chapter lets in at most {MAX_ACCOUNTS_A_CHAPTER} service accounts. Take one back first.",
        )
    followers = tx.load(FOLLOWERS, chapter) or Followers(chapter, chapter)
    tx.save(FOLLOWERS, followers)  # two accounts at once collide here, so that the bound holds


def found(account: ServiceAccount | None) -> ServiceAccount:
    """The account, where it is there and open. 404 otherwise: an id is all that another chapter's coordinator knows of it."""
    if account is None or account.state != "active":
        raise NotThere("service account")
    return account
