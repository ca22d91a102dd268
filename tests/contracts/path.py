"""The way of one event, without any of Cairn's services: a store that announces, a relay, the log, an inbox, a store that counts."""

import pathlib
from typing import Any

from shared.ids import new_id
from shared.inbox import Inbox
from shared.keys import read_keys
from shared.log import Publisher, Subscriber, ensure_topics, topic_of
from shared.outbox import Relay
from shared.service import Room
from shared.settings import Settings
from shared.store import Store, connect
from shared.vault import Vault
from tests.contracts.kernel import COUNTING
from tests.stack import NOON, HandClock


class Path:
    """`writer` announces to the topic of profiles; `reader` takes from it."""

    def __init__(self, parts: Any, secrets: pathlib.Path) -> None:
        self.parts = parts
        self.namespace = new_id("k")
        self.client = connect(parts.mongo_url)
        self.clock = HandClock(NOON)
        self.secrets = secrets
        self.topic = topic_of(self.namespace, "profiles")
        ensure_topics(parts.kafka_bootstrap, [self.topic], replication=1)
        self.writer = self.room("profiles")
        self.reader = self.room("matching")
        for room in (self.writer, self.reader):
            room.store.ensure_indexes(())
        self._closing: list[Any] = []

    def room(self, name: str) -> Room:
        """A room of this namespace."""
        settings = Settings(
            mode="local",
            mongo_url=self.parts.mongo_url,
            kafka_bootstrap=self.parts.kafka_bootstrap,
            smtp_url="smtp://127.0.0.1:9",
            public_url="http://cairn.test",
            gateway_url="http://cairn.test",
            namespace=self.namespace,
            secrets_dir=self.secrets,
            services=(name,),
            clock_file=None,
            mailbox_url="",
            health_port=0,
            mail_from="no-reply@cairn.test",
            api_urls={},
        )
        keys = read_keys(self.secrets, signing=True)
        database = f"{self.namespace}_{name}"
        return Room(
            name,
            Store(self.client, database),
            self.clock,
            keys,
            Vault(self.client, database, keys.root),
            settings,
        )

    def publisher(self) -> Publisher:
        """A client that writes to the topic."""
        made = Publisher(self.parts.kafka_bootstrap, self.namespace, "profiles")
        self._closing.append(made)
        return made

    def subscriber(self) -> Subscriber:
        """A member of the reader's group."""
        made = Subscriber(self.parts.kafka_bootstrap, self.namespace, "matching", ["profiles"])
        self._closing.append(made)
        return made

    def relay(self, log: Any = None, holder: str = "") -> Relay:
        """A relay of the writer's outbox."""
        return Relay(self.writer.store, log or self.publisher(), "profiles", holder or new_id("relay"))

    def inbox(self, source: Any = None) -> Inbox:
        """An inbox of the reader."""
        return Inbox(self.reader, source or self.subscriber(), [COUNTING])

    def close(self) -> None:
        """Close the clients and drop the databases."""
        for client in self._closing:
            client.close()
        for name in ("profiles", "matching", "people_keys", "clocks"):
            self.client.drop_database(f"{self.namespace}_{name}")
        self.client.close()
