"""The whole stack, for the length of a block: checked, started in order, awaited, and stopped without a trace."""

import contextlib
import http.client
import subprocess
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.local import jars, kafka_broker, mongo_server, preflight, programs
from deploy.local.alone import (
    Running,
    alive_lock,
    alone,
    announce,
    end_what_is_left,
    holders,
    nothing_is_left,
)
from deploy.local.leash import leashed
from deploy.local.ports import kept_ports
from deploy.local.programs import Program
from deploy.local.supervision import Supervisor, log_folder, start_supervisor
from deploy.local.surroundings import REPOSITORY, CannotStart, Surroundings, inherited

PARTS_READY_WITHIN_S = 120.0
INIT_WITHIN_S = 120.0
APPS_READY_WITHIN_S = 180.0
STOP_WITHIN_S = 12.5  # with what follows by force it stays below 15 s
GONE_WITHIN_S = 3.0
HEALTH_TIMEOUT_S = 2.0
LOOK_EVERY_S = 0.2
SAY_EVERY_S = 5.0
GIVEN_ANSWERS_WITHIN_S = 10.0
FAILED_STARTS = 3

Say = Callable[[str], None]


@dataclass(frozen=True)
class Stack:
    """A stack that is ready: where it is, what its programs have in their environment, and who watches over them."""

    public_url: str
    environment: dict[str, str]
    programs: tuple[Program, ...]
    supervisor: Supervisor


@contextlib.contextmanager
def running_stack(around: Surroundings, *, port: int, split: bool, say: Say) -> Iterator[Stack]:
    """Start everything, yield when every part is ready, and stop everything at the end, within 15 s.

    All of it ends when the calling thread ends. Raises CannotStart with one plain line.
    """
    folder = around.data_folder
    preflight.check_disk(folder)
    with alone(folder, say, wanted_for="start it here"):
        preflight.check(around, port)
        ports = kept_ports(folder / "ports.json", programs.port_names(split=split))
        where = programs.addresses(port, ports)
        mongo_url = around.mongo_url or mongo_server.url(ports["mongod"])
        kafka_bootstrap = around.kafka_bootstrap or f"127.0.0.1:{ports['kafka']}"
        environment = programs.common_environment(where, folder, mongo_url, kafka_bootstrap)
        with _supervised(around, ports, where, environment, split=split, say=say) as (
            supervisor,
            parts,
            apps,
        ):
            _await_parts(around, ports, supervisor, parts)
            _initialise(folder, environment, say)
            say("Starting the services")
            for program in apps:
                supervisor.start(program)
            _await_ready(supervisor, apps, say)
            announce(folder, Running(where.public_url, environment))
            yield Stack(where.public_url, environment, (*parts, *apps), supervisor)


@contextlib.contextmanager
def _supervised(
    around: Surroundings,
    ports: dict[str, int],
    where: programs.Addresses,
    environment: dict[str, str],
    *,
    split: bool,
    say: Say,
) -> Iterator[tuple[Supervisor, list[Program], list[Program]]]:
    folder = around.data_folder
    parts = []
    if around.kafka_bootstrap is None:
        fetched = jars.jar_paths(around.cache_folder, say)
        say("Starting MongoDB and Kafka")
        parts.append(programs.kafka(folder, fetched, ports["kafka"], ports["kafka-controller"]))
    if around.mongo_url is None:
        parts.append(programs.mongod(folder, ports["mongod"]))
    apps = [programs.mail_catcher(where, folder), *programs.apps(where, split=split)]
    supervisor = start_supervisor(folder, [*parts, *apps], environment)
    try:
        for program in parts:
            supervisor.start(program)
        yield supervisor, parts, apps
    finally:
        stop(supervisor)


def stop(supervisor: Supervisor) -> None:
    """Stop every program and the supervisor, politely, then by force; return when nothing is left."""
    process = supervisor.process
    process.terminate()
    try:
        process.wait(STOP_WITHIN_S)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):  # a second Ctrl-C: at once, then
        process.kill()
        process.wait()
        end_what_is_left(supervisor.folder)
    by_force = time.monotonic() + GONE_WITHIN_S
    while not nothing_is_left(supervisor.folder):
        if time.monotonic() > by_force + GONE_WITHIN_S:
            raise CannotStart(
                f"Some programs did not end: {holders(alive_lock(supervisor.folder))}. End them."
            )
        if time.monotonic() > by_force:
            end_what_is_left(supervisor.folder)
        time.sleep(LOOK_EVERY_S)


def _await_parts(
    around: Surroundings, ports: dict[str, int], supervisor: Supervisor, parts: list[Program]
) -> None:
    deadline = time.monotonic() + PARTS_READY_WITHIN_S

    def still_runs() -> bool:
        return not _failed_to_start(supervisor, parts)

    try:
        if around.mongo_url is None:
            mongo_server.await_primary(ports["mongod"], deadline=deadline, still_runs=still_runs)
        if around.kafka_bootstrap is None:
            bootstrap = f"127.0.0.1:{ports['kafka']}"
            kafka_broker.await_answer(bootstrap, deadline=deadline, still_runs=still_runs)
    except CannotStart as error:
        raise CannotStart(f"{error} The logs are in {log_folder(around.data_folder)}.") from error
    if around.mongo_url is not None:
        mongo_server.check_given(around.mongo_url)
    if around.kafka_bootstrap is not None:
        deadline = time.monotonic() + GIVEN_ANSWERS_WITHIN_S
        kafka_broker.await_answer(around.kafka_bootstrap, deadline=deadline, still_runs=still_runs)


def _failed_to_start(supervisor: Supervisor, wanted: list[Program]) -> set[tuple[str, int]]:
    """(name, second) of each that ended too soon and waits for its next try."""
    states = supervisor.states()
    return {
        (program.name, states[program.name]["stop"])
        for program in wanted
        if states[program.name]["statename"] in ("BACKOFF", "FATAL")
    }


def _initialise(folder: Path, environment: dict[str, str], say: Say) -> None:
    say("Creating topics, indexes and secrets")
    log = log_folder(folder) / "init.log"
    with log.open("wb") as out:
        running = subprocess.Popen(
            leashed(list(programs.init_command()), lock=alive_lock(folder)),
            cwd=REPOSITORY,
            env=inherited(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        code = running.wait(INIT_WITHIN_S)
    except subprocess.TimeoutExpired as error:
        raise CannotStart(
            f"Creating topics and indexes took longer than {INIT_WITHIN_S:.0f} s: see {log}."
        ) from error
    finally:
        if running.poll() is None:
            running.kill()
            running.wait()
    if code != 0:
        raise CannotStart(f"Topics and indexes could not be created: {_last_line(log)} (all of it: {log})")


def _await_ready(supervisor: Supervisor, apps: list[Program], say: Say) -> None:
    started = said = time.monotonic()
    waiting = list(apps)
    failures: set[tuple[str, int]] = set()
    while True:
        waiting = [program for program in waiting if program.ready_url and not is_ready(program.ready_url)]
        if not waiting:
            return
        now = time.monotonic()
        failures |= _failed_to_start(supervisor, waiting)
        for program in waiting:
            failed = sum(name == program.name for name, _ in failures)
            if failed >= FAILED_STARTS or now - started > APPS_READY_WITHIN_S:
                log = supervisor.log_of(program.name)
                raise CannotStart(f"{program.name} does not become ready: {_last_line(log)} (its log: {log})")
        if now - said > SAY_EVERY_S:
            say(f"Waiting for {', '.join(program.name for program in waiting)}")
            said = now
        time.sleep(LOOK_EVERY_S)


def is_ready(url: str) -> bool:
    """Whether the address answers 200."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=HEALTH_TIMEOUT_S)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except FileNotFoundError:
        return ""
    return lines[-1].strip()[:300] if lines else ""
