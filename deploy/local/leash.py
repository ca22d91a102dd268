"""Runs a program that ends when the one that started it ends: `python leash.py SIGNAL PROGRAM ARGUMENTS...`.

The kernel sends SIGNAL (a number) to the program when the starting *thread* is gone, also after a kill -9.
It holds for the program itself, not for what that one starts. Standard library only, so that it is quick.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def leashed(command: list[str], *, by: signal.Signals = signal.SIGTERM) -> list[str]:
    """The command line that runs `command` on a leash, to be started from a thread that lives long enough."""
    return [sys.executable, "-I", "-S", __file__, str(int(by)), str(os.getpid()), *command]


def main(arguments: list[str]) -> None:
    """Put this process on the leash, then become the program. A parent of 0 means: whoever our parent is."""
    by, parent, command = int(arguments[0]), int(arguments[1]), arguments[2:]
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, by, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if parent and os.getppid() != parent:
        sys.exit(0)  # the one that started us ended before the leash was on
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
