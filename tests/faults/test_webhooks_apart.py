"""A receiver that is down for a day loses nothing, and those that stall slow nobody else."""

import random
import threading
import time
from collections import Counter
from typing import Any

import pytest

from services.notifications.domain.webhooks import MAX_FOLLOWERS, Follower, Followers
from services.notifications.feed.placing import DELIVERED_TOGETHER, place_events
from services.notifications.kinds import DELIVERIES, FEED, FOLLOWERS, HOLDS
from services.notifications.webhooks.courier import STOP_WITHIN_S, Courier, deliver_due, stop_delivering
from services.notifications.webhooks.crowds import FRESH_FOR_S, IN_FLIGHT
from services.notifications.webhooks.holds import PROCESS
from shared.call import Call
from shared.ids import new_id
from shared.service import Room
from tests.faults.receivers import Moody, listening
from tests.faults.test_webhooks import World, room, send  # noqa: F401 - `room` is the fixture
from tests.stack import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]

#: What waits for one that stalls takes so long; what does not is much sooner, on a busy machine too.
STALLED_FOR_S = 20.0


@pytest.fixture(autouse=True)
def _nothing_is_under_way(room: Room) -> None:  # noqa: F811
    """No sender holds anything, and nothing waits from an earlier test."""
    stop_delivering(room)
    for collection in (DELIVERIES.collection, FEED.collection, HOLDS):
        room.store.db[collection].delete_many({})


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
        wait_for(
            lambda: all(len(moody.arrived) >= IN_FLIGHT for moody in stalled), what="the stalling ones' turn"
        )
        assert {len(moody.arrived) for moody in stalled} == {IN_FLIGHT}  # their own slots, and no more
        for moody in stalled:
            moody.over.set()
    for moody in others:
        assert of_each(moody) == {id: [1, 2] for id in world.told}
    while deliver_due(room, within_s=0.2):
        pass


def test_a_sender_that_stops_leaves_its_webhooks_to_the_next_one(room: Room) -> None:  # noqa: F811
    world, moody = World(room, room.clock), Moody(random.Random(1), ("takes",))
    first, second = Courier(), Courier()
    with listening(moody):
        world.follow(moody, "relationship")
        world.tell(f"rel_{world.chapter}")
        wait_for(lambda: first.step(room, 5.0) == 0 and len(moody.arrived) == 1, 10, "the first delivery")
        world.tell(f"rel_{world.chapter}")
        assert second.step(room, 5.0) == 0
        first.stop(room)
        wait_for(lambda: second.step(room, 5.0) == 0 and len(moody.arrived) == 2, 10, "the second delivery")
        second.stop(room)
    assert of_each(moody) == {f"rel_{world.chapter}": [1, 2]}


def test_a_sender_that_stops_does_not_wait_for_the_slowest_to_leave_the_others(room: Room) -> None:  # noqa: F811
    world = World(room, room.clock)
    stalls, takes = Moody(random.Random(1), ("stalls",)), Moody(random.Random(1), ("takes",))
    first, second = Courier(), Courier()
    with listening(stalls, takes):
        for moody in (stalls, takes):
            world.follow(moody, "relationship")
        world.tell(f"rel_{world.chapter}")
        wait_for(
            lambda: first.step(room, STALLED_FOR_S) and takes.arrived and stalls.arrived,
            10,
            "the first deliveries",
        )
        world.tell(f"rel_{world.chapter}")
        stopping = threading.Thread(target=first.stop, args=(room,))
        stopping.start()
        wait_for(
            lambda: second.step(room, 5.0) is not None and len(takes.arrived) == 2,
            STOP_WITHIN_S,
            "the second delivery",
        )
        assert stopping.is_alive(), "the slow one is still under way"
        stalls.over.set()
        stopping.join()
        wait_for(lambda: not second.step(room, 0.2), 20, "the end")
        second.stop(room)


def test_two_senders_share_the_webhooks(room: Room) -> None:  # noqa: F811
    world, moody = World(room, room.clock), [Moody(random.Random(1), ("takes",)) for _ in range(6)]
    first, second = Courier(), Courier()
    with listening(*moody):
        for one in moody:
            world.follow(one, "relationship")

        def shared() -> bool:
            world.tell(f"rel_{world.chapter}")
            first.step(room, 5.0)
            second.step(room, 5.0)
            holders = Counter(row["holder"] for row in room.store.db[HOLDS].find({"_id": {"$lt": PROCESS}}))
            return sorted(holders.values()) == [3, 3]

        first.step(room, 5.0)
        wait_for(shared, 20, "each having its share")
        while first.step(room, 5.0) + second.step(room, 5.0):
            pass
        first.stop(room)
        second.stop(room)
        told = sum(world.told.values())
    assert all(of_each(one) == {f"rel_{world.chapter}": list(range(1, told + 1))} for one in moody)


def test_what_was_read_too_long_ago_is_read_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    world, moody = World(room, room.clock), Moody(random.Random(1), ("takes",))
    stopped, other = Courier(), Courier()
    with listening(moody):
        world.follow(moody, "none")
        for _ in range(IN_FLIGHT):
            world.tell(f"rel_{world.chapter}")
        read, upsets, read_s = stopped._take(room)
        assert len(read) == IN_FLIGHT
        world.holds_over()
        wait_for(lambda: other.step(room, 5.0) == 0 and len(moody.arrived) == IN_FLIGHT, 10, "all deliveries")
        other.stop(room)
        late = read, upsets, read_s - FRESH_FOR_S
        monkeypatch.setattr(stopped, "_take", lambda _: late)
        stopped.step(room, 5.0)
        wait_for(lambda: not stopped._in_hand, 10, "its giving back")
        stopped.stop(room)
    assert len(moody.arrived) == IN_FLIGHT


def test_many_receivers_that_stall_after_a_burst_do_not_fill_the_hands(room: Room) -> None:  # noqa: F811
    many, well = [Moody(random.Random(1), ("takes",)) for _ in range(12)], Moody(random.Random(1), ("takes",))
    world, courier = World(room, room.clock), Courier()
    with listening(*many, well):
        for moody in many:
            world.follow(moody, "none")
        for _ in range(150):
            world.tell(f"rel_{world.chapter}")
        wait_for(
            lambda: courier.step(room, 5.0) and all(len(one.arrived) > 90 for one in many), 60, "a good start"
        )
        for moody in many:
            moody.fates = ("stalls",)
        for _ in range(200):
            world.keep(f"rel_{world.chapter}")
        while place_events(room):
            pass
        wait_for(
            lambda: courier.step(room, STALLED_FOR_S) and len(courier._in_hand) >= 12, 10, "their stalling"
        )
        world.follow(well, "none")
        world.tell(f"rel_{world.chapter}")
        began_s = time.monotonic()
        wait_for(
            lambda: courier.step(room, STALLED_FOR_S) and well.arrived, STALLED_FOR_S - 1, "the healthy one's"
        )
        assert time.monotonic() - began_s < STALLED_FOR_S / 2
        for moody in many:
            moody.over.set()
        courier.stop(room)


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
