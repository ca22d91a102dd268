"""What every measurement stands on: running parts, rooms of a namespace of its own, processes, and what all of that costs.

Invariant: both sides of a ratio run on the same parts, in the same run, in turns, and in the other order every second round.
"""

import contextlib
import os
import platform
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import urllib3
from pymongo import MongoClient

from deploy.local.leash import leashed
from deploy.local.parts import running_parts
from deploy.local.ports import free_port
from deploy.local.surroundings import inherited
from shared.clock import system_clock
from shared.ids import new_id
from shared.keys import make_keys, read_keys
from shared.log import ensure_topics, topic_of
from shared.service import Room
from shared.settings import Settings, read_settings
from shared.store import Store, connect
from shared.vault import Vault
from tests.stack import wait_for

READY_WITHIN_S = 60.0
STOP_WITHIN_S = 15.0
#: Parts are at rest when each uses no more than this share of a core over one look.
REST_SHARE, REST_LOOK_S, REST_WITHIN_S = 0.1, 0.2, 3.0
LIBRARIES = ("pymongo", "kafka-python", "msgspec", "flask", "gunicorn", "marshmallow")


def note(text: str) -> None:
    """A progress line for whoever waits; results go to standard output alone."""
    sys.stderr.write(f"bench: {text}\n")
    sys.stderr.flush()


@dataclass
class Ground:
    """Running parts, a folder for keys and logs, and the process ids of the parts where they are ours."""

    mongo_url: str
    kafka_bootstrap: str
    folder: Path
    pids: dict[str, int]
    seed: int
    client: MongoClient[dict[str, Any]] = field(init=False)
    #: Outside the Stable API: for what only a measurement asks of a server (its version, its oplog).
    plain: MongoClient[dict[str, Any]] = field(init=False)
    _namespaces: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        make_keys(self.folder / "secrets")
        self.client = connect(self.mongo_url)
        self.plain = MongoClient(self.mongo_url, serverSelectionTimeoutMS=5_000)

    def environment(self, namespace: str, **more: str) -> dict[str, str]:
        """What a process of Cairn needs to run on this ground."""
        return {
            "CAIRN_MODE": "local",
            "CAIRN_MONGO_URL": self.mongo_url,
            "CAIRN_KAFKA_BOOTSTRAP": self.kafka_bootstrap,
            "CAIRN_SMTP_URL": "smtp://127.0.0.1:9",
            "CAIRN_PUBLIC_URL": "http://cairn.test",
            "CAIRN_NAMESPACE": namespace,
            "CAIRN_SECRETS_DIR": str(self.folder / "secrets"),
            **more,
        }

    def namespace(self, *topics: str) -> str:
        """Databases and topics that nobody used before; `close` drops the databases."""
        made = new_id("b")
        self._namespaces.append(made)
        ensure_topics(self.kafka_bootstrap, [topic_of(made, name) for name in topics], replication=1)
        return made

    def settings(self, namespace: str) -> Settings:
        """The settings of such a process."""
        return read_settings(self.environment(namespace))

    def room(self, namespace: str, service: str) -> Room:
        """A service's room, with its indexes left to the caller."""
        settings = self.settings(namespace)
        keys = read_keys(settings.secrets_dir, signing=True)
        database = f"{namespace}_{service}"
        store = Store(self.client, database)
        return Room(service, store, system_clock, keys, Vault(self.client, database, keys.root), settings)

    def drop(self, namespace: str) -> None:
        """Remove the namespace's databases."""
        for name in self.client.list_database_names():
            if name.startswith(f"{namespace}_"):
                self.client.drop_database(name)

    def close(self) -> None:
        """Remove everything that was made in the databases."""
        for namespace in self._namespaces:
            self.drop(namespace)
        self.client.close()
        self.plain.close()

    @contextlib.contextmanager
    def process(
        self, name: str, command: Iterable[str], environment: dict[str, str], ready_url: str
    ) -> Iterator[int]:
        """A process of ours for the length of a block, from when it says that it is ready; yields its process id."""
        with (self.folder / f"{name}.log").open("ab") as out:
            running = subprocess.Popen(
                leashed(list(command), parent=os.getpid()),
                env=inherited(environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
            try:
                wait_for(lambda: _ready(running, ready_url), READY_WITHIN_S, f"the start of {name}")
                yield running.pid
            finally:
                running.send_signal(signal.SIGTERM)
                try:
                    running.wait(STOP_WITHIN_S)
                except subprocess.TimeoutExpired:
                    running.kill()
                    running.wait()

    def api(self, namespace: str, application: str, services: str) -> contextlib.AbstractContextManager[int]:
        """An API process under gunicorn as it is deployed; its port is `self.port`."""
        self.port = free_port()
        return self.process(
            "api",
            (
                *(sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.py"),
                *("--bind", f"127.0.0.1:{self.port}", application),
            ),
            self.environment(namespace, CAIRN_SERVICES=services),
            f"http://127.0.0.1:{self.port}/health/ready",
        )

    def worker(self, namespace: str, services: str) -> contextlib.AbstractContextManager[int]:
        """A worker process of these services, as `cairn worker` runs it."""
        port = free_port()
        return self.process(
            f"worker-{services}",
            (sys.executable, "-m", "operate", "worker"),
            self.environment(namespace, CAIRN_SERVICES=services, CAIRN_HEALTH_PORT=str(port)),
            f"http://127.0.0.1:{port}/health/ready",
        )


@contextlib.contextmanager
def opened(folder: Path, mongo_url: str | None, kafka_bootstrap: str | None, seed: int) -> Iterator[Ground]:
    """The parts at these addresses, or a pair of the run's own on free ports."""
    with contextlib.ExitStack() as stack:
        if mongo_url and kafka_bootstrap:
            ground = Ground(mongo_url, kafka_bootstrap, folder, {}, seed)
        else:
            parts = stack.enter_context(running_parts(folder / "parts", progress=note))
            ground = Ground(parts.mongo_url, parts.kafka_bootstrap, folder, parts.pids, seed)
        stack.callback(ground.close)
        yield ground


def machine(ground: Ground) -> dict[str, Any]:
    """The line that says where figures come from."""
    return {
        "measure": "machine",
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.release(),
        "mongod": ground.plain.server_info()["version"],
        "own_parts": bool(ground.pids),
        "libraries": {name: version(name) for name in LIBRARIES},
        "load_average": [round(each, 2) for each in os.getloadavg()],
        "seed": ground.seed,
    }


def cpu_s(pids: dict[str, int]) -> dict[str, float]:
    """CPU seconds, user and system, that each process and its children have used; this one as `bench`, without its children."""
    return {"bench": time.process_time(), **{name: _used_s(pid) for name, pid in pids.items()}}


def _used_s(pid: int) -> float:
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own_s = sum(map(int, stat[11:13])) / os.sysconf("SC_CLK_TCK")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own_s + sum(_used_s(int(child)) for child in children)


@dataclass(frozen=True, slots=True)
class Timed:
    """One side of one round: what was done, in how many seconds, and CPU microseconds a piece by process."""

    done: int
    seconds: float
    cpu_us: dict[str, float]

    @property
    def a_second(self) -> float:
        """The rate."""
        return self.done / self.seconds


def timed(work: Callable[[], int], pids: dict[str, int]) -> Timed:
    """Run `work`, which returns how much it did."""
    before, started_s = cpu_s(pids), time.perf_counter()
    done = work()
    seconds = time.perf_counter() - started_s
    after = cpu_s(pids)
    return Timed(done, seconds, {name: round((after[name] - before[name]) * 1e6 / done, 1) for name in after})


def at_rest(ground: "Ground") -> None:
    """Wait until our parts have done what an earlier step left them to do (at most `REST_WITHIN_S`)."""
    deadline_s = time.monotonic() + REST_WITHIN_S
    while ground.pids and time.monotonic() < deadline_s:
        before = cpu_s(ground.pids)
        time.sleep(REST_LOOK_S)
        after = cpu_s(ground.pids)
        if all(after[name] - before[name] <= REST_SHARE * REST_LOOK_S for name in ground.pids):
            return


def in_turns(
    rounds: int, ours: Callable[[], Timed], bare: Callable[[], Timed], what: str
) -> tuple[list[Timed], list[Timed]]:
    """Both sides, `rounds` times each, in turns; the first pair warms up and does not count."""
    sides: tuple[list[Timed], list[Timed]] = ([], [])
    for number in range(rounds + 1):
        for side in (0, 1) if number % 2 else (1, 0):
            measured = (ours, bare)[side]()
            if number:
                sides[side].append(measured)
        if number:
            note(
                f"{what} round {number} of {rounds}: {sides[0][-1].a_second:,.0f}/s of {sides[1][-1].a_second:,.0f}/s"
            )
    return sides


def ratio(measure: str, ours: list[Timed], bare: list[Timed], target: float, **more: Any) -> dict[str, Any]:
    """The result line of a ratio: medians of the rates, and of the ratios of each round."""
    ratios = [mine.a_second / theirs.a_second for mine, theirs in zip(ours, bare, strict=True)]
    middle = statistics.median(ratios)
    return {
        "measure": measure,
        "ratio": round(middle, 3),
        "target": target,
        "met": middle >= target,
        "ours_a_second": round(statistics.median(each.a_second for each in ours)),
        "bare_a_second": round(statistics.median(each.a_second for each in bare)),
        "ratios": [round(each, 3) for each in ratios],
        "ours_cpu_us": _middle_cpu(ours),
        "bare_cpu_us": _middle_cpu(bare),
        **more,
    }


def _middle_cpu(sides: list[Timed]) -> dict[str, float]:
    return {
        name: round(statistics.median(each.cpu_us[name] for each in sides), 1) for name in sides[0].cpu_us
    }


def _ready(running: "subprocess.Popen[bytes]", url: str) -> bool:
    if running.poll() is not None:
        raise RuntimeError(f"a process ended at its start, with code {running.returncode}")
    try:
        return urllib3.request("GET", url, timeout=2.0, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False
