"""What a round holds is made when it is read, and reads the same one by one, in stretches and as a whole."""

from collections.abc import Sequence

import pytest

from services.matching.engine import snapshot, solve
from services.matching.engine.lazy import ITEMS_AT_ONCE, Lazy
from tests.rules.engine.makers import some_people, some_rules

COUNT = 2 * ITEMS_AT_ONCE + 1


def test_nothing_is_made_until_it_is_read_and_then_no_more_than_one_stretch() -> None:
    made: list[int] = []

    def squares(start: int, stop: int) -> list[int]:
        made.append(stop - start)
        return [n * n for n in range(start, stop)]

    numbers = Lazy(COUNT, squares)
    assert (len(numbers), made) == (COUNT, [])
    assert (numbers[7], numbers[-1], made) == (49, (COUNT - 1) ** 2, [1, 1])
    assert list(numbers) == [n * n for n in range(COUNT)]
    assert made[2:] == [ITEMS_AT_ONCE, ITEMS_AT_ONCE, 1]
    assert numbers[2:9:3] == (4, 25, 64)


def test_it_has_an_end() -> None:
    numbers: Sequence[int] = Lazy(2, range)
    with pytest.raises(IndexError):
        numbers[2]


def test_it_equals_whatever_has_equal_items() -> None:
    numbers: Sequence[int] = Lazy(3, range)
    equal: list[object] = [(0, 1, 2), [0, 1, 2], Lazy(3, range)]
    others: list[object] = [(0, 1), (0, 1, 3), 3]
    assert [numbers == one for one in equal + others] == [True] * 3 + [False] * 3
    assert hash(numbers) == hash((0, 1, 2))


def test_proposals_and_left_over_read_one_by_one_as_they_do_together() -> None:
    read = 0
    for seed in range(20):
        drafted = solve(snapshot(some_people(seed, 12, 8), some_rules(seed)))
        for all_of_them in (drafted.proposals, drafted.left_over):
            assert [all_of_them[n] for n in range(len(all_of_them))] == list(all_of_them)
            read += len(all_of_them)
    assert read > 200
