"""What the pages for integrations share: events in short, where the API is, and the commands with which a new key is tried."""

import json
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from flask import current_app
from markupsafe import Markup

from services.web import times
from services.web.visitor import get, her_zone
from services.web.words import N_
from shared.settings import Settings

PREFIX = "/api/notifications/v1"
#: How the id of a chapter of invented people begins.
SANDBOX = "sandbox-"
DEFAULT_PORTS: Mapping[str, str] = {"https": ":443", "http": ":80"}
MAX_TITLE_CHARS = 80

SCOPES: Mapping[str, str] = {
    "events:read": N_("Read the feed: every event of this chapter, from the first on"),
    "events:replay": N_("Download history, and have it sent again"),
    "webhooks:write": N_("Register webhooks of its own, and look after them"),
}
WEBHOOK_STATES: Mapping[str, str] = {"active": N_("active"), "disabled": N_("disabled")}
REASONS: Mapping[str, str] = {
    "gone": N_("It answered that it wants no more events (410)."),
    "failing_for_5_days": N_("For five days no delivery succeeded."),
    "by_its_owner": N_("A coordinator stopped it."),
}
DELIVERY_STATES: Mapping[str, str] = {
    "waiting": N_("to be sent"),
    "delivered": N_("delivered"),
    "failed": N_("failed"),
}
REPLAY_STATES: Mapping[str, str] = {
    "running": N_("replaying"),
    "done": N_("done"),
    "cancelled": N_("cancelled"),
}
ORDERINGS: Mapping[str, str] = {
    "relationship": N_("In order for each relationship: one that fails holds back those after it"),
    "none": N_("Each for itself, without an order"),
}


def in_short(type: str) -> str:
    """`cairn.relationship.started.v1` as `relationship.started`; a later version keeps its number."""
    return type.removeprefix("cairn.").removesuffix(".v1")


def address_of(path: str) -> str:
    """Where something of the notifications' API is, for programs outside."""
    settings = cast(Settings, current_app.extensions["cairn.settings"])
    return f"{settings.public_url}{PREFIX}{path}"


def public_types() -> list[str]:
    """The types that can be followed, by the catalogue."""
    return [event["type"] for event in get("notifications", "/events")["items"]]


def title_of(url: str) -> str:
    """What a webhook is called: its host, with a port or a path where it has one that says something."""
    parts = urlsplit(url)
    host = parts.netloc.removesuffix(DEFAULT_PORTS.get(parts.scheme, ""))
    name = host + parts.path.removesuffix("/")
    return name if len(name) <= MAX_TITLE_CHARS else name[: MAX_TITLE_CHARS - 1] + "…"


def stamp(text: str) -> Markup:
    """A moment of a log, to the second, on her clock and on one line: 5 Nov, 18:30:07."""
    there = times.read(text).astimezone(her_zone())
    moment = f"{times.short_day(there, her_zone())}, {there:%H:%M:%S}"
    return Markup('<span class="nowrap">{}</span>').format(moment)


def as_json(value: Any) -> str:
    """A value as an example shows it."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def commands_to_try(account: str, key: str) -> list[str]:
    """Two commands for a shell: a token, and the first events of the feed."""
    read = "import json,sys; print(json.load(sys.stdin)['access_token'])"
    asked = f"curl -s -u '{account}:{key}' -d grant_type=client_credentials {address_of('/oauth/token')}"
    feed = address_of("/relationship-events?limit=5")
    return [
        f'TOKEN=$({asked} | python3 -c "{read}")',
        f"curl -s -H \"Authorization: Bearer $TOKEN\" '{feed}'",
    ]
