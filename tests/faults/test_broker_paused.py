"""The broker stands still for longer than a send may take, while people go on: it drains afterwards, with no human help."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.parts import Parts, running_parts
from services.worker import FAILED
from shared.log import DELIVERY_WITHIN_MS
from tests.faults.checked import check, read_record
from tests.faults.processes import Site, meanwhile
from tests.faults.stories import Couple, some_couples
from tests.faults.writing import Writers, some_members
from tests.parts_keeper import let_nothing_expire
from tests.stack import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]

#: Beyond the time within which a send fails, and for as long as a worker that was started anew finds no broker.
NOTICED_WITHIN_S = DELIVERY_WITHIN_MS / 1000 + 30
LAG_ZERO_WITHIN_S = 60.0
#: A request never waits for the log; the rest is for a busy machine.
ANSWER_WITHIN_S = 5.0


def say(_line: str) -> None:
    """Nobody needs to know."""


@pytest.fixture
def own_parts(tmp_path: Path) -> Iterator[Parts]:
    """A broker that nobody else would miss."""
    with running_parts(tmp_path / "parts", progress=say) as parts:
        let_nothing_expire(parts.mongo_url)
        yield parts


def test_what_was_written_while_the_broker_stood_still_drains_by_itself(
    own_parts: Parts, tmp_path: Path
) -> None:
    site = Site(own_parts, tmp_path, ("profiles", "matching"))
    broker = own_parts.pids["kafka"]
    try:
        workers = [site.worker(name) for name in site.names]
        for worker in workers:
            worker.ready()
        supervisor = site.supervised(*workers)
        writers = Writers(site.running["profiles"].room, some_members(40))
        couple = some_couples(site, 1)[0]
        couple.introduced()
        writers.backlog(500)
        site.settled(30)

        with meanwhile(writers.change_next, every_s=0.02):
            os.kill(broker, signal.SIGSTOP)
            slowest_s = 0.0

            def noticed() -> bool:
                nonlocal slowest_s
                slowest_s = max(slowest_s, _asked(couple))
                return FAILED in supervisor.codes["profiles"]

            wait_for(noticed, NOTICED_WITHIN_S, "the relay's giving up")
            couple.accepted()
            os.kill(broker, signal.SIGCONT)
        took_s = site.settled(LAG_ZERO_WITHIN_S, f"the broker is back; {supervisor.codes}")
        assert slowest_s < ANSWER_WITHIN_S, f"a request took {slowest_s:.1f} s while the broker stood still"
        check(read_record(site))
        assert took_s < LAG_ZERO_WITHIN_S
    finally:
        os.kill(broker, signal.SIGCONT)
        site.close()


def _asked(couple: Couple) -> float:
    """A read and a write through the edge (I8); how long the slower one took, in seconds."""
    took_s = []
    for ask in (couple.looks, couple.changes):
        started_s = time.monotonic()
        ask()
        took_s.append(time.monotonic() - started_s)
    return max(took_s)
