"""A sandbox has a clock of its own: what falls due there falls due on it, and nowhere else."""

from datetime import timedelta

import pytest

from shared.chapter_clocks import SEEN_WITHIN_S, ChapterClocks
from shared.ids import new_id
from shared.service import Room
from shared.timers import Timers
from shared.transaction import TIMERS, Timer, Tx
from tests.contracts.kernel import a_call
from tests.contracts.path import Path
from tests.stack import wait_for


@pytest.fixture
def sandbox(path: Path) -> str:
    return new_id("sandbox-c").replace("_", "")


def set_timer(path: Path, chapter: str, in_days: float) -> Timer:
    timer = Timer(new_id("tim"), chapter, "ring", "bell", path.clock() + timedelta(days=in_days))
    path.writer.store.change(
        a_call(chapter=chapter), lambda tx: tx.set_timer(timer.id, timer.kind, timer.ref, timer.due)
    )
    return timer


def test_a_moved_clock_rings_the_timers_of_its_chapter_only_and_on_its_own_time(
    path: Path, sandbox: str
) -> None:
    room, rung = path.writer, []

    def ring(tx: Tx, _room: Room, timer: Timer) -> None:
        rung.append((timer.id, tx.call.at))

    timers = Timers(room, {"ring": ring})
    there, later = set_timer(path, sandbox, 20), set_timer(path, sandbox, 30)
    elsewhere = set_timer(path, "another-chapter", 20)
    assert timers.step() == 0

    room.clocks.advance(sandbox, timedelta(days=21))
    assert timers.step() == 1
    assert rung == [(there.id, path.clock() + timedelta(days=21))]
    assert room.now("another-chapter") == path.clock()
    assert room.now(sandbox) == path.clock() + timedelta(days=21)
    left = {timer.id for timer in room.store.reader().find(TIMERS, {})}
    assert left >= {later.id, elsewhere.id}


def test_another_process_sees_the_move_soon(path: Path, sandbox: str) -> None:
    other = ChapterClocks(path.client, path.writer.settings.namespace)
    assert other.ahead(sandbox) == timedelta(0)
    path.writer.clocks.advance(sandbox, timedelta(days=3))
    path.writer.clocks.advance(sandbox, timedelta(days=4))
    wait_for(lambda: other.ahead(sandbox) == timedelta(days=7), within_s=SEEN_WITHIN_S * 20)


@pytest.mark.parametrize(
    ("chapter", "by"),
    [
        ("shanghai", timedelta(days=1)),
        ("sandbox-x", timedelta(0)),
        ("sandbox-x", timedelta(days=-1)),
        ("sandbox-x", timedelta(days=367)),
    ],
)
def test_no_other_clock_is_moved_and_none_backwards_or_too_far(
    path: Path, chapter: str, by: timedelta
) -> None:
    with pytest.raises(ValueError, match="clock"):
        path.writer.clocks.advance(chapter, by)
    assert path.writer.clocks.ahead(chapter) == timedelta(0)
