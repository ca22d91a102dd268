"""What a process keeps of large cycles: read when somebody needs it, and let go of when nobody does."""

import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
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


def test_one_look_waits_for_what_is_read_and_all_others_are_told_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting, "WAIT_S", 60)
    kept, over = Kept[str](), threading.Event()

    def read() -> str:
        over.wait(5)
        return "mentors"

    with ThreadPoolExecutor(1) as first:
        waits = first.submit(kept.get, "cycle", 0, read)
        wait_for(kept._one_waits.locked)
        for cycle in ("cycle", "another cycle"):
            with pytest.raises(Refused, match="look_again"):
                kept.get(cycle, 0, read)
        over.set()
        assert waits.result(60) == "mentors"
    assert kept.get("cycle", 0, read) == "mentors"


def test_what_is_too_old_is_let_go_of_though_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "KEPT_S", 0.05)
    kept = Kept[Columns]()
    there = weakref.ref(kept.get("cycle", 0, Columns))
    wait_for(lambda: there() is None)


def test_what_could_not_be_read_is_read_again() -> None:
    kept = Kept[int]()
    with pytest.raises(ZeroDivisionError):
        kept.get("a cycle", 0, lambda: 1 // 0)
    assert kept.get("a cycle", 0, lambda: 1) == 1
    assert kept.get("a cycle", 0, lambda: 2) == 1
    assert kept.get("a cycle", 1, lambda: 3) == 3


def test_few_cycles_are_kept_and_the_one_used_longest_ago_makes_room() -> None:
    kept = Kept[int]()
    for cycle in range(waiting.CYCLES_KEPT):
        kept.get(str(cycle), 0, lambda: 1)
    kept.get("0", 0, lambda: 2), kept.get("one more", 0, lambda: 2)
    assert [kept.get(cycle, 0, lambda: 3) for cycle in ("0", "one more", "1")] == [1, 2, 3]
