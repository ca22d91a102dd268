"""Webhooks, for those who follow: coordinators of a chapter, and service accounts that may. Each sees their own."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask_smorest import Blueprint

from services.notifications.access.follower import Follower, chosen, follower, open_to_followers
from services.notifications.domain.webhooks import MAX_WEBHOOKS, Webhook
from services.notifications.kinds import WEBHOOKS
from services.notifications.paging import Json, PageQuery, page
from services.notifications.webhooks import commands
from services.notifications.webhooks.addresses import Allowed, UrlRefused, check
from services.notifications.webhooks.attempt import secret_of
from services.notifications.webhooks.shapes import (
    ChangedWebhook,
    NewSecret,
    NewWebhook,
    WebhookList,
    WebhookMade,
    WebhookShown,
    show_webhook,
)
from shared.call import PLATFORM, Call
from shared.errors import NotThere, Refused
from shared.http import call_as, room
from shared.ids import derived_id

BLP = Blueprint(
    "webhooks",
    __name__,
    url_prefix="/api/notifications/v1",
    description="Webhooks: public events, signed, in order for each relationship",
)


@BLP.route("/webhooks", methods=["POST"])
@open_to_followers("webhooks:write")
@BLP.arguments(NewWebhook)
@BLP.response(201, WebhookMade)
def register(body: Json) -> Json:
    """Have public events sent to an address from now on."""
    here, who = room(), follower()
    asked = call_of(who)
    check_url(body["url"])
    webhook = Webhook(
        id=derived_id("whk", asked.id),
        chapter=who.home,
        url=body["url"],
        types=tuple(body.get("types", ())),
        made_at=asked.at,
        made_by=who.id,
        owner=owner_of(who),
        chapters=chosen(who, "webhooks:write", body.get("chapters", [])),
        ordering=body["ordering"],
        note=body["note"],
    )
    here.store.change(asked, lambda tx: commands.register(tx, webhook))
    kept = mine(webhook.id)
    shown = (
        kept.generation == 1
    )  # a repeat of this request, after the secret was replaced, does not show the new one
    return {**show_webhook(kept), "secret": secret_of(kept.id, 1, here.keys) if shown else None}


@BLP.route("/webhooks")
@open_to_followers("webhooks:write")
@BLP.arguments(PageQuery, location="query")
@BLP.response(200, WebhookList)
def listed(query: Json) -> Json:
    """One's own webhooks, by their ids."""
    who = follower()
    where = {"owner": owner_of(who), "chapter": who.home, "_id": {"$gt": query["after"]}}
    found = room().store.reader().find(WEBHOOKS, where, sort=[("_id", 1)], limit=MAX_WEBHOOKS + 1)
    return page(found[: query["limit"] + 1], query["limit"], lambda webhook: webhook.id, show_webhook)


@BLP.route("/webhooks/<string:id>")
@open_to_followers("webhooks:write")
@BLP.response(200, WebhookShown)
def one(id: str) -> Json:
    """One webhook, and whether it works."""
    return show_webhook(mine(id))


@BLP.route("/webhooks/<string:id>", methods=["PATCH"])
@open_to_followers("webhooks:write")
@BLP.arguments(ChangedWebhook)
@BLP.response(200, WebhookShown)
def change(body: Json, id: str) -> Json:
    """Other values for some of it. `state` active enables it again after it was disabled; what it missed can be replayed."""
    who = follower()
    before = mine(id)
    if "url" in body and body["url"] != before.url:
        check_url(body["url"])
    changes: dict[str, Any] = {**body}
    if "types" in body:
        changes["types"] = tuple(body["types"])
    if "chapters" in body:
        changes["chapters"] = chosen(who, "webhooks:write", body["chapters"])
    elif before.state != "active":
        granted = who.chapters("webhooks:write")
        changes["chapters"] = tuple(one for one in before.chapters if one in granted)
    room().store.change(call_of(who), lambda tx: commands.change(tx, id, owner_of(who), dict(changes)))
    return show_webhook(mine(id))


@BLP.route("/webhooks/<string:id>/secret", methods=["POST"])
@open_to_followers("webhooks:write")
@BLP.arguments(NewSecret)
@BLP.response(201, WebhookMade)
def rotate(body: Json, id: str) -> Json:
    """A new secret, shown in this answer only. Until the overlap is over every delivery carries a signature by each."""
    here, who = room(), follower()
    mine(id)
    made = here.store.change(
        call_of(who), lambda tx: commands.new_secret(tx, id, owner_of(who), body["overlap_hours"])
    )
    return {**show_webhook(mine(id)), "secret": secret_of(id, made["generation"], here.keys)}


@BLP.route("/webhooks/<string:id>", methods=["DELETE"])
@open_to_followers("webhooks:write")
@BLP.response(204)
def remove(id: str) -> None:
    """Send nothing more to it; what waits for it is not delivered."""
    who = follower()
    mine(id)
    room().store.change(call_of(who), lambda tx: commands.remove(tx, id, owner_of(who)))


def mine(id: str) -> Webhook:
    """The webhook, where it belongs to whoever asks; 404 otherwise."""
    who = follower()
    webhook = room().store.reader().load(WEBHOOKS, id)
    if webhook is None or (webhook.owner, webhook.chapter) != (owner_of(who), who.home):
        raise NotThere("webhook")
    return webhook


def owner_of(who: Follower) -> str:
    """Whose webhooks these are: the account's, or (empty) those of the coordinators of a chapter."""
    return who.id if who.is_account else ""


def call_of(who: Follower) -> Call:
    """This request as a call. An account's may be about several chapters; which ones was checked when they were named."""
    asked = call_as(who.id, who.home)
    return replace(asked, chapter=PLATFORM) if who.is_account else asked


def check_url(url: str) -> None:
    """`Refused` 422 where nothing may be sent to this address."""
    settings = room().settings
    try:
        check(url, Allowed(settings.local, settings.trial_receivers))
    except UrlRefused as refused:
        errors: Iterable[Json] = [{"pointer": "/url", "detail": refused.detail}]
        raise Refused(refused.code, refused.detail, status=422, errors=errors) from refused
