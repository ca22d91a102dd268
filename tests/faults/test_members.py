"""Members of a consumer group that come and go: no partition stays unread, and a member without partitions starts anew."""

import random
import sys
import time
from collections.abc import Iterator

import pytest
from kafka import KafkaConsumer
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.partitioner import murmur2

from services.worker import FAILED, STOP_WITHIN_S
from shared.log import PARTITIONS, address, topic_of
from tests.faults.checked import check, read_record
from tests.faults.processes import Program, Site, meanwhile
from tests.faults.writing import Writers, some_members
from tests.stack import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]

COME_AND_GO_FOR_S = 60.0
UNREAD_AT_MOST_S = 60.0
#: Of the members that come and go; one more stays.
MOST_MEMBERS = 3
SHORT_BOUND_S = 6.0
#: A worker as ever, but with shorter bounds for what it waits for.
IMPATIENT = (
    "from services import worker; from shared.settings import read_settings; "
    "worker.UNASSIGNED_FOR_S = {bound_s}; worker.POLL_WITHIN_S = {bound_s}; {more}worker.main(read_settings())"
)


class Unread:
    """For how long each member's events have waited: the time since her mark moved while there was something to read."""

    def __init__(self, site: Site, members: list[str]) -> None:
        self._site = site
        self._read = {member: (0, time.monotonic()) for member in members}
        self.longest_s = 0.0

    def look(self) -> None:
        """Compare marks with what has been announced by now."""
        now_s = time.monotonic()
        marks = {row["_id"]: row["seq"] for row in self._site.store("matching")["marks"].find()}
        last = {row["_id"]: row["_seq"] for row in self._site.store("profiles")["people_of_the_test"].find()}
        for member, (seen, since_s) in self._read.items():
            mark = marks.get(member, 0)
            if mark != seen or mark >= last.get(member, 0):
                self._read[member] = (mark, now_s)
            else:
                self.longest_s = max(self.longest_s, now_s - since_s)


def test_members_that_come_and_go_leave_no_partition_unread(short_way: Site) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    chance = random.Random(seed)
    short_way.worker("profiles").ready()
    members = _one_in_each_partition()
    writers = Writers(short_way.running["profiles"].room, members)
    steady = short_way.supervised(short_way.worker("matching", name="steady").ready())
    unread = Unread(short_way, members)
    others: list[Program] = []
    codes: list[tuple[int, float]] = []
    ends_s = time.monotonic() + COME_AND_GO_FOR_S
    with meanwhile(writers.change_next, every_s=0.02), meanwhile(unread.look, every_s=0.2):
        while time.monotonic() < ends_s:
            if len(others) < MOST_MEMBERS and (not others or chance.random() < 0.6):
                others.append(short_way.worker("matching", name=f"guest-{len(short_way.programs)}"))
                if chance.random() < 0.7:
                    _up(others[-1])
            else:
                leaving = others.pop(chance.randrange(len(others)))
                if chance.random() < 0.5 or not leaving.said("worker_started"):
                    leaving.kill()
                else:
                    codes.append(_up(leaving).stop())
    codes.extend(_up(guest).stop() for guest in others)
    short_way.settled(UNREAD_AT_MOST_S, f"seed {seed}")
    assert unread.longest_s < UNREAD_AT_MOST_S, f"seed {seed}: unread for {unread.longest_s:.0f} s"
    late = [took_s for code, took_s in codes if code != 0 or took_s > STOP_WITHIN_S]
    assert not late, f"seed {seed}: members stopped as {codes}"
    assert set(steady.codes["steady"]) <= {FAILED}
    check(read_record(short_way), seed=seed)


@pytest.fixture
def absent_member(short_way: Site) -> Iterator[KafkaConsumer]:
    """A member of matching's group that has joined, and whose program does not take part in a rebalance."""
    consumer = KafkaConsumer(
        *[topic_of(short_way.namespace, name) for name in ("profiles", "sessions")],
        **address(short_way.parts.kafka_bootstrap),
        group_id=f"{short_way.namespace}.matching",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=60_000,
        max_poll_interval_ms=300_000,
        partition_assignment_strategy=[CooperativeStickyAssignor],
    )
    wait_for(lambda: consumer.poll(timeout_ms=500) is not None and consumer.assignment(), what="a member")
    yield consumer
    consumer.close(autocommit=False, timeout_ms=3_000)


def test_a_worker_stranded_without_partitions_ends_and_gets_them_when_it_starts_anew(
    short_way: Site, absent_member: KafkaConsumer
) -> None:
    worker = short_way.worker("matching", command=_impatient())
    supervisor = short_way.supervised(worker)
    wait_for(lambda: supervisor.codes["matching"], 60, "the stranded worker's end")
    assert set(supervisor.codes["matching"]) == {FAILED}
    assert worker.said("stranded_without_partitions")
    absent_member.close(autocommit=False, timeout_ms=3_000)
    short_way.worker("profiles")
    Writers(short_way.running["profiles"].room, some_members(20)).backlog(100)
    short_way.settled(60)
    check(read_record(short_way))


def test_a_worker_whose_poll_never_returns_ends(short_way: Site) -> None:
    never = "import threading; worker.Subscriber.poll = lambda *_: threading.Event().wait(); "
    worker = short_way.worker("matching", command=_impatient(never))
    assert worker.ended(60) == FAILED
    assert worker.said("poll_never_returned")


def _up(guest: Program) -> Program:
    """The member once it is ready. One that got no partitions in time, while others came and went, is started anew, as ever."""
    while True:
        try:
            return guest.ready()
        except AssertionError:
            if guest.running.poll() != FAILED or not guest.said("stranded_without_partitions"):
                raise
            guest.start()


def _impatient(more: str = "") -> tuple[str, ...]:
    return (sys.executable, "-c", IMPATIENT.format(bound_s=SHORT_BOUND_S, more=more))


def _one_in_each_partition() -> list[str]:
    """Members whose events lie in different partitions, one in each."""
    found: dict[int, str] = {}
    while len(found) < PARTITIONS:
        (member,) = some_members(1)
        found.setdefault((murmur2(member.encode()) & 0x7FFFFFFF) % PARTITIONS, member)
    return list(found.values())
