"""Poison on the topic of real workers: its aggregates are parked, everything else flows, and nobody spins."""

import time

import pytest
from kafka import KafkaProducer

from shared.log import address, topic_of
from tests.faults.checked import check, read_record
from tests.faults.processes import Site
from tests.faults.writing import Writers, some_members
from tests.stack import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

TYPE = "cairn.member.profile_changed.v1"
LOOK_FOR_S = 6.0
#: Of one core, over that time. An idle worker takes a hundredth.
BUSY_AT_MOST = 0.15


def test_poison_parks_its_aggregates_and_lets_everything_else_flow(short_way: Site) -> None:
    relay, reader = (short_way.worker(name).ready() for name in short_way.names)
    writers = Writers(short_way.running["profiles"].room, some_members(12))
    writers.backlog(60)
    short_way.settled(60)
    _poisoned(short_way)
    writers.backlog(600)
    short_way.settled(60)
    wait_for(lambda: short_way.store("matching")["parked"].count_documents({}) == 8, 60, "the parking")

    before_s = [program.cpu_s() for program in (relay, reader)]
    looked_s = time.monotonic()
    time.sleep(LOOK_FOR_S)  # what is measured is a time in which nothing is to be done
    spent_s = time.monotonic() - looked_s
    shares = [
        (program.cpu_s() - used_s) / spent_s
        for program, used_s in zip((relay, reader), before_s, strict=True)
    ]
    assert max(shares) < BUSY_AT_MOST, f"relay and reader take {shares} of a core with nothing to do"
    assert [program.running.poll() for program in (relay, reader)] == [None, None]
    record = read_record(short_way)
    parked = set(record.parked["matching"])
    assert len([name for name in parked if name.startswith("mem_poisoned_")]) == 7
    check(record, parked={"matching": parked})


def _poisoned(site: Site) -> None:
    """What no reader understands, in keys of its own."""
    producer = KafkaProducer(**address(site.parts.kafka_bootstrap), acks="all", max_request_size=2_000_000)
    topic = topic_of(site.namespace, "profiles")
    records = [
        ("mem_poisoned_text", b"this is not JSON", _headers("mem_poisoned_text")),
        ("mem_poisoned_schema", b'{"roles":7}', _headers("mem_poisoned_schema")),
        ("mem_poisoned_type", b"{}", _headers("mem_poisoned_type", "cairn.unheard.of.v9")),
        ("mem_poisoned_null", None, _headers("mem_poisoned_null")),
        ("mem_poisoned_big", b"x" * 900_000, _headers("mem_poisoned_big")),
        ("mem_poisoned_bare", b'{"roles":[]}', []),
        ("mem_poisoned_gap", b"{}", _headers("mem_poisoned_gap", seq=7)),
        (None, b"\xff\xfe", []),
    ]
    try:
        for key, value, headers in records:
            producer.send(
                topic, value=value, key=key.encode() if key is not None else None, headers=headers
            ).get(timeout=30)
    finally:
        producer.close(timeout=5)


def _headers(aggregate: str, type: str = TYPE, seq: int = 1) -> list[tuple[str, bytes]]:
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", f"{aggregate}:{seq}".encode()),
        ("ce_source", f"/profiles/members/{aggregate}".encode()),
        ("ce_type", type.encode()),
        ("ce_time", b"2026-03-02T12:00:00Z"),
        ("ce_sequence", f"{seq:020d}".encode()),
        ("ce_partitionkey", aggregate.encode()),
        ("ce_chapter", b"shanghai"),
    ]
