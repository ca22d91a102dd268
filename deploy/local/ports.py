"""Free ports on 127.0.0.1, kept from one start to the next where possible."""

import errno
import json
import random
import socket
from pathlib import Path

# Below the kernel's range for outgoing connections (32768 and up): none of those takes a port in between.
LOWEST_PORT, HIGHEST_PORT = 20_000, 29_999
MAX_TRIES = 200


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
        return True


def free_port(*, besides: frozenset[int] | set[int] = frozenset()) -> int:
    """A port that nobody listens on, none of `besides`."""
    for _ in range(MAX_TRIES):
        port = random.randint(LOWEST_PORT, HIGHEST_PORT)
        if port not in besides and is_free(port):
            return port
    raise OSError(errno.EADDRINUSE, "no free port was found")


def kept_ports(file: Path, names: list[str]) -> dict[str, int]:
    """One free port for each name: the one that `file` remembers, or another where that one is taken."""
    try:
        remembered: dict[str, int] = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        remembered = {}
    ports: dict[str, int] = {}
    for name in names:
        old = remembered.get(name)
        taken = set(ports.values()) | set(remembered.values())
        ports[name] = old if isinstance(old, int) and is_free(old) else free_port(besides=taken)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**remembered, **ports}, indent=2) + "\n")
    return ports
