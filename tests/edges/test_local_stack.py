"""The local stack on a machine that is not as it should be, and what is left of it when it ends, however it ends."""

import contextlib
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic
from kafka.structs import TopicPartition
from pymongo import MongoClient

from deploy.local import environment, fit, jars, preflight
from deploy.local.alone import Running, alive_lock, alone, announce, holders, nothing_is_left, running
from deploy.local.parts import Parts, running_parts
from deploy.local.ports import is_free, kept_ports
from deploy.local.programs import Program
from deploy.local.stack import is_ready, stop
from deploy.local.supervision import Supervisor, start_supervisor
from deploy.local.surroundings import REPOSITORY, CannotStart, inherited, surroundings
from tests.ports import free_port
from tests.stack import wait_for

SLEEPER = (sys.executable, "-c", "import time; time.sleep(600)")
DEAF = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)",
)
STOPPED_WITHIN_S = 15


def quiet(_line: str) -> None:
    """For those who want no progress."""


def cairn(*arguments: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "operate", *arguments],
        cwd=REPOSITORY,
        env=inherited({"CAIRN_DATA_DIR": str(folder), **environ}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def is_one_plain_line(said: str) -> bool:
    return (
        said.count("\n") == 1
        and said.startswith("cairn: ")
        and said.endswith(".\n")
        and "Traceback" not in said
    )


# A machine that is not as it should be.


def test_a_port_in_use_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = cairn("up", "--port", str(port), folder=tmp_path)

    assert done.returncode == 1
    assert is_one_plain_line(done.stderr)
    assert f"Port {port}" in done.stderr
    assert "make up PORT=" in done.stderr


@pytest.mark.parametrize("port", [0, -1, 65_536])
def test_a_port_that_cannot_be_is_refused(port: int) -> None:
    with pytest.raises(CannotStart, match="no port"):
        preflight.check_port(port)


def test_a_full_disk_is_named_with_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"has .* GB left and needs 1000000 GB\. Make room"):
        preflight.check_disk(tmp_path, needed_bytes=10**15)


def test_a_data_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "a file"
    file.touch()
    done = cairn("up", "--port", str(free_port()), folder=file / "data")

    assert done.returncode == 1
    assert is_one_plain_line(done.stderr)
    assert "CAIRN_DATA_DIR" in done.stderr


@pytest.mark.parametrize(
    ("system", "machine", "glibc", "openssl_3"),
    [
        ("Darwin", "arm64", "", True),
        ("Linux", "aarch64", "glibc 2.36", True),
        ("Linux", "x86_64", "", True),
        ("Linux", "x86_64", "glibc 2.31", False),
    ],
)
def test_an_unfit_platform_is_sent_to_the_containers(
    system: str, machine: str, glibc: str, openssl_3: bool
) -> None:
    reason = fit.unfit_platform(system, machine, glibc, openssl_3)

    assert "docker compose up" in reason
    assert "\n" not in reason


def test_this_platform_is_fit() -> None:
    assert fit.unfit_platform("Linux", "x86_64", "glibc 2.36", has_openssl_3=True) == ""
    assert fit.unfit() == ""


def test_an_old_python_and_one_without_venv_are_named() -> None:
    assert "3.11 or newer, and this is 3.9" in fit.unfit_python((3, 9, 18), has_venv=True)
    assert "python3-venv" in fit.unfit_python((3, 12, 0), has_venv=False)
    assert fit.unfit_python((3, 12, 0), has_venv=True) == ""


def test_without_a_network_the_first_install_is_one_line(tmp_path: Path) -> None:
    for name in ("deploy/__init__.py", "pyproject.toml", environment.LOCKS["local"]):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY / name, tmp_path / name)
    shutil.copytree(
        REPOSITORY / "deploy/local", tmp_path / "deploy/local", ignore=shutil.ignore_patterns("__pycache__")
    )
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_FIND_LINKS": "", "PIP_NO_CACHE_DIR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "deploy.local.environment", "local"],
        cwd=tmp_path,
        env=inherited(nowhere),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "cairn: The Python packages could not be fetched: check the network (the first start needs it) and try again."
    )
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / ".venv").glob(".made-*"))


def test_without_a_network_kafka_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(
        CannotStart, match=r"^Kafka could not be fetched from Maven Central\. Check the network"
    ):
        jars.jar_paths(tmp_path, quiet)
    assert ssl.SSLContext.__module__ == "ssl", (
        "only while they are fetched the machine's certificates are trusted"
    )


def test_a_jar_with_another_hash_is_not_that_jar(tmp_path: Path) -> None:
    jar = jars.locked_jars()[0]
    there = next(
        path for path in jars.jar_paths(surroundings().cache_folder, quiet) if path.name == jar.file_name
    )
    changed = tmp_path / jar.file_name
    changed.write_bytes(there.read_bytes() + b"\0")

    assert jar.is_at(there)
    assert not jar.is_at(changed)


def test_a_full_disk_and_a_wrong_hash_are_told_apart_from_no_network() -> None:
    assert "disk is full" in environment.plain_line("OSError: [Errno 28] No space left on device", "pip.log")
    assert "refused" in environment.plain_line("THESE PACKAGES DO NOT MATCH THE HASHES", "pip.log")
    assert environment.plain_line("something else", "pip.log").endswith("see .venv/pip.log.")


# One stack for each folder.


def test_a_second_stack_on_the_same_data_says_where_the_first_is(tmp_path: Path) -> None:
    with alone(tmp_path, quiet, wanted_for="start it here"):
        announce(tmp_path, Running("http://127.0.0.1:8080", {"CAIRN_MODE": "local"}))
        done = cairn("up", "--port", str(free_port()), folder=tmp_path)
        assert running(tmp_path) == Running("http://127.0.0.1:8080", {"CAIRN_MODE": "local"})

    assert done.returncode == 1
    assert is_one_plain_line(done.stderr)
    assert "running already at http://127.0.0.1:8080" in done.stderr
    assert running(tmp_path) is None


def test_data_is_not_removed_while_the_stack_runs(tmp_path: Path) -> None:
    (tmp_path / "mongod").mkdir()
    with alone(tmp_path, quiet, wanted_for="start it here"):
        refused = cairn("clean-data", folder=tmp_path)
        assert (tmp_path / "mongod").exists()
    allowed = cairn("clean-data", folder=tmp_path)

    assert refused.returncode == 1
    assert is_one_plain_line(refused.stderr)
    assert allowed.returncode == 0
    assert not (tmp_path / "mongod").exists()


def test_ports_are_kept_from_one_start_to_the_next_unless_somebody_took_them(tmp_path: Path) -> None:
    first = kept_ports(tmp_path / "ports.json", ["mongod", "kafka"])
    assert kept_ports(tmp_path / "ports.json", ["mongod", "kafka"]) == first
    with socket.create_server(("127.0.0.1", first["kafka"])):
        later = kept_ports(tmp_path / "ports.json", ["mongod", "kafka"])

    assert later["mongod"] == first["mongod"]
    assert later["kafka"] not in first.values()


# MongoDB and Kafka.


def test_parts_started_again_on_other_ports_have_their_data(tmp_path: Path) -> None:
    with running_parts(tmp_path, progress=quiet) as first:
        write_everywhere(first)
    assert not any(is_alive(pid) for pid in first.pids.values())
    with running_parts(tmp_path, progress=quiet) as second:
        assert second.mongo_url != first.mongo_url
        assert read_everywhere(second) == ("kept", b"x" * 1_000_000)


def write_everywhere(parts: Parts) -> None:
    with MongoClient[dict[str, str]](parts.mongo_url) as client:
        client.kept.things.insert_one({"word": "kept"})
    admin = KafkaAdminClient(bootstrap_servers=parts.kafka_bootstrap)
    admin.create_topics([NewTopic("kept", num_partitions=1, replication_factor=1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=parts.kafka_bootstrap, acks="all")
    producer.send("kept", b"x" * 1_000_000).get(timeout=10)
    producer.close(timeout=5)


def read_everywhere(parts: Parts) -> tuple[str, bytes]:
    with MongoClient[dict[str, str]](parts.mongo_url) as client:
        found = client.kept.things.find_one({})
    assert found is not None
    consumer = KafkaConsumer(bootstrap_servers=parts.kafka_bootstrap, auto_offset_reset="earliest")
    consumer.assign([TopicPartition("kept", 0)])
    records = wait_for(lambda: consumer.poll(timeout_ms=500), what="the record")
    consumer.close()
    return found["word"], next(iter(records.values()))[0].value


def test_parts_end_when_the_one_that_started_them_is_killed(tmp_path: Path) -> None:
    starter = (
        "import sys, time, pathlib; from deploy.local.parts import start_parts\n"
        "parts = start_parts(pathlib.Path(sys.argv[1]), progress=lambda line: None)\n"
        "print(*parts.pids.values(), flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", starter, str(tmp_path)], cwd=REPOSITORY, stdout=subprocess.PIPE
    ) as killed:
        assert killed.stdout is not None
        pids = [int(word) for word in killed.stdout.readline().split()]
        assert all(is_alive(pid) for pid in pids)
        killed.kill()

    wait_for(lambda: not any(is_alive(pid) for pid in pids), STOPPED_WITHIN_S, "their end")


def is_alive(pid: int) -> bool:
    """Whether it runs; one that only waits to be buried does not."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    return False


# The supervisor.


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Callable[..., Supervisor]]:
    """Starts programs under a supervisor; nothing of it is left after the test."""
    started: list[Supervisor] = []

    def start(*programs: Program) -> Supervisor:
        supervisor = start_supervisor(tmp_path, list(programs), {})
        started.append(supervisor)
        for program in programs:
            supervisor.start(program)
        return supervisor

    yield start
    for supervisor in started:
        stop(supervisor)


def ignores_sigterm(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    return bool(int(status.partition("SigIgn:")[2].split()[0], 16) >> (signal.SIGTERM - 1) & 1)


def pid_of(supervisor: Supervisor, name: str) -> int:
    return int(supervisor.states()[name]["pid"])


def test_a_program_that_is_killed_is_started_again(supervised: Callable[..., Supervisor]) -> None:
    supervisor = supervised(Program("sleeper", SLEEPER))
    wait_for(lambda: supervisor.states()["sleeper"]["statename"] == "RUNNING", what="the first start")
    first = pid_of(supervisor, "sleeper")
    os.kill(first, signal.SIGKILL)

    wait_for(lambda: pid_of(supervisor, "sleeper") not in (0, first), what="the second start")


def test_when_the_supervisor_is_killed_its_programs_end(
    supervised: Callable[..., Supervisor], tmp_path: Path
) -> None:
    supervisor = supervised(Program("sleeper", SLEEPER, "parts"), Program("another", SLEEPER))
    wait_for(lambda: len(holders(alive_lock(tmp_path))) == 3, what="three programs")
    supervisor.process.kill()

    wait_for(lambda: nothing_is_left(tmp_path), STOPPED_WITHIN_S, "the end of all")


def test_even_programs_that_do_not_listen_are_stopped_in_time(
    supervised: Callable[..., Supervisor], tmp_path: Path
) -> None:
    supervisor = supervised(
        Program("deaf-part", DEAF, "parts"), Program("deaf-app", DEAF), Program("app", SLEEPER)
    )
    wait_for(lambda: len(holders(alive_lock(tmp_path))) == 4, what="four programs")
    wait_for(lambda: ignores_sigterm(pid_of(supervisor, "deaf-app")), what="deafness")
    supervisor.process.terminate()
    wait_for(lambda: nothing_is_left(tmp_path), STOPPED_WITHIN_S, "the end of all")

    assert holders(alive_lock(tmp_path)) == []


def test_odd_characters_in_the_folder_do_no_harm(tmp_path: Path) -> None:
    folder = (
        tmp_path
        / "50% of a 'folder' with spaces, rather long so that no socket would fit into it"
        / ("x" * 40)
    )
    supervisor = start_supervisor(folder, [Program("sleeper", SLEEPER)], {"CAIRN_TEST": "100%"})
    supervisor.start(Program("sleeper", SLEEPER))
    wait_for(lambda: len(holders(alive_lock(folder))) == 2, what="the program")
    stop(supervisor)

    assert nothing_is_left(folder)


# All of it.


@pytest.mark.timeout(300)
def test_up_becomes_ready_and_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    port = free_port()
    log = tmp_path / "up.log"
    with up_on(tmp_path / "data", port, log) as up:
        wait_for(
            lambda: up.poll() is not None or "Cairn is ready" in log.read_text(), 200, "a stack that is ready"
        )
        assert up.poll() is None, log.read_text()
        assert is_ready(f"http://127.0.0.1:{port}/health/ready")
        in_another_terminal = partial(cairn, folder=tmp_path / "data")
        assert "There are no chapters yet" in in_another_terminal("chapter", "list").stdout
        place = ("--name", "Zurich", "--time-zone", "Europe/Zurich", "--locale", "en")
        made = in_another_terminal(
            "chapter", "create", "zurich", *place, "--coordinator", "Mei <mei@example.org>"
        )
        assert made.returncode == 0, made.stderr
        wait_for(lambda: "1 confirmed" in in_another_terminal("confirm-all").stdout, what="her mail")
        assert "0 confirmed" in in_another_terminal("confirm-all").stdout
        up.send_signal(signal.SIGINT)
        assert up.wait(STOPPED_WITHIN_S) == 0

    assert nothing_is_left(tmp_path / "data")
    assert holders(alive_lock(tmp_path / "data")) == []
    ports = json.loads((tmp_path / "data" / "ports.json").read_text())
    assert all(is_free(one) for one in (port, *ports.values()))


@contextlib.contextmanager
def up_on(folder: Path, port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "operate", "up", "--port", str(port)]
    with log.open("wb") as out:
        up = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=inherited({"CAIRN_DATA_DIR": str(folder)}),
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        yield up
    finally:
        up.kill()  # whatever is left of it ends by its leash
        up.wait()
