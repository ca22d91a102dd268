"""What requests about webhooks hold, and how webhooks, deliveries and replays are shown."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from services.notifications.domain.deliveries import Delivery
from services.notifications.domain.replays import Replay
from services.notifications.domain.webhooks import (
    MAX_NOTE_CHARS,
    MAX_OVERLAP_HOURS,
    MAX_URL_CHARS,
    OVERLAP_HOURS,
    Webhook,
)
from services.notifications.feed.cursors import MAX_CURSOR_CHARS
from services.notifications.paging import Moment, PageQuery, Query
from services.notifications.webhooks.statistics import MAX_COUNTED
from shared.events.schemas import public_types
from shared.http import Body

Json = dict[str, Any]

PUBLIC_TYPES = tuple(made.name for made in public_types())
MAX_CHAPTERS = 100
MAX_ID_CHARS = 100


def _once_each(words: list[str]) -> None:
    if len(set(words)) != len(words):
        raise ValidationError("Name each one once.")


def _one_of(*words: str) -> Any:
    """One of these, or none at all, which is not worth telling whoever misspelt one."""
    return validate.OneOf(["", *words], error=f"Must be one of: {', '.join(words)}.")


def _types() -> Any:
    return fields.List(
        fields.String(validate=validate.OneOf(PUBLIC_TYPES)),
        validate=[validate.Length(max=len(PUBLIC_TYPES)), _once_each],
        metadata={"description": "The event types that are wanted; all where none is named."},
    )


def _chapters() -> Any:
    return fields.List(
        fields.String(validate=validate.Length(1, MAX_ID_CHARS)),
        validate=[validate.Length(max=MAX_CHAPTERS), _once_each],
        metadata={"description": "Of these chapters; of all that are granted now where none is named."},
    )


class NewWebhook(Body):
    url = fields.String(required=True, validate=validate.Length(min=1, max=MAX_URL_CHARS))
    types = _types()
    chapters = _chapters()
    ordering = fields.String(
        load_default="relationship",
        validate=validate.OneOf(["relationship", "none"]),
        metadata={
            "description": "relationship: a failing event holds back those after it in its relationship. none: each for itself."
        },
    )
    note = fields.String(load_default="", validate=validate.Length(max=MAX_NOTE_CHARS))


class ChangedWebhook(Body):
    url = fields.String(validate=validate.Length(min=1, max=MAX_URL_CHARS))
    types = _types()
    chapters = _chapters()
    ordering = fields.String(validate=validate.OneOf(["relationship", "none"]))
    note = fields.String(validate=validate.Length(max=MAX_NOTE_CHARS))
    state = fields.String(validate=validate.OneOf(["active", "disabled"]))


class NewSecret(Body):
    overlap_hours = fields.Integer(
        load_default=OVERLAP_HOURS,
        validate=validate.Range(0, MAX_OVERLAP_HOURS),
        metadata={"description": "How long the old secret signs beside the new one."},
    )


class NewTest(Body):
    type = fields.String(required=True, validate=validate.OneOf(PUBLIC_TYPES))


class NewReplay(Body):
    chapters = _chapters()
    types = _types()
    relationship = fields.String(load_default="", validate=validate.Length(max=MAX_ID_CHARS))
    from_sequence = fields.Integer(
        load_default=0,
        validate=validate.Range(0, 10**15),
        metadata={"description": "From this sequence on; together with a relationship."},
    )
    since = Moment(load_default=None)
    until = Moment(load_default=None)
    after = fields.String(
        load_default="",
        validate=validate.Length(max=MAX_CURSOR_CHARS),
        metadata={"description": "A cursor of the feed to begin after; from the beginning without it."},
    )
    failed_only = fields.Boolean(
        load_default=False, metadata={"description": "Only events whose delivery to this webhook has failed."}
    )


class DeliveryQuery(PageQuery):
    state = fields.String(load_default="", validate=_one_of("waiting", "delivered", "failed"))
    type = fields.String(load_default="", validate=_one_of(*PUBLIC_TYPES))
    relationship = fields.String(load_default="", validate=validate.Length(max=MAX_ID_CHARS))
    since = Moment(load_default=None)
    until = Moment(load_default=None)


class StatisticsQuery(Query):
    hours = fields.Integer(load_default=24, validate=validate.Range(1, 168))


class WebhookShown(Schema):
    id = fields.String(required=True)
    url = fields.String(required=True)
    types = fields.List(fields.String(), required=True)
    chapters = fields.List(fields.String(), required=True)
    ordering = fields.String(required=True)
    note = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(["active", "disabled"]))
    reason = fields.String(required=True)
    made_at = fields.DateTime(required=True)
    failing_since = fields.DateTime(required=True, allow_none=True)
    old_secret_until = fields.DateTime(required=True, allow_none=True)


class WebhookMade(WebhookShown):
    secret = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "Signs the deliveries (Standard Webhooks). In this answer only; null where it was replaced since."
        },
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
    chapter = fields.String(required=True)
    relationship = fields.String(required=True)
    sequence = fields.Integer(required=True)
    again = fields.String(
        required=True, metadata={"description": "The replay, resend or test that it belongs to; empty: live."}
    )
    state = fields.String(required=True, validate=validate.OneOf(["waiting", "delivered", "failed"]))
    reason = fields.String(required=True)
    made_at = fields.DateTime(required=True)
    due_at = fields.DateTime(required=True, allow_none=True)
    ended_at = fields.DateTime(required=True, allow_none=True)
    attempts = fields.List(fields.Nested(AttemptShown), required=True)


class DeliveryList(Schema):
    items = fields.List(fields.Nested(DeliveryShown), required=True)
    next = fields.String(required=True, allow_none=True)


class ReplayShown(Schema):
    id = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(["running", "done", "cancelled"]))
    failed_only = fields.Boolean(required=True)
    made_at = fields.DateTime(required=True)
    made = fields.Integer(required=True, metadata={"description": "Deliveries made so far."})
    share = fields.Float(required=True, metadata={"description": "How much of the feed it has read, 0 to 1."})


class ReplayList(Schema):
    items = fields.List(fields.Nested(ReplayShown), required=True)
    next = fields.String(required=True, allow_none=True)


class StatisticsShown(Schema):
    since = fields.DateTime(required=True, metadata={"description": "From when on they are counted."})
    whole = fields.Boolean(
        required=True,
        metadata={
            "description": f"Whether these are all of those hours; else the latest {MAX_COUNTED:,}, from `since` on."
        },
    )
    waiting = fields.Integer(required=True)
    delivered = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    attempts = fields.Integer(required=True)
    first_time = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "Share of those delivered that took one attempt."},
    )
    answer_p50_ms = fields.Float(required=True, allow_none=True)
    answer_p95_ms = fields.Float(required=True, allow_none=True)
    answer_p99_ms = fields.Float(required=True, allow_none=True)
    oldest_waiting_since = fields.DateTime(required=True, allow_none=True)


def show_webhook(webhook: Webhook) -> Json:
    """A webhook without its secrets."""
    shown = (
        "id", "url", "types", "chapters", "ordering", "note", "state", "reason", "made_at", "failing_since",
        "old_secret_until",
    )  # fmt: skip
    return {name: getattr(webhook, name) for name in shown}


def show_delivery(delivery: Delivery) -> Json:
    """A delivery with its attempts, without what it said."""
    shown = (
        "id", "event", "type", "chapter", "relationship", "sequence", "again", "state", "reason", "made_at", "due_at",
        "ended_at", "attempts",
    )  # fmt: skip
    return {name: getattr(delivery, name) for name in shown}


def show_replay(replay: Replay) -> Json:
    """A replay and how far it is."""
    whole = replay.last - replay.first
    share = (replay.reached - replay.first) / whole if whole > 0 else 1.0
    shown = ("id", "state", "failed_only", "made_at", "made")
    return {**{name: getattr(replay, name) for name in shown}, "share": share}
