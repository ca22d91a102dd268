"""Webhook receivers in a process of their own: they answer 204 and remember when each webhook-id came first; the last ones never answer.

Usage: `python -m tests.bench.receivers HEALTHY STUCK`. Says its ports as a JSON list; each line on standard input is then answered with a
JSON object of what came since the last one: webhook-ids and when, in milliseconds of the machine's clock.
"""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
END_WITHIN_S = 10.0


@dataclass
class Receivers:
    """The running process; `urls` of the healthy ones first, then of the stuck ones."""

    urls: list[str]
    running: "subprocess.Popen[str]"

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.running.pid

    def arrived(self) -> dict[str, int]:
        """When each webhook-id came first since the last look, in milliseconds."""
        assert self.running.stdin is not None
        assert self.running.stdout is not None
        self.running.stdin.write("\n")
        self.running.stdin.flush()
        arrived: dict[str, int] = json.loads(self.running.stdout.readline())
        return arrived


@contextlib.contextmanager
def receivers(healthy: int, stuck: int = 0) -> Iterator[Receivers]:
    """So many receivers, for the length of a block."""
    running = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.receivers", str(healthy), str(stuck)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert running.stdin is not None
    assert running.stdout is not None
    try:
        ports = json.loads(running.stdout.readline())
        yield Receivers([f"http://127.0.0.1:{port}/hook" for port in ports], running)
    finally:
        running.stdin.close()  # which ends it
        running.wait(END_WITHIN_S)
        running.stdout.close()


class _Receiver(asyncio.Protocol):
    def __init__(self, arrived: dict[str, int], *, answers: bool) -> None:
        self._arrived = arrived
        self._answers = answers
        self._got = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        while b"\r\n\r\n" in self._got:
            head, _, rest = self._got.partition(b"\r\n\r\n")
            fields = head.lower()
            length = int(fields.partition(b"content-length:")[2].partition(b"\r\n")[0])
            if len(rest) < length:
                return
            self._got = rest[length:]
            place = fields.index(b"webhook-id:") + len(b"webhook-id:")
            id = head[place:].partition(b"\r\n")[0].strip().decode()
            self._arrived.setdefault(id, time.time_ns() // 1_000_000)
            if self._answers:
                self._transport.write(ANSWER)
                if b"connection: close" in fields:
                    self._transport.close()


async def _main(healthy: int, stuck: int) -> None:
    loop = asyncio.get_running_loop()
    arrived: dict[str, int] = {}
    servers = [
        await loop.create_server(
            lambda answers=number < healthy: _Receiver(arrived, answers=answers),  # type: ignore[misc]
            "127.0.0.1",
            0,
            backlog=1_000,
        )
        for number in range(healthy + stuck)
    ]
    _say([server.sockets[0].getsockname()[1] for server in servers], sys.stdout)
    while await loop.run_in_executor(None, sys.stdin.readline):
        _say(arrived, sys.stdout)
        arrived.clear()


def _say(what: Any, out: IO[str]) -> None:
    out.write(json.dumps(what) + "\n")
    out.flush()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), int(sys.argv[2])))
