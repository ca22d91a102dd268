"""Connections to receivers: opened to a checked address only, and kept for a while for the next delivery of the same webhook.

Invariants:
1. A connection leads to one of the addresses that were checked for this very attempt. One that was kept is used again only where its
   address is among them: a name that changes in between gains nothing, and loses its connections.
2. No two webhooks share a connection: what a receiver writes into it can concern nobody else.
3. Kept are few, not for long, and only those whose last answer was read to its end.
"""

import contextlib
import select
import socket
import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from http.client import HTTPConnection, HTTPResponse

from services.notifications.cutoff import Cutoff
from services.notifications.webhooks.addresses import Target

CONNECT_WITHIN_S = 5.0
MAX_ADDRESSES_TRIED = 2
#: How many connections a process keeps in all, how many of them for one webhook, and for how long nothing needs to come over one.
MAX_KEPT = 256
MAX_KEPT_EACH = 4
KEPT_FOR_S = 20.0

Trust = Callable[[], ssl.SSLContext]


class Line(HTTPConnection):
    """A connection that asks for the host by its name, and goes to a checked address whatever the name resolves to by now."""

    def __init__(self, target: Target, trust: Trust) -> None:
        super().__init__(target.host, target.port)
        if target.tls and target.port == 443:
            self.default_port = 443  # which the Host header then leaves out
        self._target = target
        self._trust = trust
        self.used = False
        self.idle_since_s = 0.0

    def open(self, cutoff: Cutoff, within_s: float) -> None:
        """Connect; the cutoff watches from the first byte on."""
        connected = _first_that_answers(self._target, min(CONNECT_WITHIN_S, within_s))
        try:
            connected.settimeout(within_s)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            cutoff.watch(connected)
            self.ip = connected.getpeername()[0]
            if self._target.tls:
                connected = self._trust().wrap_socket(connected, server_hostname=self._target.host)
        except BaseException:
            connected.close()
            raise
        self.sock = connected

    def leads_to(self, target: Target) -> bool:
        """Whether it is a connection to this target as it was just checked, on which nothing waits to be read (an end is something)."""
        same = (target.tls, target.host, target.port) == (self._target.tls, self.host, self.port)
        return same and self.ip in target.ips and not _readable(self.sock)


class Kept:
    """The connections that a process keeps, by webhook, the longest unused first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: OrderedDict[Line, str] = OrderedDict()
        self._of: dict[str, list[Line]] = {}

    def take(self, webhook: str, target: Target) -> Line | None:
        """A kept connection to this target, or None. It is the caller's alone until it is given back."""
        while True:
            with self._lock:
                self._drop_old()
                lines = self._of.get(webhook)
                if not lines:
                    return None
                line = lines[-1]
                self._remove(line)
            if line.leads_to(target):
                return line
            line.close()

    def give(self, webhook: str, line: Line) -> None:
        """Keep a connection whose last answer was read to its end."""
        line.used, line.idle_since_s = True, time.monotonic()
        with self._lock:
            self._drop_old()
            if len(self._of.get(webhook, ())) >= MAX_KEPT_EACH:
                line.close()
                return
            self._lines[line] = webhook
            self._of.setdefault(webhook, []).append(line)

    def close(self) -> None:
        """Keep none any longer."""
        with self._lock:
            for line in list(self._lines):
                self._remove(line)
                line.close()

    def _drop_old(self) -> None:
        before_s = time.monotonic() - KEPT_FOR_S
        while self._lines:
            oldest = next(iter(self._lines))
            if len(self._lines) < MAX_KEPT and oldest.idle_since_s > before_s:
                return
            self._remove(oldest)
            oldest.close()

    def _remove(self, line: Line) -> None:
        webhook = self._lines.pop(line)
        self._of[webhook].remove(line)
        if not self._of[webhook]:
            del self._of[webhook]


def read_to_its_end(response: HTTPResponse) -> bool:
    """Whether the connection can carry another request: all of the answer was read, and the peer did not ask to close."""
    return response.isclosed() and not response.will_close


def _readable(sock: socket.socket) -> bool:
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _first_that_answers(target: Target, within_s: float) -> socket.socket:
    """A connection to one of the checked addresses; a name may have one of a kind that this machine has no way to."""
    *others, last = target.ips[:MAX_ADDRESSES_TRIED]
    for ip in others:
        with contextlib.suppress(OSError):
            return socket.create_connection((ip, target.port), timeout=within_s)
    return socket.create_connection((last, target.port), timeout=within_s)
