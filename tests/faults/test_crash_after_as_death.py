"""The story of a pair, where each use of store or log fails after it did its work, as a dead process."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.crash_story import fails_everywhere

if TYPE_CHECKING:
    from tests.parts import PartsAddresses

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]


def test_the_story_goes_on_wherever_it_fails(parts: "PartsAddresses", tmp_path: Path) -> None:
    fails_everywhere(parts, tmp_path, "after", "death")
