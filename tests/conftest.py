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
pytest.register_assert_rewrite("tests.faults.crash_story")


@pytest.fixture(scope="session")
def stack(parts: "PartsAddresses", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All four services over one namespace. Tests keep apart by chapters of their own, and find its clock where others left it."""
    names = tuple(name for name in SERVICES if find_spec(f"services.{name}.service"))
    running = Stack(parts, tmp_path_factory.mktemp("stack"), names=names).start()
    yield running
    running.close()


#: Files of which each takes a worker minutes: they come first, so that the run does not end with one worker at one of them.
LONG = ("tests/flows/test_r14_builds_that_leak.py", "tests/flows/test_r14_total_confidentiality.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the files whose tests mostly wait (for processes that die and come back) evenly among the first two thirds of the others.

    A run's workers take file after file: so one waits while another computes, and none is left waiting alone at the end.
    """
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.nodeid.partition("::")[0], []).append(item)
    waiting = [file for file in files if file.startswith("tests/faults/")]
    others = sorted((file for file in files if file not in waiting), key=lambda file: file not in LONG)
    if waiting and others:
        every = 2 * len(others) // (3 * len(waiting))
        spread = [[file, *others[n * every : (n + 1) * every]] for n, file in enumerate(waiting)]
        items[:] = [
            item
            for file in (*(file for group in spread for file in group), *others[len(waiting) * every :])
            for item in files[file]
        ]
