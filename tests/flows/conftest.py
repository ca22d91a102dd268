"""What tests of flows share: a chapter of matching's for each of them."""

from collections.abc import Iterator

import pytest

from tests.flows.matching_people import City, a_city
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    """A fresh chapter, with a coordinator and nobody else."""
    with a_city(stack) as made_here:
        yield made_here
