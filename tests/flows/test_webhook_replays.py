"""Sending again: one delivery, a test, or history, to one webhook, while live events go on in order."""

import json
from datetime import timedelta
from typing import Any

import pytest

from services.notifications.domain.replays import A_SECOND
from services.notifications.webhooks import again
from shared.ids import new_id
from tests.flows.integrators import Integrator, Json, a_life, an_integrator
from tests.flows.notifications_scene import Receiver, Scene, a_receiver
from tests.flows.test_webhook_endpoints import HOOKS, ask, got, registered

pytest_plugins = ["tests.flows.notifications_fixture"]


def replayed(one: Integrator, webhook: str, **wanted: Any) -> Json:
    made = ask(one, "POST", f"{HOOKS}/{webhook}/replays", wanted, 202)
    assert isinstance(made, dict)
    return made


def finish(one: Integrator, webhook: str, replay: str) -> Json:
    """Let the clock run until the replay is over."""
    for _ in range(100):
        one.scene.quiet()
        shown = ask(one, "GET", f"{HOOKS}/{webhook}/replays/{replay}")
        if shown["state"] != "running":
            assert isinstance(shown, dict)
            return shown
        one.scene.stack.clock.advance(seconds=2)
    raise AssertionError("the replay does not end")


def again_ids(receiver: Receiver) -> list[str]:
    return [json.loads(posted.body)["id"] for posted in receiver.posted if "cairn-again" in posted.headers]


def test_the_whole_history_of_a_chapter_is_sent_again_marked_and_in_order(scene: Scene) -> None:
    chapter, other = scene.a_chapter(), scene.a_chapter()
    first, second = new_id("rel"), new_id("rel")
    told = a_life(scene, chapter, first) + a_life(scene, chapter, second)
    a_life(scene, other, new_id("rel"))
    scene.quiet()
    one = an_integrator(scene, chapter)
    with a_receiver() as receiver:
        webhook = registered(one, receiver.url)["id"]
        replay = replayed(one, webhook)
        shown = finish(one, webhook, replay["id"])
        scene.quiet()

    assert (shown["state"], shown["made"], shown["share"]) == ("done", len(told), 1.0)
    assert sorted(got(receiver)) == sorted(told)
    for rel in (first, second):
        assert [id for id in got(receiver) if id.startswith(rel)] == [id for id in told if id.startswith(rel)]
    for posted in receiver.posted:
        event = json.loads(posted.body)
        assert (event["replay"], posted.headers["cairn-again"]) == (replay["id"], replay["id"])
        assert posted.headers["webhook-id"] == event["id"]


def test_a_replay_goes_on_where_it_was_after_a_restart_and_sends_nothing_twice(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(again, "A_STEP", 3)
    chapter = scene.a_chapter()
    told = [id for _ in range(4) for id in a_life(scene, chapter, new_id("rel"))]
    scene.quiet()
    one = an_integrator(scene, chapter)
    with a_receiver() as receiver:
        webhook = registered(one, receiver.url)["id"]
        replay = replayed(one, webhook)
        again.replay_due(scene.room)
        kept = scene.room.store.db["replays"].find_one({"_id": replay["id"]})
        assert kept is not None
        assert kept["state"] == "running"
        finish(one, webhook, replay["id"])  # by the chore of a process that knows nothing of what was before
    assert sorted(got(receiver)) == sorted(told)
    assert len(set(got(receiver))) == len(told)


def test_live_events_are_not_held_up_by_a_replay(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(again, "A_STEP", 2)
    chapter = scene.a_chapter()
    for _ in range(3):
        a_life(scene, chapter, new_id("rel"))
    scene.quiet()
    one = an_integrator(scene, chapter)
    with a_receiver() as receiver:
        webhook = registered(one, receiver.url)["id"]
        replay = replayed(one, webhook)
        rel = new_id("rel")
        live = a_life(scene, chapter, rel)
        scene.quiet()
        assert [id for id in got(receiver) if id.startswith(rel)] == live
        finish(one, webhook, replay["id"])
    assert len(again_ids(receiver)) == 12
    assert [id for id in got(receiver) if id.startswith(rel)] == live


def test_a_replay_sends_no_more_than_its_rate(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(again, "A_STEP", 4)
    chapter = scene.a_chapter()
    for _ in range(2):
        a_life(scene, chapter, new_id("rel"))
    scene.quiet()
    one = an_integrator(scene, chapter)
    with a_receiver() as receiver:
        webhook = registered(one, receiver.url)["id"]
        replay = replayed(one, webhook)
        scene.quiet()
        kept = scene.room.store.db["replays"].find_one({"_id": replay["id"]})
        assert kept is not None
        assert kept["due_at"] == scene.stack.clock() + timedelta(seconds=4 / A_SECOND)
        assert len(receiver.posted) == 4


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({}, [1, 2, 3, 4]),
        ({"from_sequence": 3}, [3, 4]),
        ({"types": ["cairn.relationship.introduction_held.v1"]}, [3]),
    ],
)
def test_a_replay_is_of_what_was_asked_for(scene: Scene, wanted: Json, numbers: list[int]) -> None:
    chapter, rel = scene.a_chapter(), new_id("rel")
    a_life(scene, chapter, rel)
    a_life(scene, chapter, new_id("rel"))
    scene.quiet()
    one = an_integrator(scene, chapter)
    with a_receiver() as receiver:
        webhook = registered(one, receiver.url)["id"]
        replay = replayed(one, webhook, relationship=rel, **wanted)
        finish(one, webhook, replay["id"])
    assert got(receiver) == [f"{rel}:{number}" for number in numbers]


def test_a_replay_begins_at_a_date_or_a_cursor(scene: Scene) -> None:
    chapter = scene.a_chapter()
    a_life(scene, chapter, new_id("rel"), 2)
    scene.quiet()
    one = an_integrator(scene, chapter)
    _, cursor = one.follow()
    scene.stack.clock.advance(days=1)
    moment = scene.stack.clock().isoformat()
    late = a_life(scene, chapter, new_id("rel"), 2)
    scene.quiet()
    for wanted in ({"since": moment}, {"after": cursor}):
        with a_receiver() as receiver:
            webhook = registered(one, receiver.url)["id"]
            finish(one, webhook, replayed(one, webhook, **wanted)["id"])
        assert got(receiver) == late


def test_all_that_failed_is_sent_again_and_nothing_else(scene: Scene) -> None:
    chapter, rel = scene.a_chapter(), new_id("rel")
    one = an_integrator(scene, chapter)
    with a_receiver() as receiver:
        webhook = registered(one, receiver.url)["id"]
        fine = a_life(scene, chapter, new_id("rel"), 2)
        scene.quiet()
        receiver.answers += [500] * 10
        told = a_life(scene, chapter, rel, 1)
        for _ in range(100):  # ten attempts: three days, and their jitter
            scene.quiet()
            scene.stack.clock.advance(hours=1)
        assert [one["state"] for one in log(one, webhook, state="failed")] == ["failed"]
        assert got(receiver)[:2] == fine
        finish(one, webhook, replayed(one, webhook, failed_only=True)["id"])
    assert again_ids(receiver) == told


def test_one_delivery_is_sent_again_with_the_same_bytes_under_the_same_id(scene: Scene) -> None:
    chapter = scene.a_chapter()
    one = an_integrator(scene, chapter)
    with a_receiver() as receiver:
        webhook = registered(one, receiver.url)["id"]
        a_life(scene, chapter, new_id("rel"), 1)
        scene.quiet()
        (sent,) = log(one, webhook)
        path = f"{HOOKS}/{webhook}/deliveries/{sent['id']}/resend"
        made = ask(one, "POST", path, status=202)
        scene.quiet()
        assert [item["state"] for item in log(one, webhook)] == ["delivered", "delivered"]
    first, second = receiver.posted
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert second.headers["cairn-again"] == made["again"]


def test_one_that_waits_is_tried_now_and_those_behind_it_follow(scene: Scene) -> None:
    chapter, rel, other = scene.a_chapter(), new_id("rel"), new_id("rel")
    one = an_integrator(scene, chapter)
    with a_receiver(500, 500) as receiver:
        webhook = registered(one, receiver.url)["id"]
        a_life(scene, chapter, rel, 3)
        a_life(scene, chapter, other, 1)
        scene.quiet()
        assert len(receiver.posted) == 2
        first = next(item for item in log(one, webhook) if item["event"] == f"{rel}:1")
        path = f"{HOOKS}/{webhook}/deliveries/{first['id']}/resend"
        assert ask(one, "POST", path, status=202)["id"] == first["id"]
        scene.quiet()
        assert [posted.headers["webhook-id"] for posted in receiver.posted[2:]] == [
            f"{rel}:{number}" for number in (1, 2, 3)
        ]
        assert [item["event"] for item in log(one, webhook, state="waiting")] == [f"{other}:1"]


@pytest.mark.parametrize("mended", ["url", "state"])
def test_a_webhook_that_was_mended_is_tried_at_once(scene: Scene, mended: str) -> None:
    chapter, rel = scene.a_chapter(), new_id("rel")
    one = an_integrator(scene, chapter)
    with a_receiver(500) as broken, a_receiver() as well:
        webhook = registered(one, broken.url)["id"]
        a_life(scene, chapter, rel, 2)
        scene.quiet()
        if mended == "url":
            ask(one, "PATCH", f"{HOOKS}/{webhook}", {"url": well.url})
        else:
            for state in ("disabled", "active"):
                ask(one, "PATCH", f"{HOOKS}/{webhook}", {"state": state})
        scene.quiet()
        posted = well.posted if mended == "url" else broken.posted[1:]
        assert [one.headers["webhook-id"] for one in posted] == [f"{rel}:1", f"{rel}:2"]


def test_a_test_of_each_type_is_sent_signed_and_says_that_it_is_one(scene: Scene) -> None:
    chapter = scene.a_chapter()
    one = an_integrator(scene, chapter)
    types = ["cairn.relationship.started.v1", "cairn.relationship.erased.v1", "cairn.webhook.failing.v1"]
    with a_receiver() as receiver:
        made = registered(one, receiver.url)
        for type in types:
            ask(one, "POST", f"{HOOKS}/{made['id']}/tests", {"type": type}, 202)
        scene.quiet()
    events = [json.loads(posted.body) for posted in receiver.posted]
    assert sorted(event["type"] for event in events) == sorted(types)
    assert all(event["test"].startswith("test_") and event["chapter"] == chapter for event in events)
    assert one.follow()[0] == []


def log(one: Integrator, webhook: str, **query: str) -> list[Json]:
    answer = one.scene.stack.get(f"{HOOKS}/{webhook}/deliveries", one.headers(), query_string=query)
    assert answer.status_code == 200, answer.text
    items = answer.get_json()["items"]
    assert isinstance(items, list)
    return items


def test_the_log_is_searched_by_state_type_relationship_and_time(scene: Scene) -> None:
    chapter, rel, other = scene.a_chapter(), new_id("rel"), new_id("rel")
    one = an_integrator(scene, chapter)
    with a_receiver() as receiver:
        webhook = registered(one, receiver.url)["id"]
        a_life(scene, chapter, rel, 2)
        scene.quiet()
        scene.stack.clock.advance(hours=1)
        moment = scene.stack.clock().isoformat()
        receiver.answers += [500]
        a_life(scene, chapter, other, 1)
        scene.quiet()

    def found(**query: str) -> list[str]:
        return [item["event"] for item in log(one, webhook, **query)]

    assert found() == [f"{other}:1", f"{rel}:2", f"{rel}:1"]
    assert found(limit="2") == [f"{other}:1", f"{rel}:2"]
    assert found(state="waiting") == found(since=moment) == found(relationship=other) == [f"{other}:1"]
    assert found(type="cairn.relationship.introduction_agreed.v1") == [f"{rel}:2"]
    assert found(until=moment, state="delivered") == [f"{rel}:2", f"{rel}:1"]
    last = log(one, webhook)[1]["id"]
    assert found(after=last) == [f"{rel}:1"]
    answer = scene.stack.get(
        f"{HOOKS}/{webhook}/deliveries", one.headers(), query_string={"after": "nonsense"}
    )
    assert (answer.status_code, answer.get_json()["code"]) == (400, "cursor_invalid")


@pytest.mark.parametrize("looked_at", [1, 2, 3, 100])
def test_a_search_looks_at_so_many_at_a_time_and_leads_on_to_all_that_it_admits(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, looked_at: int
) -> None:
    monkeypatch.setattr("services.notifications.webhooks.log.LOOKED_AT", looked_at)
    chapter, rels = scene.a_chapter(), [new_id("rel") for _ in range(3)]
    one = an_integrator(scene, chapter)
    with a_receiver() as receiver:
        webhook = registered(one, receiver.url)["id"]
        for rel in rels:
            a_life(scene, chapter, rel, 2)
            scene.quiet()
            scene.stack.clock.advance(seconds=1)

    def searched(**query: Any) -> tuple[list[str], int]:
        """What is found page after page, and in how many pages."""
        found: list[str] = []
        pages = 0
        after: str | None = ""
        while after is not None:
            path = f"{HOOKS}/{webhook}/deliveries"
            answer = scene.stack.get(path, one.headers(), query_string={**query, "after": after})
            assert answer.status_code == 200, answer.text
            found += [item["event"] for item in answer.get_json()["items"]]
            pages, after = pages + 1, answer.get_json()["next"]
        return found, pages

    first, agreed = "cairn.relationship.proposed.v1", "cairn.relationship.introduction_agreed.v1"
    assert searched(type=first)[0] == [f"{rel}:1" for rel in reversed(rels)]
    assert searched(type=agreed, limit=1)[0] == [f"{rel}:2" for rel in reversed(rels)]
    assert searched(type=agreed, state="delivered", relationship=rels[1])[0] == [f"{rels[1]}:2"]
    assert searched(type="cairn.relationship.ended.v1") == ([], 6 // looked_at + 1)


def test_the_statistics_of_too_many_deliveries_are_of_the_latest_and_say_so(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    chapter = scene.a_chapter()
    one = an_integrator(scene, chapter)
    with a_receiver() as receiver:
        webhook = registered(one, receiver.url)["id"]
        for _ in range(3):
            a_life(scene, chapter, new_id("rel"), 1)
            scene.quiet()

    def counted() -> tuple[int, bool, str]:
        shown = ask(one, "GET", f"{HOOKS}/{webhook}/statistics?hours=1")
        return shown["delivered"], shown["whole"], shown["since"]

    now = scene.stack.clock()
    assert counted() == (3, True, (now - timedelta(hours=1)).isoformat())
    monkeypatch.setattr("services.notifications.webhooks.statistics.MAX_COUNTED", 2)
    assert counted() == (2, False, log(one, webhook)[1]["made_at"])


def test_the_statistics_count_what_became_of_the_deliveries(scene: Scene) -> None:
    chapter = scene.a_chapter()
    one = an_integrator(scene, chapter)
    with a_receiver(204, 500) as receiver:
        webhook = registered(one, receiver.url)["id"]
        a_life(scene, chapter, new_id("rel"), 1)
        scene.quiet()
        a_life(scene, chapter, new_id("rel"), 1)
        scene.quiet()
        waiting = ask(one, "GET", f"{HOOKS}/{webhook}/statistics")
        scene.stack.clock.advance(seconds=7)
        scene.quiet()
        shown = ask(one, "GET", f"{HOOKS}/{webhook}/statistics")
    assert (waiting["delivered"], waiting["waiting"], waiting["attempts"]) == (1, 1, 2)
    assert waiting["oldest_waiting_since"] is not None
    assert (shown["delivered"], shown["waiting"], shown["failed"], shown["attempts"]) == (2, 0, 0, 3)
    assert (shown["first_time"], shown["oldest_waiting_since"]) == (0.5, None)
    assert 0 <= shown["answer_p50_ms"] <= shown["answer_p99_ms"] < 5_000


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({"chapters": ["another-town"]}, 403, "chapter_not_granted"),
        ({"types": ["cairn.nothing.v1"]}, 422, "invalid"),
        ({"from_sequence": 3}, 422, "invalid"),
        ({"after": "not-a-cursor"}, 400, "cursor_invalid"),
        ({"since": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"}, 422, "invalid"),
        ({"speed": "fast"}, 422, "invalid"),
    ],
)
def test_a_replay_that_cannot_be_is_refused(scene: Scene, wanted: Json, status: int, code: str) -> None:
    one = an_integrator(scene, scene.a_chapter())
    with a_receiver() as receiver:
        webhook = registered(one, receiver.url)["id"]
        refused = ask(one, "POST", f"{HOOKS}/{webhook}/replays", wanted, status)
    assert refused["code"] == code


def test_so_many_replays_run_at_once_and_one_can_be_cancelled(scene: Scene) -> None:
    chapter = scene.a_chapter()
    a_life(scene, chapter, new_id("rel"))
    scene.quiet()
    one = an_integrator(scene, chapter)
    with a_receiver() as receiver:
        webhook = registered(one, receiver.url)["id"]
        path = f"{HOOKS}/{webhook}/replays"
        made = [replayed(one, webhook)["id"] for _ in range(3)]
        assert ask(one, "POST", path, {}, 409)["code"] == "too_many_replays"
        assert ask(one, "DELETE", f"{path}/{made[0]}")["state"] == "cancelled"
        replayed(one, webhook)
        for id in made[1:]:
            finish(one, webhook, id)
    assert len(receiver.posted) == 12
