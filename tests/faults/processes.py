"""Cairn in real processes over a namespace of their own, and what a test does to them.

Each process is a group of its own that ends with the thread that started it, also when that is killed; `Site.close` ends what is left.
The HTTP edge runs in the test's process (`Site` is a `Stack` without relays and inboxes), so that only workers are in the way of an event.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from werkzeug.test import TestResponse

from deploy.local.leash import leashed
from deploy.local.surroundings import REPOSITORY, inherited
from services.runtime import heard_by, load_service
from shared.clock import MovedClock, advance, system_clock
from shared.http import make_app
from shared.keys import make_keys
from shared.log import ensure_topics, topic_of
from shared.service import Room
from shared.settings import SERVICES, Settings, read_settings
from shared.store import connect
from tests.ports import free_port
from tests.stack import NOON, Running, Stack, wait_for

#: A process of ours may be slow to start where others use the machine too.
READY_WITHIN_S = 90.0
GONE_WITHIN_S = 30.0
#: What a supervisor waits before it starts anew what ended.
RESTART_AFTER_S = 0.5
LOOK_EVERY_S = 0.1
LAST_LINES = 25
WORKER = (sys.executable, "-m", "operate", "worker")


@dataclass
class Program:
    """One process (and what it starts), with its output in a file."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    log: Path
    ready_url: str = ""
    running: "subprocess.Popen[bytes]" = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> "Program":
        """Start it (again), without waiting until it is up."""
        with self.log.open("ab") as out:
            self.running = subprocess.Popen(
                leashed(list(self.command), parent=os.getpid()),
                cwd=REPOSITORY,
                env=inherited(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    @property
    def pid(self) -> int:
        """Its process id now."""
        return self.running.pid

    def ready(self) -> "Program":
        """Wait until it says that it is ready."""
        wait_for(self._answers, READY_WITHIN_S, f"the start of {self.name}:\n{self.last_words()}")
        return self

    def signal(self, number: int) -> None:
        """Send a signal to the whole group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """`kill -9`."""
        self.signal(signal.SIGKILL)
        self.running.wait(GONE_WITHIN_S)

    def stop(self) -> tuple[int, float]:
        """SIGTERM; the exit code, and how many seconds it took."""
        started_s = time.monotonic()
        self.running.terminate()
        code = self.running.wait(GONE_WITHIN_S)
        return code, time.monotonic() - started_s

    def ended(self, within_s: float) -> int:
        """The code with which it ends by itself."""
        return self.running.wait(within_s)

    def cpu_s(self) -> float:
        """CPU seconds, user and system, that it has used."""
        stat = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, stat[11:13])) / os.sysconf("SC_CLK_TCK")

    def said(self, word: str) -> bool:
        """Whether its output holds the word."""
        return word in self.log.read_text(errors="replace")

    def last_words(self) -> str:
        """The end of its output."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LAST_LINES:])

    def end(self) -> None:
        """Make sure that nothing of it is left."""
        self.signal(signal.SIGKILL)
        self.running.wait(GONE_WITHIN_S)

    def _answers(self) -> bool:
        if self.running.poll() is not None:
            raise AssertionError(f"{self.name} ended with {self.running.returncode}:\n{self.last_words()}")
        try:
            with urllib.request.urlopen(self.ready_url, timeout=5) as answer:  # noqa: S310 - our own address
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


class Supervisor:
    """Starts anew what ends, as supervisord or Docker would, and remembers with which codes it ended."""

    def __init__(self, programs: Iterable[Program]) -> None:
        self.programs = list(programs)
        self.codes: dict[str, list[int]] = {program.name: [] for program in self.programs}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor")
        self._thread.start()

    def close(self) -> None:
        """Stop watching, and end what it watched."""
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        # Programs are on a leash that this thread holds once it has started them again: so it ends them, too.
        while not self._done.wait(LOOK_EVERY_S):
            for program in self.programs:
                code = program.running.poll()
                if code is not None and not self._done.wait(RESTART_AFTER_S):
                    self.codes[program.name].append(code)
                    program.start()
        for program in self.programs:
            program.end()


class NoStack:
    """Stands where a stack steps a part itself: here a worker process does that."""


class Site(Stack):
    """One namespace: the HTTP edge of all services in this process, on a clock that the worker processes share."""

    def __init__(
        self,
        parts: Any,
        folder: Path,
        names: tuple[str, ...] = SERVICES,
        smtp_url: str = "smtp://127.0.0.1:9",
    ) -> None:
        super().__init__(parts, folder, names, smtp_url)
        self.clock_file = folder / "clock.json"
        # The days that a story takes are the same ones whenever it is told: none of them is an hour longer, or a leap day.
        self.clock_file.write_text(json.dumps({"offset_s": (NOON - system_clock()).total_seconds()}))
        self.clock = cast(Any, MovedClock(self.clock_file))
        self.programs: list[Program] = []
        self.supervisors: list[Supervisor] = []
        make_keys(folder / "secrets")
        self.settings: Settings = read_settings(self.environment())
        topics = [topic_of(self.namespace, name) for name in SERVICES]
        ensure_topics(parts.kafka_bootstrap, topics, replication=1)
        self.client = connect(parts.mongo_url)
        for name in self.names:
            self.open(name)

    def environment(self, **more: str) -> dict[str, str]:
        """What a process needs to run here."""
        return {
            "CAIRN_MODE": "local",
            "CAIRN_MONGO_URL": self.parts.mongo_url,
            "CAIRN_KAFKA_BOOTSTRAP": self.parts.kafka_bootstrap,
            "CAIRN_SMTP_URL": self.smtp_url,
            "CAIRN_PUBLIC_URL": "http://cairn.test",
            "CAIRN_NAMESPACE": self.namespace,
            "CAIRN_SECRETS_DIR": str(self.folder / "secrets"),
            "CAIRN_CLOCK_FILE": str(self.clock_file),
            "PYTHONUNBUFFERED": "1",
            **more,
        }

    def open(self, name: str, room: Room | None = None) -> Running:
        """The edge of one service."""
        service = load_service(name)
        room = room or self.room(name)
        room.store.ensure_indexes(service.indexes)
        room.vault.prepare()
        nobody = cast(Any, NoStack())
        self.running[name] = Running(
            service, room, make_app(service, room), nobody, nobody, None, None, nobody
        )
        return self.running[name]

    def patch(self, path: str, body: Any, headers: dict[str, str]) -> TestResponse:
        """PATCH JSON to a path."""
        return self.ask("PATCH", path, headers, json=body)

    def worker(
        self, *services: str, command: tuple[str, ...] = WORKER, name: str = "", round_lease_s: int = 30
    ) -> Program:
        """A worker process of these services, as `cairn worker` runs it; not waited for."""
        port = free_port()
        environment = self.environment(
            CAIRN_SERVICES=",".join(services),
            CAIRN_HEALTH_PORT=str(port),
            CAIRN_ROUND_LEASE_S=str(round_lease_s),
        )
        name = name or "+".join(services)
        return self._program(name, command, environment, f"http://127.0.0.1:{port}/health/ready")

    def api(self, application: str = "services.runtime:application()") -> tuple[Program, str]:
        """The APIs under gunicorn as they are deployed, and their address; not waited for."""
        port = free_port()
        command = (
            *(sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.py"),
            *("--bind", f"127.0.0.1:{port}", application),
        )
        address = f"http://127.0.0.1:{port}"
        environment = self.environment(CAIRN_SERVICES=",".join(self.names))
        return self._program("api", command, environment, f"{address}/health/ready"), address

    def supervised(self, *programs: Program) -> Supervisor:
        """These start anew whenever they end."""
        self.supervisors.append(Supervisor(programs))
        return self.supervisors[-1]

    def later(self, **by: float) -> None:
        """Move the clock of the whole site forward."""
        advance(self.clock_file, timedelta(**by))

    def store(self, service: str) -> Any:
        """A service's database."""
        return self.running[service].room.store.db

    def behind(self) -> dict[str, int]:
        """How much is not done yet: rows to send, and events that a service which hears of them has no mark of. Empty when all is."""
        left: dict[str, int] = {}
        last = {name: self.last_seqs(name) for name in self.names}
        for name, running in self.running.items():
            if pending := self.store(name)["changes"].count_documents({"pending": True}):
                left[f"{name} to send"] = pending
            marks = {row["_id"]: row["seq"] for row in self.store(name)["marks"].find()}
            for heard in heard_by(running.service):
                unread = sum(max(0, seq - marks.get(id, 0)) for id, seq in last.get(heard, {}).items())
                if unread:
                    left[f"{name} to hear from {heard}"] = unread
        return left

    def last_seqs(self, service: str) -> dict[str, int]:
        """The number of the last event that a service announced about each aggregate."""
        rows = self.store(service)["changes"].aggregate(
            [
                {"$match": {"events": {"$exists": True}}},
                {"$unwind": "$events"},
                {"$group": {"_id": "$events.aggregate", "seq": {"$max": "$events.seq"}}},
            ]
        )
        return {row["_id"]: row["seq"] for row in rows}

    def settled(self, within_s: float, what: str = "") -> float:
        """Wait until nothing is behind; how many seconds that took."""
        started_s = time.monotonic()
        left: dict[str, int] = {}

        def nothing_left() -> bool:
            nonlocal left
            left = self.behind()
            return not left

        try:
            wait_for(nothing_left, within_s)
        except AssertionError:
            words = "\n".join(f"-- {program.name}\n{program.last_words()}" for program in self.programs)
            raise AssertionError(f"{what}: after {within_s} s still {left}\n{words}") from None
        return time.monotonic() - started_s

    def close(self) -> None:
        """End every process, drop the databases."""
        for supervisor in self.supervisors:
            supervisor.close()
        for program in self.programs:
            program.end()
        self.running.clear()
        super().close()

    def _program(self, name: str, command: tuple[str, ...], environment: dict[str, str], url: str) -> Program:
        log = self.folder / f"{len(self.programs)}-{name}.log"
        self.programs.append(Program(name, command, environment, log, url))
        return self.programs[-1]


@contextlib.contextmanager
def meanwhile(step: Callable[[], object], every_s: float = 0.0) -> Iterator[threading.Thread]:
    """Repeat a step in a thread for the length of a block; what it raises is raised at the end."""
    done = threading.Event()
    problems: list[BaseException] = []

    def repeat() -> None:
        try:
            while not done.wait(every_s):
                step()
        except BaseException as error:  # noqa: BLE001 - it is raised again, in the test's own thread
            problems.append(error)

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield thread
    finally:
        done.set()
        thread.join()
    if problems:
        raise problems[0]
