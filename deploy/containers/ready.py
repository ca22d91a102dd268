"""A container's health check: exit 0 where this container's own process answers that it is ready, else 1 with one line.

    python -I deploy/containers/ready.py PORT [PATH]

1. It asks 127.0.0.1 only, and reads no more than the status line.
2. It imports neither the product nor an HTTP client: it runs every few seconds in every container, for ever, and a
   bare interpreter and a socket cost a fifth of one that loads those.
"""

import socket
import sys

TIMEOUT_S = 3.0  # below the time-out of the health check itself, so that the reason gets printed
STATUS_LINE_BYTES = 256


def status_line(port: int, path: str) -> str:
    """The first line of the answer to GET ``path``; raises OSError where nobody answers in time."""
    request = f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nUser-Agent: container-health\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as connection:
        connection.sendall(request.encode("ascii"))
        answer = connection.makefile("rb").readline(STATUS_LINE_BYTES)
    return answer.decode("latin-1").strip()


def main(port: str, path: str = "/health/ready") -> int:
    """0 where the answer's status is 200; otherwise 1, with the reason on standard error."""
    try:
        answer = status_line(int(port), path)
    except OSError as reason:
        sys.stderr.write(f"not ready: nobody answers on port {port}: {reason}\n")
        return 1
    if answer.split(" ")[1:2] == ["200"]:
        return 0
    sys.stderr.write(f"not ready: {path} on port {port} answers {answer!r}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
