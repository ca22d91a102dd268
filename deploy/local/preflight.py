"""What must be right before anything is started; each failure is one plain line that says what to do."""

import shutil
import signal
import subprocess
from pathlib import Path

from deploy.local import fit, mongod_binary
from deploy.local.ports import is_free
from deploy.local.surroundings import CannotStart, Surroundings

DISK_NEEDED_BYTES = 1_000_000_000
HIGHEST_PORT = 65_535
VERSION_TIMEOUT_S = 20


def check_platform() -> None:
    """Raises CannotStart where our own MongoDB cannot run."""
    reason = fit.here()
    if reason:
        raise CannotStart(f"{reason}.")


def check_port(port: int) -> None:
    """Raises CannotStart where nobody may listen, or somebody listens already."""
    if not 1 <= port <= HIGHEST_PORT:
        raise CannotStart(
            f"There is no port {port}: choose one from 1024 to {HIGHEST_PORT}, as in make up PORT=8090."
        )
    if not is_free(port):
        raise CannotStart(
            f"Port {port} is taken (or not yours to use): stop what listens there, or choose another, "
            f"as in make up PORT={port + 10}."
        )


def check_disk(folder: Path, *, needed_bytes: int = DISK_NEEDED_BYTES) -> None:
    """Raises CannotStart where the data folder cannot be written or has too little room."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "writable").touch()
        (folder / "writable").unlink()
        free_bytes = shutil.disk_usage(folder).free
    except OSError as error:
        raise CannotStart(
            f"The data folder {folder} cannot be written ({error.strerror}): "
            "make it writable, or name another with CAIRN_DATA_DIR."
        ) from error
    if free_bytes < needed_bytes:
        raise CannotStart(
            f"The disk is nearly full: {folder} has {free_bytes / 1e9:.1f} GB left and needs {needed_bytes / 1e9:.0f} GB. "
            "Make room, or name a folder elsewhere with CAIRN_DATA_DIR."
        )


def check_mongod(folder: Path) -> None:
    """Raises CannotStart where mongod's binary does not run: a library or a processor feature is missing."""
    done = subprocess.run(
        [*mongod_binary.command(folder), "--version"],
        capture_output=True,
        text=True,
        timeout=VERSION_TIMEOUT_S,
        check=False,
    )
    if done.returncode == 0:
        return
    if done.returncode == -signal.SIGILL:
        raise CannotStart(f"The local stack's MongoDB needs a processor with AVX: {fit.CONTAINERS}.")
    missing = done.stderr.partition("error while loading shared libraries: ")[2].partition(":")[0]
    if missing:
        raise CannotStart(
            f"The local stack's MongoDB needs the library {missing}, which is not here: "
            f"install it, or {fit.CONTAINERS}."
        )
    raise CannotStart(f"The local stack's MongoDB does not run here: {fit.CONTAINERS}.")


def check(around: Surroundings, port: int) -> None:
    """All of it, in the order in which a person would want to hear of it. Raises CannotStart."""
    if around.mongo_url is None:
        check_platform()
    check_port(port)
    check_disk(around.data_folder)
    if around.mongo_url is None:
        check_mongod(around.data_folder / "mongod")
