"""A deadline for talk over a socket. Time-outs of sockets are for each read: a peer that trickles bytes keeps them open for ever.

One thread watches over all deadlines of a process: a timer for each would cost more than most of the talk.
"""

import contextlib
import heapq
import itertools
import os
import socket
import threading
import time


class Cutoff:
    """Shuts a connection down when its time is over, from whichever state it is in. Use as a context; `over` says whether it happened."""

    def __init__(self, within_s: float) -> None:
        self._lock = threading.Lock()
        self._line: socket.socket | None = None
        self._done = False
        self._within_s = max(0.0, within_s)
        self.over = False

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
        _DEADLINES.add(time.monotonic() + self._within_s, self)
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._done = True
            if self._line is not None:
                self._line.close()
                self._line = None

    def cut(self) -> None:
        """Its time is over; nothing where the talk has ended."""
        with self._lock:
            if self._done:
                return
            self.over = True
            self._shut()

    def _shut(self) -> None:
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)


class _Deadlines:
    """The deadlines of this process, the next one first. What ended before its time stays until then, and costs nothing."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._next: list[tuple[float, int, Cutoff]] = []
        self._numbers = itertools.count()
        self._watching = False

    def add(self, at_s: float, cutoff: Cutoff) -> None:
        with self._changed:
            first = not self._next or at_s < self._next[0][0]
            heapq.heappush(self._next, (at_s, next(self._numbers), cutoff))
            if not self._watching:
                self._watching = True
                threading.Thread(target=self._watch, name="cutoffs", daemon=True).start()
            elif first:
                self._changed.notify()

    def _watch(self) -> None:
        while True:
            with self._changed:
                while not self._next or self._next[0][0] > time.monotonic():
                    wait_s = self._next[0][0] - time.monotonic() if self._next else None
                    self._changed.wait(wait_s if wait_s is None else max(0.0, wait_s))
                cutoff = heapq.heappop(self._next)[2]
            cutoff.cut()


_DEADLINES = _Deadlines()
#: A process that was forked has no threads but its own.
os.register_at_fork(after_in_child=lambda: _DEADLINES.__init__())  # type: ignore[misc]
