"""What reading of a large cycle takes seconds, kept in the process for the looks that follow: its mentors as columns, its prices.

Invariants:
1. What is kept decides whom a look reads anew, and in which order; what it shows, it takes from the documents as they stand.
2. Mentors are used for `KEPT_S` at most, and no longer than until somebody of the chapter takes an answer back or is erased (R7), or the
   rules change; prices are those of one round. What is too old is let go of, at the latest
   after as long again, whether anybody looks or not.
3. Bounded: `CYCLES_KEPT` cycles of up to `MENTORS_MOST` mentors. One is read at a time, on a thread of its own. One look waits for it, for
   up to `WAIT_S`; all others are told at once to come again, and find it read: looks never hold all threads of the process.
"""

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from services.matching.commands.consent import withdrawals
from services.matching.commands.kept import Worth, worth_of
from services.matching.commands.markets import people
from services.matching.domain.programmes import Programme
from services.matching.domain.rounds import Round
from services.matching.engine import Snapshot, snapshot
from shared.errors import Refused
from shared.transaction import Reader

T = TypeVar("T")

#: For how long a mentor who came, or changed, may not be found.
KEPT_S = 600.0
WAIT_S = 5.0
CYCLES_KEPT = 4
#: Pages of a round that are read at each look.
PAGES_AT_ONCE = 20
#: Mentors of a cycle that are read for looks: 25,000 take 4 s of a core and 4 MB, their prices 2 s and 12 MB.
MENTORS_MOST = 50_000


@dataclass(frozen=True, slots=True)
class _One(Generic[T]):
    reading: Future[T]
    of: Hashable
    begun_at_s: float


@dataclass
class Kept(Generic[T]):
    """A value for each of the last `CYCLES_KEPT` cycles, or rounds, that were asked for."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _one_waits: threading.Lock = field(default_factory=threading.Lock)
    _kept: dict[str, _One[T]] = field(default_factory=dict)
    _sweep: threading.Timer | None = None
    _reads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "looks"))

    def get(self, name: str, of: Hashable, read: Callable[[], T]) -> T:
        """What is kept under this name; read where it is not of this state of things, or too old.

        `Refused` (`look_again`) where that takes longer than `WAIT_S`, or where another waits already; what `read` raises.
        """
        reading = self._reading(name, of, read)
        waits = not reading.done() and self._one_waits.acquire(blocking=False)
        try:
            return reading.result(WAIT_S if waits else 0.0)
        except (CancelledError, TimeoutError) as error:
            raise Refused(
                "look_again", "The mentors of this cycle are being read. Look again in a moment."
            ) from error
        finally:
            if waits:
                self._one_waits.release()

    def _reading(self, name: str, of: Hashable, read: Callable[[], T]) -> Future[T]:
        with self._lock:
            now_s = time.monotonic()
            self._let_go(now_s)
            one = self._kept.pop(name, None)
            if one is None or one.of != of:
                if one is not None:
                    one.reading.cancel()  # where it waits its turn: nobody needs it any more
                one = _One(self._reads.submit(read), of, now_s)
            self._kept[name] = one
            while len(self._kept) > CYCLES_KEPT:
                self._kept.pop(next(iter(self._kept))).reading.cancel()
            self._sweep_later()
            return one.reading

    def _let_go(self, now_s: float) -> None:
        self._kept = {each: one for each, one in self._kept.items() if _lives(one, now_s)}

    def _sweep_later(self) -> None:
        if self._sweep is None and self._kept:
            self._sweep = threading.Timer(KEPT_S, self._swept)
            self._sweep.daemon = True
            self._sweep.start()

    def _swept(self) -> None:
        with self._lock:
            self._sweep = None
            self._let_go(time.monotonic())
            self._sweep_later()


def _lives(one: _One[T], now_s: float) -> bool:
    failed = one.reading.done() and (one.reading.cancelled() or one.reading.exception() is not None)
    return not failed and now_s - one.begun_at_s < KEPT_S


_MENTORS: Kept[Snapshot] = Kept()
_WORTH: Kept[Worth] = Kept()


def mentors_of(reader: Reader, programme: Programme, cycle: str) -> Snapshot:
    """The mentors who waited in the cycle when it was read, as a market without mentees."""
    seen = (withdrawals(reader, programme.chapter).count, repr(programme.engine_rules))
    return _MENTORS.get(
        cycle,
        seen,
        lambda: snapshot(people(reader, programme, cycle, [], role="mentor"), programme.engine_rules),
    )


def worth(reader: Reader, this_round: Round) -> Worth:
    """What the places of its mentors are worth in a round; a large one's is kept."""
    if this_round.pages + this_round.left_pages <= PAGES_AT_ONCE:
        return worth_of(reader, this_round)
    return _WORTH.get(this_round.id, None, lambda: worth_of(reader, this_round))
