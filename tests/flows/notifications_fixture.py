"""The one scene that all flow tests of notifications share (joining a topic takes longer than most of them), and who is in it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.flows.notifications_member import Member
    from tests.flows.notifications_scene import Receiver, Scene
    from tests.parts import PartsAddresses


@pytest.fixture(scope="session")
def scene(parts: "PartsAddresses", tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Scene]":
    """Notifications on real parts, with a mail server that takes everything that it was not told to refuse."""
    from tests.flows.notifications_scene import Scene

    opened = Scene(parts, tmp_path_factory.mktemp("notifications"))
    yield opened
    opened.close()


@pytest.fixture
def ann(scene: "Scene") -> "Member":
    """A member of a new chapter, in a trial with Bob."""
    from tests.flows.notifications_member import Member

    return Member(scene)


@pytest.fixture
def chat() -> "Iterator[Receiver]":
    """Where a chat address can lead."""
    from tests.flows.notifications_scene import a_receiver

    with a_receiver() as receiver:
        yield receiver
