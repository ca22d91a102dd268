"""What tests with real processes share: a site of their own on the run's MongoDB and Kafka."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.processes import Site
from tests.mail import Mailbox, mailbox

if TYPE_CHECKING:
    from tests.parts import PartsAddresses


@pytest.fixture
def mails(tmp_path: Path) -> Iterator[Mailbox]:
    """A mail server that keeps what it takes."""
    with mailbox(tmp_path / "mail") as box:
        yield box


@pytest.fixture
def site(parts: "PartsAddresses", tmp_path: Path, mails: Mailbox) -> Iterator[Site]:
    """A namespace of the test's own, without any process yet."""
    made = Site(parts, tmp_path, smtp_url=mails.url)
    yield made
    made.close()


@pytest.fixture
def short_way(parts: "PartsAddresses", tmp_path: Path) -> Iterator[Site]:
    """As `site`, but with two services only: profiles announces, matching hears of it."""
    made = Site(parts, tmp_path, ("profiles", "matching"))
    yield made
    made.close()
