"""Which programs make up the local stack: a table of values, for either shape (one process for all, or split)."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from deploy.local import kafka_broker, mongo_server

SERVICES = ("profiles", "matching", "sessions", "notifications")
PAGES = "web"
SANDBOX = "sandbox"
API_STOP_S = 3


@dataclass(frozen=True)
class Program:
    """One program: its command, what it has in its environment besides what all have, and where it says it is ready."""

    name: str
    command: tuple[str, ...]
    group: Literal["parts", "apps"] = "apps"  # apps stop first, so that they can still reach the parts
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_url: str | None = None


@dataclass(frozen=True)
class Addresses:
    """Every port of the stack, on 127.0.0.1. `health` and `apis` are keyed by worker and service."""

    public: int
    smtp: int
    mailbox: int
    health: Mapping[str, int]
    apis: Mapping[str, int]

    @property
    def public_url(self) -> str:
        return f"http://127.0.0.1:{self.public}"

    @property
    def mailbox_url(self) -> str:
        return f"http://127.0.0.1:{self.mailbox}"


def port_names(*, split: bool) -> list[str]:
    """The ports that a shape needs besides the public one."""
    names = ["mongod", "kafka", "kafka-controller", "smtp", "mailbox", f"health-{SANDBOX}"]
    if not split:
        return [*names, "health-worker"]
    return [*names, *(f"health-{name}-worker" for name in SERVICES), *(f"api-{name}" for name in SERVICES)]


def addresses(public_port: int, ports: Mapping[str, int]) -> Addresses:
    """`ports` by the names of `port_names`."""
    return Addresses(
        public=public_port,
        smtp=ports["smtp"],
        mailbox=ports["mailbox"],
        health={
            name.removeprefix("health-"): port for name, port in ports.items() if name.startswith("health-")
        },
        apis={name.removeprefix("api-"): port for name, port in ports.items() if name.startswith("api-")},
    )


def common_environment(
    where: Addresses, folder: Path, mongo_url: str, kafka_bootstrap: str
) -> dict[str, str]:
    """What every program of Cairn needs to know; the names are those of shared/settings.py."""
    return {
        "CAIRN_MODE": "local",
        "CAIRN_MONGO_URL": mongo_url,
        "CAIRN_KAFKA_BOOTSTRAP": kafka_bootstrap,
        "CAIRN_SMTP_URL": f"smtp://127.0.0.1:{where.smtp}",
        "CAIRN_MAILBOX_URL": where.mailbox_url,
        "CAIRN_PUBLIC_URL": where.public_url,
        "CAIRN_GATEWAY_URL": where.public_url,
        "CAIRN_SECRETS_DIR": str(folder / "secrets"),
        "CAIRN_CLOCK_FILE": str(folder / "clock.json"),
        "CAIRN_KERNEL_CACHE_DIR": str(folder / "kernels"),
    }


def mongod(folder: Path, port: int) -> Program:
    """Our own MongoDB on `folder`."""
    return Program("mongod", tuple(mongo_server.prepare(folder / "mongod", port=port)), "parts")


def kafka(folder: Path, jars: list[Path], port: int, controller_port: int) -> Program:
    """Our own Kafka on `folder`, formatted if it is new (2 s)."""
    command = kafka_broker.prepare(folder / "kafka", jars, port=port, controller_port=controller_port)
    return Program("kafka", tuple(command), "parts")


def mail_catcher(where: Addresses, folder: Path) -> Program:
    """Receives all mail; nothing of it leaves this machine."""
    ports = ("--smtp-port", str(where.smtp), "--http-port", str(where.mailbox))
    return Program(
        "mail-catcher",
        _cairn("mail-catcher", *ports, "--folder", str(folder / "mail")),
        ready_url=f"{where.mailbox_url}/health/ready",
    )


def apps(where: Addresses, *, split: bool) -> list[Program]:
    """APIs, pages and workers."""
    if not split:
        everything = ",".join(SERVICES)
        return [
            _api("api", where.public, f"{everything},{PAGES}"),
            _worker("worker", where.health["worker"], everything),
            _player(where, {}),
        ]
    gateway = {f"CAIRN_{name.upper()}_URL": f"http://127.0.0.1:{port}" for name, port in where.apis.items()}
    return [
        # Workers first: they take the longest, since the members of a group have to find each other.
        *(_worker(f"{name}-worker", where.health[f"{name}-worker"], name) for name in SERVICES),
        *(_api(f"{name}-api", where.apis[name], name) for name in SERVICES),
        _api(PAGES, where.public, PAGES, gateway),
        _player(where, gateway),
    ]


def init_command() -> tuple[str, ...]:
    """Topics, indexes and secrets: run to its end before the apps start."""
    return _cairn("init")


def _api(name: str, port: int, services: str, more: Mapping[str, str] | None = None) -> Program:
    return Program(
        name,
        (
            *(sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.py"),
            *("--bind", f"127.0.0.1:{port}", "services.runtime:application()"),
        ),
        environment={"CAIRN_SERVICES": services, "CAIRN_API_GRACEFUL_S": str(API_STOP_S), **(more or {})},
        ready_url=f"http://127.0.0.1:{port}/health/ready",
    )


def _worker(name: str, health_port: int, services: str) -> Program:
    return Program(
        name,
        _cairn("worker"),
        environment={"CAIRN_SERVICES": services, "CAIRN_HEALTH_PORT": str(health_port)},
        ready_url=f"http://127.0.0.1:{health_port}/health/ready",
    )


def _player(where: Addresses, gateway: Mapping[str, str]) -> Program:
    """Who plays what integrators ask for in sandboxes."""
    port = where.health[SANDBOX]
    return Program(
        SANDBOX,
        _cairn("sandbox", "serve"),
        environment={"CAIRN_HEALTH_PORT": str(port), **gateway},
        ready_url=f"http://127.0.0.1:{port}/health/ready",
    )


def _cairn(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "operate", *arguments)
