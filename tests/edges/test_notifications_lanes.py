"""Lanes on a real MongoDB: whatever ends, fails, dies or races, each lane's rows are taken in order and never two at once."""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from services.notifications.lanes import FIRST_OF_EACH_CROWD, lane_indexes, oldest_due, settle, settle_ended
from services.notifications.mail.leases import lease_index, take
from shared.call import Call
from shared.ids import new_id
from shared.kinds import Kind, to_document
from shared.store import Store, connect
from shared.transaction import Tx
from tests.parts import PartsAddresses
from tests.stack import NOON


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a lane, and nothing else."""

    id: str
    chapter: str
    crowd: str
    lane: str
    order: str
    due_at: object = NOON
    state: str = "waiting"
    holder: str = ""
    lease_until: object = None


ROWS = Kind("row", "rows", Row)


@pytest.fixture(scope="module")
def store(parts: PartsAddresses) -> Iterator[Store]:
    client = connect(parts.mongo_url)
    opened = Store(client, new_id("t") + "_lanes")
    opened.ensure_indexes((*lane_indexes("rows"), lease_index("rows")))
    yield opened
    client.drop_database(opened.db.name)
    client.close()


@pytest.fixture(autouse=True)
def _empty(store: Store) -> None:
    store.db["rows"].delete_many({})


def put(store: Store, *places: tuple[str, str, int]) -> None:
    """Rows by (crowd, lane, number)."""
    rows = [Row(f"{lane}:{number}", "c", crowd, lane, f"{number:03d}") for crowd, lane, number in places]
    store.db["rows"].insert_many([to_document(row) for row in rows])


def taken(store: Store, *, slots: int = 100, most: int = 100, after_s: float = 0) -> list[Row]:
    now = NOON + timedelta(seconds=after_s)
    return take(store, ROWS, now, slots=slots, lease_s=60, most=most)  # type: ignore[type-var]


def ended(row: Row) -> Row:
    return replace(row, state="done", due_at=None, holder="", lease_until=None)


def put_off(row: Row, seconds: float) -> Row:
    return replace(row, due_at=NOON + timedelta(seconds=seconds), holder="", lease_until=None)


def end(store: Store, before: Row, after: Row) -> bool:
    return settle(store, ROWS, before, after, by="holder")  # type: ignore[type-var]


def ids(rows: list[Row]) -> list[str]:
    return sorted(row.id for row in rows)


def looked_at(store: Store) -> int:
    """How many entries of an index MongoDB reads to find the crowds that have something waiting."""
    asked = {"aggregate": "rows", "pipeline": FIRST_OF_EACH_CROWD, "cursor": {}}
    explained = store.db.command({"explain": asked, "verbosity": "executionStats"})
    return int(explained["stages"][0]["$cursor"]["executionStats"]["totalKeysExamined"])


def test_only_the_first_of_a_lane_is_taken(store: Store) -> None:
    put(store, ("x", "a", 2), ("x", "a", 1), ("x", "b", 7))
    first = taken(store)
    assert ids(first) == ["a:1", "b:7"]
    assert taken(store) == []
    for row in first:
        assert end(store, row, ended(row))
    assert ids(taken(store)) == ["a:2"]


def test_a_row_that_is_put_off_puts_off_what_stands_behind_it(store: Store) -> None:
    put(store, ("x", "a", 1), ("x", "a", 2), ("x", "b", 1))
    by_id = {row.id: row for row in taken(store)}
    end(store, by_id["a:1"], put_off(by_id["a:1"], 30))
    assert oldest_due(store, ROWS, NOON) == NOON  # type: ignore[type-var]
    end(store, by_id["b:1"], ended(by_id["b:1"]))
    assert oldest_due(store, ROWS, NOON) is None  # type: ignore[type-var]
    put(store, ("x", "a", 3))
    assert taken(store, after_s=29) == []
    assert ids(taken(store, after_s=30)) == ["a:1"]


def test_a_crowd_has_no_more_taken_than_its_slots_in_all_processes(store: Store) -> None:
    put(
        store,
        *(("slow", f"s{number}", 1) for number in range(9)),
        *(("quick", f"q{number}", 1) for number in range(3)),
    )
    first = taken(store, slots=2)
    assert sorted(row.crowd for row in first) == ["quick", "quick", "slow", "slow"]
    assert taken(store, slots=2) == []
    assert sorted(row.crowd for row in taken(store, slots=3)) == ["quick", "slow"]


def test_each_crowd_has_its_share_of_a_pass_and_the_rest_goes_to_who_has_more(store: Store) -> None:
    put(store, *(("many", f"m{number:02d}", 1) for number in range(20)), ("few", "f1", 1), ("few", "f2", 1))
    crowds = [row.crowd for row in taken(store, most=10)]
    assert (crowds.count("few"), crowds.count("many")) == (2, 8)
    assert [row.crowd for row in taken(store, most=20)] == ["many"] * 12


def test_rows_that_ended_together_are_written_together_but_for_those_lost_meanwhile(store: Store) -> None:
    put(store, ("x", "a", 1), ("x", "b", 1))
    rows = taken(store)
    store.db["rows"].update_one({"_id": "a:1"}, {"$set": {"holder": "somebody"}})
    settle_ended(store, ROWS, [(row, ended(row)) for row in rows], by="holder")  # type: ignore[type-var]
    states = {row["_id"]: row["state"] for row in store.db["rows"].find()}
    assert states == {"a:1": "waiting", "b:1": "done"}


def test_a_long_lane_hides_no_other(store: Store) -> None:
    put(store, *(("x", "long", number) for number in range(900)), ("x", "short", 1))
    assert ids(taken(store, most=2)) == ["long:0", "short:1"]


def test_a_lease_that_ran_out_lets_go_and_the_late_holder_changes_nothing(store: Store) -> None:
    put(store, ("x", "a", 1))
    (late,) = taken(store)
    store.db["rows"].update_one({"_id": late.id}, [{"$set": {"lease_until": "$$NOW"}}])
    (again,) = taken(store)
    assert again.id == late.id
    assert not end(store, late, put_off(late, 900))
    assert end(store, again, ended(again))
    assert not end(store, again, put_off(again, 900))
    assert taken(store, after_s=1_000) == []


def test_a_row_that_came_late_and_stands_earlier_is_next(store: Store) -> None:
    put(store, ("x", "a", 5), ("x", "a", 9))
    (row,) = taken(store)
    put(store, ("x", "a", 1))
    assert end(store, row, ended(row))
    assert ids(taken(store)) == ["a:1"]


def test_whatever_happens_each_lane_ends_in_order_and_each_row_once(store: Store) -> None:
    lanes = [(f"crowd{number % 3}", f"lane{number}") for number in range(9)]
    put(store, *((crowd, lane, number) for crowd, lane in lanes for number in range(8)))
    done: list[tuple[str, str]] = []
    clock = [0.0]
    one_at_a_time = threading.Lock()

    def work(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(400):
            for row in taken(store, slots=2, most=5, after_s=clock[0]):
                fate = chance.random()
                if fate < 0.6:
                    with one_at_a_time:  # else the next may be noted before this one
                        if end(store, row, ended(row)):
                            done.append((row.lane, row.order))
                elif fate < 0.85:
                    end(store, row, put_off(row, clock[0] + chance.randint(1, 5)))
                else:  # the process died: its lease runs out
                    store.db["rows"].update_one({"_id": row.id}, [{"$set": {"lease_until": "$$NOW"}}])
            clock[0] += 0.5
            if len(done) >= 72:
                return

    with ThreadPoolExecutor(3) as takers:
        for taker in [takers.submit(work, seed) for seed in (1, 2, 3)]:
            taker.result()
    assert len(done) == 72
    for _, lane in lanes:
        assert [order for of, order in done if of == lane] == [f"{number:03d}" for number in range(8)]


def test_what_is_held_or_has_ended_is_in_no_index_that_islooked_at(store: Store) -> None:
    rows = store.db["rows"]
    rows.insert_many([to_document(Row(f"h{n}", "c", "x", f"h{n}", "1", None, "held")) for n in range(300)])
    rows.insert_many([to_document(Row(f"d{n}", "c", "x", f"d{n}", "1", None, "done")) for n in range(300)])
    put(store, ("x", "a", 1))
    assert {index.only for index in (*lane_indexes("rows"), lease_index("rows"))} == {(("state", "waiting"),)}
    assert looked_at(store) == 1
    assert ids(taken(store)) == ["a:1"]


def test_a_long_queue_is_not_read_to_see_who_has_something_due(store: Store) -> None:
    put(store, *((f"crowd{number % 3}", f"l{number}", 1) for number in range(600)))
    assert looked_at(store) <= 4
    assert oldest_due(store, ROWS, NOON) == NOON  # type: ignore[type-var]


def test_the_store_writes_rows_that_lanes_can_take(store: Store) -> None:
    def work(tx: Tx) -> None:
        tx.save(ROWS, Row("a:1", "c", "x", "a", "001"))

    store.change(Call(id=new_id("call"), at=NOON, chapter="c", asker="test"), work)
    (row,) = taken(store)
    assert end(store, row, ended(row))
    assert store.db["rows"].find_one({"_id": "a:1"})["state"] == "done"  # type: ignore[index]
