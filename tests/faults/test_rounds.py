"""A worker that computes a large round is killed: nothing of it goes on computing, and another comes to the same result."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.matching.kinds import ROUNDS
from tests.faults.processes import Site
from tests.flows.matching_people import City
from tests.stack import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

MENTEES, MENTORS = 500, 400
#: After so long the round of a worker that was killed is another's.
LEASE_S = 5
DRAFTED_WITHIN_S = 90.0
GONE_WITHIN_S = 10.0


def computing(pid: int) -> Iterator[int]:
    """The processes that compute for a worker."""
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text().split():
            if b"services.matching.drafting" in Path(f"/proc/{child}/cmdline").read_bytes():
                yield int(child)


def test_a_worker_killed_over_a_round_leaves_nothing_running_and_another_comes_to_the_same_result(
    short_way: Site,
) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    chance = random.Random(seed)
    city = City(short_way)
    city.people("mentee", MENTEES)
    city.people("mentor", MENTORS)
    cycle = city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    reader = short_way.running["matching"].room.store.reader(city.chapter)

    def asked() -> str:
        later = city.staff | {"Prefer": "respond-async"}
        return str(city.post(f"/cycles/{cycle}/rounds", {}, later).body["id"])

    def drafted(id: str) -> Any:
        shown = reader.get(ROUNDS, id)
        assert shown.state in ("asked", "computing", "draft"), f"seed {seed}: {shown.fault}"
        return shown if shown.state == "draft" else None

    worker = short_way.worker("matching", name="first", round_lease_s=LEASE_S).ready()
    undisturbed = asked()
    result = wait_for(lambda: drafted(undisturbed), DRAFTED_WITHIN_S, "the first draft").result
    killed = asked()
    (child,) = wait_for(lambda: list(computing(worker.running.pid)), DRAFTED_WITHIN_S, "the computation")
    time.sleep(chance.uniform(0.0, 0.5))  # the moment is left to chance
    os.kill(worker.running.pid, signal.SIGKILL)  # the worker alone, not what it started
    wait_for(lambda: not Path(f"/proc/{child}").exists(), GONE_WITHIN_S, f"seed {seed}: the end of {child}")
    short_way.worker("matching", name="second", round_lease_s=LEASE_S).ready()
    again = wait_for(lambda: drafted(killed), DRAFTED_WITHIN_S, f"seed {seed}: the second draft")
    assert again.result == result != "", f"seed {seed}"
    assert again.proposals == MENTORS


def test_a_worker_of_another_version_begins_a_round_anew_that_the_one_before_it_left(short_way: Site) -> None:
    city = City(short_way)
    city.people("mentee", MENTEES)
    city.people("mentor", MENTORS)
    cycle = city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    store = short_way.running["matching"].room.store
    later = city.staff | {"Prefer": "respond-async"}
    this = str(city.post(f"/cycles/{cycle}/rounds", {}, later).body["id"])
    before = short_way.worker("matching", name="before", round_lease_s=LEASE_S).ready()
    wait_for(lambda: list(computing(before.running.pid)), DRAFTED_WITHIN_S, "the computation")
    assert before.stop()[0] == 0
    written = {"job.software": "another version", "job.lines": 3, "job.digest_kept": "another result"}
    assert store.db["rounds"].update_one({"_id": this, "state": "computing"}, {"$set": written}).matched_count
    store.db["market_pieces"].update_many({"chapter": city.chapter}, {"$set": {"body": b"another format"}})
    short_way.worker("matching", name="after", round_lease_s=LEASE_S).ready()

    def ended() -> Any:
        shown = city.get(f"/rounds/{this}").body
        return None if shown["state"] in ("asked", "computing") else shown

    shown = wait_for(ended, DRAFTED_WITHIN_S, "the draft")
    assert (shown["state"], shown["fault"], shown["proposals_total"]) == ("draft", None, MENTORS)


def test_what_computes_a_round_ends_with_the_process_that_started_it_whatever_it_is_at() -> None:
    starts_it = (
        "import os, subprocess, sys, time\n"
        "command = [sys.executable, '-m', 'services.matching.drafting', str(os.getpid())]\n"
        "print(subprocess.Popen(command).pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    orders, held_open = os.pipe()  # what it reads from stays open, so that it waits for an order
    with subprocess.Popen(
        [sys.executable, "-c", starts_it], stdin=orders, stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        child = Path(f"/proc/{int(starter.stdout.readline())}")
        assert child.exists()
        starter.kill()
    wait_for(lambda: not child.exists(), GONE_WITHIN_S, "its end")
    os.close(orders)
    os.close(held_open)
