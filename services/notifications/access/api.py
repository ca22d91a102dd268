"""Service accounts of a chapter, for its coordinators: make one, give it keys, see what it did, take it back."""

from dataclasses import replace
from typing import Any

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from pymongo.errors import PyMongoError

from services.notifications.access import commands, rates, uses
from services.notifications.access.secrets import draw_key, key_hash
from services.notifications.domain.accounts import (
    MAX_ACCOUNTS_A_CHAPTER,
    MAX_NAME_CHARS,
    MAX_OVERLAP_HOURS,
    OVERLAP_HOURS,
    SCOPES,
    Grant,
    ServiceAccount,
    grant_id,
)
from services.notifications.kinds import ACCOUNTS, GRANTS
from services.notifications.paging import Json, PageQuery, page
from shared.auth import COORDINATOR
from shared.call import PLATFORM, Call
from shared.errors import Transient
from shared.http import Body, asker, call_as, open_to, room
from shared.ids import derived_id
from shared.rates import start_counting
from shared.telemetry import log

BLP = Blueprint(
    "service-accounts",
    __name__,
    url_prefix="/api/notifications/v1",
    description="Service accounts: how integrators' systems are let in",
)


def _start(state: Any) -> None:
    """Counting, the headers of rates, and the record of uses, for the whole application."""
    here = state.app.extensions["cairn.room"]
    start_counting(state.app, here)

    @state.app.after_request
    def tell(answer: Response) -> Response:
        try:
            return rates.tell(uses.keep(answer, here))
        except (Transient, PyMongoError) as error:  # what was done was done: its answer goes out all the same
            log().warning("use_not_kept", reason=type(error).__name__)
            return answer

    @state.app.teardown_request
    def let_go(_error: BaseException | None) -> None:
        rates.let_go()


BLP.record_once(_start)


@BLP.before_request
def _count() -> None:
    """A change of accounts counts as one of webhooks does."""
    rates.count_coordinator(asker().member, asker().chapter)


MAX_ID_CHARS = 100

_SCOPES = fields.List(
    fields.String(validate=validate.OneOf(SCOPES)), required=True, validate=validate.Length(1, len(SCOPES))
)


class NewAccount(Body):
    name = fields.String(required=True, validate=validate.Length(1, MAX_NAME_CHARS))
    scopes = _SCOPES


class NewGrant(Body):
    account = fields.String(required=True, validate=validate.Length(1, MAX_ID_CHARS))
    scopes = _SCOPES


class NewKey(Body):
    overlap_hours = fields.Integer(
        load_default=OVERLAP_HOURS,
        validate=validate.Range(0, MAX_OVERLAP_HOURS),
        metadata={"description": "How long the keys before it live on."},
    )


class KeyShown(Schema):
    id = fields.String(required=True)
    made_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True, allow_none=True)


class AccountShown(Schema):
    id = fields.String(required=True, metadata={"description": "Also the OAuth client's id."})
    name = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True, metadata={"description": "In this chapter."})
    at_home = fields.Boolean(required=True, metadata={"description": "Whether it was made in this chapter."})
    made_at = fields.DateTime(required=True)
    keys = fields.List(fields.Nested(KeyShown), required=True)
    last_used_at = fields.DateTime(required=True, allow_none=True)


class AccountMade(AccountShown):
    key = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "The OAuth client's secret. In this answer only; null where the request is a repeat."
        },
    )


class KeyMade(KeyShown):
    key = fields.String(required=True, allow_none=True)


class AccountList(Schema):
    items = fields.List(fields.Nested(AccountShown), required=True)
    next = fields.String(required=True, allow_none=True)


class UseShown(Schema):
    at = fields.DateTime(required=True)
    method = fields.String(required=True)
    route = fields.String(required=True)
    status = fields.Integer(required=True)


class UseList(Schema):
    items = fields.List(fields.Nested(UseShown), required=True)
    next = fields.String(required=True, allow_none=True)


@BLP.route("/service-accounts", methods=["POST"])
@open_to(COORDINATOR)
@BLP.arguments(NewAccount)
@BLP.response(201, AccountMade)
def make(body: Json) -> Json:
    """Make an account for an integrator's system, let it in here, and see its first key: once."""
    here, asked = room(), on_our_clock()
    id, key = derived_id("svc", asked.id), draw_key()
    digest = key_hash(here.keys, key)
    scopes = tuple(dict.fromkeys(body["scopes"]))
    here.store.change(asked, lambda tx: commands.make(tx, id, body["name"], scopes, digest))
    account = here.store.reader(asked.chapter).get(ACCOUNTS, id)
    return {**_show(_grant(id)), "key": key if digest in [one.digest for one in account.keys] else None}


@BLP.route("/service-accounts")
@open_to(COORDINATOR)
@BLP.arguments(PageQuery, location="query")
@BLP.response(200, AccountList)
def listed(query: Json) -> Json:
    """The accounts that are let in here, by their ids."""
    reader = room().store.reader(asker().chapter)
    after = grant_id(query["after"], asker().chapter) if query["after"] else ""
    found = reader.find(
        GRANTS,
        {"_id": {"$gt": after}},
        sort=[("_id", 1)],
        limit=min(query["limit"], MAX_ACCOUNTS_A_CHAPTER) + 1,
    )
    return page(found, query["limit"], lambda grant: grant.account, _show)


@BLP.route("/service-accounts/<string:id>")
@open_to(COORDINATOR)
@BLP.response(200, AccountShown)
def one(id: str) -> Json:
    """One account that is let in here."""
    return _show(_grant(id))


@BLP.route("/service-accounts/grants", methods=["POST"])
@open_to(COORDINATOR)
@BLP.arguments(NewGrant)
@BLP.response(200, AccountShown)
def let_in(body: Json) -> Json:
    """Let an account in here, with these scopes: one of this chapter, or one of another whose integrator gave you its id."""
    here = room()
    account = commands.found(here.store.reader().load(ACCOUNTS, body["account"]))
    scopes = tuple(dict.fromkeys(body["scopes"]))
    asked = on_our_clock()
    whole = replace(asked, chapter=PLATFORM)
    here.store.change(whole, lambda tx: commands.let_in(tx, account, scopes, asked.chapter))
    return _show(_grant(account.id))


@BLP.route("/service-accounts/<string:id>", methods=["DELETE"])
@open_to(COORDINATOR)
@BLP.response(204)
def shut_out(id: str) -> None:
    """Take back what it may do here, at once. An account that was made here is closed everywhere, with all its keys."""
    asked = on_our_clock()
    _grant(id)
    whole = replace(asked, chapter=PLATFORM)
    room().store.change(whole, lambda tx: commands.shut_out(tx, id, asked.chapter))


@BLP.route("/service-accounts/<string:id>/keys", methods=["POST"])
@open_to(COORDINATOR)
@BLP.arguments(NewKey)
@BLP.response(201, KeyMade)
def add_key(body: Json, id: str) -> Json:
    """Rotate: a new key, shown once; those before it live on for the overlap."""
    here, asked = room(), on_our_clock()
    key = draw_key()
    digest = key_hash(here.keys, key)
    made = here.store.change(asked, lambda tx: commands.add_key(tx, id, digest, body["overlap_hours"]))
    account = here.store.reader(asked.chapter).get(ACCOUNTS, id)
    kept = next((one for one in account.keys if one.id == made["key"]), None)
    if kept is None:  # a repeat, after it was taken back
        return {"id": made["key"], "made_at": asked.at, "expires_at": asked.at, "key": None}
    return {**_show_key(kept), "key": key if kept.digest == digest else None}


@BLP.route("/service-accounts/<string:id>/keys/<string:key>", methods=["DELETE"])
@open_to(COORDINATOR)
@BLP.response(204)
def remove_key(id: str, key: str) -> None:
    """Take one key back, at once."""
    room().store.change(on_our_clock(), lambda tx: commands.remove_key(tx, id, key))


@BLP.route("/service-accounts/<string:id>/uses")
@open_to(COORDINATOR)
@BLP.arguments(PageQuery, location="query")
@BLP.response(200, UseList)
def used(query: Json, id: str) -> Json:
    """Every request that the account made while it was let in here, the latest first; kept for 90 days."""
    _grant(id)
    found = uses.read(room(), id, asker().chapter, before=query["after"], limit=query["limit"] + 1)
    shown = ("at", "method", "route", "status")
    return page(
        found, query["limit"], lambda use: use["_id"], lambda use: {name: use[name] for name in shown}
    )


def on_our_clock() -> Call:
    """This request as the coordinator's, whatever time it is in a sandbox: keys and tokens are on the platform's clock."""
    who = asker()
    return call_as(who.member, who.chapter)


def _grant(id: str) -> Grant:
    chapter = asker().chapter
    return room().store.reader(chapter).get(GRANTS, grant_id(id, chapter))


def _show(grant: Grant) -> Json:
    here = room()
    account = here.store.reader(grant.chapter).load(
        ACCOUNTS, grant.account
    )  # another chapter's keys are not shown here
    last = uses.read(here, grant.account, grant.chapter, before="", limit=1)
    return {
        "id": grant.account,
        "name": grant.name,
        "scopes": list(grant.scopes),
        "at_home": account is not None,
        "made_at": grant.made_at,
        "keys": [_show_key(key) for key in _living(account)],
        "last_used_at": last[0]["at"] if last else None,
    }


def _living(account: ServiceAccount | None) -> list[Any]:
    now = room().clock()
    return [key for key in account.keys if key.lives(now)] if account is not None else []


def _show_key(key: Any) -> Json:
    return {"id": key.id, "made_at": key.made_at, "expires_at": key.expires_at}
