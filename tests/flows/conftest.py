"""What tests of flows share: a chapter of matching's for each of them."""

from collections.abc import Iterator

import pytest

from services.matching.commands import discovering, waiting
from tests.flows.matching_people import City, a_city
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    """A fresh chapter, with a coordinator and nobody else."""
    with a_city(stack) as made_here:
        yield made_here


@pytest.fixture(params=[True, False], ids=["read anew", "kept"])
def read_anew_and_kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who looks for mentors looks in a cycle where they are read at each look, and in one large enough for them to be kept."""
    if not request.param:
        monkeypatch.setattr(discovering, "MENTORS_AT_ONCE", 0)
        monkeypatch.setattr(waiting, "PAGES_AT_ONCE", 0)
