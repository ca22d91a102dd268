"""From a change to its effect elsewhere: relay, log and inbox together."""

import time
from dataclasses import replace

import pytest
from pymongo import MongoClient
from structlog.testing import capture_logs

from shared import parking
from shared.envelope import Envelope
from shared.errors import Transient
from shared.inbox import Inbox, apply, read
from shared.kinds import Document
from shared.log import Record, topic_of
from shared.service import Reaction, Room
from shared.store import Store
from shared.transaction import Tx
from tests.contracts.kernel import COUNTING, COUNTS, Count, PebbleMoved, a_call, count, move
from tests.contracts.path import Path
from tests.stack import wait_for

REACTIONS = {PebbleMoved: COUNTING}

#: How long a slow reaction takes.
TAKES_S = 0.8


def slow(tried: list[int], moves: tuple[int, ...]) -> Reaction:
    """A reaction that takes its time over these moves, which it spends at the database, with what it wrote already sent."""

    def count_slowly(tx: Tx, room: Room, envelope: Envelope, fact: PebbleMoved) -> None:
        tried.append(fact.moves)
        count(tx, room, envelope, fact)
        tx.count(COUNTS, {})
        if fact.moves in moves:
            with tx.db["nothing"].watch(max_await_time_ms=int(TAKES_S * 1000)) as stream:
                assert stream.try_next() is None

    return Reaction(PebbleMoved, count_slowly)


def drain(path: Path, inbox: object, source: object) -> None:
    """Let an inbox take everything there is."""
    wait_for(lambda: inbox.step(wait_ms=500) is not None and source.caught_up(), what="catching up")  # type: ignore[attr-defined]


def test_what_is_committed_has_its_effect_once_and_in_order(path: Path) -> None:
    for _ in range(3):
        path.writer.store.change(a_call(), move("peb_1"))
    relay = path.relay()
    assert relay.step() == 3
    assert relay.step() == 0
    source = path.subscriber()
    drain(path, path.inbox(source), source)
    assert path.reader.store.reader("shanghai").get(COUNTS, "peb_1") == Count(
        "peb_1", "shanghai", 3, (1, 2, 3)
    )


def test_every_record_sent_twice_has_its_effect_once(path: Path) -> None:
    for _ in range(3):
        path.writer.store.change(a_call(), move("peb_1"))
    relay = path.relay()
    relay.step()
    path.writer.store.db["changes"].update_many({}, {"$set": {"pending": True}})
    relay.step()
    source = path.subscriber()
    drain(path, path.inbox(source), source)
    assert path.reader.store.reader("shanghai").get(COUNTS, "peb_1").seen == (1, 2, 3)


def test_the_next_pass_does_not_send_again_what_the_last_one_sent(path: Path) -> None:
    relay = path.relay()
    sent = 0
    for _ in range(20):
        path.writer.store.change(a_call(), move("peb_1"))
        sent += relay.step() + relay.step()
    assert sent == 20


def test_a_second_relay_waits_for_the_lease_of_the_first(path: Path) -> None:
    path.writer.store.change(a_call(), move("peb_1"))
    first, second = path.relay(), path.relay()
    assert first.step() == 1
    path.writer.store.change(a_call(), move("peb_1"))
    assert second.step() == 0
    first.close()
    assert second.step() == 1


def test_poison_parks_its_aggregate_and_everything_else_flows(path: Path) -> None:
    publisher = path.publisher()
    poison = [
        (b"peb_text", b"this is not JSON", _headers("peb_text", 1)),
        (b"peb_schema", b'{"moves":"many"}', _headers("peb_schema", 1)),
        (b"peb_type", b"{}", _headers("peb_type", 1, "cairn.unheard.of.v9")),
        (b"peb_null", None, _headers("peb_null", 1)),
        (b"peb_big", b"x" * 900_000, _headers("peb_big", 1)),
        (b"peb_bare", b'{"moves":1}', []),
        (None, b"\xff\xfe", []),
        (b"peb_gap", b'{"moves":7}', _headers("peb_gap", 7)),
    ]
    raw = publisher._producer
    for key, value, headers in poison:
        raw.send(topic_of(path.namespace, "profiles"), value=value, key=key, headers=headers).get(timeout=10)
    path.writer.store.change(a_call(), move("peb_well"))
    path.relay(publisher).step()
    source = path.subscriber()
    inbox = path.inbox(source)
    started_s = time.process_time()
    drain(path, inbox, source)
    assert time.process_time() - started_s < 10, "it spins"
    assert path.reader.store.reader("shanghai").get(COUNTS, "peb_well").moves == 1
    parked = {row.aggregate: row.reason for row in parking.listed(path.reader.store)}
    assert {
        "peb_text",
        "peb_schema",
        "peb_type",
        "peb_null",
        "peb_big",
        "peb_bare",
        "peb_gap",
    } <= parked.keys()
    assert len(parked) == 8
    assert parked["peb_bare"] == "no headers"
    assert parked["peb_null"] == "no value"


def test_a_poll_too_large_for_one_transaction_is_taken_in_halves_and_nothing_is_parked(path: Path) -> None:
    together: list[tuple[Tx, str]] = []

    def count_few(tx: Tx, room: Room, envelope: Envelope, fact: PebbleMoved) -> None:
        together.append((tx, envelope.aggregate))
        if sum(one is tx for one, _ in together) > 3:
            raise OSError("the transaction is too large")
        count(tx, room, envelope, fact)

    for number in range(8):
        path.writer.store.change(a_call(), move(f"peb_{number}"))
    path.relay().step()
    source = path.subscriber()
    drain(path, Inbox(path.reader, source, [Reaction(PebbleMoved, count_few)]), source)

    transactions = list(dict.fromkeys(id(tx) for tx, _ in together))
    assert len(transactions) == 7, "of eight, then four and four, then two each"
    assert parking.listed(path.reader.store) == []
    kept = path.reader.store.reader("shanghai").find(COUNTS, {})
    assert sorted((one.id, one.moves) for one in kept) == [(f"peb_{number}", 1) for number in range(8)]


def test_a_poll_too_slow_for_one_transaction_is_taken_in_halves_in_order(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.store.CHANGE_WITHIN_S", 4 * TAKES_S)
    tried: list[int] = []
    for number in range(8):
        path.writer.store.change(a_call(), move(f"peb_{number % 2}"))
    path.relay().step()
    source = path.subscriber()
    drain(path, Inbox(path.reader, source, [slow(tried, (1, 2, 3, 4))]), source)

    assert len(tried) > 8, "it was too slow for one transaction"
    assert parking.listed(path.reader.store) == []
    reader = path.reader.store.reader("shanghai")
    assert [reader.get(COUNTS, pebble) for pebble in ("peb_0", "peb_1")] == [
        Count(pebble, "shanghai", 4, (1, 2, 3, 4)) for pebble in ("peb_0", "peb_1")
    ]


def test_an_event_too_slow_by_itself_is_waited_for_and_holds_back_only_what_comes_after_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.store.CHANGE_WITHIN_S", TAKES_S * 0.9)
    monkeypatch.setattr("shared.inbox.BUSY_FOR_S", 0.0)
    for _ in range(4):
        path.writer.store.change(a_call(), move("peb_1"))
    path.relay().step()
    source = path.subscriber()
    with pytest.raises(Transient, match="the database stayed busy"):
        drain(path, Inbox(path.reader, source, [slow([], (3,))]), source)
    assert parking.listed(path.reader.store) == []
    assert path.reader.store.reader("shanghai").get(COUNTS, "peb_1").seen == (1, 2)

    source.rewind()
    drain(path, path.inbox(source), source)
    assert path.reader.store.reader("shanghai").get(COUNTS, "peb_1").seen == (1, 2, 3, 4)


def test_a_database_that_is_away_is_waited_for_with_the_whole_poll(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        path.writer.store.change(a_call(), move("peb_1"))
    path.relay().step()
    source = path.subscriber()
    monkeypatch.setattr("shared.store.CHANGE_WITHIN_S", 0.5)
    monkeypatch.setattr("shared.inbox.BUSY_FOR_S", 0.0)
    with MongoClient[Document]("mongodb://127.0.0.1:1", serverSelectionTimeoutMS=50) as nowhere:
        away = replace(path.reader, store=Store(nowhere, "cairn"))
        with capture_logs() as lines, pytest.raises(Transient, match="the database stayed busy"):
            drain(path, Inbox(away, source, [COUNTING]), source)
    assert lines == []


def test_events_of_a_parked_aggregate_queue_behind_it_and_drain_in_order(path: Path) -> None:
    publisher = path.publisher()
    publisher._producer.send(
        topic_of(path.namespace, "profiles"),
        value=b"broken",
        key=b"peb_1",
        headers=_headers("peb_1", 1),
        partition=publisher._partition_of("peb_1"),
    ).get(timeout=10)
    for _ in range(3):
        path.writer.store.change(a_call(), move("peb_1"))
    path.relay(publisher).step()
    source = path.subscriber()
    drain(path, path.inbox(source), source)
    store = path.reader.store
    assert [(row.aggregate, row.queued) for row in parking.listed(store)] == [("peb_1", 4)]
    assert store.reader("shanghai").load(COUNTS, "peb_1") is None

    assert parking.drop_first(store, "peb_1")
    store.db["marks"].delete_many({})  # the broken one stood in for no real event here

    def again(tx: Tx, record: Record) -> None:
        apply(tx, path.reader, REACTIONS, [read(record, REACTIONS)])

    while parking.retry_first(store, "peb_1", again):
        pass
    assert parking.listed(store) == []
    assert store.reader("shanghai").get(COUNTS, "peb_1").seen == (1, 2, 3)


def _headers(aggregate: str, seq: int, type: str = "cairn.pebble.moved.v1") -> list[tuple[str, bytes]]:
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", f"{aggregate}:{seq}".encode()),
        ("ce_source", f"/profiles/pebbles/{aggregate}".encode()),
        ("ce_type", type.encode()),
        ("ce_time", b"2026-03-02T12:00:00Z"),
        ("ce_sequence", f"{seq:020d}".encode()),
        ("ce_partitionkey", aggregate.encode()),
        ("ce_chapter", b"shanghai"),
    ]
