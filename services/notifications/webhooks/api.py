"""Webhooks of a chapter, for its coordinators: register, list, look at deliveries, remove."""

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError, fields, validate

from services.notifications.domain.webhooks import MAX_URL_CHARS, MAX_WEBHOOKS_A_CHAPTER, Delivery, Webhook
from services.notifications.kinds import DELIVERIES, WEBHOOKS
from services.notifications.paging import Json, PageQuery, page
from services.notifications.webhooks import commands
from services.notifications.webhooks.addresses import Allowed, UrlRefused, check
from services.notifications.webhooks.attempt import secret_of
from shared.auth import COORDINATOR
from shared.errors import Refused
from shared.events import EVENTS
from shared.http import Body, asker, call, open_to, room
from shared.ids import derived_id

PREFIX = "/api/notifications/v1"
PUBLIC_TYPES = tuple(sorted(name for name, declared in EVENTS.items() if declared.public))

BLP = Blueprint(
    "webhooks",
    __name__,
    url_prefix=PREFIX,
    description="Webhooks: a chapter's public events, signed, in order",
)


def _once_each(types: list[str]) -> None:
    if len(set(types)) != len(types):
        raise ValidationError("Name each type once.")


class NewWebhook(Body):
    url = fields.String(required=True, validate=validate.Length(min=1, max=MAX_URL_CHARS))
    types = fields.List(
        fields.String(validate=validate.OneOf(PUBLIC_TYPES)),
        load_default=list,
        validate=[
            validate.Length(max=len(PUBLIC_TYPES)),
            _once_each,
        ],
        metadata={"description": "The event types that are wanted; all where none is named."},
    )


class WebhookShown(Schema):
    id = fields.String(required=True)
    url = fields.String(required=True)
    types = fields.List(fields.String(), required=True)
    state = fields.String(required=True, validate=validate.OneOf(["active", "disabled"]))
    reason = fields.String(required=True)
    made_at = fields.DateTime(required=True)
    failing_since = fields.DateTime(required=True, allow_none=True)


class WebhookMade(WebhookShown):
    secret = fields.String(
        required=True,
        metadata={"description": "Signs the deliveries (Standard Webhooks). Shown in this answer only."},
    )


class WebhookList(Schema):
    items = fields.List(fields.Nested(WebhookShown), required=True)
    next = fields.String(required=True, allow_none=True)


class AttemptShown(Schema):
    at = fields.DateTime(required=True)
    status = fields.Integer(required=True, metadata={"description": "0 where there was no answer."})
    problem = fields.String(required=True)
    took_ms = fields.Integer(required=True)


class DeliveryShown(Schema):
    id = fields.String(required=True)
    event = fields.String(required=True, metadata={"description": "The event's id, which is the webhook-id."})
    type = fields.String(required=True)
    relationship = fields.String(required=True)
    sequence = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(["waiting", "delivered", "failed"]))
    reason = fields.String(required=True)
    made_at = fields.DateTime(required=True)
    due_at = fields.DateTime(required=True, allow_none=True)
    ended_at = fields.DateTime(required=True, allow_none=True)
    attempts = fields.List(fields.Nested(AttemptShown), required=True)


class DeliveryList(Schema):
    items = fields.List(fields.Nested(DeliveryShown), required=True)
    next = fields.String(required=True, allow_none=True)


@BLP.route("/webhooks", methods=["POST"])
@open_to(COORDINATOR)
@BLP.arguments(NewWebhook)
@BLP.response(201, WebhookMade)
def register(body: Json) -> Json:
    """Have the chapter's public events sent to an address from now on."""
    here = room()
    asked = call()
    try:
        check(body["url"], Allowed(here.settings.local, here.settings.trial_receivers))
    except UrlRefused as refused:
        raise Refused(
            refused.code,
            refused.detail,
            status=422,
            errors=[{"pointer": "/url", "detail": refused.detail}],
        ) from refused
    id = derived_id("whk", asked.id)
    here.store.change(asked, lambda tx: commands.register(tx, id, body["url"], tuple(body["types"])))
    webhook = here.store.reader(asked.chapter).get(WEBHOOKS, id)
    return {**_show(webhook), "secret": secret_of(webhook.id, webhook.generation, here.keys)}


@BLP.route("/webhooks")
@open_to(COORDINATOR)
@BLP.arguments(PageQuery, location="query")
@BLP.response(200, WebhookList)
def listed(query: Json) -> Json:
    """The chapter's webhooks, by their ids."""
    reader = room().store.reader(asker().chapter)
    found = reader.find(
        WEBHOOKS, {"_id": {"$gt": query["after"]}}, sort=[("_id", 1)], limit=MAX_WEBHOOKS_A_CHAPTER + 1
    )[: query["limit"] + 1]
    return page(found, query["limit"], lambda webhook: webhook.id, _show)


@BLP.route("/webhooks/<string:id>")
@open_to(COORDINATOR)
@BLP.response(200, WebhookShown)
def one(id: str) -> Json:
    """One webhook, and whether it works."""
    return _show(room().store.reader(asker().chapter).get(WEBHOOKS, id))


@BLP.route("/webhooks/<string:id>", methods=["DELETE"])
@open_to(COORDINATOR)
@BLP.response(204)
def remove(id: str) -> None:
    """Send nothing more to it; what waits for it is not delivered."""
    room().store.change(call(), lambda tx: commands.remove(tx, id))


@BLP.route("/webhooks/<string:id>/deliveries")
@open_to(COORDINATOR)
@BLP.arguments(PageQuery, location="query")
@BLP.response(200, DeliveryList)
def deliveries(query: Json, id: str) -> Json:
    """What was sent to a webhook, each attempt of it, the latest first; kept for 90 days after it ended."""
    reader = room().store.reader(asker().chapter)
    reader.get(WEBHOOKS, id)
    where: Json = {"webhook": id}
    if query["after"]:
        last = reader.load(DELIVERIES, query["after"])
        if last is None or last.webhook != id:
            return {"items": [], "next": None}
        where["$or"] = [
            {"made_at": {"$lt": last.made_at}},
            {"made_at": last.made_at, "_id": {"$lt": last.id}},
        ]
    found = reader.find(DELIVERIES, where, sort=[("made_at", -1), ("_id", -1)], limit=query["limit"] + 1)
    return page(found, query["limit"], lambda delivery: delivery.id, _show_delivery)


def _show(webhook: Webhook) -> Json:
    shown = ("id", "url", "types", "state", "reason", "made_at", "failing_since")
    return {name: getattr(webhook, name) for name in shown}


def _show_delivery(delivery: Delivery) -> dict[str, Any]:
    shown = (
        "id", "event", "type", "relationship", "sequence", "state", "reason", "made_at", "due_at", "ended_at", "attempts",
    )  # fmt: skip
    return {name: getattr(delivery, name) for name in shown}
