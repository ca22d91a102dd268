"""Webhooks as integrators keep them: whose they are, which chapters they follow, order or none, secrets that change, warnings."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook as Stock

from services.notifications.webhooks.crowds import IN_FLIGHT
from shared.ids import new_id
from tests.flows.integrators import ACCOUNTS, Integrator, Json, N, a_life, an_integrator, let_in, staff
from tests.flows.notifications_scene import Receiver, Scene, a_receiver
from tests.node import run_node

pytest_plugins = ["tests.flows.notifications_fixture"]

HOOKS = f"{N}/webhooks"


def ask(one: Integrator, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    answer = one.scene.stack.ask(method, path, one.headers(), **({} if body is None else {"json": body}))
    assert answer.status_code == status, answer.text
    return answer.get_json(silent=True)


def registered(one: Integrator, url: str, **more: Any) -> Json:
    made = ask(one, "POST", HOOKS, {"url": url, **more}, 201)
    assert isinstance(made, dict)
    return made


def got(receiver: Receiver) -> list[str]:
    """The ids of the events that came, in order."""
    return [json.loads(posted.body)["id"] for posted in receiver.posted]


def verifies(secret: str, receiver: Receiver) -> list[bool]:
    """Whether the stock library in Python takes the signature of each request; the one of npm must say the same."""
    found = []
    for posted in receiver.posted:
        try:
            Stock(secret).verify(posted.body, posted.headers)
            found.append(True)
        except Exception:  # noqa: BLE001 - the library raises its own and ValueError
            found.append(False)
        headers = {name: value for name, value in posted.headers.items() if name.startswith("webhook-")}
        given = {"secret": secret, "headers": headers, "body": posted.body.decode()}
        assert run_node("verify_webhook.mjs", given)["verified"] is found[-1]
    return found


def test_an_account_follows_the_chapters_that_it_names_and_may(scene: Scene) -> None:
    home, guest, foreign = scene.a_chapter(), scene.a_chapter(), scene.a_chapter()
    one = an_integrator(scene, home)
    let_in(scene, guest, one, "events:read", "webhooks:write")
    with a_receiver() as everything, a_receiver() as some:
        both = registered(one, everything.url)
        registered(one, some.url, chapters=[guest])
        assert both["chapters"] == sorted([home, guest])
        told = {chapter: a_life(scene, chapter, new_id("rel"), 1) for chapter in (home, guest, foreign)}
        scene.quiet()
        assert sorted(got(everything)) == sorted(told[home] + told[guest])
        assert got(some) == told[guest]

        refused = ask(one, "POST", HOOKS, {"url": some.url, "chapters": [foreign]}, 403)
        assert (refused["code"], refused["chapter"]) == ("chapter_not_granted", foreign)

        scene.stack.ask("DELETE", f"{ACCOUNTS}/{one.id}", staff(scene, guest))
        a_life(scene, guest, new_id("rel"), 1)
        scene.quiet()
        assert (len(everything.posted), len(some.posted)) == (2, 1)
        assert ask(one, "GET", f"{HOOKS}/{both['id']}")["chapters"] == [home]


def test_each_owner_sees_and_changes_their_own_webhooks_only(scene: Scene) -> None:
    chapter = scene.a_chapter()
    mine, other = an_integrator(scene, chapter), an_integrator(scene, chapter)
    with a_receiver() as receiver:
        made = registered(mine, receiver.url)
    path = f"{HOOKS}/{made['id']}"
    for headers in (other.headers(), staff(scene, chapter)):
        for method, at in (("GET", path), ("PATCH", path), ("DELETE", path), ("GET", f"{path}/deliveries")):
            asked = {"json": {"note": "x"}} if method == "PATCH" else {}
            assert scene.stack.ask(method, at, headers, **asked).status_code == 404, (method, at)
        assert scene.stack.get(HOOKS, headers).get_json()["items"] == []
    assert [item["id"] for item in ask(mine, "GET", HOOKS)["items"]] == [made["id"]]


def test_without_an_order_a_failing_event_holds_back_no_other(scene: Scene) -> None:
    chapter, rel = scene.a_chapter(), new_id("rel")
    one = an_integrator(scene, chapter)
    with a_receiver(500) as receiver:
        registered(one, receiver.url, ordering="none")
        told = a_life(scene, chapter, rel, 3)
        scene.quiet()
        assert sorted(set(got(receiver))) == told
        scene.stack.clock.advance(seconds=7)
        scene.quiet()
    assert len(receiver.posted) == 4


def test_a_receiver_that_succeeds_slowly_holds_one_slot(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notifications.webhooks.courier.SLOW_MS", -1)
    at_once, lock, most = [0], threading.Lock(), [0]

    def slowly(handler: BaseHTTPRequestHandler) -> None:
        with lock:
            at_once[0] += 1
            if len(receiver.posted) > IN_FLIGHT:
                most[0] = max(most[0], at_once[0])
        time.sleep(0.02)  # long enough to be met by another, were there one
        with lock:
            at_once[0] -= 1
        handler.send_response(204)
        handler.end_headers()

    chapter = scene.a_chapter()
    one = an_integrator(scene, chapter)
    with a_receiver(*[slowly] * 40) as receiver:
        registered(one, receiver.url)
        for _ in range(20):
            a_life(scene, chapter, new_id("rel"), 1)
        scene.quiet()
        assert len(receiver.posted) == 20
    assert most == [1]


def test_while_a_secret_is_replaced_both_verify_and_then_the_new_one_only(scene: Scene) -> None:
    chapter = scene.a_chapter()
    one = an_integrator(scene, chapter)
    with a_receiver() as receiver:
        made = registered(one, receiver.url)
        old = made["secret"]
        new = ask(one, "POST", f"{HOOKS}/{made['id']}/secret", {"overlap_hours": 24}, 201)["secret"]
        a_life(scene, chapter, new_id("rel"), 1)
        scene.quiet()
        assert (verifies(old, receiver), verifies(new, receiver)) == ([True], [True])

        scene.stack.clock.advance(hours=24)
        a_life(scene, chapter, new_id("rel"), 1)
        scene.quiet()
        assert (verifies(old, receiver), verifies(new, receiver)) == ([True, False], [True, True])


def test_a_failing_webhook_is_warned_of_where_it_can_be_heard_and_then_disabled(scene: Scene) -> None:
    chapter = scene.a_chapter()
    one = an_integrator(scene, chapter)
    with a_receiver(*[500] * 1_000) as broken, a_receiver() as works:
        made = registered(one, broken.url)
        registered(one, works.url, types=["cairn.webhook.failing.v1", "cairn.webhook.disabled.v1"])
        a_life(scene, chapter, new_id("rel"), 1)
        for _ in range(140):
            scene.quiet()
            scene.stack.clock.advance(hours=1)
            if not scene.stack.clock().hour % 6:
                a_life(scene, chapter, new_id("rel"), 1)
    told = [json.loads(posted.body) for posted in works.posted]
    assert [(event["type"].split(".")[2], event["data"].get("after_hours")) for event in told] == [
        ("failing", 6),
        ("failing", 24),
        ("failing", 72),
        ("disabled", None),
    ]
    assert {event["data"]["webhook"] for event in told} == {made["id"]}
    shown = ask(one, "GET", f"{HOOKS}/{made['id']}")
    assert (shown["state"], shown["reason"]) == ("disabled", "failing_for_5_days")
    assert not [posted for posted in broken.posted if b"cairn.webhook" in posted.body]


def test_a_disabled_webhook_is_enabled_again_and_gets_what_happens_from_then_on(scene: Scene) -> None:
    chapter = scene.a_chapter()
    one = an_integrator(scene, chapter)
    with a_receiver() as receiver:
        made = registered(one, receiver.url)
        path = f"{HOOKS}/{made['id']}"
        assert ask(one, "PATCH", path, {"state": "disabled"})["reason"] == "by_its_owner"
        a_life(scene, chapter, new_id("rel"), 1)
        scene.quiet()
        assert ask(one, "PATCH", path, {"state": "active", "note": "again"})["note"] == "again"
        told = a_life(scene, chapter, new_id("rel"), 1)
        scene.quiet()
        assert got(receiver) == told


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"url": "http://10.0.0.8/hook"}, 422, "url_not_public"),
        ({"url": "ftp://example.org/"}, 422, "url_invalid"),
        ({"url": "https://example.org/", "types": ["cairn.relationship.started.v9"]}, 422, "invalid"),
        ({"url": "https://example.org/", "types": ["cairn.member.joined.v1"]}, 422, "invalid"),
        ({"url": "https://example.org/", "ordering": "global"}, 422, "invalid"),
        ({"url": "https://example.org/", "secret": "whsec_mine"}, 422, "invalid"),
        ({"url": "https://example.org/", "chapters": ["town", "town"]}, 422, "invalid"),
        ({}, 422, "invalid"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused(scene: Scene, body: Json, status: int, code: str) -> None:
    one = an_integrator(scene, scene.a_chapter())
    answer = scene.stack.ask("POST", HOOKS, one.headers(), json=body)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)


def test_an_account_has_no_more_webhooks_than_its_limit(scene: Scene, monkeypatch: Any) -> None:
    monkeypatch.setattr("services.notifications.webhooks.commands.MAX_WEBHOOKS", 2)
    one = an_integrator(scene, scene.a_chapter())
    with a_receiver() as receiver:
        for _ in range(2):
            registered(one, receiver.url)
        assert ask(one, "POST", HOOKS, {"url": receiver.url}, 409)["code"] == "too_many_webhooks"
