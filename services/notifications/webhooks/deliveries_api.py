"""What was sent to a webhook: the log and its search, sending again, tests, statistics."""

from typing import Any

from flask_smorest import Blueprint

from services.notifications.access.follower import chosen, follower, open_to_followers
from services.notifications.domain.deliveries import Delivery
from services.notifications.domain.replays import Replay
from services.notifications.domain.webhooks import may_reach
from services.notifications.feed.cursors import read_cursor
from services.notifications.feed.placing import last_place
from services.notifications.feed.reading import place_before
from services.notifications.kinds import DELIVERIES, REPLAYS
from services.notifications.paging import Json, PageQuery, page
from services.notifications.webhooks import again
from services.notifications.webhooks.api import call_of, mine
from services.notifications.webhooks.log import Search, read_log
from services.notifications.webhooks.shapes import (
    DeliveryList,
    DeliveryQuery,
    DeliveryShown,
    NewReplay,
    NewTest,
    ReplayList,
    ReplayShown,
    StatisticsQuery,
    StatisticsShown,
    show_delivery,
    show_replay,
)
from services.notifications.webhooks.statistics import statistics
from shared.errors import NotAllowed, NotThere, Refused
from shared.http import room
from shared.ids import derived_id

BLP = Blueprint(
    "deliveries",
    __name__,
    url_prefix="/api/notifications/v1",
    description="Deliveries: what was sent to a webhook, and sending it again",
)


@BLP.route("/webhooks/<string:id>/deliveries")
@open_to_followers("webhooks:write")
@BLP.arguments(DeliveryQuery, location="query")
@BLP.response(200, DeliveryList)
def deliveries(query: Json, id: str) -> Json:
    """What was sent to a webhook, each attempt of it, the latest first; kept for 90 days after it ended.

    A page of a search may hold fewer than asked for, or none, and still lead on: follow `next` until it is null.
    """
    webhook = mine(id)
    last = room().store.reader().load(DELIVERIES, query["after"]) if query["after"] else None
    if query["after"] and (last is None or last.webhook != id):
        raise Refused("cursor_invalid", "Follow `next` as it was given, or start without it.", status=400)
    search = Search(
        state=query["state"],
        type=query["type"],
        relationship=query["relationship"],
        since=query["since"],
        until=query["until"],
        after=last,
    )
    found, following = read_log(room(), webhook, search, query["limit"])
    return {"items": [show_delivery(delivery) for delivery in found], "next": following}


@BLP.route("/webhooks/<string:id>/deliveries/<string:delivery>/resend", methods=["POST"])
@open_to_followers("webhooks:write")
@BLP.response(202, DeliveryShown)
def resend(id: str, delivery: str) -> Json:
    """Send one again, now: the same bytes under the same id. One that still waits is tried now, and those behind it follow."""
    webhook = mine(id)
    sent = room().store.reader().load(DELIVERIES, delivery)
    if sent is None or sent.webhook != id:
        raise NotThere("delivery")
    if not may_reach(webhook, sent):
        raise NotAllowed(
            "chapter_not_granted", f"You may not follow the chapter {sent.chapter}.", chapter=sent.chapter
        )
    asked = call_of(follower())
    return _made(again.resend, asked, sent)


@BLP.route("/webhooks/<string:id>/tests", methods=["POST"])
@open_to_followers("webhooks:write")
@BLP.arguments(NewTest)
@BLP.response(202, DeliveryShown)
def send_test(body: Json, id: str) -> Json:
    """Send an example event of this type, signed as real ones are, with `test` among its attributes."""
    webhook = mine(id)
    asked = call_of(follower())
    return _made(again.send_test, asked, webhook, body["type"], room().settings.public_url)


@BLP.route("/webhooks/<string:id>/statistics")
@open_to_followers("webhooks:write")
@BLP.arguments(StatisticsQuery, location="query")
@BLP.response(200, StatisticsShown)
def stats(query: Json, id: str) -> Json:
    """How its deliveries of the last hours went."""
    mine(id)
    return statistics(room(), id, query["hours"])


@BLP.route("/webhooks/<string:id>/replays", methods=["POST"])
@open_to_followers("events:replay")
@BLP.arguments(NewReplay)
@BLP.response(202, ReplayShown)
def replay(body: Json, id: str) -> Json:
    """Send history again: all of it, from a cursor, a date or a sequence, or what has failed. It ends where the feed stands now."""
    here, who = room(), follower()
    webhook = mine(id)
    if body["from_sequence"] and not body["relationship"]:
        raise Refused("invalid", "A sequence means something within one relationship: name it.", status=422)
    if body["since"] and body["until"] and body["until"] <= body["since"]:
        raise Refused("invalid", "`until` must be later than `since`.", status=422)
    wanted = body.get("chapters") or [one for one in webhook.chapters if one in who.chapters("events:replay")]
    if not wanted:
        raise Refused("no_chapters", "This webhook follows no chapter whose history you may have.")
    chapters = chosen(who, "events:replay", wanted)
    first = place_before(here, chapters, body["since"]) if body["since"] else 0
    if body["after"]:
        first = max(first, read_cursor(here.keys, who.id, body["after"]))
    asked = call_of(who)
    made = Replay(
        id=derived_id("rpl", asked.id),
        chapter=webhook.chapter,
        webhook=id,
        made_at=asked.at,
        made_by=who.id,
        chapters=chapters,
        types=tuple(body.get("types") or webhook.types),
        relationship=body["relationship"],
        from_sequence=body["from_sequence"],
        since=body["since"],
        until=body["until"],
        failed_only=body["failed_only"],
        first=first,
        reached=first,
        last=last_place(here),
        due_at=asked.at,
    )
    here.store.change(asked, lambda tx: again.begin(tx, made))
    return show_replay(here.store.reader().get(REPLAYS, made.id))


@BLP.route("/webhooks/<string:id>/replays")
@open_to_followers("events:replay")
@BLP.arguments(PageQuery, location="query")
@BLP.response(200, ReplayList)
def replays(query: Json, id: str) -> Json:
    """The replays to a webhook, the latest first."""
    mine(id)
    where: Json = {"webhook": id, **({"_id": {"$lt": query["after"]}} if query["after"] else {})}
    found = room().store.reader().find(REPLAYS, where, sort=[("_id", -1)], limit=query["limit"] + 1)
    return page(found, query["limit"], lambda one: one.id, show_replay)


@BLP.route("/webhooks/<string:id>/replays/<string:replay>")
@open_to_followers("events:replay")
@BLP.response(200, ReplayShown)
def one_replay(id: str, replay: str) -> Json:
    """How far a replay is."""
    return show_replay(_replay(id, replay))


@BLP.route("/webhooks/<string:id>/replays/<string:replay>", methods=["DELETE"])
@open_to_followers("events:replay")
@BLP.response(200, ReplayShown)
def cancel(id: str, replay: str) -> Json:
    """Make no further deliveries for it; those that were made go their way."""
    _replay(id, replay)
    who = follower()
    room().store.change(call_of(who), lambda tx: again.cancel(tx, replay))
    return show_replay(_replay(id, replay))


def _replay(webhook: str, id: str) -> Replay:
    mine(webhook)
    found = room().store.reader().load(REPLAYS, id)
    if found is None or found.webhook != webhook:
        raise NotThere("replay")
    return found


def _made(make: Any, asked: Any, *given: Any) -> Json:
    """The delivery that `make` makes in the transaction of this call, or made when it was asked before."""
    here = room()
    id = here.store.change(asked, lambda tx: make(tx, *given))["id"]
    delivery: Delivery = here.store.reader().get(DELIVERIES, id)
    return show_delivery(delivery)
