"""Long polls that a process holds open: each has a thread to itself, so there are only so many, and no follower has them all.

Invariant: nobody is refused. Whoever may not wait is answered at once with what there is, and goes on from there.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

#: Half of the threads of a process (`deploy/gunicorn.py`).
MAX_WAITING = 8
#: Of one account, or one coordinator.
MAX_WAITING_EACH = 2

_open: Counter[str] = Counter()
_lock = threading.Lock()


@contextmanager
def a_turn(follower: str) -> Iterator[bool]:
    """Whether a request of this follower may wait; while it does, it counts."""
    with _lock:
        may = _open.total() < MAX_WAITING and _open[follower] < MAX_WAITING_EACH
        _open[follower] += may
    try:
        yield may
    finally:
        with _lock:
            _open[follower] -= may
            if not _open[follower]:
                del _open[follower]
