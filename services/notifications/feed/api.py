"""The pull feed: relationship events in one line, page after page, by a signed cursor; and the same as a download."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from flask import Response, stream_with_context
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, fields, validate
from werkzeug.exceptions import TooManyRequests

from services.notifications.access.follower import Follower, chosen, follower, open_to_followers, still
from services.notifications.domain.accounts import Scope
from services.notifications.feed.cursors import MAX_CURSOR_CHARS, read_cursor, write_cursor
from services.notifications.feed.placing import last_place
from services.notifications.feed.reading import Page, Wanted, place_before, read_page, shown
from services.notifications.feed.waiting import MAX_WAITING_EACH, a_turn
from services.notifications.paging import Moment
from shared.errors import Refused
from shared.events.schemas import public_types
from shared.http import Body, room
from shared.service import Room

Json = dict[str, Any]

MOST_A_PAGE = 500
MAX_WAIT_S = 25
LOOK_EVERY_S = 0.2
MAX_CHAPTERS_ASKED = 100
NDJSON = "application/x-ndjson"

#: Downloads that one process serves at once, and for how long each.
MAX_DOWNLOADS = 4
DOWNLOAD_WITHIN_S = 600.0

_downloading = threading.BoundedSemaphore(MAX_DOWNLOADS)

BLP = Blueprint(
    "relationship-events",
    __name__,
    url_prefix="/api/notifications/v1",
    description="The pull feed: relationship events, without names or text",
)


class Query(Body):
    chapter = fields.List(
        fields.String(validate=validate.Length(1, 100)),
        load_default=list,
        validate=validate.Length(max=MAX_CHAPTERS_ASKED),
        metadata={"description": "Only these chapters; all that are granted where none is named."},
    )
    type = fields.List(
        fields.String(validate=validate.OneOf([made.name for made in public_types()])),
        load_default=list,
        metadata={"description": "Only these types."},
    )
    relationship = fields.String(load_default="", validate=validate.Length(max=100))
    since = Moment(
        load_default=None, metadata={"description": "Only what happened at this time or later (RFC 3339)."}
    )
    until = Moment(
        load_default=None, metadata={"description": "Only what happened before this time (RFC 3339)."}
    )
    after = fields.String(
        load_default="",
        validate=validate.Length(max=MAX_CURSOR_CHARS),
        metadata={"description": "Where the last answer's `next` left off; from the beginning without it."},
    )


class PageOf(Query):
    limit = fields.Integer(load_default=100, validate=validate.Range(1, MOST_A_PAGE))
    wait = fields.Integer(
        load_default=0,
        validate=validate.Range(0, MAX_WAIT_S),
        metadata={
            "description": "Seconds to wait for an event where there is none yet. At most "
            f"{MAX_WAITING_EACH} requests of one account wait in a process at once; where it may not wait, or too many "
            "others do, an empty page with its cursor comes at once. Pause a second after an empty page, then go on."
        },
    )


class FeedPage(Schema):
    items = fields.List(fields.Dict(), required=True, metadata={"description": "CloudEvents, in order."})
    next = fields.String(
        required=True, metadata={"description": "The cursor to go on with; there is always one."}
    )
    more = fields.Boolean(required=True, metadata={"description": "Whether there is more right now."})


@BLP.route("/relationship-events")
@open_to_followers("events:read")
@BLP.arguments(PageOf, location="query", unknown=RAISE)
@BLP.response(200, FeedPage)
def events(query: Json) -> Json:
    """The events after a cursor, in order. Whoever follows `next` misses nothing and gets nothing twice."""
    here, who = room(), follower()
    wanted = _wanted(query, who, "events:read")
    page = read_page(here, wanted, _start(here, query, wanted, who), query["limit"])
    if query["wait"] and not (page.events or page.more):
        with a_turn(who.id) as may_wait:
            page = _await(here, wanted, page, query["limit"], query["wait"] if may_wait else 0)
    return {
        "items": [shown(event) for event in page.events],
        "next": write_cursor(here.keys, who.id, page.reached),
        "more": page.more,
    }


@BLP.route("/relationship-events.ndjson")
@open_to_followers("events:replay")
@BLP.arguments(Query, location="query", unknown=RAISE)
def download(query: Json) -> Response:
    """All of it, up to now, one CloudEvent a line. Each line carries its `cursor`: to resume, ask with the last one that arrived."""
    here, who = room(), follower()
    wanted = _wanted(query, who, "events:replay")
    start, last = _start(here, query, wanted, who), last_place(here)
    if not _downloading.acquire(blocking=False):
        raise TooManyRequests(description="Others are downloading. Try again in a while.", retry_after=10)
    lines = stream_with_context(_lines(here, who, wanted, start, last))
    answer = Response(
        lines, content_type=NDJSON, headers={"Content-Disposition": "attachment; filename=events.ndjson"}
    )
    answer.call_on_close(_downloading.release)  # also where no line is ever read, as of a HEAD
    return answer


def _lines(here: Room, who: Follower, wanted: Wanted, after: int, last: int) -> Iterator[str]:
    """The lines, for as long as the chapters are granted and the time lasts: whoever is cut off resumes."""
    deadline_s = time.monotonic() + DOWNLOAD_WITHIN_S
    while after < last and time.monotonic() < deadline_s:
        granted = still(who, "events:replay", wanted.chapters)
        if not granted:
            return
        page = read_page(here, replace(wanted, chapters=granted), after, MOST_A_PAGE)
        for event in page.events:
            body = shown(event, cursor=write_cursor(here.keys, who.id, event.place))
            yield json.dumps(body, ensure_ascii=False, separators=(",", ":")) + "\n"
        after = page.reached


def _wanted(query: Json, who: Follower, scope: Scope) -> Wanted:
    if query["since"] and query["until"] and query["until"] <= query["since"]:
        raise Refused("invalid", "`until` must be later than `since`.", status=422)
    return Wanted(
        chapters=chosen(who, scope, query["chapter"]),
        types=tuple(dict.fromkeys(query["type"])),
        relationship=query["relationship"],
        since=query["since"],
        until=query["until"],
    )


def _start(here: Room, query: Json, wanted: Wanted, who: Follower) -> int:
    if query["after"]:
        return read_cursor(here.keys, who.id, query["after"])
    return place_before(here, wanted.chapters, query["since"]) if query["since"] else 0


def _await(here: Room, wanted: Wanted, page: Page, limit: int, wait_s: int) -> Page:
    """The next page that is not empty, or the last empty one when the time is over."""
    deadline_s = time.monotonic() + wait_s
    while not (page.events or page.more) and time.monotonic() < deadline_s:
        time.sleep(LOOK_EVERY_S)
        if last_place(here) > page.reached:
            page = read_page(here, wanted, page.reached, limit)
    return page
