"""Whatever receivers do and however often the sender dies: every delivery ends, each relationship in its order, under its own ids."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from services.notifications.domain.feed import FeedEvent
from services.notifications.domain.webhooks import Webhook
from services.notifications.feed.placing import place_events
from services.notifications.kinds import DELIVERIES, FEED, HOLDS, INDEXES, WEBHOOKS
from services.notifications.lanes import crowds_due, heads
from services.notifications.webhooks import commands
from services.notifications.webhooks.addresses import Allowed
from services.notifications.webhooks.attempt import attempt
from services.notifications.webhooks.courier import deliver_due, stop_delivering
from services.notifications.webhooks.crowds import IN_FLIGHT
from services.notifications.webhooks.holds import Holds
from shared.call import Call
from shared.clock import system_clock
from shared.ids import new_id
from shared.keys import make_keys, read_keys
from shared.service import Room
from shared.settings import read_settings
from shared.store import Store, connect
from shared.vault import Vault
from tests.faults.processes import Program, Site
from tests.faults.receivers import Moody, listening
from tests.parts import PartsAddresses
from tests.stack import NOON, HandClock, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(180)]

WITHIN_S = 0.3
EXAMPLES = 8
#: Ten attempts a delivery, up to a day apart, and rows behind it: more than any plan needs.
MAX_ROUNDS = 400
TYPE = "cairn.relationship.started.v1"
RELATIONSHIPS = 4
HOURS = {"seconds": 7 / 3_600, "minutes": 7 / 60, "hours": 3.0, "a day": 29.0}
#: What happens around the receivers, one after the other.
STEPS = ("tell", "tell", "send", "send", "die before", "die after", *HOURS)


@dataclass
class World:
    """Notifications' database, on a clock that is moved by hand, and webhooks of one chapter."""

    room: Room
    clock: Any
    chapter: str = field(default_factory=lambda: new_id("town"))
    told: dict[str, int] = field(default_factory=dict)

    def follow(self, moody: Moody, ordering: Any) -> str:
        """A webhook that leads to this receiver."""
        webhook = Webhook(
            new_id("whk"), self.chapter, moody.url, (), self.clock(), "mem_1", chapters=(self.chapter,), ordering=ordering
        )  # fmt: skip
        self.room.store.change(self._call(), lambda tx: commands.register(tx, webhook))
        return webhook.id

    def tell(self, relationship: str) -> None:
        """The next event of a relationship is on its way to every webhook that is active."""
        self.keep(relationship)
        place_events(self.room)  # 0 where a worker was first

    def keep(self, relationship: str) -> None:
        """The next event of a relationship is in the feed, without a place."""
        seq = self.told[relationship] = self.told.get(relationship, 0) + 1
        id, now = f"{relationship}:{seq}", self.clock()
        body = json.dumps({"id": id, "partitionkey": relationship, "sequence": f"{seq:020d}"})
        event = FeedEvent(id, self.chapter, TYPE, relationship, seq, now, now, body)
        self.room.store.change(self._call(), lambda tx: tx.save(FEED, event))

    def rows(self, **where: Any) -> list[dict[str, Any]]:
        return list(self.room.store.db[DELIVERIES.collection].find({"chapter": self.chapter, **where}))

    def webhook(self, id: str) -> Webhook:
        return self.room.store.reader().get(WEBHOOKS, id)

    def holds_over(self) -> None:
        """What a dead sender held is let go of, without waiting for it."""
        self.room.store.db[HOLDS].update_many({}, {"$set": {"until": NOON}})

    def _call(self) -> Call:
        return Call(id=new_id("call"), at=self.clock(), chapter=self.chapter, asker="test")


@pytest.fixture(scope="module")
def room(parts: PartsAddresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("webhooks")
    make_keys(folder)
    given = {
        "CAIRN_MODE": "local", "CAIRN_MONGO_URL": parts.mongo_url, "CAIRN_KAFKA_BOOTSTRAP": parts.kafka_bootstrap,
        "CAIRN_SMTP_URL": "smtp://127.0.0.1:9", "CAIRN_PUBLIC_URL": "http://cairn.test", "CAIRN_NAMESPACE": new_id("t"),
        "CAIRN_SECRETS_DIR": str(folder),
    }  # fmt: skip
    client, keys = connect(parts.mongo_url), read_keys(folder, signing=False)
    here = read_settings(given)
    name = f"{here.namespace}_notifications"
    opened = Room(
        "notifications", Store(client, name), HandClock(), keys, Vault(client, name, keys.root), here
    )
    opened.store.ensure_indexes(INDEXES)
    with (
        pytest.MonkeyPatch.context() as patch
    ):  # time passes by hand here: who may hold a webhook is asked anew each time
        patch.setattr("services.notifications.webhooks.holds.LEFT_ALONE_S", 0.0)
        yield opened
    client.drop_database(name)
    client.close()


@settings(
    max_examples=EXAMPLES,
    phases=(Phase.generate,),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(
    steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 5)), min_size=12, max_size=30),
    seed=st.integers(0, 10**6),
    gone_after=st.sampled_from([0, 1, 3, 6]),
)
def test_every_delivery_ends_in_order_whatever_receivers_and_senders_do(
    room: Room, steps: list[tuple[str, int]], seed: int, gone_after: int
) -> None:
    note(f"seed {seed}, plan {steps}")
    world = World(room, room.clock)
    moody = [
        Moody(random.Random(seed)),
        Moody(random.Random(seed + 1)),
        Moody(random.Random(seed + 2), gone_after=gone_after),
        Moody(random.Random(), ("takes",)),
    ]
    with listening(*moody):
        ids = [
            world.follow(one, ordering)
            for one, ordering in zip(moody, ("relationship", "none", "relationship", "relationship"), strict=True)
        ]  # fmt: skip
        for step, number in steps:
            if step == "tell":
                for _ in range(number + 1):
                    world.tell(f"rel_{world.chapter}_{number % RELATIONSHIPS}")
            elif step == "send":
                send(room)
            elif step.startswith("die"):
                _die(room, number + 1, attempted=step == "die after")
            else:
                world.holds_over()
                room.clock.advance(hours=HOURS[step])  # type: ignore[attr-defined]
        world.holds_over()
        for _ in range(MAX_ROUNDS):
            send(room)
            if not world.rows(state="waiting"):
                break
            room.clock.advance(hours=30)  # type: ignore[attr-defined]
    _as_promised(world, dict(zip(ids, moody, strict=True)))


def test_what_workers_that_are_killed_leave_behind_is_delivered_by_those_after_them(
    parts: PartsAddresses, tmp_path: Path
) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    chance = random.Random(seed)
    quick = ("takes", "takes", "takes", "takes and closes", "fails", "closes", "half", "at a date")
    moody = [Moody(random.Random(seed + number), quick) for number in range(3)]
    site = Site(parts, tmp_path, ("notifications",))
    try:
        world = World(site.running["notifications"].room, site.clock)
        with listening(*moody):
            ids = [world.follow(one, "relationship") for one in moody]
            worker = site.worker("notifications").ready()
            for _ in range(2):
                before = [len(one.arrived) for one in moody]
                for _ in range(60):
                    world.tell(f"rel_{world.chapter}_{chance.randrange(20)}")
                    if chance.random() < 0.02:
                        site.later(seconds=7)
                _killed(world, worker, before, moody)
                site.later(minutes=7)
                worker.start()

            def ended() -> bool:
                waiting = world.rows(state="waiting")
                if all(row["due_at"] > world.clock() for row in waiting):
                    site.later(hours=1)
                return not waiting

            wait_for(ended, 60, f"the end of all, seed {seed}: {worker.last_words()}")
        _as_promised(world, dict(zip(ids, moody, strict=True)))
        assert len(moody[0].arrived) >= 120
    finally:
        site.close()


def _killed(world: World, worker: Program, before: list[int], moody: list[Moody]) -> None:
    """kill -9 once some of it has arrived; what the worker held is let go of at once."""
    wait_for(
        lambda: all(len(one.arrived) > seen for one, seen in zip(moody, before, strict=True)), 60, "arrivals"
    )
    worker.kill()
    world.holds_over()


def send(room: Room) -> None:
    """Passes of the courier until nothing is due or on its way."""
    while deliver_due(room, within_s=WITHIN_S):
        pass


def _die(room: Room, most: int, *, attempted: bool) -> None:
    """Another sender holds what is due, and dies before or after its attempts; what it holds stays held."""
    stop_delivering(room)
    rows, now = room.store.db[DELIVERIES.collection], room.clock()
    due = [crowd for crowd, _ in crowds_due(rows, now)]
    held = Holds(new_id("courier")).hold(room.store.db[HOLDS], due, len(due))
    ids = heads(rows, dict.fromkeys(held, most), now, most=most, taken=lambda _: False)
    for id in ids if attempted else ():
        delivery = room.store.reader().get(DELIVERIES, id)
        webhook = room.store.reader().get(WEBHOOKS, delivery.webhook)
        if webhook.state == "active":
            attempt(
                webhook, delivery, keys=room.keys, allowed=Allowed(local=True), at=system_clock(), now=room.clock(), within_s=WITHIN_S,
            )  # fmt: skip


def _as_promised(world: World, receivers: dict[str, Moody]) -> None:
    rows = world.rows()
    assert {row["state"] for row in rows} <= {"delivered", "failed"}
    assert all(row["reason"] for row in rows if row["state"] == "failed")
    for id, moody in receivers.items():
        webhook, mine = world.webhook(id), {row["event"]: row for row in rows if row["webhook"] == id}
        first: dict[str, list[int]] = {}
        bodies: dict[str, bytes] = {}
        for came in moody.arrived:
            assert came.id == f"{came.relationship}:{came.sequence}"
            assert came.id in mine
            assert bodies.setdefault(came.id, came.body) == came.body
            if came.sequence not in first.setdefault(came.relationship, []):
                first[came.relationship].append(came.sequence)
        if webhook.ordering == "relationship":
            assert all(seen == sorted(seen) for seen in first.values()), f"{moody.fates}: {first}"
        taken = {came.id for came in moody.arrived if came.fate.startswith(("takes", "huge"))}
        assert {event for event, row in mine.items() if row["state"] == "delivered"} <= taken
        if "stalls" not in moody.fates:
            assert webhook.state == "active"
        if set(moody.fates) == {"takes"}:
            assert {row["state"] for row in mine.values()} <= {"delivered"}
            assert len(first) == 0 or sum(map(len, first.values())) == sum(world.told.values())
        if any(came.fate == "gone" for came in moody.arrived):
            assert (webhook.state, webhook.reason) in (
                ("disabled", "gone"),
                ("disabled", "failing_for_5_days"),
            )
            after = sum(came.fate == "gone" for came in moody.arrived) - 1
            assert after < IN_FLIGHT, "sent on to a receiver that is gone"
