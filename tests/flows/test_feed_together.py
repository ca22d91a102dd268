"""The feed while many write it and follow it at once."""

import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from services.notifications.domain.feed import QUEUED, FeedEvent
from services.notifications.feed.placing import place_events
from services.notifications.kinds import FEED
from shared.call import Call
from shared.ids import new_id
from shared.transaction import Tx
from tests.flows.integrators import Integrator, an_integrator
from tests.flows.notifications_scene import Scene

pytest_plugins = ["tests.flows.notifications_fixture"]

WRITERS = 4
EACH = 30
RESUMED = "cairn.relationship.resumed.v1"


@dataclass
class Crowd:
    """Writers whose transactions overtake each other, processes that give places, and followers; each in a thread of its own."""

    scene: Scene
    chapter: str
    told: list[str] = field(default_factory=list)
    got: dict[str, list[str]] = field(default_factory=dict)
    failed: list[BaseException] = field(default_factory=list)
    written: threading.Event = field(default_factory=threading.Event)

    def write(self, number: int) -> None:
        """The events of one relationship, each committed after a while of its own."""
        chance = random.Random(number)
        for sequence in range(1, EACH + 1):
            event = an_event(self.scene, self.chapter, f"rel_{number}-{self.chapter}", sequence, chance)

            def work(tx: Tx, event: FeedEvent = event) -> None:
                tx.save(FEED, event)
                tx.write()
                time.sleep(chance.random() / 50)  # holds its commit back, while others overtake it

            call = Call(id=new_id("call"), at=event.heard_at, chapter=self.chapter, asker="test")
            self.scene.room.store.change(call, work)
            self.told.append(event.id)

    def place(self) -> None:
        """As the chore does, over and over."""
        while not self.written.is_set() or self.queued():
            place_events(self.scene.room)

    def follow(self, one: Integrator) -> None:
        """Whatever there is, over and over."""
        mine = self.got[one.id] = []
        cursor = ""
        while not self.written.is_set() or self.queued():
            items, cursor = one.follow(cursor, limit=7)
            mine += [item["id"] for item in items]
        mine += [item["id"] for item in one.follow(cursor)[0]]

    def queued(self) -> bool:
        return self.scene.room.store.reader().first(FEED, {"place": QUEUED}) is not None

    def start(self, work: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - told to the test
                self.failed.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        return thread


def an_event(scene: Scene, chapter: str, about: str, sequence: int, chance: random.Random) -> FeedEvent:
    now = scene.stack.clock()
    heard = now - timedelta(seconds=chance.randrange(60))  # several processes' clocks
    body = {"id": f"{about}:{sequence}", "data": {}}
    return FeedEvent(body["id"], chapter, RESUMED, about, sequence, now, heard, json.dumps(body))  # type: ignore[arg-type]


def test_followers_miss_and_repeat_nothing_while_many_write_at_once(scene: Scene) -> None:
    crowd = Crowd(scene, scene.a_chapter())
    scene.quiet()
    followers = [an_integrator(scene, crowd.chapter) for _ in range(2)]

    writers = [crowd.start(lambda number=number: crowd.write(number)) for number in range(WRITERS)]  # type: ignore[misc]
    others = [crowd.start(crowd.place), crowd.start(crowd.place)]
    others += [crowd.start(lambda one=one: crowd.follow(one)) for one in followers]  # type: ignore[misc]
    for thread in writers:
        thread.join()
    crowd.written.set()
    for thread in others:
        thread.join()

    assert crowd.failed == []
    assert [sorted(got) for got in crowd.got.values()] == [sorted(crowd.told)] * 2
    for got in crowd.got.values():
        for number in range(WRITERS):
            rel = f"rel_{number}-{crowd.chapter}"
            assert [id for id in got if id.startswith(rel)] == [f"{rel}:{n}" for n in range(1, EACH + 1)]
