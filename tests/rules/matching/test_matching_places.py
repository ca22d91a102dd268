"""Places: never more taken than there are, never one given back twice."""

import pytest

from services.matching.domain.places import Places, return_place, take_place
from shared.errors import Refused
from tests.rules.matching.makers import some_places


def test_the_last_place_can_be_taken_once() -> None:
    full = take_place(some_places(1), "rel_1")
    assert full == some_places(1, "rel_1")
    with pytest.raises(Refused, match="no_place_left"):
        take_place(full, "rel_2")


def test_a_mentor_without_a_profile_has_no_place() -> None:
    with pytest.raises(Refused, match="no_place_left"):
        take_place(Places("bo", "shanghai"), "rel_1")


def test_lowering_the_capacity_below_what_is_taken_leaves_none_free() -> None:
    assert some_places(1, "rel_1", "rel_2").free == 0


def test_a_place_comes_back_once() -> None:
    once = return_place(some_places(2, "rel_1", "rel_2"), "rel_1")
    assert once == return_place(once, "rel_1") == some_places(2, "rel_2")
