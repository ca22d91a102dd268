"""The log: Kafka topics, written by a relay and read by an inbox.

Invariants:
1. Nothing is decoded inside the client: it hands over bytes (a deserializer that raises makes its `poll` spin for ever).
2. A failed or late acknowledgement makes the writer useless for good: `LogFailed`, and the process ends and is started again
   (kafka-python 3.0.12 never recovers from a batch that expired).
3. Partitions are fixed when a topic is created: another number would move keys, and with them break order. Grow by a new topic version.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import CommitFailedError, KafkaError, TopicAlreadyExistsError
from kafka.partitioner import murmur2
from kafka.structs import OffsetAndMetadata, TopicPartition

from shared.envelope import Envelope, Headers, to_headers
from shared.envelope import topic_of as topic_of  # said here, too, for those who have a client at hand
from shared.errors import Transient
from shared.events.schemas import public_types, schema_address

#: One number for every topic; a service's workers beyond it would have nothing to read.
PARTITIONS = 6
#: History is kept: a new consumer reads it from the start (architecture.md section 4).
TOPIC_CONFIG = {
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "cleanup.policy": "delete",
    "compression.type": "producer",
}

#: The first polls wait long, so that a join is not cut short by them: short ones were seen to strand it.
FIRST_POLLS = 3
FIRST_POLL_MS = 5_000
POLL_MS = 500
MAX_POLL_RECORDS = 500
MAX_POLL_INTERVAL_MS = 120_000
COMMIT_WITHIN_MS = 5_000
DELIVERY_WITHIN_MS = 30_000
CLOSE_WITHIN_S = 3.0


class LogFailed(Exception):
    """The log did not take or give what it should have in time. The process that sees it ends, and is started anew."""


@dataclass(frozen=True, slots=True)
class Record:
    """One message as it lay in the log: bytes, and where."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers


def address(bootstrap: str) -> dict[str, Any]:
    """`host:port[,host:port]`, or `sasl_ssl://user:password@host:port[,…]`, `ssl://…`, as settings of the client."""
    if "://" not in bootstrap:
        return {"bootstrap_servers": bootstrap.split(",")}
    scheme, _, rest = bootstrap.partition("://")
    credentials, _, hosts = rest.rpartition("@")
    settings: dict[str, Any] = {"bootstrap_servers": hosts.split(","), "security_protocol": scheme.upper()}
    if credentials:
        user = urlsplit(f"//{credentials}@host")
        settings.update(
            sasl_mechanism="SCRAM-SHA-512",
            sasl_plain_username=unquote(user.username or ""),
            sasl_plain_password=unquote(user.password or ""),
        )
    return settings


def ensure_topics(bootstrap: str, topics: Iterable[str], *, replication: int) -> list[str]:
    """Create the topics that are missing and return them. Safe to repeat. `Transient` where no broker answers."""
    try:
        admin = KafkaAdminClient(
            **address(bootstrap),
            client_id="cairn-init",
            request_timeout_ms=10_000,
            bootstrap_timeout_ms=10_000,
        )
    except KafkaError as error:
        raise Transient(f"no Kafka broker answers at {bootstrap.rpartition('@')[2]}") from error
    made = []
    try:
        for topic in topics:
            wanted = {
                "num_partitions": PARTITIONS,
                "replication_factor": replication,
                "configs": TOPIC_CONFIG,
            }
            try:
                admin.create_topics({topic: wanted}, timeout_ms=10_000, wait_for_metadata=True)
                made.append(topic)
            except TopicAlreadyExistsError:
                continue
    except KafkaError as error:
        raise Transient(f"the broker did not create the topics: {type(error).__name__}") from error
    finally:
        admin.close()
    return made


def broker_answers(bootstrap: str) -> bool:
    """Whether a broker can be reached within a few seconds."""
    try:
        KafkaAdminClient(**address(bootstrap), client_id="cairn-health", bootstrap_timeout_ms=3_000).close()
    except KafkaError:
        return False
    return True


class Publisher:
    """Writes events of one service to its topic. Made in the process that uses it, never before a fork.

    Public events say where their schema is, below `public_url`; none does where that is empty.
    """

    def __init__(self, bootstrap: str, namespace: str, service: str, public_url: str = "") -> None:
        self._schemas = {
            made.name: schema_address(public_url, made.name).encode() for made in public_types() if public_url
        }
        self._topic = topic_of(namespace, service)
        self._producer = KafkaProducer(
            **address(bootstrap),
            client_id=f"cairn-{service}-relay",
            acks="all",
            enable_idempotence=True,  # without it a broker pause was seen to reorder and double records
            linger_ms=2,
            batch_size=262_144,
            compression_type=None,
            request_timeout_ms=10_000,
            delivery_timeout_ms=DELIVERY_WITHIN_MS,
            max_block_ms=5_000,
            allow_auto_create_topics=False,
        )
        self._partition = lru_cache(maxsize=100_000)(self._partition_of)

    def send(self, envelopes: Iterable[Envelope]) -> list[Any]:
        """Hand the events to the client, in order, and return what tells of their acknowledgement. Bound what is in flight yourself."""
        try:
            return [
                self._producer.send(
                    self._topic,
                    value=envelope.data,
                    key=envelope.aggregate.encode(),
                    headers=to_headers(envelope, self._schemas.get(envelope.type)),
                    partition=self._partition(envelope.aggregate),
                )
                for envelope in envelopes
            ]
        except KafkaError as error:
            raise LogFailed(f"sending: {type(error).__name__}") from error

    def settle(self, sent: list[Any]) -> None:
        """Wait until all of them are acknowledged; `LogFailed` on the first that failed or is late."""
        deadline_s = time.monotonic() + DELIVERY_WITHIN_MS / 1000 + 5
        for future in sent:
            try:
                if not future.is_done:
                    future.get(timeout=max(0.001, deadline_s - time.monotonic()))
                elif future.failed():
                    raise LogFailed(f"not acknowledged: {type(future.exception).__name__}")
            except KafkaError as error:
                raise LogFailed(f"not acknowledged: {type(error).__name__}") from error

    def close(self) -> None:
        """Close the client in bounded time, whatever state it is in."""
        closing = threading.Thread(target=_close_quietly, args=(self._producer,), daemon=True)
        closing.start()
        closing.join(CLOSE_WITHIN_S + 1)

    def _partition_of(self, aggregate: str) -> int:
        partitions = self._producer.partitions_for(self._topic)
        if not partitions:
            raise LogFailed(f"no topic {self._topic}: run `cairn init`")
        return int(murmur2(aggregate.encode()) & 0x7FFFFFFF) % len(partitions)


def _close_quietly(client: Any) -> None:
    try:
        client.close(timeout=CLOSE_WITHIN_S)
    except (KafkaError, AssertionError, RuntimeError):
        return


class Subscriber:
    """Reads the topics of some services as one member of a group.

    While nothing comes, the broker is asked again every `idle_ms`; what comes is told at once. Other questions to the broker wait behind
    that one, so a long wait is for a worker that only reads: at 1,000 an idle member costs 0.3 % of a core, at 500 it costs 0.5 %.
    """

    def __init__(
        self, bootstrap: str, namespace: str, group: str, services: Iterable[str], *, idle_ms: int = POLL_MS
    ) -> None:
        self._consumer = KafkaConsumer(
            *[topic_of(namespace, service) for service in services],
            **address(bootstrap),
            client_id=f"cairn-{group}-inbox",
            group_id=f"{namespace}.{group}",
            enable_auto_commit=False,  # we commit only what we have dealt with
            auto_offset_reset="earliest",  # a new consumer reads history; `latest` would skip it
            max_poll_records=MAX_POLL_RECORDS,
            max_poll_interval_ms=MAX_POLL_INTERVAL_MS,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=1_000,
            reconnect_backoff_max_ms=1_000,
            partition_assignment_strategy=[CooperativeStickyAssignor],
            allow_auto_create_topics=False,
            fetch_max_wait_ms=idle_ms,
            metadata_max_age_ms=30_000,
        )
        self._polls = 0
        self._idle_ms = idle_ms

    def poll(self, wait_ms: int | None = None) -> list[Record]:
        """The next records, each partition's in order; none after `wait_ms` without any."""
        if wait_ms is None:
            wait_ms = FIRST_POLL_MS if self._polls < FIRST_POLLS and not self.assigned() else self._idle_ms
        self._polls += 1
        try:
            polled = self._consumer.poll(timeout_ms=wait_ms)
        except KafkaError as error:
            raise LogFailed(f"polling: {type(error).__name__}") from error
        return [
            Record(
                record.topic,
                record.partition,
                record.offset,
                record.key,
                record.value,
                list(record.headers or ()),
            )
            for records in polled.values()
            for record in records
        ]

    def commit(self, records: list[Record]) -> None:
        """Everything up to these records is dealt with. A commit that a rebalance overtook is no loss: the marks skip what comes again."""
        offsets: dict[TopicPartition, OffsetAndMetadata] = {}
        for record in records:
            offsets[TopicPartition(record.topic, record.partition)] = OffsetAndMetadata(
                record.offset + 1, "", -1
            )
        try:
            self._consumer.commit(offsets, timeout_ms=COMMIT_WITHIN_MS)
        except CommitFailedError:
            return
        except KafkaError as error:
            raise LogFailed(f"committing: {type(error).__name__}") from error

    def assigned(self) -> int:
        """How many partitions this member reads now."""
        return len(self._consumer.assignment())

    def rewind(self) -> None:
        """Go back to what was committed last, as a new member would begin; to the oldest record where nothing was."""
        for partition in self._consumer.assignment():
            committed = self._consumer.committed(partition, timeout_ms=COMMIT_WITHIN_MS)
            self._consumer.seek(partition, committed or 0)

    def lag(self) -> int:
        """Records between what this member has read and the end of its partitions, as far as its fetches have told it."""
        behind = 0
        for partition in self._consumer.assignment():
            end, position = (
                self._consumer.highwater(partition),
                self._consumer.position(partition, timeout_ms=1_000),
            )
            behind += max(0, (end or 0) - (position or 0))
        return behind

    def caught_up(self) -> bool:
        """Whether this member has partitions and has read each of them to its end, as the broker tells it now."""
        mine = self._consumer.assignment()
        if not mine:
            return False
        ends = self._consumer.end_offsets(list(mine), timeout_ms=COMMIT_WITHIN_MS)
        return all(
            self._consumer.position(partition, timeout_ms=COMMIT_WITHIN_MS) >= end
            for partition, end in ends.items()
        )

    def close(self) -> None:
        """Leave the group, in bounded time."""
        closing = threading.Thread(target=self._leave, daemon=True)
        closing.start()
        closing.join(CLOSE_WITHIN_S + 1)

    def _leave(self) -> None:
        try:
            self._consumer.close(autocommit=False, timeout_ms=int(CLOSE_WITHIN_S * 1000))
        except KafkaError:
            return
