"""A deadline for talk over a socket. Time-outs of sockets are for each read: a peer that trickles bytes keeps them open for ever."""

import contextlib
import os
import socket
import threading


class Cutoff:
    """Shuts a connection down when its time is over, from whichever state it is in. Use as a context; `over` says whether it happened."""

    def __init__(self, within_s: float) -> None:
        self._lock = threading.Lock()
        self._line: socket.socket | None = None
        self._done = False
        self.over = False
        self._timer = threading.Timer(max(0.0, within_s), self._cut)
        self._timer.daemon = True

    def watch(self, connected: socket.socket) -> None:
        """This is the connection. A duplicate is kept, since TLS takes the original's descriptor away."""
        line = socket.socket(fileno=os.dup(connected.fileno()))
        with self._lock:
            if self._line is not None:
                self._line.close()
            self._line = line
            if self.over:
                self._shut()

    def __enter__(self) -> "Cutoff":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            self._done = True
            if self._line is not None:
                self._line.close()

    def _cut(self) -> None:
        with self._lock:
            if self._done:
                return
            self.over = True
            self._shut()

    def _shut(self) -> None:
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)
