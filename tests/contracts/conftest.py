"""Stores and logs of a namespace of their own, over whichever parts a run has."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from shared.keys import make_keys
from tests.contracts.path import Path

if TYPE_CHECKING:
    from tests.parts import PartsAddresses


@pytest.fixture
def path(parts: "PartsAddresses", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One writer's store and relay, one reader's store and inbox, and the topic between them."""
    folder = tmp_path_factory.mktemp("keys")
    make_keys(folder)
    opened = Path(parts, folder)
    yield opened
    opened.close()
