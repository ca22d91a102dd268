"""What tests of the pages share: the whole product behind one port, and who signs in there."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.site import Person, Site
    from tests.parts import PartsAddresses


@pytest.fixture(scope="module")
def site(parts: "PartsAddresses", tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Site]":
    """A site for each file, whose clock starts where all others' do: what a page shows does not hang on what ran before."""
    from tests.browser.site import running_site

    with running_site(parts, tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def coordinator(site: "Site") -> "Person":
    """The coordinator of a fresh chapter."""
    return site.chapter()


@pytest.fixture
def mentee(site: "Site", coordinator: "Person") -> "Person":
    """A mentee of the coordinator's chapter."""
    return site.mentee(coordinator.chapter)
