"""Webhooks: a chapter's public events, signed, in order for each relationship, and what happens when a receiver does not take them."""

import json
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from standardwebhooks.webhooks import Webhook as Stock

from services.notifications.feed.placing import place_events
from services.notifications.webhooks.attempt import ATTEMPT_WITHIN_S
from services.notifications.webhooks.courier import deliver_due
from shared.events import sessions
from shared.ids import new_id
from tests.flows.notifications_scene import Receiver, Scene, a_receiver
from tests.stack import wait_for

pytest_plugins = ["tests.flows.notifications_fixture"]

HOOKS = "/api/notifications/v1/webhooks"


def coordinator(scene: Scene, chapter: str) -> dict[str, str]:
    return scene.stack.sign_in("mem_coordinator", chapter, "coordinator")


def registered(scene: Scene, chapter: str, url: str, *types: str) -> dict[str, Any]:
    answer = scene.stack.post(HOOKS, {"url": url, "types": list(types)}, coordinator(scene, chapter))
    assert answer.status_code == 201, answer.text
    made = answer.get_json()
    assert isinstance(made, dict)
    return made


def deliveries(scene: Scene, chapter: str, webhook: str) -> list[dict[str, Any]]:
    answer = scene.stack.get(f"{HOOKS}/{webhook}/deliveries", coordinator(scene, chapter))
    assert answer.status_code == 200, answer.text
    items = answer.get_json()["items"]
    assert isinstance(items, list)
    return items


def got(receiver: Receiver) -> list[tuple[str, int]]:
    """Relationship and sequence of each request, in the order of arrival."""
    bodies = [json.loads(posted.body) for posted in receiver.posted]
    return [(body["partitionkey"], int(body["sequence"])) for body in bodies]


def test_an_integrator_receives_her_chapters_relationship_events_signed_and_in_order(scene: Scene) -> None:
    chapter, elsewhere = scene.a_chapter(), scene.a_chapter()
    rel, session = new_id("rel"), new_id("ses")
    with a_receiver() as receiver:
        webhook = registered(scene, chapter, receiver.url)
        scene.tell(chapter, rel, scene.proposed(f"mem_a-{chapter}", f"mem_b-{chapter}"))
        scene.tell(
            chapter,
            rel,
            scene.agreed(f"mem_a-{chapter}", f"mem_b-{chapter}"),
            scene.met(f"mem_a-{chapter}", f"mem_b-{chapter}"),
        )
        scene.tell(
            chapter,
            session,
            scene.a_session(sessions.SessionScheduled, rel, f"mem_a-{chapter}", f"mem_b-{chapter}"),
        )
        scene.tell(elsewhere, new_id("rel"), scene.proposed(f"mem_c-{elsewhere}", f"mem_d-{elsewhere}"))
        scene.quiet()

    assert got(receiver) == [(rel, 1), (rel, 2), (rel, 3)]
    stock = Stock(webhook["secret"])
    for number, posted in enumerate(receiver.posted, start=1):
        stock.verify(posted.body, posted.headers)
        event = from_http_event(HTTPMessage(posted.headers, posted.body))
        assert (event.get_id(), event.get_source()) == (f"{rel}:{number}", f"/matching/relationships/{rel}")
        assert posted.headers["webhook-id"] == f"{rel}:{number}"
        assert event.get_extension("chapter") == chapter
    first = json.loads(receiver.posted[0].body)
    assert first["type"] == "cairn.relationship.proposed.v1"
    assert set(first["data"]) == {"mentee", "mentor", "origin", "answer_by", "programme", "cycle"}
    assert [item["state"] for item in deliveries(scene, chapter, webhook["id"])] == ["delivered"] * 3


def test_a_webhook_gets_only_the_types_that_it_asked_for(scene: Scene) -> None:
    chapter, rel = scene.a_chapter(), new_id("rel")
    with a_receiver() as receiver:
        registered(scene, chapter, receiver.url, "cairn.relationship.started.v1")
        scene.tell(
            chapter,
            rel,
            scene.proposed(f"mem_a-{chapter}", f"mem_b-{chapter}"),
            scene.started(f"mem_a-{chapter}", f"mem_b-{chapter}"),
        )
        scene.quiet()
    assert got(receiver) == [(rel, 2)]


def test_a_failing_event_holds_back_its_relationship_and_no_other(scene: Scene) -> None:
    chapter, first, second = scene.a_chapter(), new_id("rel"), new_id("rel")
    with a_receiver(500, 301) as receiver:
        webhook = registered(scene, chapter, receiver.url)
        scene.tell(chapter, first, scene.proposed(f"mem_a-{chapter}", f"mem_b-{chapter}"))
        scene.quiet()
        scene.tell(chapter, first, scene.agreed(f"mem_a-{chapter}", f"mem_b-{chapter}"))
        scene.quiet()
        assert got(receiver) == [(first, 1)]

        scene.stack.clock.advance(seconds=7)
        scene.quiet()
        assert got(receiver) == [(first, 1)] * 2  # a redirect is a failure as well
        scene.tell(
            chapter,
            second,
            scene.proposed(f"mem_a-{chapter}", f"mem_c-{chapter}"),
            scene.agreed(f"mem_a-{chapter}", f"mem_c-{chapter}"),
        )
        scene.quiet()
        assert got(receiver)[2:] == [(second, 1), (second, 2)]

        scene.stack.clock.advance(minutes=7)
        scene.quiet()
        assert got(receiver)[4:] == [(first, 1), (first, 2)]
    earliest = deliveries(scene, chapter, webhook["id"])[-1]
    assert [(attempt["status"], attempt["problem"]) for attempt in earliest["attempts"]] == [
        (500, "http_500"),
        (301, "http_301"),
        (204, ""),
    ]
    ids = {posted.headers["webhook-id"] for posted in receiver.posted if b":1" in posted.body[:60]}
    assert ids == {f"{first}:1", f"{second}:1"}


def test_a_receiver_says_when_to_come_back(scene: Scene) -> None:
    def later(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(503)
        handler.send_header("Retry-After", "7200")
        handler.end_headers()

    chapter, rel = scene.a_chapter(), new_id("rel")
    with a_receiver(later) as receiver:
        registered(scene, chapter, receiver.url)
        scene.tell(chapter, rel, scene.proposed(f"mem_a-{chapter}", f"mem_b-{chapter}"))
        scene.quiet()
        scene.stack.clock.advance(minutes=119)
        scene.quiet()
        assert len(receiver.posted) == 1
        scene.stack.clock.advance(minutes=2)
        scene.quiet()
        assert len(receiver.posted) == 2


def test_a_receiver_that_is_gone_is_disabled_at_once(scene: Scene) -> None:
    chapter, rel = scene.a_chapter(), new_id("rel")
    with a_receiver(410) as receiver:
        webhook = registered(scene, chapter, receiver.url)
        scene.tell(
            chapter,
            rel,
            scene.proposed(f"mem_a-{chapter}", f"mem_b-{chapter}"),
            scene.agreed(f"mem_a-{chapter}", f"mem_b-{chapter}"),
        )
        scene.quiet()
        scene.tell(chapter, rel, scene.started(f"mem_a-{chapter}", f"mem_b-{chapter}"))
        scene.quiet()
        assert got(receiver) == [(rel, 1)]
    shown = scene.stack.get(f"{HOOKS}/{webhook['id']}", coordinator(scene, chapter)).get_json()
    assert (shown["state"], shown["reason"]) == ("disabled", "gone")
    states = [(item["state"], item["reason"]) for item in deliveries(scene, chapter, webhook["id"])]
    assert states == [("failed", "webhook_disabled"), ("failed", "http_410")]


def test_a_receiver_that_is_down_for_a_day_loses_nothing(scene: Scene) -> None:
    chapter, rel = scene.a_chapter(), new_id("rel")
    with a_receiver(*[503] * 20) as receiver:
        webhook = registered(scene, chapter, receiver.url)
        scene.tell(
            chapter,
            rel,
            scene.proposed(f"mem_a-{chapter}", f"mem_b-{chapter}"),
            scene.agreed(f"mem_a-{chapter}", f"mem_b-{chapter}"),
        )
        until = scene.stack.clock() + timedelta(days=1)
        while scene.stack.clock() < until:
            scene.quiet()
            scene.stack.clock.advance(hours=4)
        tried = len(receiver.posted)
        assert tried >= 5
        receiver.answers.clear()
        scene.stack.clock.advance(hours=18)
        scene.quiet()
        assert got(receiver)[tried:] == [(rel, 1), (rel, 2)]
    shown = scene.stack.get(f"{HOOKS}/{webhook['id']}", coordinator(scene, chapter)).get_json()
    assert shown["failing_since"] is None


def test_a_receiver_that_fails_for_five_days_is_disabled(scene: Scene) -> None:
    chapter = scene.a_chapter()
    with a_receiver(*[500] * 100) as receiver:
        webhook = registered(scene, chapter, receiver.url)
        for _ in range(2):
            scene.tell(chapter, new_id("rel"), scene.proposed(f"mem_a-{chapter}", f"mem_b-{chapter}"))
            scene.quiet()
            scene.stack.clock.advance(days=5, seconds=1)
        scene.quiet()
    shown = scene.stack.get(f"{HOOKS}/{webhook['id']}", coordinator(scene, chapter)).get_json()
    assert (shown["state"], shown["reason"]) == ("disabled", "failing_for_5_days")
    assert {item["state"] for item in deliveries(scene, chapter, webhook["id"])} == {"failed"}


def test_a_delivery_that_is_never_taken_ends_as_failed_and_the_next_goes_on(scene: Scene) -> None:
    chapter, rel, other = scene.a_chapter(), new_id("rel"), new_id("rel")

    def picky(handler: BaseHTTPRequestHandler) -> None:
        refused = handler.headers["webhook-id"] == f"{rel}:1"
        handler.send_response(422 if refused else 204)
        handler.end_headers()

    with a_receiver(*[picky] * 100) as receiver:
        webhook = registered(scene, chapter, receiver.url)
        scene.tell(
            chapter,
            rel,
            scene.proposed(f"mem_a-{chapter}", f"mem_b-{chapter}"),
            scene.agreed(f"mem_a-{chapter}", f"mem_b-{chapter}"),
        )
        for number in range(10):
            scene.tell(chapter, f"{other}{number}", scene.proposed(f"mem_a-{chapter}", f"mem_c-{chapter}"))
            scene.quiet()
            scene.stack.clock.advance(hours=29)
    assert got(receiver).count((rel, 1)) == 10
    assert got(receiver).count((rel, 2)) == 1
    earliest = deliveries(scene, chapter, webhook["id"])[-1]
    assert (earliest["id"].split(":webhook:")[0], earliest["state"], earliest["reason"]) == (
        f"{rel}:1",
        "failed",
        "http_422",
    )


def test_a_stuck_receiver_slows_nobody_else(scene: Scene) -> None:
    def stuck(handler: BaseHTTPRequestHandler) -> None:
        released.wait(20)

    released = threading.Event()
    chapter, stuck_in = scene.a_chapter(), scene.a_chapter()
    with a_receiver(*[stuck] * 20) as slow, a_receiver() as quick:
        registered(scene, stuck_in, slow.url)
        registered(scene, chapter, quick.url)
        for _ in range(12):
            scene.tell(stuck_in, new_id("rel"), scene.proposed(f"mem_a-{stuck_in}", f"mem_b-{stuck_in}"))
        for _ in range(12):
            scene.tell(chapter, new_id("rel"), scene.proposed(f"mem_a-{chapter}", f"mem_b-{chapter}"))
        scene.publish()
        scene.stack.quiet(chores=False)
        assert place_events(scene.room) == 24
        began_s = time.monotonic()
        wait_for(
            lambda: deliver_due(scene.room) and len(quick.posted) == 12,
            ATTEMPT_WITHIN_S / 2,
            "the healthy receiver's turn",
        )
        assert time.monotonic() - began_s < ATTEMPT_WITHIN_S / 2  # far less than the stuck one is waited for
        wait_for(lambda: len(slow.posted) >= 4, what="the stuck one's turn")
        assert len(slow.posted) == 4  # its own slots, and no more
        released.set()
        scene.quiet()


def test_what_waits_for_a_removed_webhook_is_not_delivered(scene: Scene) -> None:
    chapter, rel = scene.a_chapter(), new_id("rel")
    with a_receiver(500) as receiver:
        webhook = registered(scene, chapter, receiver.url)
        scene.tell(chapter, rel, scene.proposed(f"mem_a-{chapter}", f"mem_b-{chapter}"))
        scene.quiet()
        removed = scene.stack.ask("DELETE", f"{HOOKS}/{webhook['id']}", coordinator(scene, chapter))
        assert removed.status_code == 204
        scene.tell(chapter, rel, scene.agreed(f"mem_a-{chapter}", f"mem_b-{chapter}"))
        scene.stack.clock.advance(days=1)
        scene.quiet()
        assert len(receiver.posted) == 1
    rows = list(scene.room.store.db["deliveries"].find({"webhook": webhook["id"]}))
    assert [(row["state"], row["reason"]) for row in rows] == [("failed", "webhook_removed")]
