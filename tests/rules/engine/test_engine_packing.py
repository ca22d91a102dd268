"""A market survives the way through its bytes; what a stranger got wrong is refused with its key."""

import contextlib
import json
import random
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import numpy as np
import pytest

from services.matching.engine import EngineError, Options, Rules, Snapshot, pack, snapshot, solve, unpack
from services.matching.engine.packing import TYPES
from tests.rules.engine.makers import a_mentee, a_mentor, some_people, some_rules

ROOT = Path(__file__).parents[3]
FORMAT = ROOT / "tests" / "bench" / "matching" / "FORMAT.md"
BOMB_MEMORY_MB = 64  # above what a process has with the engine loaded
DAMAGES = 3_000

Columns = dict[str, Any]


def a_market() -> Snapshot:
    """Every key holds something: people on both sides, exclusions, groups, answers."""
    return snapshot(some_people(7, 30, 12), some_rules(7))


def columns_of(market: Snapshot) -> Columns:
    return dict(np.load(BytesIO(pack(market))))


def written(columns: Columns) -> bytes:
    packed = BytesIO()
    np.savez(packed, allow_pickle=True, **columns)
    return packed.getvalue()


def refused(packed: bytes) -> tuple[str, str]:
    with pytest.raises(EngineError) as refusal:
        unpack(packed)
    assert refusal.value.detail
    return refusal.value.code, refusal.value.where


def test_a_market_survives_the_way_through_its_bytes() -> None:
    for seed in range(40):
        market = snapshot(some_people(seed, seed, 12 if seed % 4 else 0), some_rules(seed))
        again = unpack(pack(market))
        assert again.hash == market.hash
        assert pack(again) == pack(market)
        for role in ("mentees", "mentors"):
            assert getattr(again, role).ids == getattr(market, role).ids
        assert (again.rules, again.choices) == (market.rules, market.choices)
        assert (again.same_person == market.same_person).all()
        drafted = [solve(one, options=Options(seed=seed)).to_bytes() for one in (market, again)]
        assert drafted[0] == drafted[1]


def test_ids_and_names_of_any_text_survive() -> None:
    people = [
        a_mentee("ü\ud800"),
        a_mentee("\0a", chapter="上海"),
        a_mentor("\U0001d537"),
        a_mentor("z", languages=["ü"]),
    ]
    market = snapshot(people, Rules())
    assert (unpack(pack(market)).hash, unpack(pack(market)).chapters) == (market.hash, market.chapters)


def test_the_columns_that_come_out_are_read_only_and_where_kernels_may_read_them() -> None:
    market = unpack(pack(a_market()))
    for column in (
        market.mentees.hours,
        market.mentors.areas.start,
        market.excluded_by_mentee,
        market.conflicts[0][0],
    ):
        assert (column.flags.writeable, column.flags.aligned, column.flags.c_contiguous) == (
            False,
            True,
            True,
        )


def test_arrays_in_another_order_of_rows_and_groups_in_any_order_are_the_same_market() -> None:
    market = a_market()
    columns = columns_of(market)
    for side in ("mentees", "mentors"):
        columns[f"{side}/hours"] = np.asfortranarray(columns[f"{side}/hours"])
        start, rows = columns[f"conflicts/{side}_start"], columns[f"conflicts/{side}"]
        groups = np.split(rows, start[1:-1])[::-1]
        groups.append(groups[0])
        columns[f"conflicts/{side}"] = np.concatenate(groups)
        columns[f"conflicts/{side}_start"] = np.cumsum([0, *map(len, groups)]).astype("<i4")
    assert unpack(written(columns)).hash == market.hash


def changed(key: str, place: Any, value: Any) -> Callable[[Columns], None]:
    def change(columns: Columns) -> None:
        columns[key][place] = value

    return change


def put(key: str, make: Callable[[Any], Any]) -> Callable[[Columns], None]:
    def change(columns: Columns) -> None:
        columns[key] = make(columns[key])

    return change


def said(**changes: Any) -> Callable[[Columns], None]:
    """The document with other values; None leaves the key out."""

    def change(columns: Columns) -> None:
        document = json.loads(columns["market"].tobytes()) | changes
        document = {key: value for key, value in document.items() if value is not None}
        columns["market"] = np.frombuffer(json.dumps(document).encode(), np.uint8)

    return change


def _first_two_swapped(column: Any) -> Any:
    return column[[1, 0, *range(2, len(column))]]


def _with_twins(columns: Columns) -> None:
    """Two people of one id."""
    start = columns["mentees/id_start"]
    columns["mentees/ids"][start[1] : start[2]] = columns["mentees/ids"][start[0] : start[1]]


def _with_a_stranger_on_the_other_side(columns: Columns) -> None:
    market = a_market()
    columns["mentors/hours"][market.same_person[0, 1], 0] ^= np.uint64(1)


def _without_groups_of_mentors(columns: Columns) -> None:
    columns["conflicts/mentors"] = columns["conflicts/mentors"][:0]
    columns["conflicts/mentors_start"] = columns["conflicts/mentors_start"][:1]


LAST = 2**64 - 1
DAMAGED: list[tuple[Callable[[Columns], Any], str]] = [
    (put("market", lambda _: np.frombuffer(b"{", np.uint8)), "market"),
    (put("market", lambda _: np.frombuffer(b"[" * 100_000, np.uint8)), "market"),
    (put("market", lambda _: np.frombuffer(b"[1]", np.uint8)), "market"),
    (said(format="cairn-market/1"), "market/format"),
    (said(format=None), "market/format"),
    (said(areas=None), "market/areas"),
    (said(areas=["python", "law"]), "market/areas"),
    (said(areas=["law", "law"]), "market/areas"),
    (said(areas=["law", 7]), "market/areas"),
    (said(languages=["x" * 101]), "market/languages"),
    (said(chapters={"zurich": 1}), "market/chapters"),
    (said(chapters=[f"c{n:03}" for n in range(501)]), "market/chapters"),
    (said(choices=[]), "market/choices"),
    (said(choices=[["one"], ["yes"], []]), "market/choices/grade"),
    (said(weather="fine"), "market/weather"),
    (lambda columns: columns.pop("mentors/hours"), "mentors/hours"),
    (lambda columns: columns.update(shoes=np.zeros(3)), "shoes"),
    (put("mentees/seats", lambda seats: seats.astype("<i8")), "mentees/seats"),
    (put("mentees/seats", lambda seats: seats.astype("|i1")), "mentees/seats"),
    (put("mentees/seats", lambda seats: seats.astype(object)), "mentees/seats"),
    (put("mentees/id_start", lambda start: start.astype(">i8")), "mentees/id_start"),
    (put("mentees/seats", lambda seats: seats[:-1]), "mentees/seats"),
    (put("mentees/seats", lambda seats: seats[:, None]), "mentees/seats"),
    (put("mentees/hours", lambda hours: hours[:, :2].copy()), "mentees/hours"),
    (put("mentees/hours", np.ravel), "mentees/hours"),
    (put("mentees/ids", lambda ids: ids[None, :]), "mentees/ids"),
    (changed("mentees/seats", 0, 4), "mentees/seats"),
    (changed("mentors/seats", 0, 101), "mentors/seats"),
    (changed("mentors/barred", 0, 3), "mentors/barred"),
    (changed("mentees/chapter", 0, 2), "mentees/chapter"),
    (_with_twins, "mentees/ids"),
    (changed("mentees/ids", 0, 0xFF), "mentees/ids"),
    (changed("mentees/id_start", 1, 0), "mentees/ids"),
    (changed("mentees/id_start", 0, 1), "mentees/id_start"),
    (changed("mentees/id_start", -1, 2**40), "mentees/id_start"),
    (changed("mentees/id_start", 2, -(2**63)), "mentees/id_start"),
    (changed("mentees/areas/start", 1, 2**31 - 1), "mentees/areas/start"),
    (changed("mentees/areas/start", slice(1, 3), [2**31 - 1, -2]), "mentees/areas/start"),
    (put("mentees/areas/start", lambda start: np.append(np.zeros_like(start[:-1]), start[-1:])), "mentees/areas/start"),
    (changed("mentees/areas/area", 0, 200), "mentees/areas/area"),
    (put("mentees/areas/area", np.zeros_like), "mentees/areas/area"),
    (changed("mentees/areas/years", 0, 81), "mentees/areas/years"),
    (changed("mentees/areas/keen", 0, 0), "mentees/areas/keen"),
    (changed("mentors/areas/keen", 0, 2), "mentors/areas/keen"),
    (put("mentors/areas/keen", lambda keen: keen[:-1]), "mentors/areas/keen"),
    (changed("mentees/languages", (0, 0), LAST), "mentees/languages"),
    (changed("mentees/hours", (0, 2), 1 << 40), "mentees/hours"),
    (changed("mentees/wants_to_learn", (0, 0), LAST), "mentees/wants_to_learn"),
    (changed("mentors/could_teach", (0, 0), LAST), "mentors/could_teach"),
    (changed("mentees/choices", (0, 1), 1), "mentees/choices"),
    (changed("mentees/scales", (0, 1), 1_001), "mentees/scales"),
    (changed("mentees/scales", (0, 1), -2), "mentees/scales"),
    (changed("mentees/scales", (0, 0), 0), "mentees/scales"),
    (_with_a_stranger_on_the_other_side, "mentors/hours"),
    (changed("excluded_by_mentee", (0, 1), 12), "excluded_by_mentee"),
    (changed("excluded_by_mentor", (0, 0), -1), "excluded_by_mentor"),
    (put("excluded_by_mentor", _first_two_swapped), "excluded_by_mentor"),
    (put("excluded_by_mentee", lambda pairs: np.repeat(pairs, 2, axis=0)), "excluded_by_mentee"),
    (put("excluded_by_mentee", lambda pairs: pairs[:, :1].copy()), "excluded_by_mentee"),
    (changed("conflicts/mentees", -1, 1_000), "conflicts/mentees"),
    (changed("conflicts/mentees", 0, -1), "conflicts/mentees"),
    (put("conflicts/mentees", np.zeros_like), "conflicts/mentees"),
    (changed("conflicts/mentors_start", 1, 0), "conflicts/mentors_start"),
    (changed("conflicts/mentors_start", slice(1, 3), [2**31 - 1, -2]), "conflicts/mentors_start"),
    (changed("conflicts/mentors_start", -1, 0), "conflicts/mentors_start"),
    (_without_groups_of_mentors, "conflicts/mentors_start"),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "where"), DAMAGED)
def test_what_a_stranger_got_wrong_is_refused_with_its_key(
    damage: Callable[[Columns], Any], where: str
) -> None:
    columns = columns_of(a_market())
    damage(columns)
    assert refused(written(columns)) == ("bad_market", where)


def test_rules_out_of_bounds_are_refused_as_everywhere() -> None:
    columns = columns_of(a_market())
    said(rules={"min_gap_years": 1_000})(columns)
    assert refused(written(columns)) == ("out_of_bounds", "/min_gap_years")


def test_what_is_no_archive_is_refused() -> None:
    packed = pack(a_market())
    for bytes_given in (
        b"",
        b"PK",
        b"\x93NUMPY" * 100,
        packed[:-1],
        packed[: len(packed) // 2],
        packed + b"!",
    ):
        assert refused(bytes_given) == ("bad_market", "")
    remarked = BytesIO(packed)
    with ZipFile(remarked, "a") as archive:
        archive.comment = b"from elsewhere"
    assert refused(remarked.getvalue()) == ("bad_market", "")


def test_bytes_damaged_anywhere_are_refused_or_harmless() -> None:
    market, dice = a_market(), random.Random(1)
    packed = pack(market)
    for _ in range(DAMAGES):
        damaged = bytearray(packed)
        for _ in range(dice.choice([1, 1, 2, 5])):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        with contextlib.suppress(EngineError):
            assert unpack(bytes(damaged)).hash == market.hash


def archive_of(entries: dict[str, bytes], compression: int) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", compression) as archive:
        for key, stored in entries.items():
            archive.writestr(f"{key}.npy", stored)
    return packed.getvalue()


def entries_of(market: Snapshot) -> dict[str, bytes]:
    with ZipFile(BytesIO(pack(market))) as archive:
        return {key: archive.read(f"{key}.npy") for key in TYPES}


def test_compressed_entries_are_refused_unread() -> None:
    entries = entries_of(a_market()) | {"mentees/hours": bytes(100_000_000)}
    assert refused(archive_of(entries, ZIP_DEFLATED)) == ("bad_market", "market")


def test_a_header_that_promises_more_than_there_is_takes_no_memory() -> None:
    script = """
import resource, sys
from services.matching.engine import EngineError, unpack
from tests.rules.engine.test_engine_packing import a_market, archive_of, entries_of

entries = entries_of(a_market())
old = entries["mentees/hours"]
start = old.index(b"(")
stop = old.index(b")")
said = b"(1000000000, 3)"
room = len(said) - (stop + 1 - start)
entries["mentees/hours"] = old[:start] + said + old[stop + 1 :].replace(b" " * room, b"", 1)
packed = archive_of(entries, 0)
with open("/proc/self/statm") as pages:
    used = int(pages.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY_MB * 2**20,) * 2)
try:
    unpack(packed)
except EngineError as refusal:
    sys.stdout.write(f"{refusal.where}: {refusal.detail}")
"""
    ran = subprocess.run(
        [sys.executable, "-c", script.replace("MEMORY_MB", str(BOMB_MEMORY_MB))],
        cwd=ROOT, check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ran.stdout == "mentees/hours: the shape does not fit the number of bytes"


def test_an_archive_of_very_many_entries_is_refused_before_its_directory_is_read() -> None:
    many = archive_of({f"mentees/{n:05}": b"" for n in range(2_000)}, ZIP_STORED)
    assert refused(many) == ("bad_market", "")


def test_the_format_is_written_down_key_by_key() -> None:
    told = FORMAT.read_text()
    for key, kind in TYPES.items():
        name = key.replace("mentees/", "<side>/", 1).replace("mentors/", "<side>/", 1)
        assert any(name in line and kind.strip("<|") in line for line in told.splitlines()), key
