"""The pull feed: one line of relationship events, page after page, without a gap or a repeat for whoever follows `next`."""

import json
import threading
import time
from contextlib import ExitStack

import pytest

from services.notifications.feed.api import MAX_DOWNLOADS
from services.notifications.feed.waiting import MAX_WAITING, MAX_WAITING_EACH, a_turn
from services.notifications.kinds import FEED as KIND
from shared.events import matching
from shared.ids import new_id
from tests.flows.integrators import FEED, Json, a_life, an_integrator, let_in, staff
from tests.flows.notifications_scene import Scene

pytest_plugins = ["tests.flows.notifications_fixture"]


def ids(items: list[Json]) -> list[str]:
    return [item["id"] for item in items]


def test_who_follows_next_gets_every_event_once_in_the_order_of_its_relationship(scene: Scene) -> None:
    chapter = scene.a_chapter()
    first, second = new_id("rel"), new_id("rel")
    told = a_life(scene, chapter, first) + a_life(scene, chapter, second)
    scene.quiet()
    dashboard = an_integrator(scene, chapter)

    items, cursor = dashboard.follow(limit=3)
    assert sorted(ids(items)) == sorted(told)
    for rel in (first, second):
        assert [id for id in ids(items) if id.startswith(rel)] == [id for id in told if id.startswith(rel)]
    assert dashboard.follow(cursor)[0] == []

    more = a_life(scene, chapter, new_id("rel"), 2)
    scene.quiet()
    assert ids(dashboard.follow(cursor)[0]) == more


def test_the_events_are_cloudevents_whose_schema_is_served(scene: Scene) -> None:
    chapter, rel = scene.a_chapter(), new_id("rel")
    a_life(scene, chapter, rel, 1)
    scene.quiet()

    (event,) = an_integrator(scene, chapter).page()["items"]

    assert (event["specversion"], event["chapter"], event["partitionkey"]) == ("1.0", chapter, rel)
    assert event["dataschema"].endswith("/api/notifications/v1/schemas/cairn.relationship.proposed.v1.json")
    schema = scene.stack.get(event["dataschema"].removeprefix("http://cairn.test"))
    assert schema.get_json()["$id"] == event["dataschema"]
    assert set(schema.get_json()["properties"]) == set(event["data"])


def test_a_follower_chooses_chapters_types_a_relationship_and_times(scene: Scene) -> None:
    here, there, elsewhere = scene.a_chapter(), scene.a_chapter(), scene.a_chapter()
    one, two, foreign = new_id("rel"), new_id("rel"), new_id("rel")
    early = a_life(scene, here, one)
    scene.quiet()
    scene.stack.clock.advance(days=1)
    moment = scene.stack.clock().isoformat()
    late = a_life(scene, there, two)
    a_life(scene, elsewhere, foreign)
    scene.quiet()
    dashboard = an_integrator(scene, here)
    let_in(scene, there, dashboard, "events:read")

    assert sorted(ids(dashboard.follow()[0])) == sorted(early + late)
    assert ids(dashboard.follow(chapter=there)[0]) == late
    started = "cairn.relationship.started.v1"
    assert ids(dashboard.follow(type=started)[0]) == [early[3], late[3]]
    assert ids(dashboard.follow(relationship=two)[0]) == late
    assert ids(dashboard.follow(since=moment)[0]) == late
    assert ids(dashboard.follow(until=moment)[0]) == early
    assert dashboard.follow(relationship=foreign)[0] == []


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"after": "not-a-cursor"}, 400, "cursor_invalid"),
        ({"type": "cairn.relationship.started.v9"}, 422, "invalid"),
        ({"type": "cairn.member.joined.v1"}, 422, "invalid"),
        ({"chapter": "another-town"}, 403, "chapter_not_granted"),
        ({"limit": 0}, 422, "invalid"),
        ({"limit": 501}, 422, "invalid"),
        ({"wait": 26}, 422, "invalid"),
        ({"since": "yesterday"}, 422, "invalid"),
        ({"since": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"}, 422, "invalid"),
        ({"order": "newest"}, 422, "invalid"),
    ],
)
def test_what_a_follower_cannot_ask_is_refused_with_a_code(
    scene: Scene, query: Json, status: int, code: str
) -> None:
    dashboard = an_integrator(scene, scene.a_chapter())
    answer = scene.stack.get(FEED, dashboard.headers(), query_string=query)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)


def test_a_cursor_is_its_readers_own(scene: Scene) -> None:
    chapter = scene.a_chapter()
    a_life(scene, chapter, new_id("rel"))
    scene.quiet()
    mine, other = an_integrator(scene, chapter), an_integrator(scene, chapter)
    cursor = mine.page(limit=1)["next"]
    *head, hidden, tag = cursor.split(".")
    forged = ".".join((*head, ("A" if hidden[0] != "A" else "B") + hidden[1:], tag))

    for reader, given in ((other, cursor), (mine, forged)):
        answer = scene.stack.get(FEED, reader.headers(), query_string={"after": given})
        assert (answer.status_code, answer.get_json()["code"]) == (400, "cursor_invalid")
    assert len(mine.follow(cursor)[0]) == 3


def test_a_long_poll_is_answered_when_something_happens(scene: Scene) -> None:
    chapter, rel = scene.a_chapter(), new_id("rel")
    scene.quiet()
    dashboard = an_integrator(scene, chapter)
    _, cursor = dashboard.follow()
    got: list[Json] = []
    asked = threading.Thread(target=lambda: got.append(dashboard.page(after=cursor, wait=20)))

    began_s = time.monotonic()
    asked.start()
    a_life(scene, chapter, rel, 1)
    scene.quiet()
    asked.join(timeout=20)

    assert time.monotonic() - began_s < 15
    assert ids(got[0]["items"]) == [f"{rel}:1"]


def test_no_follower_and_not_all_together_hold_more_long_polls_open_than_their_share() -> None:
    with ExitStack() as polls:
        turns = [polls.enter_context(a_turn("svc_one")) for _ in range(MAX_WAITING_EACH + 1)]
        assert turns == [True] * MAX_WAITING_EACH + [False]
        others = [polls.enter_context(a_turn(f"svc_{number}")) for number in range(MAX_WAITING)]
        assert others.count(True) == MAX_WAITING - MAX_WAITING_EACH
    with a_turn("svc_one") as may_wait:
        assert may_wait


def test_who_has_its_share_of_long_polls_is_answered_at_once_with_a_cursor_to_go_on_from(
    scene: Scene,
) -> None:
    chapter, rel = scene.a_chapter(), new_id("rel")
    scene.quiet()
    dashboard = an_integrator(scene, chapter)
    _, cursor = dashboard.follow()
    with ExitStack() as polls:
        for _ in range(MAX_WAITING_EACH):
            polls.enter_context(a_turn(dashboard.id))
        began_s = time.monotonic()
        early = dashboard.page(after=cursor, wait=20)
        assert time.monotonic() - began_s < 10
    assert (early["items"], early["more"]) == ([], False)

    a_life(scene, chapter, rel, 1)
    scene.quiet()
    assert ids(dashboard.page(after=early["next"], wait=20)["items"]) == [f"{rel}:1"]


def test_a_download_holds_all_lines_and_is_resumed_after_the_last_that_arrived(scene: Scene) -> None:
    chapter = scene.a_chapter()
    told = [id for _ in range(3) for id in a_life(scene, chapter, new_id("rel"))]
    scene.quiet()
    dashboard = an_integrator(scene, chapter)

    def download(**query: str) -> list[Json]:
        answer = scene.stack.get(f"{FEED}.ndjson", dashboard.headers(), query_string=query)
        assert (answer.status_code, answer.content_type) == (200, "application/x-ndjson")
        return [json.loads(line) for line in answer.text.splitlines()]

    lines = download()
    assert sorted(ids(lines)) == sorted(told)
    assert ids(download(after=lines[4]["cursor"])) == ids(lines[5:])


def test_who_asks_only_for_the_head_of_a_download_holds_none(scene: Scene) -> None:
    chapter, rel = scene.a_chapter(), new_id("rel")
    a_life(scene, chapter, rel, 1)
    scene.quiet()
    dashboard = an_integrator(scene, chapter)
    for _ in range(MAX_DOWNLOADS + 1):
        with scene.stack.ask("HEAD", f"{FEED}.ndjson", dashboard.headers()) as answer:
            assert answer.status_code == 200
    answer = scene.stack.get(f"{FEED}.ndjson", dashboard.headers())
    assert [json.loads(line)["id"] for line in answer.text.splitlines()] == [f"{rel}:1"]


def test_the_tombstone_takes_the_members_out_of_what_was_told_before(scene: Scene) -> None:
    chapter, rel, other = scene.a_chapter(), new_id("rel"), new_id("rel")
    a_life(scene, chapter, rel)
    a_life(scene, chapter, other)
    scene.quiet()
    dashboard = an_integrator(scene, chapter)
    scene.tell(chapter, rel, matching.RelationshipErased())
    scene.quiet()

    items, _ = dashboard.follow()

    about = {id: [item for item in items if item["partitionkey"] == id] for id in (rel, other)}
    assert about[rel][-1]["type"] == "cairn.relationship.erased.v1"
    assert {item["data"].get("mentee", "erased") for item in about[rel]} == {"erased"}
    assert [item["type"] for item in about[rel][:-1]] == [item["type"] for item in about[other]]
    assert {item["data"]["mentee"] for item in about[other]} == {f"mem_a-{other}"}
    kept = scene.room.store.db[KIND.collection].find({"about": rel})
    assert f"mem_a-{rel}" not in json.dumps(list(kept), default=str)


def test_a_coordinator_sees_the_feed_of_her_own_chapter_and_a_member_none(scene: Scene) -> None:
    here, there = scene.a_chapter(), scene.a_chapter()
    told = a_life(scene, here, new_id("rel"))
    a_life(scene, there, new_id("rel"))
    scene.quiet()

    assert ids(scene.stack.get(FEED, staff(scene, here)).get_json()["items"]) == told
    answer = scene.stack.get(FEED, scene.stack.sign_in("mem_x", here, "mentee"))
    assert (answer.status_code, answer.get_json()["code"]) == (403, "wrong_role")
    assert scene.stack.get(FEED).status_code == 401
