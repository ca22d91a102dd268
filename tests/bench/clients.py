"""Clients that ask as fast as they get answers, or at given times: threads over kept-alive connections, in a process of their own.

Reads one JSON object on standard input, does what it says, and writes one on standard output.
"""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

ANSWER_WITHIN_S = 30.0
MAX_HEAD_BYTES = 16_384


@dataclass
class Job:
    """Where to ask, and `requests` as they go over the wire, each sent once, in order, over `connections`.

    `at_s` are the moments of the requests, in seconds after the start (none: as soon as a connection is free), for at most `seconds`.
    """

    port: int
    requests: list[str]
    connections: int
    seconds: float
    at_s: list[float] = field(default_factory=list)


def request(method: str, path: str, headers: dict[str, str], body: Any) -> str:
    """One HTTP/1.1 request as text."""
    content = json.dumps(body)
    lines = [f"{method} {path} HTTP/1.1", "Host: cairn.test", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"Content-Length: {len(content)}", "", content])


def ask(job: Job) -> dict[str, Any]:
    """Run the job in a process of its own; how many were answered, in how many seconds, with which statuses, how late."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench.clients"],
        input=json.dumps(asdict(job)),
        capture_output=True,
        text=True,
        check=True,
        timeout=job.seconds + 2 * ANSWER_WITHIN_S,
    )
    answered: dict[str, Any] = json.loads(ran.stdout)
    return answered


class _Run:
    """One job under way; its requests are handed out under a lock."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.statuses: dict[str, int] = {}
        self.late_s = 0.0
        self._numbers: Iterator[int] = iter(range(len(job.requests)))
        self._lock = threading.Lock()
        self._started_s = 0.0

    def run(self) -> dict[str, Any]:
        threads = [threading.Thread(target=self._connection) for _ in range(self.job.connections)]
        self._started_s = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - self._started_s
        return {
            "done": sum(self.statuses.values()),
            "seconds": seconds,
            "statuses": self.statuses,
            "late_s": self.late_s,
        }

    def _connection(self) -> None:
        connection = socket.create_connection(("127.0.0.1", self.job.port), timeout=ANSWER_WITHIN_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        counted: dict[str, int] = {}
        with connection:
            while time.perf_counter() - self._started_s < self.job.seconds:
                with self._lock:
                    number = next(self._numbers, None)
                if number is None:
                    break
                if self.job.at_s:
                    self._await(self.job.at_s[number])
                connection.sendall(self.job.requests[number].encode())
                status = _status(connection)
                counted[status] = counted.get(status, 0) + 1
        with self._lock:
            for status, count in counted.items():
                self.statuses[status] = self.statuses.get(status, 0) + count

    def _await(self, at_s: float) -> None:
        wait_s = at_s - (time.perf_counter() - self._started_s)
        if wait_s > 0:
            time.sleep(wait_s)
        else:
            self.late_s = max(self.late_s, -wait_s)


def _status(connection: socket.socket) -> str:
    """Read one answer, whole, and return its status."""
    got = b""
    while b"\r\n\r\n" not in got:
        part = connection.recv(MAX_HEAD_BYTES)
        if not part:
            raise ConnectionError("closed in the middle of an answer")
        got += part
    head, _, body = got.partition(b"\r\n\r\n")
    rest = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]) - len(body)
    while rest > 0:
        rest -= len(connection.recv(rest))
    return head[9:12].decode()


if __name__ == "__main__":
    json.dump(_Run(Job(**json.load(sys.stdin))).run(), sys.stdout)
