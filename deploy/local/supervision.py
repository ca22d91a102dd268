"""supervisord for the local stack: starts programs, restarts those that die, keeps their logs short.

It is a child of `cairn up`, on a leash, and every program is a child of it, on a leash too.
"""

import http.client
import shlex
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.alone import alive_lock
from deploy.local.leash import leashed
from deploy.local.programs import Program
from deploy.local.surroundings import REPOSITORY, CannotStart, inherited

SOCKET, LOGS = "supervisord.sock", "logs"
LOG_BYTES = 5_000_000
LOG_BACKUPS = 1
# A program that ends within this time counts as not started: each further try waits a second longer.
STARTED_AFTER_S = 3
START_TRIES = 1_000
STOP_GROUP_S = 4  # two groups, one after the other, and supervisord looks once a second: 11 s at worst
ANSWERS_WITHIN_S = 10.0
RPC_TIMEOUT_S = 5.0
LOOK_EVERY_S = 0.03


@dataclass(frozen=True)
class Supervisor:
    """A running supervisord and where it listens."""

    process: subprocess.Popen[bytes]
    socket: Path
    folder: Path

    def start(self, program: Program) -> None:
        """Start it, without waiting until it is up."""
        self._call("startProcess", f"{program.group}:{program.name}", False)

    def states(self) -> dict[str, dict[str, Any]]:
        """What supervisord knows of each program: `statename`, `pid`, `start` (seconds since 1970), `exitstatus`."""
        return {entry["name"]: entry for entry in self._call("getAllProcessInfo")}

    def log_of(self, name: str) -> Path:
        """The log of one program."""
        return log_folder(self.folder) / f"{name}.log"

    def _call(self, method: str, *arguments: Any) -> Any:
        try:
            with xmlrpc.client.ServerProxy(
                "http://supervisord", transport=_UnixTransport(self.socket)
            ) as server:
                return getattr(server.supervisor, method)(*arguments)
        except (OSError, http.client.HTTPException) as error:
            raise SupervisorGone from error


class _UnixTransport(xmlrpc.client.Transport):
    """XML-RPC over a socket file, with a time limit."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("supervisord", timeout=RPC_TIMEOUT_S)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(RPC_TIMEOUT_S)
        self._connection = host, connection  # for close()
        connection.sock.connect(str(self._path))
        return connection


class SupervisorGone(CannotStart):
    """supervisord has ended, and everything with it."""

    def __init__(self) -> None:
        super().__init__("The supervisor ended unexpectedly, and the stack with it: start it again.")


def log_folder(folder: Path) -> Path:
    """Where the programs' logs are."""
    return folder / LOGS


def start_supervisor(folder: Path, programs: list[Program], environment: Mapping[str, str]) -> Supervisor:
    """Start supervisord with all programs known and none running. `environment` is what all of them share.

    It ends, and everything with it, when the calling thread ends. Raises CannotStart.
    """
    log_folder(folder).mkdir(parents=True, exist_ok=True)
    (folder / SOCKET).unlink(missing_ok=True)
    file = folder / "supervisord.conf"
    file.write_text(configuration(folder, programs))
    first_words = log_folder(folder) / "supervisord.out"
    with first_words.open("wb") as out:
        process = subprocess.Popen(
            leashed(
                [sys.executable, "-m", "supervisor.supervisord", "-c", str(file)], lock=alive_lock(folder)
            ),
            cwd=folder,
            env=inherited({**environment, "PYTHONUNBUFFERED": "1"}),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone, and we stop it in order
        )
    # By way of its working folder: a socket's path may have no more than 107 bytes.
    path = Path(f"/proc/{process.pid}/cwd/{SOCKET}")
    deadline = time.monotonic() + ANSWERS_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                return Supervisor(process, path, folder)
        time.sleep(LOOK_EVERY_S)
    process.kill()
    process.wait()
    raise CannotStart(f"The supervisor did not start: see {first_words}.")


def configuration(folder: Path, programs: list[Program]) -> str:
    """supervisord.conf, as text. Paths that need not be absolute are not: supervisord reads some values twice over."""
    blocks = [
        f"""\
[unix_http_server]
file=/proc/self/cwd/{SOCKET}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[supervisord]
nodaemon=true
silent=true
minfds=4096
pidfile=supervisord.pid
childlogdir={LOGS}
logfile={LOGS}/supervisord.log
logfile_maxbytes={LOG_BYTES}
logfile_backups={LOG_BACKUPS}
"""
    ]
    for priority, group in enumerate(("parts", "apps"), start=1):
        names = ",".join(program.name for program in programs if program.group == group)
        if names:
            blocks.append(f"[group:{group}]\nprograms={names}\npriority={priority}\n")
    blocks.extend(_block(program, folder) for program in programs)
    return "\n".join(blocks)


def _block(program: Program, folder: Path) -> str:
    command = shlex.join(leashed(list(program.command), lock=alive_lock(folder)))
    environment = ",".join(f'{name}="{_plain(value)}"' for name, value in program.environment.items())
    return f"""\
[program:{program.name}]
command={_plain(command)}
environment={environment}
directory={_plain(REPOSITORY)}
autostart=false
autorestart=true
startsecs={STARTED_AFTER_S}
startretries={START_TRIES}
stopsignal=TERM
stopwaitsecs={STOP_GROUP_S}
stopasgroup=true
killasgroup=true
redirect_stderr=true
stdout_logfile={LOGS}/{program.name}.log
stdout_logfile_maxbytes={LOG_BYTES}
stdout_logfile_backups={LOG_BACKUPS}
"""


def _plain(text: str | Path) -> str:
    """supervisord expands %(...)s in every value."""
    return str(text).replace("%", "%%")
