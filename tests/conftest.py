"""What all tests share: running parts, and the whole product stepped by hand on them."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from shared.settings import SERVICES
from tests.stack import Stack

if TYPE_CHECKING:
    from tests.parts import PartsAddresses

pytest_plugins = ["tests.parts"]


@pytest.fixture(scope="session")
def stack(parts: "PartsAddresses", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All four services over one namespace. Tests keep apart by chapters of their own, and find its clock where others left it."""
    names = tuple(name for name in SERVICES if find_spec(f"services.{name}.service"))
    running = Stack(parts, tmp_path_factory.mktemp("stack"), names=names).start()
    yield running
    running.close()
