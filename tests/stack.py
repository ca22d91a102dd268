"""The whole product in one process, for tests: real MongoDB and Kafka, the real HTTP edge, relays and inboxes stepped by hand.

`quiet()` steps everything until nothing is left to do, so that no test sleeps. The clock stands still until it is moved.
Each stack has a namespace of its own (databases, topics); tests inside it isolate themselves by a fresh chapter.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.runtime import heard_by, load_service
from shared.auth import Asker, issue_token
from shared.http import make_app
from shared.ids import new_id
from shared.inbox import Inbox
from shared.keys import make_keys, read_keys
from shared.log import Publisher, Record, Subscriber, ensure_topics, topic_of
from shared.outbox import Relay
from shared.service import Room, Service
from shared.settings import SERVICES, Settings
from shared.store import Store, connect
from shared.timers import Timers
from shared.vault import Vault

#: A Monday noon, far enough from any daylight saving change to surprise nobody by accident.
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
QUIET_WITHIN_S = 60.0
ASSIGNED_WITHIN_S = 30.0


class HandClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> datetime:
        """Move it forward, for example `advance(days=7)`."""
        self.now += timedelta(**by)
        return self.now


@dataclass
class Parts:
    """Addresses of a running MongoDB and Kafka."""

    mongo_url: str
    kafka_bootstrap: str


@dataclass
class Running:
    """One service as the stack runs it."""

    service: Service
    room: Room
    app: Flask
    relay: Relay
    publisher: Publisher
    inbox: Inbox | None
    source: Subscriber | None
    timers: Timers


@dataclass
class Stack:
    """Services that a test can call, step and stop. `mail_url` is where their mail goes (an SMTP address)."""

    parts: Any
    folder: Path
    names: tuple[str, ...] = SERVICES
    smtp_url: str = "smtp://127.0.0.1:9"
    clock: HandClock = field(default_factory=HandClock)
    namespace: str = field(default_factory=lambda: new_id("t"))
    running: dict[str, Running] = field(default_factory=dict)

    def start(self) -> "Stack":
        """Make topics and indexes, open every service, and wait until each inbox has its partitions."""
        self.settings = Settings(
            mode="local",
            mongo_url=self.parts.mongo_url,
            kafka_bootstrap=self.parts.kafka_bootstrap,
            smtp_url=self.smtp_url,
            public_url="http://cairn.test",
            gateway_url="http://cairn.test",
            namespace=self.namespace,
            secrets_dir=self.folder / "secrets",
            services=self.names,
            clock_file=None,
            mailbox_url="",
            health_port=0,
            mail_from="Cairn <no-reply@cairn.test>",
            api_urls={},
        )
        make_keys(self.settings.secrets_dir)
        ensure_topics(
            self.parts.kafka_bootstrap, [topic_of(self.namespace, name) for name in SERVICES], replication=1
        )
        self.client = connect(self.parts.mongo_url)
        for name in self.names:
            self.open(name)
        return self

    def room(self, name: str) -> Room:
        """A fresh room for a service, over the stack's own MongoDB client and clock."""
        keys = read_keys(self.settings.secrets_dir, signing=name == "profiles")
        database = f"{self.namespace}_{name}"
        vault = Vault(self.client, database, keys.root)
        return Room(name, Store(self.client, database), self.clock, keys, vault, self.settings)

    def open(self, name: str, room: Room | None = None) -> Running:
        """Start one service (again): the state that counts is in MongoDB and Kafka."""
        service = load_service(name)
        room = room or self.room(name)
        room.store.ensure_indexes(service.indexes)
        room.vault.prepare()
        publisher = Publisher(self.parts.kafka_bootstrap, self.namespace, name, self.settings.public_url)
        source = inbox = None
        if service.reactions:
            source = Subscriber(self.parts.kafka_bootstrap, self.namespace, name, heard_by(service))
            inbox = Inbox(room, source, service.reactions)
        self.running[name] = Running(
            service=service,
            room=room,
            app=make_app(service, room),
            relay=Relay(room.store, publisher, name, holder=new_id("relay")),
            publisher=publisher,
            inbox=inbox,
            source=source,
            timers=Timers(room, service.timers),
        )
        return self.running[name]

    def stop(self, name: str) -> None:
        """Stop one service, as `SIGTERM` would."""
        gone = self.running.pop(name)
        gone.relay.close()
        gone.publisher.close()
        if gone.source is not None:
            gone.source.close()

    def close(self) -> None:
        """Stop everything and drop the stack's databases."""
        for name in list(self.running):
            self.stop(name)
        for name in (*SERVICES, "people_keys", "clocks"):
            self.client.drop_database(f"{self.namespace}_{name}")
        self.client.close()

    # -- asking -----------------------------------------------------------------------------------------------------

    def http(self, name: str) -> FlaskClient:
        """A client of one service's real HTTP edge."""
        return self.running[name].app.test_client()

    def sign_in(self, member: str, chapter: str, *roles: str) -> dict[str, str]:
        """Headers that speak for a member, as her browser would send them."""
        key = self.running["profiles"].room.keys.sign if "profiles" in self.running else None
        key = key or read_keys(self.settings.secrets_dir, signing=True).sign
        assert key is not None
        return {
            "Authorization": "Bearer "
            + issue_token(Asker(member, chapter, frozenset(roles)), key, self.clock())
        }

    def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, **kwargs: Any
    ) -> TestResponse:
        """A request to `/api/<service>/…`, as it would come through the gateway."""
        # Read to its end and closed, as a server would: a download that is left open keeps its place among those that may be.
        client = self.http(path.split("/")[2])
        return client.open(path, method=method, headers=headers or {}, buffered=True, **kwargs)

    def get(self, path: str, headers: dict[str, str] | None = None, **kwargs: Any) -> TestResponse:
        """GET a path such as `/api/profiles/v1/me`."""
        return self.ask("GET", path, headers, **kwargs)

    def post(
        self, path: str, body: Any = None, headers: dict[str, str] | None = None, **kwargs: Any
    ) -> TestResponse:
        """POST JSON to a path."""
        return self.ask("POST", path, headers, json={} if body is None else body, **kwargs)

    # -- stepping ---------------------------------------------------------------------------------------------------

    def quiet(self, *, timers: bool = True, chores: bool = True) -> int:
        """Step relays, inboxes, timers and chores until nothing is left to do and no inbox lags; returns the steps' work.

        Timers and chores have their turn when all that was announced has been heard, and inboxes are asked how far they are when
        something was announced: most of what the steps cost is to find that there is nothing.
        """
        deadline_s = time.monotonic() + QUIET_WITHIN_S
        done, moved = 0, 1
        while True:
            sent = sum(running.relay.step() for running in self.running.values())
            heard = sum(map(self._drain, self.running.values())) if moved or sent else 0
            moved = worked = sent + heard
            if timers and not moved:
                worked += sum(running.timers.step() for running in self.running.values())
            if chores and not moved:
                worked += sum(
                    work(running.room) for running in self.running.values() for work in chores_of(running)
                )
            done += worked
            if worked == 0:
                return done
            if time.monotonic() > deadline_s:
                raise AssertionError("the system did not become quiet")

    def _drain(self, running: Running) -> int:
        """Let an inbox take everything that its topics hold now."""
        if running.inbox is None or running.source is None:
            return 0
        deadline_s = time.monotonic() + ASSIGNED_WITHIN_S
        taken = 0
        while not running.source.caught_up():
            taken += running.inbox.step(wait_ms=200 if running.source.assigned() else 1_000)
            if time.monotonic() > deadline_s:
                raise AssertionError(f"the inbox of {running.service.name} did not catch up")
        return taken

    # -- looking ----------------------------------------------------------------------------------------------------

    def announced(self, service: str, *types: str, chapter: str = "") -> list[dict[str, Any]]:
        """The events that a service has announced, in the order of its outbox, of these types (all where none is named).

        With a `chapter`, only its own.
        """
        wanted = {"events.chapter": chapter} if chapter else {"events": {"$exists": True}}
        rows = self.running[service].room.store.db["changes"].find(wanted).sort([("pos", 1)])
        return [event for row in rows for event in row["events"] if not types or event["type"] in types]


def chores_of(running: Running) -> list[Callable[[Room], int]]:
    """What a service's chores do, each once: that several lines do the same side by side means nothing where all is stepped by hand."""
    return list(dict.fromkeys(chore.work for chore in running.service.chores))


def wait_for(condition: Callable[[], Any], within_s: float = 30.0, what: str = "it") -> Any:
    """Look again and again until the condition holds, and return what it gave; AssertionError after the deadline."""
    deadline_s = time.monotonic() + within_s
    while True:
        if result := condition():
            return result
        if time.monotonic() > deadline_s:
            raise AssertionError(f"{what} did not happen within {within_s} s")
        time.sleep(0.05)


def soon(work: Callable[[], object], within_s: float, tries: int = 3) -> float:
    """How many seconds the work took, the first time that it took less than this; AssertionError where it never did.

    A busy machine adds to what something takes now and then; what waits too long by itself does so each time.
    """
    took_s = []
    for _ in range(tries):
        began_s = time.monotonic()
        work()
        took_s.append(time.monotonic() - began_s)
        if took_s[-1] < within_s:
            return took_s[-1]
    raise AssertionError(f"it took {took_s} s, never less than {within_s}")


def raw_record(
    topic: str,
    offset: int,
    value: bytes | None,
    headers: Iterable[tuple[str, bytes]] = (),
    key: bytes | None = None,
) -> Record:
    """A record as the log would give it, for tests of what a reader makes of it."""
    return Record(topic, 0, offset, key, value, list(headers))
