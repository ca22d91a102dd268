"""The relay as a process, under writers that collide, and paused past its lease: nothing is lost, and nothing overtakes."""

import signal
from functools import partial

import pytest

from tests.faults.checked import check, read_record
from tests.faults.processes import Site, meanwhile
from tests.faults.writing import Writers, some_members
from tests.stack import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

WRITERS, FEW, CHANGES = 16, 5, 1_500
HEAVY_ROWS, NEARLY_NONE = 1_000, 200
LEASE_OVER_WITHIN_S = 60.0
SETTLED_WITHIN_S = 60.0


def test_sixteen_writers_on_few_aggregates_lose_and_reorder_nothing(short_way: Site) -> None:
    workers = [short_way.worker(name) for name in ("profiles", "matching")]
    for worker in workers:
        worker.ready()
    writers = Writers(short_way.running["profiles"].room, some_members(FEW))
    writers.at_once(WRITERS, CHANGES, lambda number: writers.members[number % FEW])
    short_way.settled(SETTLED_WITHIN_S)
    assert check(read_record(short_way))["committed"] == CHANGES


def test_a_relay_paused_past_its_lease_loses_and_reorders_nothing(short_way: Site) -> None:
    short_way.worker("matching")
    room = short_way.running["profiles"].room
    steady, heavy = Writers(room, some_members(10)), Writers(room, some_members(30))
    steady.change_next()
    paused, other = short_way.worker("profiles", name="first").ready(), None
    with meanwhile(steady.change_next, every_s=0.01):
        for _ in range(2):
            holder = wait_for(lambda: _holder(short_way), LEASE_OVER_WITHIN_S, "a relay holding the lease")
            other = other or short_way.worker("profiles", name="second").ready()
            sent = _sent(short_way)
            with meanwhile(lambda: heavy.backlog(HEAVY_ROWS)):
                at_work = partial(_sent_more_than, short_way, sent + HEAVY_ROWS)
                wait_for(at_work, SETTLED_WITHIN_S, "the relay being at work")
                paused.signal(signal.SIGSTOP)
            _taken_over(short_way, holder)
            wait_for(lambda: _left(short_way) < NEARLY_NONE, SETTLED_WITHIN_S, "the other relay's work")
            paused.signal(signal.SIGCONT)
            paused, other = other, paused
    short_way.settled(SETTLED_WITHIN_S)
    check(read_record(short_way))


def _taken_over(site: Site, before: str) -> None:
    wait_for(lambda: _holder(site) not in ("", before), LEASE_OVER_WITHIN_S, "the other relay's taking over")


def _holder(site: Site) -> str:
    lease = site.store("profiles")["leases"].find_one({"_id": "outbox"})
    return lease["holder"] if lease else ""


def _left(site: Site) -> int:
    return int(site.store("profiles")["changes"].count_documents({"pending": True}))


def _sent(site: Site) -> int:
    changes = site.store("profiles")["changes"]
    return int(changes.count_documents({"events": {"$exists": True}, "pending": {"$exists": False}}))


def _sent_more_than(site: Site, rows: int) -> bool:
    return _sent(site) > rows
