"""Who has a webhook to itself, on a real MongoDB: never two at once, and never for ever."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from services.notifications.webhooks.holds import HOLD_S, RENEWED_BELOW_S, Holds
from shared.ids import new_id
from shared.store import connect
from tests.parts import PartsAddresses
from tests.stack import NOON, wait_for

Rows = Any
ALL = ("whk_1", "whk_2", "whk_3~again")


@pytest.fixture
def rows(parts: PartsAddresses) -> Iterator[Rows]:
    client = connect(parts.mongo_url)
    name = new_id("t") + "_holds"
    yield client[name]["webhook_holds"]
    client.drop_database(name)
    client.close()


def test_what_one_holds_no_other_does_until_it_is_let_go(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.notifications.webhooks.holds.LEFT_ALONE_S", 0.0)
    one, other = Holds("one"), Holds("other")
    assert one.hold(rows, ALL[:2], 9).keys() == set(ALL[:2])
    assert other.hold(rows, ALL, 9).keys() == {ALL[2]}
    assert ("whk_1" in one, "whk_1" in other) == (True, False)
    one.let_go(rows, ["whk_2"])
    assert ("whk_1" in one, "whk_2" in one) == (False, True)
    assert other.hold(rows, ALL, 9).keys() == {"whk_1", ALL[2]}


def test_a_hold_that_ran_out_is_anothers_and_the_first_one_sees_that(
    rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = Holds("one"), Holds("other")
    one.hold(rows, ALL, 9)
    rows.update_many({"_id": {"$in": ALL[:2]}}, {"$set": {"until": NOON}})
    assert other.hold(rows, ALL, 9).keys() == set(ALL[:2])
    later_s = time.monotonic() + HOLD_S
    monkeypatch.setattr(time, "monotonic", lambda: later_s)
    assert one.hold(rows, ALL, 9).keys() == {ALL[2]}


def test_one_that_did_not_see_that_its_hold_ran_out_lets_go_of_nobody_elses(rows: Rows) -> None:
    one, other = Holds("one"), Holds("other")
    one.hold(rows, ALL, 9)
    rows.update_one({"_id": "whk_1"}, {"$set": {"until": NOON}})
    other.hold(rows, ["whk_1"], 9)
    one.let_go(rows, ())
    assert [row["_id"] for row in rows.find()] == ["whk_1"]


def test_a_hold_is_renewed_in_time_and_not_before(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Holds("one")
    before_s = time.monotonic()
    first = one.hold(rows, ALL, 9)["whk_1"]
    after_s = time.monotonic()
    until = rows.find_one({"_id": "whk_1"})["until"]
    assert before_s + HOLD_S <= first <= after_s + HOLD_S
    assert one.hold(rows, ALL, 9)["whk_1"] == first
    assert rows.find_one({"_id": "whk_1"})["until"] == until
    later_s = first - RENEWED_BELOW_S + 0.001
    monkeypatch.setattr(time, "monotonic", lambda: later_s)
    assert one.hold(rows, ALL, 9)["whk_1"] == later_s + HOLD_S
    assert rows.find_one({"_id": "whk_1"})["until"] > until


def test_of_many_who_want_the_same_at_once_one_has_each(rows: Rows) -> None:
    wanted = [f"whk_{number}" for number in range(40)]
    several = [Holds(f"holder {number}") for number in range(8)]
    with ThreadPoolExecutor(len(several)) as threads:
        held = list(threads.map(lambda one: set(one.hold(rows, wanted, len(wanted))), several))
    assert sum(map(len, held)) == len(wanted)
    assert set.union(*held) == set(wanted)


def test_each_of_several_takes_its_share_and_leaves_the_rest(rows: Rows) -> None:
    one, other = Holds("one"), Holds("other")
    assert one.share(rows, ALL) == 3
    assert other.share(rows, ALL) == 2
    assert list(one.hold(rows, ALL, 2)) == list(ALL[:2])
    assert list(other.hold(rows, ALL, 2)) == [ALL[2]]
    assert list(one.hold(rows, ALL, 1)) == list(ALL[:2]), "what is under way stays held"
    other.leave(rows)
    assert Holds("third").share(rows, ALL) == 2


def test_what_others_hold_counts_so_that_nothing_is_above_everybodys_share(rows: Rows) -> None:
    one, other = Holds("one"), Holds("other")
    other.share(rows, ())
    one.hold(rows, ALL, 2)
    assert one.share(rows, ALL[:2]) == 1
    assert other.share(rows, [ALL[2], "whk_4"]) == 2, "as was counted when it was alone"
    assert Holds("third").share(rows, [ALL[2], "whk_4"]) == 2, "four among three"


def test_a_process_that_is_gone_is_not_counted_for_long(rows: Rows) -> None:
    Holds("gone").share(rows, ())
    rows.update_many({}, {"$set": {"until": NOON}})
    assert Holds("one").share(rows, ALL) == 3


def test_what_another_holds_is_not_asked_for_over_and_over(rows: Rows) -> None:
    one, other = Holds("one"), Holds("other")
    one.hold(rows, ALL, 9)
    other.hold(rows, ALL, 9)
    one.let_go(rows, ())
    assert [other.hold(rows, ALL, 9) for _ in range(4)] == [{}] * 4
    wait_for(lambda: len(other.hold(rows, ALL, 9)) == 3, 3, "asking again")
