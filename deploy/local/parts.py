"""mongod and Kafka for a test run or a developer: started together, waited for, stopped without a trace.

`cairn up` runs the same commands under its supervisor instead (`deploy.local.programs`).
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.local import jars, kafka_broker, mongo_server
from deploy.local.leash import leashed
from deploy.local.ports import free_port
from deploy.local.surroundings import CannotStart, surroundings

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 10


@dataclass(frozen=True)
class Parts:
    """Running servers: where clients reach them, and their process ids by name."""

    mongo_url: str
    kafka_bootstrap: str
    pids: dict[str, int]
    running: tuple[subprocess.Popen[bytes], ...] = ()


def start_parts(
    folder: Path,
    *,
    mongo_port: int | None = None,
    kafka_port: int | None = None,
    progress: Callable[[str], None],
) -> Parts:
    """Start both on `folder` (new, or one used before, with its data) and wait until they take work.

    Ports left out are chosen freely. Both end when the calling thread ends. Raises CannotStart.
    """
    cache = surroundings().cache_folder
    mongo_port = mongo_port or free_port()
    kafka_port = kafka_port or free_port(besides={mongo_port})
    controller_port = free_port(besides={mongo_port, kafka_port})
    folder.mkdir(parents=True, exist_ok=True)
    running: list[subprocess.Popen[bytes]] = []
    deadline = time.monotonic() + START_TIMEOUT_S
    try:
        mongo = _start("mongod", mongo_server.prepare(folder / "mongod", port=mongo_port), folder)
        running.append(mongo)
        fetched = jars.jar_paths(cache, progress)
        deadline = time.monotonic() + START_TIMEOUT_S  # fetching has limits of its own
        broker = kafka_broker.prepare(
            folder / "kafka", fetched, port=kafka_port, controller_port=controller_port
        )
        kafka = _start("kafka", broker, folder)
        running.append(kafka)
        mongo_server.await_primary(mongo_port, deadline=deadline, still_runs=lambda: mongo.poll() is None)
        bootstrap = f"127.0.0.1:{kafka_port}"
        kafka_broker.await_answer(bootstrap, deadline=deadline, still_runs=lambda: kafka.poll() is None)
    except BaseException as error:
        _stop(running)
        if isinstance(error, CannotStart):
            raise CannotStart(f"{error} Its log is in {folder}.") from error
        raise
    pids = {"mongod": mongo.pid, "kafka": kafka.pid}
    return Parts(mongo_server.url(mongo_port), bootstrap, pids, tuple(running))


def stop_parts(parts: Parts) -> None:
    """Stop both, cleanly if they let us, and return when both are gone (10 s at most, then by force)."""
    _stop(list(parts.running))


@contextlib.contextmanager
def running_parts(
    folder: Path,
    *,
    mongo_port: int | None = None,
    kafka_port: int | None = None,
    progress: Callable[[str], None],
) -> Iterator[Parts]:
    """`start_parts` for the length of a block."""
    parts = start_parts(folder, mongo_port=mongo_port, kafka_port=kafka_port, progress=progress)
    try:
        yield parts
    finally:
        stop_parts(parts)


def _start(name: str, command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C at the terminal reaches us, and we stop the parts after those who use them.
    with (folder / f"{name}.log").open("ab") as log:
        return subprocess.Popen(
            leashed(command, parent=os.getpid()),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _stop(running: list[subprocess.Popen[bytes]]) -> None:
    for program in running:
        if program.poll() is None:
            program.terminate()
            os.kill(program.pid, signal.SIGCONT)  # a test may have paused it
    deadline = time.monotonic() + STOP_TIMEOUT_S
    for program in running:
        try:
            program.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
