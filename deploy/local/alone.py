"""One stack for each data folder, and the certainty that nothing of the last one is left.

Two locks, both dropped by the kernel with the processes that hold them, so that no stale file can lie:
`running.lock` is held by `cairn up` alone; `alive.lock` is held, shared, by every program of the stack (see `leash`).
"""

import contextlib
import fcntl
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.local.surroundings import CannotStart

LAST_RUN_ENDS_WITHIN_S = 20.0
SAY_AFTER_S = 1.0
LOOK_EVERY_S = 0.05


@dataclass(frozen=True)
class Running:
    """What a running stack tells others on this machine: its address, and the settings that its programs have."""

    public_url: str
    environment: dict[str, str]


def alive_lock(folder: Path) -> Path:
    """The file that every program of the stack holds."""
    return folder / "alive.lock"


def running(folder: Path) -> Running | None:
    """The stack that runs on this data folder and is ready, if there is one."""
    try:
        with (folder / "running.lock").open("r") as lock:
            if _lock_alone(lock.fileno()):
                return None
        return Running(**json.loads((folder / "running.json").read_text()))
    except (FileNotFoundError, ValueError):
        return None


@contextlib.contextmanager
def alone(folder: Path, say: Callable[[str], None], *, wanted_for: str) -> Iterator[None]:
    """Hold the data folder for ourselves. Raises CannotStart if a stack runs on it, or the last one's rest does not end.

    `wanted_for` is what cannot be done then, as in "Stop it first (Ctrl-C where it runs), then {wanted_for}".
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "running.lock").open("a") as lock:
        if not _lock_alone(lock.fileno()):
            other = running(folder)
            where = f"at {other.public_url}" if other else "(it is just starting or stopping)"
            raise CannotStart(
                f"Cairn is running already {where}. Stop it first (Ctrl-C where it runs), then {wanted_for}."
            )
        _await_the_last_run(folder, say)
        try:
            yield
        finally:
            (folder / "running.json").unlink(missing_ok=True)


def announce(folder: Path, stack: Running) -> None:
    """Let others on this machine find the stack; the file names no secret, and only the owner may read it."""
    new = folder / "running.json.new"
    new.touch(mode=0o600)
    new.write_text(json.dumps(asdict(stack), indent=2) + "\n")
    new.replace(folder / "running.json")


def nothing_is_left(folder: Path) -> bool:
    """Whether every program of the stack has ended."""
    with alive_lock(folder).open("a") as lock:
        return _lock_alone(lock.fileno())


def end_what_is_left(folder: Path) -> None:
    """Kill whatever still holds the lock of the stack's programs; only processes of this folder hold it."""
    for pid in holders(alive_lock(folder)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def holders(lock: Path) -> list[int]:
    """The processes that have the file open (those that we may look into)."""
    found = []
    for descriptors in Path("/proc").glob("[0-9]*/fd"):
        with contextlib.suppress(OSError):  # ended meanwhile, or somebody else's
            if any(descriptor.samefile(lock) for descriptor in descriptors.iterdir() if descriptor.exists()):
                found.append(int(descriptors.parent.name))
    return found


def _await_the_last_run(folder: Path, say: Callable[[str], None]) -> None:
    started, said = time.monotonic(), False
    while not nothing_is_left(folder):
        waited = time.monotonic() - started
        if waited > LAST_RUN_ENDS_WITHIN_S:
            pids = ", ".join(str(pid) for pid in holders(alive_lock(folder)))
            raise CannotStart(
                f"Programs of the last run do not end (process ids: {pids}): end them, then try again."
            )
        if waited > SAY_AFTER_S and not said:
            say("Waiting for the last run to end")
            said = True
        time.sleep(LOOK_EVERY_S)


def _lock_alone(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
