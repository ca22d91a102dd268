"""What a chapter takes back from an integrator ends at once: what waits, what is replayed, what could be sent again. So does erasure."""

import json
from typing import Any

import pytest

from services.notifications.domain.webhooks import may_reach
from services.notifications.feed.forgetting import forget_members
from services.notifications.webhooks import again
from shared.events import matching
from shared.ids import new_id
from tests.flows.integrators import ACCOUNTS, FEED, Integrator, Json, a_life, an_integrator, let_in, staff
from tests.flows.notifications_scene import Receiver, Scene, a_receiver
from tests.flows.test_webhook_endpoints import HOOKS, ask, registered
from tests.flows.test_webhook_replays import finish, log, replayed

pytest_plugins = ["tests.flows.notifications_fixture"]


def guest(scene: Scene) -> tuple[Integrator, str, str]:
    """An account with its home and a chapter that let it in."""
    home, there = scene.a_chapter(), scene.a_chapter()
    one = an_integrator(scene, home)
    let_in(scene, there, one, "events:read", "events:replay", "webhooks:write")
    return one, home, there


def taken_back(scene: Scene, one: Integrator, chapter: str) -> None:
    answer = scene.stack.ask("DELETE", f"{ACCOUNTS}/{one.id}", staff(scene, chapter))
    assert answer.status_code == 204


def chapters(receiver: Receiver) -> list[str]:
    return [json.loads(posted.body)["chapter"] for posted in receiver.posted]


def test_what_waits_for_a_webhook_is_not_delivered_any_more(scene: Scene) -> None:
    one, home, there = guest(scene)
    with a_receiver(500) as receiver:
        webhook = registered(one, receiver.url)["id"]
        a_life(scene, there, new_id("rel"), 3)
        scene.quiet()
        assert chapters(receiver) == [there]
        taken_back(scene, one, there)
        scene.stack.clock.advance(seconds=10)
        scene.quiet()
        assert chapters(receiver) == [there]
        told = a_life(scene, home, new_id("rel"), 1)
        scene.quiet()
        assert chapters(receiver) == [there, home]
    kept = scene.room.store.db["deliveries"].find({"webhook": webhook, "chapter": there})
    assert {row["reason"] for row in kept} == {"chapter_withdrawn"}
    assert [item["event"] for item in log(one, webhook)] == told


def test_a_replay_that_runs_stops_there(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(again, "A_STEP", 2)
    one, _, there = guest(scene)
    for _ in range(3):
        a_life(scene, there, new_id("rel"))
    scene.quiet()
    with a_receiver() as receiver:
        webhook = registered(one, receiver.url, chapters=[there])["id"]
        replay = replayed(one, webhook)
        scene.quiet()
        before = len(receiver.posted)
        assert 0 < before < 12
        taken_back(scene, one, there)
        assert finish(one, webhook, replay["id"])["state"] == "cancelled"
        assert len(receiver.posted) == before
        refused = ask(one, "POST", f"{HOOKS}/{webhook}/replays", {}, 409)
        assert refused["code"] == "no_chapters"


def test_a_delivery_of_it_cannot_be_sent_again(scene: Scene) -> None:
    one, _, there = guest(scene)
    with a_receiver() as receiver:
        webhook = registered(one, receiver.url)["id"]
        a_life(scene, there, new_id("rel"), 1)
        scene.quiet()
        (sent,) = log(one, webhook)
        taken_back(scene, one, there)
        path = f"{HOOKS}/{webhook}/deliveries/{sent['id']}/resend"
        assert ask(one, "POST", path, status=403)["code"] == "chapter_not_granted"
        assert log(one, webhook) == []


def test_a_grant_without_webhooks_ends_those_of_the_chapter(scene: Scene) -> None:
    one, _, there = guest(scene)
    with a_receiver() as receiver:
        made = registered(one, receiver.url)
        let_in(scene, there, one, "events:read")
        a_life(scene, there, new_id("rel"), 1)
        scene.quiet()
        assert receiver.posted == []
        ask(one, "PATCH", f"{HOOKS}/{made['id']}", {"state": "disabled"})
        ask(one, "PATCH", f"{HOOKS}/{made['id']}", {"state": "active"})
        a_life(scene, there, new_id("rel"), 1)
        scene.quiet()
        assert receiver.posted == []
        assert len(one.follow(chapter=there)[0]) == 2


def test_after_the_tombstone_no_delivery_names_the_two(scene: Scene) -> None:
    chapter, rel = scene.a_chapter(), new_id("rel")
    one = an_integrator(scene, chapter)
    with a_receiver() as receiver:
        webhook = registered(one, receiver.url)["id"]
        a_life(scene, chapter, rel, 2)
        scene.quiet()
        first = log(one, webhook)[-1]
        scene.tell(chapter, rel, matching.RelationshipErased())
        scene.quiet()
        ask(one, "POST", f"{HOOKS}/{webhook}/deliveries/{first['id']}/resend", status=202)
        scene.quiet()
    last = json.loads(receiver.posted[-1].body)
    assert (last["id"], last["data"]["mentee"], last["data"]["mentor"]) == (f"{rel}:1", "erased", "erased")
    kept = list(scene.room.store.db["deliveries"].find({"relationship": rel}))
    assert len(kept) == 4
    assert f"mem_a-{rel}" not in json.dumps(kept, default=str)


def test_what_waited_for_its_place_when_the_tombstone_came_is_delivered_without_the_two(scene: Scene) -> None:
    chapter, rel = scene.a_chapter(), new_id("rel")
    one = an_integrator(scene, chapter)
    with a_receiver() as receiver:
        registered(one, receiver.url)
        a_life(scene, chapter, rel, 2)
        scene.tell(chapter, rel, matching.RelationshipErased())
        scene.publish()
        scene.stack.quiet(chores=False)
        assert receiver.posted == []
        scene.quiet()
        assert len(receiver.posted) == 3
    assert not any(f"-{rel}".encode() in posted.body for posted in receiver.posted)


@pytest.mark.parametrize("made_by", ["a replay", "a resend"])
def test_what_is_sent_again_while_the_tombstone_comes_names_nobody(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, made_by: str
) -> None:
    chapter, rel = scene.a_chapter(), new_id("rel")
    one = an_integrator(scene, chapter)
    with a_receiver() as receiver:
        webhook = registered(one, receiver.url)["id"]
        a_life(scene, chapter, rel, 2)
        scene.quiet()
        sent = log(one, webhook)[-1]

        def erased_meanwhile(work: Any) -> Any:
            def then(*given: Any) -> Any:
                found = work(*given)
                scene.tell(chapter, rel, matching.RelationshipErased())
                scene.publish()
                scene.stack.quiet(chores=False)
                forget_members(scene.room)
                return found

            return then

        if made_by == "a replay":
            monkeypatch.setattr(again, "_chosen", erased_meanwhile(again._chosen))
            replayed(one, webhook)
            again.replay_due(scene.room)
        else:
            asked = "services.notifications.webhooks.deliveries_api.may_reach"
            monkeypatch.setattr(asked, erased_meanwhile(may_reach))
            ask(one, "POST", f"{HOOKS}/{webhook}/deliveries/{sent['id']}/resend", status=202)
        monkeypatch.undo()
        scene.quiet()
        named = [posted for posted in receiver.posted if f"-{rel}".encode() in posted.body]
        assert len(receiver.posted) > 3
    assert len(named) == 2, "those before the tombstone"


def test_a_cursor_tells_nothing_of_what_happens_elsewhere(scene: Scene) -> None:
    one = an_integrator(scene, scene.a_chapter())
    cursors = {one.page()["next"] for _ in range(3)}
    assert len(cursors) == 3  # of one and the same place


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]
)
def test_a_time_that_no_calendar_holds_is_refused(scene: Scene, moment: str) -> None:
    one = an_integrator(scene, scene.a_chapter())
    with a_receiver() as receiver:
        webhook = registered(one, receiver.url)["id"]

    def asked(path: str, **query: Any) -> Json:
        answer = scene.stack.get(path, one.headers(), query_string=query)
        assert answer.status_code == 422, answer.text
        return dict(answer.get_json())

    for name in ("since", "until"):
        for path in (FEED, f"{FEED}.ndjson", f"{HOOKS}/{webhook}/deliveries"):
            assert asked(path, **{name: moment})["code"] == "invalid"
        assert ask(one, "POST", f"{HOOKS}/{webhook}/replays", {name: moment}, 422)["code"] == "invalid"


def test_one_account_does_not_hold_every_thread(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.notifications.access.rates.MAX_UNDER_WAY", 0)
    one = an_integrator(scene, scene.a_chapter())
    answer = scene.stack.get(FEED, one.headers())
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    monkeypatch.setattr("services.notifications.access.rates.MAX_UNDER_WAY", 1)
    for _ in range(3):
        assert scene.stack.get(FEED, one.headers()).status_code == 200
