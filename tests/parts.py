"""Real MongoDB and Kafka for a test run: the ones named in the environment, or a pair of the run's own.

A run's pair is started by the first test that asks for it, shared by all workers of pytest-xdist, and stopped by
a keeper process when nobody holds the `users` lock any longer. The kernel drops a lock with its process, so the
pair also goes when the run is killed.
"""

import contextlib
import fcntl
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

KEEPER = Path(__file__).with_name("parts_keeper.py")
START_TIMEOUT_S = 300  # the first start of all fetches Kafka
LOOK_EVERY_S = 0.1
MAX_TRIES = 20


class PartsAddresses(NamedTuple):
    """Where the tests reach them."""

    mongo_url: str
    kafka_bootstrap: str


@pytest.fixture(scope="session")
def parts(request: pytest.FixtureRequest) -> Iterator[PartsAddresses]:
    """Running MongoDB and Kafka, for the length of the run."""
    mongo_url = os.environ.get("CAIRN_TEST_MONGO_URL")
    kafka_bootstrap = os.environ.get("CAIRN_TEST_KAFKA_BOOTSTRAP")
    if mongo_url and kafka_bootstrap:
        yield PartsAddresses(mongo_url, kafka_bootstrap)
        return
    folder = _folder_of_this_run(request.config)
    with _held_by_us(folder):
        try:
            addresses = _joined_or_started(folder)
        except DidNotStart as error:
            request.session.shouldstop = str(error)  # no test can run: say so once, and leave the others
            pytest.fail(str(error), pytrace=False)
        yield addresses


class DidNotStart(Exception):
    """Without them there is nothing to test on; the text says why."""


def _folder_of_this_run(config: pytest.Config) -> Path:
    workerinput = getattr(config, "workerinput", None)
    run = workerinput["testrunuid"] if workerinput else f"pid{os.getpid()}"
    return Path(tempfile.gettempdir()) / f"cairn-tests-{os.getuid()}-{run}"


@contextlib.contextmanager
def _held_by_us(folder: Path) -> Iterator[None]:
    """Hold the `users` lock. A keeper that is just stopping holds it alone and removes the folder: then again."""
    for _ in range(MAX_TRIES):
        folder.mkdir(mode=0o700, exist_ok=True)
        with (folder / "users").open("w") as users:
            fcntl.flock(users, fcntl.LOCK_SH)
            if os.fstat(users.fileno()).st_nlink:
                yield
                return
    raise RuntimeError(f"{folder} is removed again and again")


def _joined_or_started(folder: Path) -> PartsAddresses:
    addresses = folder / "addresses.json"
    with (folder / "starting").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not addresses.exists():
            _start_keeper(folder, addresses)
        return PartsAddresses(**json.loads(addresses.read_text()))


def _start_keeper(folder: Path, addresses: Path) -> None:
    log = folder / "keeper.log"
    if not (folder / "failed").exists():  # where another worker's did, ours would too
        with log.open("ab") as out:
            subprocess.run(
                [sys.executable, str(KEEPER), str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=True,  # it comes back at once; what goes on is its child, which may outlive this worker
            )
    deadline = time.monotonic() + START_TIMEOUT_S
    while not addresses.exists():
        if (folder / "failed").exists() or time.monotonic() > deadline:
            raise DidNotStart(f"MongoDB and Kafka did not start: {log.read_text().strip()[-500:]}")
        time.sleep(LOOK_EVERY_S)
