"""The process that computes a round: what it is told, what it may know, and where its compiled kernels come from."""

import resource
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from os import getpid
from pathlib import Path

import msgspec
import pytest

from services.matching.commands import computing
from services.matching.commands.computing import FAILED, FROM_OUTSIDE, TOO_LARGE, fault_of
from services.matching.domain.rounds import Asked, Couple, Fault, Left
from services.matching.drafting.software import software, word_of
from services.matching.drafting.surroundings import environment, provide
from services.matching.drafting.warm import a_market
from services.matching.drafting.wire import At, Beside, Order, Said, line, pinned, said, unpinned


def test_the_process_knows_where_its_code_and_kernels_are_and_nothing_else() -> None:
    given = environment(threads=3, cache=Path("/var/kernels"), portable=True)
    assert not [name for name in given if name.startswith("CAIRN") or name == "PATH"]
    assert (given["NUMBA_CACHE_DIR"], given["NUMBA_NUM_THREADS"], given["NUMBA_CPU_FEATURES"]) == (
        "/var/kernels",
        "3",
        "",
    )
    own = environment(threads=1, cache=None, portable=False)
    assert not {"NUMBA_CACHE_DIR", "NUMBA_CPU_NAME"} & own.keys()


def test_kernels_that_are_ready_are_copied_once_to_where_more_can_be_kept(tmp_path: Path) -> None:
    ready, cache = tmp_path / "ready", tmp_path / "kept"
    provide(cache, ready)
    assert not cache.exists()
    put(ready / "now" / "scan.nbi", "compiled")
    put(cache / "before" / "scan.nbi", "compiled by an earlier version")
    provide(cache, ready)
    put(cache / "now" / "more.nbi", "compiled later")
    put(ready / "now" / "scan.nbi", "another")
    provide(cache, ready)
    assert {str(file.relative_to(cache)): file.read_text() for file in cache.rglob("*.nbi")} == {
        "before/scan.nbi": "compiled by an earlier version",
        "now/scan.nbi": "compiled",
        "now/more.nbi": "compiled later",
    }
    provide(None, ready)
    assert {folder.name for folder in tmp_path.iterdir()} == {"ready", "kept"}


def test_other_sources_are_other_software_and_the_same_are_the_same_wherever_they_are(tmp_path: Path) -> None:
    words = []
    for place, name, body in (
        ("here", "engine/kernels/scan.py", "a"),
        ("there", "engine/kernels/scan.py", "a"),
        ("changed", "engine/kernels/scan.py", "b"),
        ("renamed", "engine/kernels/look.py", "a"),
        ("written otherwise", "drafting/wire.py", "a"),
        ("beside it", "commands/jobs.py", "a"),
    ):
        put(tmp_path / place / name, body)
        words.append(word_of(tmp_path / place))
    assert words[0] == words[1]
    assert len(set(words)) == 5
    assert software() == software() not in words


def put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


FILES_AT_ONCE, TIMES = 200, 10


def test_workers_that_share_a_folder_copy_into_it_at_once_and_nothing_of_their_work_is_left(
    tmp_path: Path,
) -> None:
    ready = tmp_path / "ready"
    for number in range(FILES_AT_ONCE):
        put(ready / "now" / f"{number}.nbi", "compiled")
    with ProcessPoolExecutor(4, mp_context=get_context("forkserver")) as workers:
        for time in range(TIMES):
            cache = tmp_path / f"kept {time}"
            for one in [workers.submit(provide, cache, ready) for _ in range(4)]:
                one.result(timeout=60)
            assert [folder.name for folder in cache.iterdir()] == ["now"]
            assert len(list((cache / "now").iterdir())) == FILES_AT_ONCE


def test_copying_that_was_cut_off_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    ready, cache = tmp_path / "ready", tmp_path / "kept"
    put(ready / "now" / "scan.nbi", "compiled")
    (ready / "now" / "gone.nbi").symlink_to(tmp_path / "nowhere")
    with pytest.raises(OSError, match="gone"):
        provide(cache, ready)
    assert list(cache.iterdir()) == []
    (ready / "now" / "gone.nbi").unlink()
    provide(cache, ready)
    assert [str(file.relative_to(cache)) for file in cache.rglob("*.nbi")] == ["now/scan.nbi"]


@pytest.mark.parametrize(
    ("code", "complaint", "kills", "fault"),
    [
        (-signal.SIGKILL, "", (3, 3), FROM_OUTSIDE),
        (-signal.SIGKILL, "", (3, 4), TOO_LARGE),
        (-signal.SIGKILL, "", (None, None), TOO_LARGE),
        (-signal.SIGTERM, "", (3, 4), FROM_OUTSIDE),
        (-signal.SIGINT, "KeyboardInterrupt", (3, 3), FROM_OUTSIDE),
        (-signal.SIGSEGV, "", (3, 3), TOO_LARGE),
        (-signal.SIGABRT, "what(): std::bad_alloc", (3, 3), TOO_LARGE),
        (-signal.SIGABRT, "corrupted size vs. prev_size", (3, 3), FAILED),
        (1, "numpy._core._exceptions._ArrayMemoryError: Unable to allocate", (3, 3), TOO_LARGE),
        (1, "ZeroDivisionError", (3, 4), FAILED),
    ],
)
def test_why_a_process_ended_is_told_from_how_it_did(
    code: int, complaint: str, kills: tuple[int | None, int | None], fault: Fault
) -> None:
    assert fault_of(code, complaint, *kills) == fault


def test_a_process_that_says_no_more_and_does_not_end_is_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(computing, "LINGERS_S", 0.1)
    lingers = "import os, time; os.close(1); time.sleep(600)"
    with (
        (tmp_path / "complaint").open("w+b") as stderr,
        subprocess.Popen(
            [sys.executable, "-c", lingers], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as running,
    ):
        held = computing.Computing(running, stderr)
        held.start(Order("welfare", 1, Asked(), 0, 0, 1, 100, 1_000), b"")
        assert held.said(60.0) == b""
        assert held.why_it_ended()[0] == FAILED
        held.end()


def test_kernels_that_cannot_be_written_are_said_to_be_what_is_in_the_way(tmp_path: Path) -> None:
    order = Order("welfare", 1, Asked(), 0, 0, 1, 100, 1_000)
    no_more = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (0, 0))
    answered = subprocess.run(
        [sys.executable, "-m", "services.matching.drafting", str(getpid())],
        input=line(order) + a_market(),
        env=environment(threads=1, cache=tmp_path, portable=False),
        capture_output=True,
        preexec_fn=no_more,  # as a disk without room, for this process alone
        timeout=120,
        check=True,
    )
    heard = [said(one) for one in answered.stdout.splitlines()]
    assert [one.fault.code for one in heard if one.fault] == ["kernels_not_kept"]
    assert heard[-1].end
    assert b"File too large" in answered.stderr


def test_a_large_round_of_the_worker_says_what_stops_all_pairs_and_what_would_be_possible_at_best() -> None:
    answered = subprocess.run(
        [sys.executable, "-m", "services.matching.drafting", str(getpid())],
        input=line(Order("stable", 1, Asked(), 0, 0, 2, 100, 1_000)) + a_market(),
        env=environment(threads=2, cache=None, portable=False),
        capture_output=True,
        timeout=120,
        check=True,
    )
    (report,) = [one.summary.report for one in map(said, answered.stdout.splitlines()) if one.summary]
    assert sum(one["pairs"] for one in report["stopped"]) + report["eligible_pairs"] == report["pairs"]
    assert report["total"] <= report["bound"] < 1.05 * report["total"]


def test_what_is_said_is_heard_as_it_was() -> None:
    order = Order("welfare", 7, Asked(locked=(Couple("a", "b"),)), 10, 1, 2, 100, 1_000)
    assert msgspec.json.decode(line(order), type=Order) == order
    for one in (Said(at=At("scan", 1, 2)), Said(fault=Fault("engine_failed", "So.")), Said(end=True)):
        assert said(line(one)) == one


def test_a_pinned_market_keeps_what_stands_beside_it_whatever_its_bytes_are() -> None:
    beside = Beside((Left("ana", "mentee", "no_seat"),), (("ana", "bo"),))
    packed = b"\n\x00PK{}\n\n"
    assert unpinned(pinned(beside, packed)) == (beside, packed)


def test_a_line_that_is_none_of_ours_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        said(b'{"at": "yesterday"}')
