"""A receiver that is down for a day loses nothing, and those that stall slow nobody else."""

import random
import time
from typing import Any

import pytest

from services.notifications.domain.webhooks import MAX_FOLLOWERS, Follower, Followers
from services.notifications.feed.placing import DELIVERED_TOGETHER, place_events
from services.notifications.kinds import DELIVERIES, FOLLOWERS
from services.notifications.webhooks.courier import Courier, deliver_due, stop_delivering
from services.notifications.webhooks.crowds import IN_FLIGHT
from shared.call import Call
from shared.ids import new_id
from shared.service import Room
from tests.faults.receivers import Moody, listening
from tests.faults.test_webhooks import World, room, send  # noqa: F401 - `room` is the fixture
from tests.stack import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]

STALLED_FOR_S = 8.0


def of_each(moody: Moody) -> dict[str, list[int]]:
    """The sequences that a receiver took, by relationship, as they came."""
    took: dict[str, list[int]] = {}
    for came in moody.arrived:
        if came.fate == "takes":
            took.setdefault(came.relationship, []).append(came.sequence)
    return took


def test_a_receiver_that_refuses_for_a_day_gets_everything_in_order_afterwards(room: Room) -> None:  # noqa: F811
    world = World(room, room.clock)
    down, well = Moody(random.Random(1), ("fails",)), Moody(random.Random(1), ("takes",))
    with listening(down, well):
        webhook = world.follow(down, "relationship")
        world.follow(well, "relationship")
        for hour in range(24):
            world.tell(f"rel_{world.chapter}_{hour % 5}")
            world.tell(f"rel_{world.chapter}_{hour % 3}")
            send(room)
            assert len(well.arrived) == 2 * hour + 2  # in the same hour, whatever the other does
            room.clock.advance(hours=1)  # type: ignore[attr-defined]
        tried = len(down.arrived)
        assert of_each(down) == {}
        assert 24 < tried < 24 * 10  # it is tried all day, and not hammered

        down.fates = ("takes",)
        for _ in range(40):
            room.clock.advance(hours=1)  # type: ignore[attr-defined]
            send(room)
        assert (
            of_each(down)
            == of_each(well)
            == {id: list(range(1, last + 1)) for id, last in world.told.items()}
        )
        assert {row["state"] for row in world.rows()} == {"delivered"}
        assert world.webhook(webhook).failing_since is None


@pytest.mark.parametrize("stalling", [1, 20])
def test_while_receivers_stall_the_others_have_all_that_is_theirs(room: Room, stalling: int) -> None:  # noqa: F811
    stalled = [Moody(random.Random(1), ("stalls",)) for _ in range(stalling)]
    others = [Moody(random.Random(1), ("takes",)) for _ in range(3)]
    world = World(room, room.clock)
    with listening(*stalled, *others):
        for moody in (*stalled, *others):
            world.follow(moody, "relationship")
        for number in range(60):
            world.tell(f"rel_{world.chapter}_{number % 30}")
        began_s = time.monotonic()

        def all_theirs() -> Any:
            deliver_due(room, within_s=STALLED_FOR_S)
            return all(len(moody.arrived) == 60 for moody in others)

        wait_for(all_theirs, STALLED_FOR_S - 1, "the others having theirs")
        assert time.monotonic() - began_s < STALLED_FOR_S - 1
        assert {len(moody.arrived) for moody in stalled} == {IN_FLIGHT}  # their own slots, and no more
        for moody in stalled:
            moody.over.set()
    for moody in others:
        assert of_each(moody) == {id: [1, 2] for id in world.told}
    while deliver_due(room, within_s=0.2):
        pass


def test_a_sender_that_stops_leaves_its_webhooks_to_the_next_one_at_once(room: Room) -> None:  # noqa: F811
    world, moody = World(room, room.clock), Moody(random.Random(1), ("takes",))
    first, second = Courier(), Courier()
    stop_delivering(room)
    with listening(moody):
        world.follow(moody, "relationship")
        world.tell(f"rel_{world.chapter}")
        wait_for(lambda: first.step(room, 5.0) == 0 and len(moody.arrived) == 1, 10, "the first delivery")
        world.tell(f"rel_{world.chapter}")
        assert second.step(room, 5.0) == 0
        first.stop(room)
        assert second.step(room, 5.0) == 1
        wait_for(lambda: second.step(room, 5.0) == 0, 10, "the second delivery")
        second.stop(room)
    assert of_each(moody) == {f"rel_{world.chapter}": [1, 2]}


def test_events_of_a_chapter_that_many_follow_get_their_places_few_at_a_time(room: Room) -> None:  # noqa: F811
    world = World(room, room.clock)
    many = tuple(Follower(f"whk_{world.chapter}_{number}", ()) for number in range(MAX_FOLLOWERS))
    followers = Followers(world.chapter, world.chapter, many)
    call = Call(id=new_id("call"), at=room.clock(), chapter=world.chapter, asker="test")
    room.store.change(call, lambda tx: tx.save(FOLLOWERS, followers))
    at_once = DELIVERED_TOGETHER // MAX_FOLLOWERS
    for _ in range(at_once + 1):
        world.keep(f"rel_{world.chapter}")

    assert [place_events(room), place_events(room), place_events(room)] == [at_once, 1, 0]
    rows = world.rows()
    assert len(rows) == (at_once + 1) * MAX_FOLLOWERS
    assert {row["sequence"] for row in rows} == set(range(1, at_once + 2))
    room.store.db[DELIVERIES.collection].delete_many({"chapter": world.chapter})
