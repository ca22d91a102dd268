"""The story of a pair, where the n-th use of store or log fails before it did its work, as a dead process."""

from typing import Any

import pytest

from tests.faults.crash_story import PARTS, World, fails_here_and_there

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


@pytest.mark.parametrize("part", range(PARTS))
def test_the_story_ends_the_same_wherever_it_fails(
    world: World, as_it_should_end: tuple[dict[str, Any], int], part: int
) -> None:
    fails_here_and_there(world, as_it_should_end, "before", "death", part)
