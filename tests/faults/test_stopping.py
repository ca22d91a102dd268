"""SIGTERM in the middle of the work: the worker stops soon, cleanly, and loses nothing."""

import random
import time

import pytest

from services.worker import STOP_WITHIN_S
from tests.faults.checked import check, read_record
from tests.faults.processes import Site, meanwhile
from tests.faults.writing import Writers, some_members
from tests.stack import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

BACKLOG = 8_000
STOPS = 2
UNDER_WAY_WITHIN_S = 60.0


def test_a_worker_told_to_stop_under_load_stops_in_ten_seconds_and_loses_nothing(short_way: Site) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    chance = random.Random(seed)
    writers = Writers(short_way.running["profiles"].room, some_members(50))
    with meanwhile(writers.change_next, every_s=0.01):
        for _ in range(STOPS):
            worker = short_way.worker(*short_way.names, name="worker").ready()
            writers.backlog(BACKLOG)
            wait_for(lambda: short_way.behind().get("profiles to send", 0) < BACKLOG, UNDER_WAY_WITHIN_S)
            time.sleep(chance.uniform(0.0, 1.0))  # the moment is left to chance
            code, took_s = worker.stop()
            assert code == 0, f"seed {seed}: {worker.last_words()}"
            assert took_s < STOP_WITHIN_S, f"seed {seed}: it took {took_s:.1f} s\n{worker.last_words()}"
            assert worker.said('"late": []'), f"seed {seed}: {worker.last_words()}"
    assert short_way.behind(), f"seed {seed}: the load was too small"
    short_way.worker(*short_way.names, name="last")
    short_way.settled(60, f"seed {seed}")
    check(read_record(short_way), seed=seed)
