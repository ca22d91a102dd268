"""Writes the lock files: `python -m deploy.local.locks [--upgrade]` (`make lock`).

Each lock holds the ones below it (product, local stack, tests and checks), in the same versions: what is tested is
what runs. They hold for every Python from 3.11 on, and no address of any package index is written into them.
"""

import subprocess
import sys

from deploy.local import jars
from deploy.local.surroundings import REPOSITORY, CannotStart

INPUTS = ("requirements.in", "requirements-local.in", "requirements-dev.in")
RESOLVE_TIMEOUT_S = 600


def write_locks(*, upgrade: bool) -> None:
    """Resolve each list together with those below it."""
    below: list[str] = []
    for count, name in enumerate(INPUTS, start=1):
        lock = name.replace(".in", ".lock")
        subprocess.run(
            [
                *(
                    sys.executable,
                    "-m",
                    "uv",
                    "pip",
                    "compile",
                    "--quiet",
                    "--universal",
                    "--python-version",
                    "3.11",
                ),
                *("--generate-hashes", "--no-emit-index-url", "--no-header"),
                *(["--upgrade"] if upgrade else []),
                *below,
                *INPUTS[:count],
                *("--output-file", lock),
            ],
            cwd=REPOSITORY,
            check=True,
            timeout=RESOLVE_TIMEOUT_S,
        )
        below = ["--constraint", lock]
        sys.stderr.write(f"{lock}\n")
    jars.write_lock()


if __name__ == "__main__":
    try:
        write_locks(upgrade="--upgrade" in sys.argv[1:])
    except (subprocess.SubprocessError, CannotStart) as error:
        sys.exit(f"cairn: the locks could not be written: {error}")
