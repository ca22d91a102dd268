"""Runs a program that ends when the one that started it ends: `python leash.py PARENT LOCK PROGRAM ARGUMENTS...`.

1. The kernel sends SIGTERM to the program when the *thread* that started it is gone, also after a kill -9. That
   holds for the program itself, not for what it starts in turn.
2. The program holds the file LOCK shared for as long as it, or a fork of it, lives: whoever can lock the file
   alone knows that nothing of it is left.

Standard library only, so that it is quick.
"""

import ctypes
import fcntl
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h
ANY_PARENT, NO_LOCK = "0", "-"


def leashed(command: list[str], *, parent: int | None = None, lock: Path | None = None) -> list[str]:
    """The command line that runs `command` on a leash, to be started from a thread that lives long enough.

    With `parent` (a process id) the program does not start if another process is its parent by then.
    """
    return [
        *(sys.executable, "-I", "-S", __file__),
        ANY_PARENT if parent is None else str(parent),
        NO_LOCK if lock is None else str(lock),
        *command,
    ]


def main(parent: str, lock: str, command: list[str]) -> None:
    """Put this process on the leash, then become the program."""
    started_by = os.getppid() if parent == ANY_PARENT else int(parent)
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != started_by:
        sys.exit(0)  # it ended before the leash was on
    if lock != NO_LOCK:
        held = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(held, fcntl.LOCK_SH)
        os.set_inheritable(held, True)
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
