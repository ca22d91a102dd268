"""The process that computes a round: what it is told, what it may know, and where its compiled kernels come from."""

from pathlib import Path

import msgspec
import pytest

from services.matching.domain.rounds import Asked, Couple, Fault, Left
from services.matching.drafting.software import software, word_of
from services.matching.drafting.surroundings import environment, provide
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
