"""R29: relationship events are versioned, sent at least once, ordered for each relationship, replayable, free of personal text; an
erasure is told by tombstones."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition

from operate.verify.asking import MATCHING, PROFILES
from operate.verify.journey import drive
from operate.verify.planting import Garden
from services.runtime import heard_by
from shared.envelope import Envelope, from_record, topic_of
from shared.events import EVENTS
from shared.ids import new_id
from shared.inbox import Inbox
from shared.log import Subscriber
from shared.outbox import Relay
from shared.settings import SERVICES
from tests.flows.confidentiality import SteppedSystem, a_stepped_system
from tests.stack import Stack

#: How what the log holds about this pair begins.
BEGINNING = ["proposed", "question_asked", "question_answered", "introduction_agreed", "introduction_held"]


@dataclass(frozen=True, slots=True)
class Lived:
    """A pair whose relationship is complete, and the system that it lives in."""

    system: SteppedSystem
    garden: Garden

    @property
    def stack(self) -> Stack:
        return self.system.stack

    @property
    def relationship(self) -> str:
        return self.garden.things["relationships"][0]

    def told(self) -> list[Envelope]:
        """What the log holds about the relationship, in its order."""
        return [each for each, _ in log_of(self.stack) if each.aggregate == self.relationship]


@pytest.fixture(scope="module")
def lived(parts: Any) -> Iterator[Lived]:
    with a_stepped_system(parts) as system:
        yield Lived(system, drive(system, print))


def log_of(stack: Stack) -> list[tuple[Envelope, int]]:
    """Every event in the log with its partition, each topic in its order, as somebody reads it who has never read before."""
    consumer = KafkaConsumer(bootstrap_servers=[stack.parts.kafka_bootstrap], enable_auto_commit=False)
    try:
        partitions = [
            TopicPartition(topic, number)
            for topic in sorted(consumer.topics())
            if topic.startswith(f"{stack.namespace}.")
            for number in sorted(consumer.partitions_for_topic(topic) or ())
        ]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        found = []
        while any(consumer.position(each) < ends[each] for each in partitions):
            for records in consumer.poll(timeout_ms=1_000).values():
                found += [
                    (from_record(list(record.headers), record.value), record.partition) for record in records
                ]
        return found
    finally:
        consumer.close()


def word(envelope: Envelope) -> str:
    return envelope.type.split(".")[2]


def test_every_event_says_its_version_and_its_chapter(lived: Lived) -> None:
    events = [each for each, _ in log_of(lived.stack)]

    assert {each.service for each in events} >= {"profiles", "matching", "sessions"}
    assert [
        each.type for each in events if not re.fullmatch(r"cairn\.[a-z]+\.[a-z_]+\.v\d+", each.type)
    ] == []
    assert {each.chapter for each in events if each.aggregate == lived.relationship} == {
        lived.garden.things["chapters"][0]
    }


def test_every_public_record_says_where_its_schema_is(lived: Lived) -> None:
    consumer = KafkaConsumer(bootstrap_servers=[lived.stack.parts.kafka_bootstrap], enable_auto_commit=False)
    try:
        topic = topic_of(lived.stack.namespace, "matching")
        assert topic in consumer.topics()
        partitions = [TopicPartition(topic, n) for n in sorted(consumer.partitions_for_topic(topic) or ())]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        said = {}
        while any(consumer.position(each) < ends[each] for each in partitions):
            for records in consumer.poll(timeout_ms=1_000).values():
                for record in records:
                    headers = dict(record.headers)
                    said[headers["ce_type"].decode()] = headers.get("ce_dataschema")
    finally:
        consumer.close()
    assert {name for name, address in said.items() if address} == {
        name for name in said if EVENTS[name].public
    }
    address = (said["cairn.relationship.started.v1"] or b"").decode()
    served = lived.stack.get(address.removeprefix("http://cairn.test")).get_json()
    assert (served["$id"], "trial_ends_at" in served["properties"]) == (address, True)


def test_the_events_of_one_relationship_are_numbered_without_a_gap_in_one_partition(lived: Lived) -> None:
    events = log_of(lived.stack)

    assert len({partition for each, partition in events if each.aggregate == lived.relationship}) == 1
    told = lived.told()
    words = [word(each) for each in told]
    assert words[: len(BEGINNING)] == BEGINNING
    assert words.index("started") < words.index("session_held") < words.index("completed")
    assert [each.at for each in told] == sorted(each.at for each in told)
    seqs: dict[str, list[int]] = {}
    for each, _ in events:
        seqs.setdefault(each.aggregate, []).append(each.seq)
    firsts = {aggregate: list(dict.fromkeys(numbers)) for aggregate, numbers in seqs.items()}
    assert {
        aggregate: numbers
        for aggregate, numbers in firsts.items()
        if numbers != list(range(1, len(numbers) + 1))
    } == {}


def test_no_event_holds_a_name_an_address_or_a_text(lived: Lived) -> None:
    people = [
        json.loads(lived.garden.ask("GET", f"{PROFILES}/me", role).content)
        for role in ("mentee", "mentor", "staff")
    ]
    personal = [text for person in people for text in (person["name"], person["mail"])]

    for each, _ in log_of(lived.stack):
        said = each.data.decode()
        assert [text for text in personal if text in said] == [], each.type
        assert not lived.garden.markers.found(each.data), each.type
        assert "@" not in said, each.type


def test_a_fresh_reader_replays_history_to_the_same_copies(lived: Lived) -> None:
    stack, sessions = lived.stack, lived.stack.running["sessions"]
    room = stack.room("sessions")
    replayed = type(room)(
        "replayed",
        type(room.store)(stack.client, f"{stack.namespace}_replayed"),
        room.clock,
        room.keys,
        room.vault,
        room.settings,
    )
    replayed.store.ensure_indexes(sessions.service.indexes)
    source = Subscriber(stack.parts.kafka_bootstrap, stack.namespace, "replayed", heard_by(sessions.service))
    inbox = Inbox(replayed, source, sessions.service.reactions)
    try:
        while not source.caught_up():
            inbox.step(wait_ms=1_000)
        databases = (sessions.room.store.db, replayed.store.db)
        copies = [db["pairs"].find_one({"_id": lived.relationship}) for db in databases]
        kept = ("mentee", "mentor", "stage", "chapter")
        there, fresh = ({name: copy[name] for name in kept} if copy else None for copy in copies)
        assert there is not None
        assert fresh == there
    finally:
        source.close()
        stack.client.drop_database(f"{stack.namespace}_replayed")


def test_what_was_sent_twice_is_the_same_event_and_has_its_effect_once(lived: Lived) -> None:
    matching, notifications = (
        lived.stack.running[name].room.store.db for name in ("matching", "notifications")
    )
    before = {name: notifications[name].count_documents({}) for name in ("mails", "deliveries")}
    once = lived.told()

    matching["changes"].update_many({"events": {"$exists": True}}, {"$set": {"pending": True}})
    again = Relay(
        lived.stack.running["matching"].room.store,
        lived.stack.running["matching"].publisher,
        "matching",
        holder=new_id("relay"),
    )
    lived.stack.running["matching"].relay.step()
    again.close()
    lived.stack.quiet()

    twice = lived.told()
    assert len(twice) == 2 * len(once)
    assert [(each.id, each.type, each.data) for each in twice] == 2 * [
        (each.id, each.type, each.data) for each in once
    ]
    assert {name: notifications[name].count_documents({}) for name in before} == before
    assert lived.garden.ask("GET", f"{MATCHING}/relationships/{lived.relationship}", "mentee").status == 200


def test_the_last_word_of_a_relationship_whose_member_was_erased_is_a_tombstone(lived: Lived) -> None:
    mentee = lived.garden.people["mentee"].member

    assert lived.garden.ask("DELETE", f"{PROFILES}/me", "mentee", {"confirm": True}).status == 204
    lived.stack.quiet()

    told = lived.told()
    assert [word(each) for each in told[-2:]] == ["completed", "erased"]
    assert told[-1].data == b"{}"
    about_her = [each for each, _ in log_of(lived.stack) if each.aggregate == mentee]
    assert (word(about_her[-1]), about_her[-1].data) == ("erased", b"{}")
    room = lived.stack.room("notifications")
    sealed = [
        value
        for each in about_her
        for name, value in json.loads(each.data).items()
        if name.startswith("sealed_")
    ]
    assert sealed
    assert [room.unseal(each) for each in sealed] == [None] * len(sealed)
    for service in SERVICES:
        kept = lived.stack.running[service].room.store.db["marks"].find_one({"_id": lived.relationship})
        assert kept is None or kept["seq"] == told[-1].seq, service
