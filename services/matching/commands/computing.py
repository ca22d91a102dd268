"""The process that computes a round, as the worker holds it: fed, listened to, and killed where it is let go of.

Invariants:
1. The process lives no longer than its `Computing`, and no longer than the worker: the kernel ends it with the thread that started it.
2. It is handed no environment but what it computes within: no address, no secret.
3. What it says waits in a bounded queue; a process that is not listened to waits.
"""

import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from os import getpid
from pathlib import Path
from queue import Empty, Full, Queue
from typing import IO, Any

from services.matching.domain.rounds import Fault
from services.matching.drafting.surroundings import environment, provide
from services.matching.drafting.wire import LINE_MOST_BYTES, Order, line
from shared.settings import Settings
from shared.telemetry import log

#: Lines that wait to be listened to.
LINES_WAITING = 16
#: The worst manners: everything else of the machine goes first.
NICE = 10
TAIL_BYTES = 2_000
#: A process that has closed its output is over; one that lingers is ended.
LINGERS_S = 10.0
#: How a process ends at an address that the solver was not given, as where memory runs out.
STARVED = (-signal.SIGSEGV, -signal.SIGBUS)
#: How it ends where somebody wants it gone: a service manager, a person at the terminal. The kernel kills as well, for want of memory.
ENDED = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP, -signal.SIGQUIT)
TOO_LARGE = Fault(
    "too_large_for_this_machine",
    "This machine ended the computation, as it does where memory runs out. Give the worker more of it, or make the market smaller.",
)
FROM_OUTSIDE = Fault(
    "ended_from_outside",
    "Something on this machine ended the computation again and again, and it was not for want of memory. Ask whoever runs it.",
)
FAILED = Fault(
    "engine_failed", "The computation went wrong on our side. It was logged, and nothing of it was kept."
)


class Computing:
    """One process, running. `said` gives its next line; None where it has said nothing for so long."""

    def __init__(self, running: "subprocess.Popen[bytes]", stderr: IO[bytes]) -> None:
        self._running, self._stderr = running, stderr
        self._lines: Queue[bytes] = Queue(LINES_WAITING)
        self._let_go = threading.Event()
        self._kills_before = memory_kills()

    def start(self, order: Order, market: bytes) -> None:
        """Feed it and listen, each in a thread of its own, because either may wait for the other."""
        threading.Thread(target=self._feed, args=(order, market), name="round-fed", daemon=True).start()
        threading.Thread(target=self._listen, name="round-heard", daemon=True).start()

    def said(self, within_s: float) -> bytes | None:
        """Its next line, empty at its end."""
        try:
            return self._lines.get(timeout=within_s)
        except Empty:
            return None

    def why_it_ended(self) -> tuple[Fault, str]:
        """Why it ended without its last line, and the end of what it complained of, for the log."""
        try:
            code = self._running.wait(LINGERS_S)
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()
            return FAILED, f"it closed its output and did not end within {LINGERS_S:g} s"
        self._stderr.seek(0, 2)
        self._stderr.seek(max(0, self._stderr.tell() - TAIL_BYTES))
        complaint = self._stderr.read().decode(errors="replace")
        return fault_of(code, complaint, self._kills_before, memory_kills()), f"exit {code}: {complaint}"

    def end(self) -> None:
        """Kill it, whatever it is at."""
        self._let_go.set()
        self._running.kill()
        self._running.wait()

    def _feed(self, order: Order, market: bytes) -> None:
        assert self._running.stdin is not None  # noqa: S101 - it was asked for
        try:
            with self._running.stdin as orders:
                orders.write(line(order))
                orders.write(market)
        except OSError:
            pass  # it ended, and its end is heard of elsewhere

    def _listen(self) -> None:
        assert self._running.stdout is not None  # noqa: S101 - it was asked for
        with self._running.stdout as answers:
            while not self._let_go.is_set():
                text = answers.readline(LINE_MOST_BYTES)
                while not self._let_go.is_set():
                    try:
                        self._lines.put(text, timeout=1.0)
                        break
                    except Full:  # whoever listens is busy keeping what came before
                        continue
                if not text:
                    return


def memory_kills() -> int | None:
    """How many processes of this one's cgroup (else of the machine) the kernel has killed for want of memory; None where nobody says."""
    try:
        own = Path("/proc/self/cgroup").read_text().rpartition("0::/")[2].strip()
        found = Path("/sys/fs/cgroup", own, "memory.events").read_text()
    except OSError:
        try:
            found = Path("/proc/vmstat").read_text()
        except OSError:
            return None
    kills = re.search(r"^oom_kill (\d+)$", found, re.MULTILINE)
    return int(kills[1]) if kills else None


def fault_of(code: int, complaint: str, kills_before: int | None, kills: int | None) -> Fault:
    """Why a process ended with this code, having complained of this, while the kernel's kills for want of memory rose from one to the
    other."""
    if code in STARVED or "bad_alloc" in complaint or "MemoryError" in complaint:
        return TOO_LARGE
    if code == -signal.SIGKILL and (kills is None or kills != kills_before):
        return TOO_LARGE
    return FROM_OUTSIDE if code in ENDED else FAILED


def _provided(settings: Settings) -> None:
    """Kernels that are ready stand where they can be added to; where there is no room for them, they are compiled once more."""
    try:
        provide(settings.kernel_cache_dir, settings.kernels_ready_dir)
    except OSError as error:
        log().warning("kernels_not_provided", reason=str(error))


@contextmanager
def computing(settings: Settings, order: Order, market: bytes) -> Iterator[Computing]:
    """A process that computes this; it is gone when the block is left."""
    _provided(settings)
    given = environment(
        threads=settings.round_threads, cache=settings.kernel_cache_dir, portable=settings.kernels_portable
    )
    command = [sys.executable, "-m", "services.matching.drafting", str(getpid())]
    with tempfile.TemporaryFile() as stderr:
        running = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, env=given
        )
        held = Computing(running, stderr)
        try:
            held.start(order, market)
            del market  # let go of once the process has it
            yield held
        finally:
            held.end()


def order_of(made: Any, settings: Settings, *, a_page: int, left_a_page: int) -> Order:
    """What the process is to compute for a round, within what this machine gives it."""
    return Order(
        kind=made.kind,
        seed=made.seed,
        asked=made.asked,
        nice=NICE,
        memory_bytes=settings.round_memory_mb * 2**20,
        threads=settings.round_threads,
        a_page=a_page,
        left_a_page=left_a_page,
    )
