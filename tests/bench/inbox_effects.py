"""R9: effects/s of one inbox on a backlog (load, change, save one document, move the mark) / bare poll and decode of the same records."""

from typing import Any

from shared.events.profiles import MemberProfileChanged
from shared.ids import new_id
from shared.inbox import Inbox, read
from shared.log import Publisher, Subscriber
from shared.outbox import Relay
from shared.store import Store
from tests.bench.ground import Ground, Timed, in_turns, note, ratio, timed
from tests.bench.subject import COPIES, KEEPING, announce

#: Effects a second that one worker's inbox is to reach; the ratio itself has no target.
TARGET_A_SECOND = 5_000
PEOPLE = 5_000
MAX_POLLS = 100_000


def measure(ground: Ground, rounds: int, events: int) -> dict[str, Any]:
    """A fresh group and a fresh database in each round, over one backlog in the log."""
    namespace = ground.namespace("profiles")
    writer = ground.room(namespace, "profiles")
    writer.store.ensure_indexes(())
    for done in announce(writer, events, PEOPLE):
        if done % 5_000 == 0:
            note(f"R9 backlog {done:,} of {events:,} events")
    _send(ground, namespace, writer.store)

    def subscriber() -> Subscriber:
        return Subscriber(ground.kafka_bootstrap, namespace, new_id("reader"), ["profiles"])

    def ours() -> Timed:
        room = ground.room(namespace, new_id("r"))
        room.store.ensure_indexes(())
        source = subscriber()
        inbox = Inbox(room, source, [KEEPING])
        first = _first(source)

        def drain() -> int:
            inbox.take(first)
            source.commit(first)
            taken = len(first)
            while taken < events:
                taken += inbox.step()
            return taken

        measured = timed(drain, ground.pids)
        heard = sum(copy["heard"] for copy in room.store.db[COPIES.collection].find({}, {"heard": 1}))
        if heard != events:
            raise RuntimeError(f"{heard} effects of {events} events")
        source.close()
        ground.client.drop_database(room.store.db.name)
        return measured

    def bare() -> Timed:
        source = subscriber()
        first = _first(source)
        reactions = {MemberProfileChanged: KEEPING}

        def drain() -> int:
            records, taken = first, 0
            while records:
                taken += sum(read(record, reactions).fact is not None for record in records)
                records = source.poll() if taken < events else []
            return taken

        measured = timed(drain, ground.pids)
        source.close()
        return measured

    mine, theirs = in_turns(rounds, ours, bare, "R9")
    result = ratio("R9", mine, theirs, 0.0, events=events, people=PEOPLE)
    result["target"] = f"{TARGET_A_SECOND} effects/s"
    result["met"] = result["ours_a_second"] >= TARGET_A_SECOND
    return result


def _send(ground: Ground, namespace: str, store: Store) -> None:
    publisher = Publisher(ground.kafka_bootstrap, namespace, "profiles")
    relay = Relay(store, publisher, "profiles", holder=new_id("relay"))
    while relay.step():
        pass
    relay.close()
    publisher.close()


def _first(source: Subscriber) -> list[Any]:
    """The first records that come, so that joining the group does not count."""
    for _ in range(MAX_POLLS):
        if records := source.poll():
            return records
    raise RuntimeError("nothing came from the log")
