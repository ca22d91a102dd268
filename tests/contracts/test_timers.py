"""Timers: what falls due takes effect once, however many are due, whoever else looks, and whatever fails beside it."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from shared.errors import Transient
from shared.service import Room
from shared.store import Store
from shared.timers import MAX_TIMERS_A_STEP, TIMERS_TOGETHER, Timers
from shared.transaction import TIMERS, Timer, Tx
from tests.contracts.kernel import PEBBLES, Pebble, PebbleMoved, a_call
from tests.contracts.path import Path
from tests.stack import NOON

BROKEN = "peb_broken"


def moves_when_due(tx: Tx, _room: Room, timer: Timer) -> None:
    """A pebble moves, and announces it; one of them cannot."""
    if timer.ref == BROKEN:
        raise RuntimeError("a bug in the effect")
    before = tx.load(PEBBLES, timer.ref) or Pebble(timer.ref, timer.chapter)
    tx.save(PEBBLES, replace(before, moves=before.moves + 1), PebbleMoved(before.moves + 1))


def set_timers(path: Path, pebbles: Iterable[str], *, in_minutes: int = -1) -> None:
    """Each pebble is to move that many minutes from noon; in a chapter of its own."""
    due = NOON + timedelta(minutes=in_minutes)
    for pebble in pebbles:
        path.writer.store.change(
            a_call(chapter=f"chapter-of-{pebble}"),
            partial(Tx.set_timer, id=f"{pebble}:due", kind="move", ref=pebble, due=due),
        )


def timers(path: Path) -> Timers:
    """As one process has them."""
    return Timers(path.writer, {"move": moves_when_due})


def moved(path: Path) -> dict[str, int]:
    """How often each pebble has moved."""
    return {one.id: one.moves for one in path.writer.store.reader().find(PEBBLES, {})}


def events(path: Path) -> int:
    """How many moves were announced."""
    rows = path.writer.store.db["changes"].find({"events": {"$exists": True}})
    return sum(len(row["events"]) for row in rows)


def test_what_is_due_happens_once_and_is_announced_and_what_is_not_due_waits(path: Path) -> None:
    due = [f"peb_{number}" for number in range(TIMERS_TOGETHER + 3)]
    set_timers(path, due)
    set_timers(path, ["peb_later"], in_minutes=1)
    assert timers(path).step() == len(due)
    assert timers(path).step() == 0
    assert moved(path) == dict.fromkeys(due, 1)
    assert events(path) == len(due)
    assert [timer.ref for timer in path.writer.store.reader().find(TIMERS, {})] == ["peb_later"]


def test_one_that_fails_holds_back_nobody_and_is_tried_again_later(path: Path) -> None:
    set_timers(path, ["peb_1", BROKEN, "peb_2"])
    worker = timers(path)
    assert worker.step() == 3
    assert moved(path) == {"peb_1": 1, "peb_2": 1}
    assert events(path) == 2
    assert worker.step() == 0, "the one that failed waits before it is tried again"
    assert timers(path).step() == 1, "another process tries it"
    assert [timer.ref for timer in path.writer.store.reader().find(TIMERS, {})] == [BROKEN]


def test_two_processes_that_see_the_same_timers_make_one_effect_of_each(path: Path) -> None:
    due = [f"peb_{number}" for number in range(2 * TIMERS_TOGETHER)]
    set_timers(path, due)
    with ThreadPoolExecutor(4) as processes:
        for step in [processes.submit(timers(path).step) for _ in range(4)]:
            step.result()
    while timers(path).step():
        pass
    assert moved(path) == dict.fromkeys(due, 1)
    assert events(path) == len(due)
    assert len(due) < MAX_TIMERS_A_STEP


def test_a_timer_cannot_reach_what_is_not_of_its_chapter(path: Path) -> None:
    set_timers(path, ["peb_1"])
    foreign = Pebble("peb_1", "another-chapter", moves=7)
    path.writer.store.change(a_call(chapter="another-chapter"), lambda tx: tx.save(PEBBLES, foreign))
    timers(path).step()
    assert path.writer.store.reader().find(PEBBLES, {}) == [foreign]


def test_while_the_database_is_away_no_timer_is_tried_by_itself(path: Path) -> None:
    class Away(Store):
        """Answers reads, and nothing else; counts what is asked of it."""

        asked = 0

        def transact(self, work: Any) -> Any:
            Away.asked += 1
            raise Transient("away")

        def ping(self) -> None:
            raise Transient("away")

    set_timers(path, ["peb_1", "peb_2", "peb_3"])
    store = Away(path.client, path.writer.store.db.name)
    with pytest.raises(Transient):
        Timers(replace(path.writer, store=store), {"move": moves_when_due}).step()
    assert Away.asked == 1
    assert timers(path).step() == 3
    assert moved(path) == {"peb_1": 1, "peb_2": 1, "peb_3": 1}
