"""docker-compose.yml as people use it: it comes up, the story passes through it, it stops when asked, it goes away."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import urllib3

from deploy.local.ports import free_port
from tests.containers.engine import ROOT, docker, inspect

pytestmark = [pytest.mark.containers, pytest.mark.timeout(900)]

SERVICES = ("profiles", "matching", "sessions", "notifications")
ALONE = {"web", "mail", "init", "sandbox"}
OURS = {f"{name}-{role}" for name in SERVICES for role in ("api", "worker")} | ALONE
ALL = OURS | {"mongo", "kafka", "gateway"}

UP_WITHIN_S = 420  # the first time the image is built
DEMO_WITHIN_S = 180
BACK_WITHIN_S = 60
LOOK_EVERY_S = 0.5


@dataclass(frozen=True)
class Deployment:
    """A running project of docker compose, with ports, volumes and a name of its own."""

    project: str
    url: str
    mailbox: str
    settings: Path

    def compose(self, *arguments: str, within_s: float = 120) -> str:
        """`docker compose ...` on this project."""
        return docker(*self.command, *arguments, within_s=within_s)

    @property
    def command(self) -> tuple[str, ...]:
        """What comes between `docker` and the arguments."""
        file = ROOT / "docker-compose.yml"
        return (
            "compose",
            "--file",
            str(file),
            "--project-name",
            self.project,
            "--env-file",
            str(self.settings),
        )

    def containers(self) -> dict[str, dict[str, Any]]:
        """What the engine knows of each, by service name."""
        found = inspect(self.compose("ps", "--all", "--quiet").split())
        return {each["Config"]["Labels"]["com.docker.compose.service"]: each for each in found}


@pytest.fixture(scope="module")
def deployment(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The compose file, up and healthy."""
    port = free_port()
    mail_port = free_port(besides={port})
    settings = tmp_path_factory.mktemp("compose") / "settings"
    settings.write_text(f"CAIRN_PORT={port}\nCAIRN_MAIL_PORT={mail_port}\nCAIRN_TAG=test\n")
    up = Deployment(
        f"cairn-test-{port}", f"http://127.0.0.1:{port}", f"http://127.0.0.1:{mail_port}", settings
    )
    try:
        _bring_up(up)
        yield up
    finally:
        up.compose("down", "--volumes", "--remove-orphans", "--timeout", "20")


def _bring_up(deployment: Deployment) -> None:
    try:
        deployment.compose("up", "--build", "--wait", within_s=UP_WITHIN_S)
    except pytest.fail.Exception as refused:
        said = deployment.compose("ps", "--all") + deployment.compose("logs", "--no-color", "--tail", "30")
        pytest.fail(f"{refused}\n{said}", pytrace=False)


def test_everything_is_healthy_once_compose_says_so(deployment: Deployment) -> None:
    state = {name: each["State"] for name, each in deployment.containers().items()}
    assert set(state) == ALL
    assert (state["init"]["Status"], state["init"]["ExitCode"]) == ("exited", 0)
    unhealthy = {
        name for name, each in state.items() if name != "init" and each["Health"]["Status"] != "healthy"
    }
    assert unhealthy == set()


def test_only_the_gateway_and_the_mail_are_published_and_to_this_machine_only(deployment: Deployment) -> None:
    published = {
        name: {
            binding["HostIp"]
            for bindings in each["NetworkSettings"]["Ports"].values()
            for binding in bindings or ()
        }
        for name, each in deployment.containers().items()
    }
    reachable = {name: addresses for name, addresses in published.items() if addresses}
    assert reachable == {"gateway": {"127.0.0.1"}, "mail": {"127.0.0.1"}}


def test_our_processes_are_not_root_and_cannot_change_their_image(deployment: Deployment) -> None:
    for name, each in deployment.containers().items():
        if name in OURS:
            assert each["Config"]["User"] == "10001:10001", name
            assert each["HostConfig"]["ReadonlyRootfs"], name
            assert each["HostConfig"]["CapDrop"] == ["ALL"], name


def test_the_gateway_shows_pages_and_apis_and_hides_the_figures(deployment: Deployment) -> None:
    assert _status(f"{deployment.url}/health/ready") == 200
    for name in SERVICES:
        assert _status(f"{deployment.url}/api/{name}/openapi.json") == 200, name
    assert _status(f"{deployment.url}/metrics") == 404


def test_the_story_of_one_pair_passes_in_containers(deployment: Deployment) -> None:
    operator = " ".join(("docker", *deployment.command, "exec", "-T", "profiles-api", "cairn"))
    cairn = Path(sys.executable).with_name("cairn")
    asked = ["--url", deployment.url, "--mailbox", deployment.mailbox, "--hooks", "http://mail:8025"]
    told = subprocess.run(
        [cairn, "demo", *asked, "--operator", operator],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=DEMO_WITHIN_S,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    restarted = {name for name, each in deployment.containers().items() if each["RestartCount"]}
    assert restarted == set()


def test_a_worker_that_is_killed_comes_back(deployment: Deployment) -> None:
    kill_the_worker = "import os, signal; [os.kill(int(pid), signal.SIGKILL) for pid in open('/proc/1/task/1/children').read().split()]"
    deployment.compose("exec", "-T", "sessions-worker", "python", "-c", kill_the_worker)
    deadline = time.monotonic() + BACK_WITHIN_S
    while True:
        worker = deployment.containers()["sessions-worker"]
        if worker["RestartCount"] == 1 and worker["State"]["Health"]["Status"] == "healthy":
            return
        assert time.monotonic() < deadline, worker["State"]
        time.sleep(LOOK_EVERY_S)


def test_all_stop_when_asked_and_come_up_again_with_what_they_had(deployment: Deployment) -> None:
    deployment.compose("stop")
    killed = {name for name, each in deployment.containers().items() if each["State"]["ExitCode"] == 137}
    assert killed == set()
    deployment.compose("up", "--wait", within_s=UP_WITHIN_S)
    assert _status(f"{deployment.url}/health/ready") == 200


def _status(url: str) -> int:
    return urllib3.request("GET", url, timeout=10, retries=False).status
