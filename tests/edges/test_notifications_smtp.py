"""Mail servers as they are: ones that refuse, break off, take their time, want a password or TLS. Real sockets, no database."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from services.notifications.mail.smtp import TAKEN, Line, Outcome, ServerAway, read_address
from shared.settings import BadSetting
from tests.edges.notifications_tls import certificate_of, showing, trusting
from tests.ports import free_port
from tests.stack import soon

FROM, TO = "no-reply@cairn.test", "ann@people.test"


def a_message(to: str = TO) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = FROM, to, "Hello"
    message.set_content("Hello")
    return message


class Script:
    """One connection of a scripted server: what it hears and what it says to it."""

    def __init__(
        self, connected: socket.socket, script: dict[str, str | None], every_s: float, stop: threading.Event
    ) -> None:
        self._connected, self._script, self._every_s, self._stop = connected, script, every_s, stop

    def say(self, word: str, otherwise: str) -> bool:
        answer = self._script.get(word, otherwise)
        if answer is None:
            return False
        if not self._every_s:
            self._connected.sendall(answer.encode())
        for char in answer if self._every_s else "":
            if self._stop.wait(self._every_s):
                return False
            self._connected.sendall(char.encode())
        self._connected.sendall(b"\r\n")
        return True

    def play(self, heard: list[str]) -> None:
        lines = self._connected.makefile("rb")
        going = self.say("hello", "220 here")
        while going and (line := lines.readline().decode().strip()):
            heard.append(line.split(" ")[0].split(":")[0].upper())
            going = self.say(heard[-1], "354 go on" if heard[-1] == "DATA" else "250 fine")
            if going and heard[-1] == "DATA" and (self._script.get("DATA") or "354").startswith("354"):
                while lines.readline() not in (b".\r\n", b""):
                    pass
                going = self.say("end", "250 taken")


@contextmanager
def a_server(*scripts: dict[str, str | None], every_s: float = 0.0) -> Iterator[tuple[str, list[str]]]:
    """A server that answers each command as its script says (a script for each connection, the last for all later ones).

    None breaks the line. `every_s` is waited before each byte of an answer.
    """
    heard: list[str] = []
    listening = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve() -> None:
        for number in range(100):
            try:
                connected, _ = listening.accept()
            except OSError:
                return
            with connected, contextlib.suppress(OSError):
                Script(connected, scripts[min(number, len(scripts) - 1)], every_s, stop).play(heard)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"smtp://127.0.0.1:{listening.getsockname()[1]}", heard
    finally:
        stop.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def a_line(url: str, **more: Any) -> Line:
    return Line(read_address(url), "cairn.test", **more)


def sent(url: str, **more: Any) -> Outcome:
    with a_line(url, **more) as line:
        return line.send(a_message(), FROM, TO)


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        ({}, TAKEN),
        ({"RCPT": "550 no such user"}, Outcome("bounced", "smtp_550")),
        ({"RCPT": "550 5.7.1 not from you"}, Outcome("refused", "smtp_550")),
        ({"RCPT": "451 greylisted"}, Outcome("again", "smtp_451")),
        ({"RCPT": "421 busy"}, Outcome("again", "smtp_421")),
        ({"DATA": "554 no"}, Outcome("refused", "smtp_554")),
        ({"DATA": "451 later"}, Outcome("again", "smtp_451")),
        ({"end": "552 too big"}, Outcome("refused", "smtp_552")),
        ({"end": "450 later"}, Outcome("again", "smtp_450")),
        ({"end": None}, Outcome("again", "smtpserverdisconnected")),
        ({"RCPT": None}, Outcome("again", "smtpserverdisconnected")),
        ({"RCPT": "nonsense"}, Outcome("again", "smtp_-1")),
    ],
)
def test_what_a_server_answers_decides_what_becomes_of_the_mail(
    script: dict[str, str | None], outcome: Outcome
) -> None:
    with a_server(script) as (url, _):
        assert sent(url) == outcome


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ({"hello": "554 go away"}, "smtp_554"),
        ({"hello": "421 busy"}, "smtp_421"),
        ({"hello": None}, "smtpserverdisconnected"),
        ({"EHLO": "502 what?", "HELO": "550 not you"}, "smtp_550"),
        ({"MAIL": "550 not you"}, "sender_refused_550"),
        ({"MAIL": "421 busy"}, "sender_refused_421"),
    ],
)
def test_a_server_that_refuses_us_is_away_and_no_mail_has_failed(
    script: dict[str, str | None], reason: str
) -> None:
    with a_server(script) as (url, _), pytest.raises(ServerAway, match=f"^{reason}$"):
        sent(url)


def test_a_server_that_is_not_there_is_away() -> None:
    with pytest.raises(ServerAway, match="connectionrefusederror"):
        sent(f"smtp://127.0.0.1:{free_port()}")


def test_a_server_that_ends_a_connection_after_some_mails_gets_a_new_one() -> None:
    tired = [True]

    class Tired:
        async def handle_MAIL(  # noqa: N802
            self, server: Any, session: Any, envelope: Any, address: str, options: Any
        ) -> str:
            if getattr(session, "brought", 0) and tired:
                tired.clear()
                return "421 enough"
            session.brought = 1
            envelope.mail_from = address
            return "250 OK"

    with caught_by(Tired()) as url, a_line(url) as line:
        assert line.send(a_message(), FROM, TO) == TAKEN
        assert line.send(a_message(), FROM, TO) == TAKEN
    assert tired == []


def test_a_server_that_takes_its_time_is_cut_off() -> None:
    with a_server({}, every_s=0.05) as (url, _):

        def is_cut_off() -> None:
            with pytest.raises(ServerAway):
                sent(url, within_s=0.2)

        soon(is_cut_off, 1)
    with a_server({"RCPT": "250 " + "x" * 200}, every_s=0.02) as (url, _):
        outcomes: list[Outcome] = []
        soon(lambda: outcomes.append(sent(url, within_s=2.0)), 4)
    assert set(outcomes) == {Outcome("again", "too_slow")}


def test_an_address_that_the_server_cannot_take_is_refused_for_good() -> None:
    with a_server({}) as (url, _), a_line(url) as line:
        outcome = line.send(a_message("zoë@people.test"), FROM, "zoë@people.test")
    assert outcome == Outcome("refused", "address_not_supported")


@pytest.mark.parametrize(
    "url", ["", "http://host:25", "smtp://", "smtp://host:x", "host:25", "smtp://host:99999"]
)
def test_an_address_of_a_server_that_cannot_be_is_one_line_for_the_operator(url: str) -> None:
    with pytest.raises(BadSetting, match="CAIRN_SMTP_URL"):
        read_address(url)


def test_addresses_of_servers_are_read_with_their_passwords() -> None:
    address = read_address("starttls://us%40er:p%3Ass@mail.example.org")
    assert (address.security, address.host, address.port) == ("starttls", "mail.example.org", 587)
    assert (address.user, address.password) == ("us@er", "p:ss")
    assert read_address("smtps://mail.example.org").port == 465
    assert read_address("smtp+starttls://mail.example.org:2525").port == 2525


# -- TLS and passwords ------------------------------------------------------------------------------------------------


@contextmanager
def caught_by(handler: Any, controller: type[Controller] = Controller, **more: Any) -> Iterator[str]:
    port = free_port()
    running = controller(handler, hostname="127.0.0.1", port=port, **more)
    running.start()
    try:
        yield f"smtp://127.0.0.1:{port}"
    finally:
        running.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_of("localhost", tmp_path_factory.mktemp("tls"))


class WithPassword:
    """Takes mail from those who know the password."""

    def authenticate(
        self, server: Any, session: Any, envelope: Any, mechanism: str, given: Any
    ) -> AuthResult:
        good = isinstance(given, LoginPassword) and (given.login, given.password) == (b"us@er", b"p:ss")
        return AuthResult(success=good, handled=False)


def test_a_server_that_wants_tls_and_a_password_gets_both(certificate: Path) -> None:
    with caught_by(
        object(),
        tls_context=showing(certificate),
        require_starttls=True,
        authenticator=WithPassword().authenticate,
        auth_required=True,
    ) as plain:
        port = plain.rsplit(":", 1)[1]
        url = f"starttls://us%40er:p%3Ass@localhost:{port}"
        assert sent(url, tls=trusting(certificate)) == TAKEN
        with pytest.raises(ServerAway, match="smtp_535"):
            sent(url.replace("p%3Ass", "wrong"), tls=trusting(certificate))
        with pytest.raises(ServerAway, match="sslcertverificationerror"):
            sent(url)
        with pytest.raises(ServerAway):
            sent(plain)


def test_a_server_with_tls_from_the_start_must_show_a_good_certificate(certificate: Path) -> None:

    class Tls(Controller):
        def _trigger_server(self) -> None:
            # aiosmtpd's own greets without TLS, and would wait for ever
            plain = socket.create_connection(("127.0.0.1", self.port))
            with trusting(certificate)().wrap_socket(plain, server_hostname="localhost") as greeted:
                greeted.recv(100)

    with caught_by(object(), Tls, ssl_context=showing(certificate)) as plain:
        port = plain.rsplit(":", 1)[1]
        assert sent(f"smtps://localhost:{port}", tls=trusting(certificate)) == TAKEN
        with pytest.raises(ServerAway, match="sslcertverificationerror"):
            sent(f"smtps://localhost:{port}")
