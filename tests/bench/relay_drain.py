"""R1: events/s that one relay drains from a backlog / a bare producer loop that sends the same bytes and waits for all acknowledgements."""

from typing import Any

from shared.envelope import to_headers
from shared.ids import new_id
from shared.log import DELIVERY_WITHIN_MS, Publisher
from shared.outbox import Relay, envelopes
from tests.bench.ground import Ground, Timed, at_rest, in_turns, note, ratio, timed
from tests.bench.subject import announce

TARGET = 0.7
PEOPLE = 5_000


def measure(ground: Ground, rounds: int, events: int) -> dict[str, Any]:
    """One relay on its own against its own producer used bare, with the same settings."""
    namespace = ground.namespace("profiles")
    room = ground.room(namespace, "profiles")
    room.store.ensure_indexes(())
    for done in announce(room, events, PEOPLE):
        if done % 5_000 == 0:
            note(f"R1 backlog {done:,} of {events:,} events")
    publisher = Publisher(ground.kafka_bootstrap, namespace, "profiles")
    relay = Relay(room.store, publisher, "profiles", holder=new_id("relay"))
    records = [
        (
            envelope.aggregate.encode(),
            envelope.data,
            to_headers(envelope),
            publisher._partition_of(envelope.aggregate),
        )
        for row in room.store.db["changes"].find({}, sort=[("pos", 1)])
        for envelope in envelopes("profiles", row)
    ]
    topic, producer = publisher._topic, publisher._producer

    def drain() -> int:
        rows = 0
        while step := relay.step():
            rows += step
        return rows

    def ours() -> Timed:
        room.store.db["changes"].update_many({}, {"$set": {"pending": True}})
        at_rest(ground)
        return timed(drain, ground.pids)

    def loop() -> int:
        sent = [
            producer.send(topic, value=value, key=key, headers=headers, partition=partition)
            for key, value, headers, partition in records
        ]
        for future in sent:
            future.get(timeout=DELIVERY_WITHIN_MS / 1000)
        return len(sent)

    def bare() -> Timed:
        return timed(loop, ground.pids)

    result = ratio(
        "R1",
        *in_turns(rounds, ours, bare, "R1"),
        TARGET,
        events=events,
        value_bytes=round(sum(len(record[1]) for record in records) / len(records)),
    )
    relay.close()
    publisher.close()
    return result
