"""Whether this machine can run the local stack: `python3 -m deploy.local.fit` prints one line and fails if not.

It runs before anything is installed, on whatever Python is there: standard library only, and no syntax that
Python 3.6 would stumble over.
"""

import ctypes
import os
import platform
import sys

OLDEST_PYTHON = (3, 11)
CONTAINERS = "use containers instead: docker compose up"


def unfit_platform(system: str, machine: str, glibc: str, has_openssl_3: bool) -> str:
    """Why mongod's binary cannot run on such a machine, as one line; empty if it can."""
    if system != "Linux" or machine not in ("x86_64", "AMD64"):
        return f"The local stack needs Linux on x86-64, and this is {system} on {machine}: {CONTAINERS}"
    if not glibc:
        return "The local stack needs a Linux with glibc, and this one has another C library: " + CONTAINERS
    if not has_openssl_3:
        return "The local stack's MongoDB needs OpenSSL 3 (libssl.so.3), which is not here: " + CONTAINERS
    return ""


def unfit_python(version: tuple, has_venv: bool) -> str:  # type: ignore[type-arg]
    """Why the environment cannot be made with such a Python, as one line; empty if it can."""
    if version[:2] < OLDEST_PYTHON:
        needed, found = (".".join(str(part) for part in one[:2]) for one in (OLDEST_PYTHON, version))
        return (
            f"Cairn needs Python {needed} or newer, and this is {found}: name another with PYTHON=python3.12"
        )
    if not has_venv:
        return (
            "This Python cannot make environments (no venv or ensurepip): install them "
            "(Debian and Ubuntu: apt-get install python3-venv) and try again"
        )
    return ""


def unfit() -> str:
    """Why this very machine is unfit, as one line; empty if it is fit."""
    return unfit_python(tuple(sys.version_info), _can_import("venv") and _can_import("ensurepip")) or here()


def here() -> str:
    """As `unfit`, of the platform alone."""
    glibc = os.confstr("CS_GNU_LIBC_VERSION") if "CS_GNU_LIBC_VERSION" in os.confstr_names else ""
    return unfit_platform(platform.system(), platform.machine(), glibc or "", _can_load("libssl.so.3"))


def _can_load(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _can_import(name: str) -> bool:
    try:
        __import__(name)
    except ImportError:
        return False
    return True


if __name__ == "__main__":
    reason = unfit()
    if reason:
        sys.exit("cairn: " + reason + ".")
