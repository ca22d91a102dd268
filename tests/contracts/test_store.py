"""The one door: what every change of every service relies on."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from pymongo import MongoClient

from shared.errors import NotThere, Refused, Transient
from shared.kinds import Document, Index
from shared.store import Store, connect
from shared.transaction import Tx
from tests.contracts.kernel import PEBBLES, Pebble, PebbleMoved, a_call, move
from tests.contracts.path import Path


def test_a_repeated_call_gets_the_first_answer_and_changes_nothing(path: Path) -> None:
    store = path.writer.store
    call = a_call("once")
    assert store.change(call, move("peb_1")) == {"moves": 1}
    assert store.change(call, move("peb_1")) == {"moves": 1}
    assert store.reader("shanghai").get(PEBBLES, "peb_1") == Pebble("peb_1", "shanghai", 1)
    assert store.db["changes"].count_documents({}) == 1


def test_a_repeat_that_the_rules_would_now_refuse_still_gets_the_first_answer(path: Path) -> None:
    def only_once(tx: Tx) -> dict[str, int]:
        if tx.load(PEBBLES, "peb_1") is not None:
            raise Refused("already_moved", "It moved before.")
        return move("peb_1")(tx)

    call = a_call("once")
    assert path.writer.store.change(call, only_once) == {"moves": 1}
    assert path.writer.store.change(call, only_once) == {"moves": 1}
    with pytest.raises(Refused, match="already_moved"):
        path.writer.store.change(a_call("another"), only_once)


def test_an_id_that_comes_back_with_another_question_is_refused(path: Path) -> None:
    path.writer.store.change(a_call("key", fingerprint="a"), move("peb_1"))
    with pytest.raises(Refused, match="idempotency_key_reused"):
        path.writer.store.change(a_call("key", fingerprint="b"), move("peb_1"))


def test_twenty_at_once_with_one_id_take_effect_once(path: Path) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: path.writer.store.change(a_call("once"), move("peb_1")), range(20)))
    assert answers == [{"moves": 1}] * 20


def test_a_refused_change_leaves_nothing(path: Path) -> None:
    def refused(tx: Tx) -> None:
        move("peb_1")(tx)
        raise Refused("no", "No.")

    with pytest.raises(Refused):
        path.writer.store.change(a_call(), refused)
    assert path.writer.store.db["pebbles"].count_documents({}) == 0
    assert path.writer.store.db["changes"].count_documents({}) == 0


def test_a_call_sees_only_its_own_chapter(path: Path) -> None:
    store = path.writer.store
    store.change(a_call(chapter="zurich"), move("peb_z"))
    with pytest.raises(NotThere):
        store.change(a_call(chapter="shanghai"), lambda tx: tx.get(PEBBLES, "peb_z"))
    with pytest.raises(NotThere):
        store.reader("shanghai").get(PEBBLES, "peb_z")
    assert store.reader("shanghai").find(PEBBLES, {}) == []
    with pytest.raises(ValueError, match="zurich"):
        store.change(a_call(chapter="shanghai"), lambda tx: tx.save(PEBBLES, Pebble("peb_new", "zurich")))


def test_a_value_saved_without_a_look_goes_on_where_it_stood(path: Path) -> None:
    store = path.writer.store
    store.change(a_call(), move("peb_old"))

    def without_looking(tx: Tx) -> None:
        for name in ("peb_new", "peb_old"):
            tx.save(PEBBLES, Pebble(name, tx.call.chapter, 7), PebbleMoved(7))

    store.change(a_call(), without_looking)
    assert [pebble.moves for pebble in store.reader("shanghai").find(PEBBLES, {})] == [7, 7]
    events = [event for row in store.db["changes"].find() for event in row["events"]]
    assert sorted(event["id"] for event in events) == ["peb_new:1", "peb_old:1", "peb_old:2"]


def test_a_value_may_take_the_place_of_one_that_is_removed_in_the_same_change(path: Path) -> None:
    store = path.writer.store
    store.ensure_indexes([Index("pebbles", (("moves", 1),), unique=True)])
    store.change(a_call(), lambda tx: tx.save(PEBBLES, Pebble("peb_old", tx.call.chapter, 7)))

    def replace_it(tx: Tx) -> None:
        tx.save(PEBBLES, Pebble("peb_new", tx.call.chapter, 7))
        tx.remove(PEBBLES, "peb_old")

    store.change(a_call(), replace_it)
    assert [pebble.id for pebble in store.reader("shanghai").find(PEBBLES, {})] == ["peb_new"]


def test_positions_rise_with_every_event_of_an_aggregate_even_where_one_change_touches_two(
    path: Path,
) -> None:
    store = path.writer.store
    store.change(a_call(), move("peb_a"))
    store.db["pebbles"].update_one(
        {"_id": "peb_a"}, {"$inc": {"_pos": 5_000_000}}
    )  # a clock that was far ahead

    def both(tx: Tx) -> None:
        for name in ("peb_b", "peb_a"):
            pebble = tx.load(PEBBLES, name) or Pebble(name, tx.call.chapter)
            tx.save(PEBBLES, replace(pebble, moves=pebble.moves + 1), PebbleMoved(pebble.moves + 1))

    store.change(a_call("both"), both)
    store.change(a_call("after"), move("peb_b"))
    rows = {row["_id"]: row["pos"] for row in store.db["changes"].find()}
    assert rows["both"] < rows["after"]


def test_who_asks_for_a_lease_while_the_database_is_away_hears_that_it_passes() -> None:
    with MongoClient[Document]("mongodb://127.0.0.1:1", serverSelectionTimeoutMS=50) as nowhere:
        store = Store(nowhere, "cairn")
        with pytest.raises(Transient):
            store.hold_lease("round", "me", 30)


def test_a_change_that_ran_out_of_time_leaves_nothing_locked(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = path.writer.store
    store.change(a_call(), move("peb_1"))

    def too_slow(tx: Tx) -> None:
        move("peb_1")(tx)
        tx.count(PEBBLES, {})  # sends what was saved so far
        with tx.db["nothing"].watch(max_await_time_ms=1_000) as stream:
            stream.try_next()

    with connect(path.parts.mongo_url) as another:
        with monkeypatch.context() as short:
            short.setattr("shared.store.CHANGE_WITHIN_S", 0.5)
            with pytest.raises(Transient):
                store.change(a_call(), too_slow)
        assert Store(another, store.db.name).change(a_call(), move("peb_1")) == {"moves": 2}


def test_sixteen_writers_on_few_aggregates_leave_no_gap_and_no_double(path: Path) -> None:
    def write(n: int) -> None:
        path.writer.store.change(a_call(), move(f"peb_{n % 3}"))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(120)))
    events = [
        event for row in path.writer.store.db["changes"].find().sort("pos", 1) for event in row["events"]
    ]
    for pebble in ("peb_0", "peb_1", "peb_2"):
        assert [event["seq"] for event in events if event["aggregate"] == pebble] == list(range(1, 41))
