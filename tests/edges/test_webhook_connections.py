"""Kept connections to receivers: used again by the same webhook only, only while the name leads where they lead, and lost without loss."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from services.notifications.domain.deliveries import Answer
from services.notifications.webhooks.addresses import Allowed
from services.notifications.webhooks.attempt import READ_BYTES, attempt
from services.notifications.webhooks.connections import MAX_KEPT_EACH, Kept
from shared.clock import system_clock
from shared.keys import Keys, make_keys, read_keys
from tests.edges.test_notifications_receivers import a_delivery, a_webhook

TOOK = b"HTTP/1.1 204 No Content\r\n\r\n"


@dataclass
class Lines:
    """A receiver that says what it is told over each line, and remembers how many requests came over which. None: it closes unasked."""

    answers: list[bytes | None] = field(default_factory=list)
    came: list[int] = field(default_factory=list)
    port: int = 0

    def serve(self, listening: socket.socket) -> None:
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            self.came.append(0)
            threading.Thread(target=self._talk, args=(line, len(self.came) - 1), daemon=True).start()

    def _talk(self, line: socket.socket, number: int) -> None:
        got = b""
        with line, contextlib.suppress(OSError):
            while data := line.recv(65_536):
                got += data
                if not got.endswith(b"}"):
                    continue
                got = b""
                self.came[number] += 1
                answer = self.answers.pop(0) if self.answers else TOOK
                if answer is None:
                    return
                line.sendall(answer)


@pytest.fixture
def lines() -> Iterator[Lines]:
    made = Lines()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made.port = listening.getsockname()[1]
        thread = threading.Thread(target=made.serve, args=(listening,), daemon=True)
        thread.start()
        yield made
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.fixture
def kept() -> Iterator[Kept]:
    made = Kept()
    yield made
    made.close()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder = tmp_path_factory.mktemp("keys")
    make_keys(folder)
    return read_keys(folder, signing=False)


def sent(keys: Keys, lines: Lines, kept: Kept, webhook: str = "whk_1", **more: Any) -> Answer:
    hook = replace(a_webhook(f"http://receiver.test:{lines.port}/"), id=webhook)
    given = {"resolve": lambda *_: ["127.0.0.1"], "within_s": 3.0, **more}
    now = system_clock()
    return attempt(
        hook, a_delivery(), keys=keys, allowed=Allowed(local=True), at=now, now=now, kept=kept, **given
    )


def test_a_connection_is_used_again(keys: Keys, lines: Lines, kept: Kept) -> None:
    assert all(sent(keys, lines, kept).succeeded for _ in range(5))
    assert lines.came == [5]


def test_two_webhooks_never_share_one(keys: Keys, lines: Lines, kept: Kept) -> None:
    for webhook in ("whk_1", "whk_2", "whk_1", "whk_2"):
        assert sent(keys, lines, kept, webhook).succeeded
    assert lines.came == [2, 2]


def test_one_that_leads_elsewhere_than_the_name_by_now_is_not_used(
    keys: Keys, lines: Lines, kept: Kept
) -> None:
    assert sent(keys, lines, kept).succeeded
    moved = sent(keys, lines, kept, resolve=lambda *_: ["127.0.0.9"], within_s=1.0)
    assert moved.problem == "connection_refused"
    inside = sent(keys, lines, kept, resolve=lambda *_: ["10.0.0.1"])
    assert inside.problem == "url_not_public"
    assert lines.came == [1]


def test_one_that_the_receiver_closed_meanwhile_costs_nothing(keys: Keys, lines: Lines, kept: Kept) -> None:
    lines.answers = [
        TOOK,
        None,
        TOOK,
    ]  # the second request finds the line closed under it, and goes over another
    assert sent(keys, lines, kept).succeeded
    assert sent(keys, lines, kept).succeeded
    assert lines.came == [2, 1]


def test_a_receiver_that_closes_without_a_word_on_a_new_one_has_failed(
    keys: Keys, lines: Lines, kept: Kept
) -> None:
    lines.answers = [None]
    assert sent(keys, lines, kept).problem == "connection_failed"
    assert lines.came == [1]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 There\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n" + b"x" * 90_000,
    ],
    ids=["asks to close", "old", "failed", "redirects", "long"],
)
def test_after_such_an_answer_it_is_not_kept(keys: Keys, lines: Lines, kept: Kept, answer: bytes) -> None:
    assert READ_BYTES < 90_000
    lines.answers = [answer]
    sent(keys, lines, kept)
    assert sent(keys, lines, kept).succeeded
    assert lines.came == [1, 1]


def test_few_are_kept_of_one_webhook(keys: Keys, lines: Lines, kept: Kept) -> None:
    barrier = threading.Barrier(MAX_KEPT_EACH + 2)

    def together() -> None:
        barrier.wait(5)
        assert sent(keys, lines, kept, resolve=lambda *_: barrier.wait(5) * 0 or ["127.0.0.1"]).succeeded

    threads = [threading.Thread(target=together) for _ in range(MAX_KEPT_EACH + 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept._lines) <= MAX_KEPT_EACH
