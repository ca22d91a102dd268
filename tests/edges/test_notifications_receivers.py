"""One webhook attempt against receivers that mean no good, and over TLS as it should be: real sockets, no database."""

import datetime
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook as Stock

from services.notifications.domain.deliveries import Answer, Delivery, new_delivery
from services.notifications.domain.webhooks import Webhook
from services.notifications.webhooks.addresses import Allowed
from services.notifications.webhooks.attempt import READ_BYTES, attempt, secret_of
from shared.clock import system_clock
from shared.keys import Keys, make_keys, read_keys
from tests.edges.notifications_tls import certificate_of, showing, trusting
from tests.flows.notifications_scene import Receiver, a_receiver
from tests.stack import NOON, soon

#: For what is cut off; the rest has time enough on a busy machine.
WITHIN_S = 0.6
PATIENT_S = 5.0
TRIES = 3


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder = tmp_path_factory.mktemp("keys")
    make_keys(folder)
    return read_keys(folder, signing=False)


def a_webhook(url: str) -> Webhook:
    return Webhook("whk_1", "shanghai", url, (), NOON, "mem_1")


def a_delivery(body: str = '{"id":"rel_1:2"}') -> Delivery:
    return new_delivery(
        "whk_1",
        event="rel_1:2",
        type="cairn.relationship.started.v1",
        relationship="rel_1",
        sequence=2,
        chapter="shanghai",
        body=body,
        now=NOON,
    )


def tried(keys: Keys, url: str, **more: Any) -> Answer:
    given = {"allowed": Allowed(local=True), "at": system_clock(), "within_s": PATIENT_S, **more}
    return attempt(a_webhook(url), a_delivery(), keys=keys, now=system_clock(), **given)


def raw(*pieces: bytes, every_s: float = 0.0, hold: bool = False) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answers with these bytes, one piece after the other, and then holds the line where asked."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        try:
            for piece in pieces:
                handler.wfile.write(piece)
                handler.wfile.flush()
                time.sleep(every_s)
            if hold:
                handler.rfile.read(1)
        except OSError:
            return

    return answer


def bytewise(text: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    return raw(*(text[place : place + 1] for place in range(len(text))), every_s=0.05, hold=True)


def test_the_stock_library_takes_our_signature_and_nothing_else(keys: Keys) -> None:
    with a_receiver() as receiver:
        answer = tried(keys, receiver.url)
    assert (answer.status, answer.problem) == (204, "")
    (posted,) = receiver.posted
    assert posted.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert Stock(secret_of("whk_1", 1, keys)).verify(posted.body, posted.headers) == {"id": "rel_1:2"}
    for other in (secret_of("whk_2", 1, keys), secret_of("whk_1", 2, keys)):
        with pytest.raises(Exception, match="No matching signature"):
            Stock(other).verify(posted.body, posted.headers)


def test_a_body_in_any_script_is_signed_as_it_is_sent(keys: Keys) -> None:
    with a_receiver() as receiver:
        delivery = a_delivery('{"name":"王芳 Zoë"}')
        attempt(
            a_webhook(receiver.url),
            delivery,
            keys=keys,
            allowed=Allowed(local=True),
            at=system_clock(),
            now=system_clock(),
        )
    (posted,) = receiver.posted
    assert Stock(secret_of("whk_1", 1, keys)).verify(posted.body, posted.headers) == {"name": "王芳 Zoë"}


@pytest.mark.parametrize(
    ("how", "answer"),
    [
        ("says nothing", raw(hold=True)),
        ("trickles its status", bytewise(b"HTTP/1.1 200 OK\r\n" + b"X" * 100)),
        ("trickles headers", raw(b"HTTP/1.1 200 OK\r\n", *[b"X-More: x\r\n"] * 80, every_s=0.05, hold=True)),
        (
            "trickles its body",
            raw(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n", *[b"x"] * 80, every_s=0.05, hold=True),
        ),
        ("asks to wait for ever", raw(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 80, every_s=0.05, hold=True)),
        ("stops in its body", raw(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nx", hold=True)),
    ],
)
def test_a_receiver_that_takes_its_time_is_cut_off(keys: Keys, how: str, answer: Any) -> None:
    answers: list[Answer] = []
    with a_receiver(*[answer] * TRIES) as receiver:
        took_s = soon(
            lambda: answers.append(tried(keys, receiver.url, within_s=WITHIN_S)), WITHIN_S + 1, TRIES
        )
    assert {(got.problem, got.succeeded) for got in answers} == {("timed_out", False)}, how
    assert took_s > WITHIN_S * 0.9
    assert WITHIN_S * 900 < answers[-1].took_ms < WITHIN_S * 1000 + 1000


def test_a_receiver_that_trickles_an_error_has_answered_with_it(keys: Keys) -> None:
    with a_receiver(
        raw(b"HTTP/1.1 503 Busy\r\nRetry-After: 9\r\nContent-Length: 9\r\n\r\n", hold=True)
    ) as receiver:
        got = tried(keys, receiver.url, within_s=WITHIN_S)
    assert (got.status, got.retry_after_s, got.succeeded) == (503, 9, False)


@pytest.mark.parametrize(
    "answer",
    [
        raw(b""),
        raw(b"\x00\xff" * 100),
        raw(b"HTTP/9.9 what\r\n\r\n"),
        raw(b"HTTP/1.1 200 " + b"x" * 70_000),
        raw(b"HTTP/1.1 200 OK\r\n" + b"X-More: x\r\n" * 200),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    ],
    ids=range(6),
)
def test_an_answer_that_is_none_is_a_failure(keys: Keys, answer: Any) -> None:
    with a_receiver(answer) as receiver:
        got = tried(keys, receiver.url)
    assert not got.succeeded
    assert got.problem in ("connection_failed", "timed_out")


def test_of_a_huge_answer_only_the_beginning_is_read(keys: Keys) -> None:
    written: list[int] = []

    def huge(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 209715200\r\n\r\n")
        try:
            while sum(written) < 209_715_200:
                written.append(handler.wfile.write(b"x" * 65_536))
        except OSError:
            return

    with a_receiver(huge) as receiver:
        got = tried(keys, receiver.url, within_s=5.0)
        assert got.succeeded
        assert sum(written) < READ_BYTES + 32 * 1024 * 1024  # what fits into the two machines' socket buffers


def test_a_compressed_answer_is_not_unpacked(keys: Keys) -> None:
    broken = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"
    with a_receiver(raw(broken)) as receiver:
        assert tried(keys, receiver.url).succeeded


def test_a_redirect_is_a_failure_and_is_not_followed(keys: Keys) -> None:
    with a_receiver() as inside:

        def redirect(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(307)
            handler.send_header("Location", inside.url)
            handler.end_headers()

        with a_receiver(redirect) as receiver:
            got = tried(keys, receiver.url)
    assert (got.status, got.problem) == (307, "http_307")
    assert inside.posted == []


def test_a_proxy_of_the_environment_is_not_used(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_receiver() as proxy, a_receiver() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("no_proxy", "")
        assert tried(keys, receiver.url).succeeded
    assert proxy.posted == []


def test_a_name_that_leads_inside_by_the_time_of_the_attempt_is_not_connected_to(keys: Keys) -> None:
    with a_receiver() as inside:
        port = inside.url.rsplit(":", 1)[1].split("/")[0]
        got = tried(keys, f"https://example.org:{port}/", allowed=Allowed(), resolve=lambda *_: ["127.0.0.1"])
    assert (got.problem, got.status) == ("url_not_public", 0)
    assert inside.posted == []


def test_the_checked_address_is_connected_to_whatever_the_name_says_next(keys: Keys) -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    with a_receiver() as receiver:
        url = receiver.url.replace("127.0.0.1", "receiver.test")
        assert tried(keys, url, resolve=rebinding).succeeded
        assert asked == ["receiver.test"]
        assert receiver.posted[0].headers["host"] == url.split("/")[2]


def test_a_receiver_that_is_not_there_is_said_to_refuse(keys: Keys) -> None:
    with a_receiver() as receiver:
        url = receiver.url
    assert tried(keys, url).problem == "connection_refused"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        (" 120 ", 120),
        ("99999999999999", 86_400),
        ("-5", 0),
        ("1.5", 0),
        ("soon", 0),
        ("Fri, 99 Foo", 0),
    ],
)
def test_what_a_receiver_asks_to_wait_for_is_read_with_care(keys: Keys, text: str, seconds: int) -> None:
    answer = f"HTTP/1.1 429 Slow\r\nRetry-After: {text}\r\nContent-Length: 0\r\n\r\n".encode()
    with a_receiver(raw(answer)) as receiver:
        assert tried(keys, receiver.url).retry_after_s == seconds


def test_a_date_to_come_back_at_is_understood(keys: Keys) -> None:
    answer = b"HTTP/1.1 503 Busy\r\nRetry-After: Mon, 02 Mar 2026 12:02:00 GMT\r\nContent-Length: 0\r\n\r\n"
    with a_receiver(raw(answer), raw(answer)) as receiver:
        assert tried(keys, receiver.url, at=NOON).retry_after_s == 120
        assert tried(keys, receiver.url, at=NOON + datetime.timedelta(days=1)).retry_after_s == 0


# -- over TLS ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_of("receiver.test", tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls_receiver(certificate: Path) -> Iterator[tuple[Receiver, list[str | None]]]:
    """A receiver over TLS, and the names that clients asked it for."""
    receiver = Receiver()
    names: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.answer(self)

        def log_message(self, *_: Any) -> None:
            return

    class Server(HTTPServer):
        def handle_error(self, *_: Any) -> None:
            return

    server = Server(("127.0.0.1", 0), Handler)
    context = showing(certificate)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    receiver.url = f"https://receiver.test:{server.server_port}/hook"
    yield receiver, names
    server.shutdown()
    server.server_close()
    thread.join()


def here(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


def test_over_tls_the_name_is_asked_for_and_the_certificate_checked(
    keys: Keys, certificate: Path, tls_receiver: tuple[Receiver, list[str | None]]
) -> None:
    receiver, names = tls_receiver

    assert tried(keys, receiver.url, resolve=here, tls=trusting(certificate), within_s=5.0).succeeded
    assert names == ["receiver.test"]
    assert receiver.posted[0].headers["host"] == receiver.url.split("/")[2]

    unknown = tried(keys, receiver.url, resolve=here, within_s=5.0)
    assert (unknown.problem, unknown.status) == ("tls_failed", 0)
    other = receiver.url.replace("receiver.test", "other.test")
    assert tried(keys, other, resolve=here, tls=trusting(certificate), within_s=5.0).problem == "tls_failed"
    assert len(receiver.posted) == 1


def test_a_peer_that_never_ends_its_handshake_is_cut_off(keys: Keys) -> None:
    with a_receiver() as receiver:  # speaks no TLS: it waits for the end of a line that never comes
        url = receiver.url.replace("http://", "https://")
        answers: list[Answer] = []
        soon(lambda: answers.append(tried(keys, url, within_s=WITHIN_S)), WITHIN_S + 1)
    assert not any(got.succeeded for got in answers)
