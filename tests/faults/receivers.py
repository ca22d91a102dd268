"""Webhook receivers that do whatever they like, and remember what came, when, and how they answered."""

import contextlib
import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from shared.clock import system_clock

TRICKLE_EVERY_S = MOMENT_S = 0.05
HUGE_BYTES = 200 * 1024 * 1024

#: What a receiver can do with a request. It took it only where it says 2xx in time.
FATES = (
    "takes", "takes", "takes", "takes", "fails", "later", "at a date", "elsewhere", "closes", "resets", "half", "stalls", "trickles",
    "trickles headers", "huge", "no http", "takes and closes",
)  # fmt: skip


@dataclass
class Arrival:
    """One request as it came, and what the receiver did with it."""

    id: str
    relationship: str
    sequence: int
    body: bytes
    fate: str


@dataclass
class Moody:
    """A receiver that draws what it does. `gone_after` is the arrival (from 1) that it answers with 410, and all after it; 0: never."""

    chance: random.Random
    fates: tuple[str, ...] = FATES
    gone_after: int = 0
    arrived: list[Arrival] = field(default_factory=list)
    url: str = ""
    #: Set when the test is over, so that nothing holds on.
    over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        event = json.loads(body)
        with self._lock:
            gone = self.gone_after and len(self.arrived) + 1 >= self.gone_after
            fate = "gone" if gone else self.chance.choice(self.fates)
            came = Arrival(
                handler.headers["webhook-id"], event["partitionkey"], int(event["sequence"]), body, fate
            )
            self.arrived.append(came)
        _DOES[fate](self, handler)

    def trickle(self, handler: BaseHTTPRequestHandler, text: bytes) -> None:
        handler.close_connection = True
        for place in range(len(text)):
            handler.wfile.write(text[place : place + 1])
            if self.over.wait(TRICKLE_EVERY_S):
                return


def _says(status: int, *headers: tuple[str, str], close: bool = False) -> Callable[..., None]:
    def say(_moody: Moody, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in (*headers, ("Content-Length", "0")):
            handler.send_header(name, value)
        handler.end_headers()
        handler.close_connection = close  # without a word of it: the next request finds a dead line

    return say


def _at_a_date(moody: Moody, handler: BaseHTTPRequestHandler) -> None:
    _says(429, ("Retry-After", format_datetime(system_clock(), usegmt=True)))(moody, handler)


def _writes(text: bytes) -> Callable[..., None]:
    def write(_moody: Moody, handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.wfile.write(text)

    return write


def _stalls(moody: Moody, handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.connection.settimeout(MOMENT_S)
    while not moody.over.is_set():
        with contextlib.suppress(TimeoutError):
            if not handler.connection.recv(1):
                return  # the sender has had enough, or is dead


def _huge(moody: Moody, handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Length: {HUGE_BYTES}\r\n\r\n".encode())
    for _ in range(HUGE_BYTES // 65_536):
        handler.wfile.write(b"x" * 65_536)


def _trickles(text: bytes) -> Callable[..., None]:
    return lambda moody, handler: moody.trickle(handler, text)


_DOES: dict[str, Callable[..., None]] = {
    "takes": _says(204),
    "takes and closes": _says(200, close=True),
    "fails": _says(500),
    "later": _says(503, ("Retry-After", "3600")),
    "at a date": _at_a_date,
    "elsewhere": _says(302, ("Location", "http://169.254.169.254/")),
    "gone": _says(410),
    "closes": _writes(b""),
    "resets": _writes(b"HTTP/1.1 2"),
    "half": _writes(b"HTTP/1.1 500 Oh\r\nContent-Length: 99\r\n\r\nx"),
    "no http": _writes(b"\x00\xff" * 200),
    "stalls": _stalls,
    "trickles": _trickles(b"HTTP/1.1 200 OK\r\n" + b"x" * 400),
    "trickles headers": _trickles(b"HTTP/1.1 200 OK\r\n" + b"X-More: x\r\n" * 60),
    "huge": _huge,
}


@contextmanager
def listening(*moody: Moody) -> Iterator[None]:
    """These receivers, each on a port of its own."""
    servers = [_server(one) for one in moody]
    try:
        yield
    finally:
        for one in moody:
            one.over.set()
        for server in servers:
            server.shutdown()
            server.server_close()


def _server(moody: Moody) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def do_POST(self) -> None:
            moody.answer(self)

        def log_message(self, *_: Any) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: Any) -> None:
            return  # senders that cut it off, or die

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    moody.url = f"http://127.0.0.1:{server.server_port}/"
    return server
