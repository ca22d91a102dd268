"""What a process keeps of large cycles: read when somebody needs it, and let go of when nobody does."""

import threading
import weakref
from functools import partial

import pytest

from services.matching.commands import waiting
from services.matching.commands.waiting import Kept
from shared.errors import Refused
from tests.stack import wait_for


class Columns:
    """Something to keep."""


def test_a_read_that_nobody_needs_any_more_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, over = Kept[None](), threading.Event()
    read: list[int] = []

    def busy() -> None:
        over.wait(60)

    monkeypatch.setattr(waiting, "WAIT_S", 0)
    with pytest.raises(Refused):
        kept.get("another cycle", 0, busy)
    for state in range(5):
        with pytest.raises(Refused):
            kept.get("cycle", state, partial(read.append, state))
    over.set()
    monkeypatch.setattr(waiting, "WAIT_S", 60)
    kept.get("cycle", 4, partial(read.append, 4))
    assert read == [4]


def test_what_is_too_old_is_let_go_of_though_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "KEPT_S", 0.05)
    kept = Kept[Columns]()
    there = weakref.ref(kept.get("cycle", 0, Columns))
    wait_for(lambda: there() is None)
