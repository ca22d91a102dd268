"""Makes `.venv` from a lock: `python3 -m deploy.local.environment LEVEL`, where LEVEL is `local` or `dev`.

What always holds:

1. Only locked versions whose hash is right are installed, as wheels: nothing that was downloaded runs before that.
2. A stamp `.venv/.made-LEVEL` holds the hash of what it was made from; with a right stamp nothing is done.
3. A failure is one plain line and exit code 1; what pip said is in `.venv/pip.log`.

It runs on the system's Python: standard library only.
"""

import fcntl
import hashlib
import re
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
VENV = REPOSITORY / ".venv"
LOCKS = {"local": "requirements-local.lock", "dev": "requirements-dev.lock"}
INCLUDES = {"local": ("local",), "dev": ("dev", "local")}  # the dev lock holds all of the local one
PROGRESS_EVERY_S = 10.0
INSTALL_TIMEOUT_S = 1_800
PIP_RETRIES = 2
PIP_SILENCE_S = 30

KNOWN_FAILURES = (
    (r"No space left on device|\[Errno 28\]", "The disk is full: make room (about 2 GB) and try again."),
    (
        r"DO NOT MATCH THE HASHES",
        "A package as downloaded is not the one that was locked: refused. Try again later.",
    ),
    (
        (
            r"NewConnectionError|ConnectionError|NameResolutionError|Name or service not known|ProxyError|timed out"
            r"|Temporary failure in name|Network is unreachable|ConnectTimeout|No matching distribution found"
        ),
        "The Python packages could not be fetched: check the network (the first start needs it) and try again.",
    ),
)


class Failed(Exception):
    """The environment could not be made; the message is one plain line."""


def make(level: str) -> None:
    """Bring `.venv` in line with the lock of `level`; one at a time. Raises Failed."""
    with (REPOSITORY / "pyproject.toml").open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        _make(level)


def _make(level: str) -> None:
    wanted = _fingerprint(level)
    if _stamp(level).exists() and _stamp(level).read_text() == wanted and (VENV / "bin" / "python").exists():
        _stamp(level).touch()  # make compares times
        return
    if not (VENV / "bin" / "python").exists() or not (VENV / "bin" / "pip").exists():
        _say("Making the Python environment in .venv")
        # --clear: what is there is the rest of one whose Python has gone, or of an attempt that was cut short
        _run([sys.executable, "-m", "venv", "--clear", str(VENV)], "venv.log")
    for stamp in VENV.glob(".made-*"):
        stamp.unlink()
    install = [
        str(VENV / "bin" / "python"),
        "-m",
        "pip",
        "--no-input",
        "--disable-pip-version-check",
        "install",
    ]
    _say(f"Installing what {LOCKS[level]} lists (only the first time; about a minute)")
    _run(
        [
            *install,
            "--require-hashes",
            "--only-binary",
            ":all:",
            "--progress-bar",
            "off",
            "--retries",
            str(PIP_RETRIES),
            "--timeout",
            str(PIP_SILENCE_S),
            "-r",
            LOCKS[level],
        ],
        "pip.log",
    )
    _say("Installing Cairn itself")
    _run([*install, "--no-build-isolation", "--no-deps", "--editable", "."], "pip-cairn.log")
    for included in INCLUDES[level]:
        _stamp(included).write_text(_fingerprint(included))


def _stamp(level: str) -> Path:
    return VENV / f".made-{level}"


def _fingerprint(level: str) -> str:
    pyproject = (REPOSITORY / "pyproject.toml").read_text()
    how_cairn_is_installed = pyproject.split("[tool.ruff]")[0]
    lock = (REPOSITORY / LOCKS[level]).read_text()
    return hashlib.sha256((how_cairn_is_installed + lock).encode()).hexdigest()


def _run(command: list[str], log_name: str) -> None:
    VENV.mkdir(exist_ok=True)
    path = REPOSITORY / f".venv-{log_name}"  # outside, because --clear empties the folder
    with path.open("wb") as log:
        running = subprocess.Popen(command, cwd=REPOSITORY, stdout=log, stderr=subprocess.STDOUT)
        started = time.monotonic()
        while True:
            try:
                code = running.wait(PROGRESS_EVERY_S)
                break
            except subprocess.TimeoutExpired:
                spent = time.monotonic() - started
                if spent > INSTALL_TIMEOUT_S:
                    running.kill()
                _say(f"  {_so_far(path)}{spent:.0f} s")
            except KeyboardInterrupt:
                running.wait()
                raise
    said = path.read_text(errors="replace")
    if VENV.is_dir():
        path.replace(VENV / log_name)
    if code != 0:
        raise Failed(plain_line(said, log_name))


def _so_far(log: Path) -> str:
    said = log.read_text(errors="replace")
    if "Installing collected packages" in said:
        return "unpacking, "
    count = len(re.findall(r"^Collecting ", said, re.MULTILINE))
    return f"{count} packages, " if count else ""


def plain_line(said: str, log_name: str) -> str:
    """What pip said, as the one line for the person."""
    for pattern, line in KNOWN_FAILURES:
        if re.search(pattern, said):
            return line
    return f"The Python environment could not be made: see .venv/{log_name}."


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    try:
        make(sys.argv[1])
    except Failed as error:
        sys.exit(f"cairn: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
