"""Free ports for tests: one that was given out is nobody else's while the process that asked for it lives.

Between the choice of a port and the moment at which a server listens there may be seconds: a process has to start first. The
lock of a file for each port keeps other workers of the run, and other runs, from choosing the same one meanwhile.
"""

import fcntl
import os
import tempfile
from pathlib import Path

from deploy.local import ports

FOLDER = Path(tempfile.gettempdir()) / f"cairn-test-ports-{os.getuid()}"


def free_port() -> int:
    """A port that nobody listens on, and that nobody who asks here is given before this process ends."""
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    while True:
        port = ports.free_port()
        held = os.open(FOLDER / str(port), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the kernel drops it with its process
        except BlockingIOError:
            os.close(held)
        else:
            return port
