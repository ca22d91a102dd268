"""The mail catcher: what it accepts is kept, once, within bounds, and found again after a kill."""

import http.client
import json
import smtplib
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from deploy.caught_mail import CaughtMail
from deploy.local.stack import is_ready
from deploy.local.surroundings import REPOSITORY
from tests.ports import free_port
from tests.stack import wait_for

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Catcher:
    """A running mail catcher."""

    def __init__(self, process: subprocess.Popen[bytes], smtp_port: int, http_port: int) -> None:
        self.process, self.smtp_port, self.url = process, smtp_port, f"http://127.0.0.1:{http_port}"

    def send(self, *messages: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp_port) as smtp:
            for message in messages:
                smtp.send_message(message)

    def read(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:  # noqa: S310 - our own address
            body: bytes = answer.read()
            return body

    def get(self, path: str) -> Any:
        return json.loads(self.read(path))

    def subjects(self, query: str = "") -> list[str]:
        return [mail["subject"] for mail in self.get(f"/messages{query}")["messages"]]


@contextmanager
def catcher_on(folder: Path) -> Iterator[Catcher]:
    smtp_port = free_port()
    http_port = free_port()
    ports = ("--smtp-port", str(smtp_port), "--http-port", str(http_port))
    command = [sys.executable, "-m", "operate", "mail-catcher", *ports, "--folder", str(folder)]
    with subprocess.Popen(command, cwd=REPOSITORY) as process:
        try:
            wait_for(lambda: is_ready(f"http://127.0.0.1:{http_port}/health/ready"), what="the mail catcher")
            yield Catcher(process, smtp_port, http_port)
        finally:
            process.terminate()
            assert process.wait(10) in (0, -9)


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[Catcher]:
    with catcher_on(tmp_path) as running:
        yield running


def a_mail(subject: str = "Hello", *, to: str = "wei@example.org", message_id: str = "") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Cairn <no-reply@cairn.invalid>", to, subject
    if message_id:
        message["Message-ID"] = message_id
    message.set_content("你好\n")
    return message


def test_a_mail_is_listed_for_its_recipient_and_opened(catcher: Catcher) -> None:
    invitation = a_mail("你好 Wei", to="Wei Ünal <Wei@Example.org>")
    invitation.add_alternative("<p>你好</p>", subtype="html")
    invitation.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename="session.ics")
    catcher.send(invitation, a_mail("For another", to="ana@example.org"))

    (listed,) = catcher.get("/messages?to=wei@example.org")["messages"]
    opened = catcher.get(f"/messages/{listed['id']}")
    assert (listed["subject"], listed["to"], listed["times_received"]) == ("你好 Wei", ["wei@example.org"], 1)
    assert (opened["text"].strip(), opened["html"].strip()) == ("你好", "<p>你好</p>")
    assert opened["attachments"] == [
        {"number": 0, "filename": "session.ics", "content_type": "text/calendar", "bytes": 15}
    ]
    assert catcher.read(f"/messages/{listed['id']}/attachments/0") == b"BEGIN:VCALENDAR"
    assert catcher.read(f"/messages/{listed['id']}/raw").startswith(b"From: Cairn")


def test_a_message_id_seen_before_is_counted_and_not_kept_again(catcher: Catcher) -> None:
    once = a_mail(message_id="<evt_1.mail.mem_1@cairn>")
    catcher.send(once, once, a_mail("Without an id"), a_mail("Without an id"), once)

    mails = catcher.get("/messages")["messages"]
    assert [(mail["subject"], mail["times_received"]) for mail in mails] == [
        ("Without an id", 1),
        ("Without an id", 1),
        ("Hello", 3),
    ]


def test_an_accepted_mail_is_there_again_after_a_kill(tmp_path: Path) -> None:
    with catcher_on(tmp_path) as first:
        first.send(a_mail("Before", message_id="<1@cairn>"))
        first.process.kill()
    with catcher_on(tmp_path) as second:
        second.send(a_mail("Before", message_id="<1@cairn>"), a_mail("After"))

        mails = second.get("/messages")["messages"]
        assert [(mail["subject"], mail["times_received"]) for mail in mails] == [("After", 1), ("Before", 2)]


def test_since_gives_only_later_mails_and_delete_forgets_all(catcher: Catcher) -> None:
    catcher.send(a_mail("First"), a_mail("Second"))
    first = catcher.get("/messages")["messages"][-1]["id"]
    assert catcher.subjects(f"?since={first}") == ["Second"]
    delete = urllib.request.Request(f"{catcher.url}/messages", method="DELETE")  # noqa: S310 - our own address
    with urllib.request.urlopen(delete, timeout=10) as answer:  # noqa: S310
        assert answer.status == http.HTTPStatus.NO_CONTENT
    catcher.send(a_mail("Third"))

    assert catcher.subjects() == ["Third"]
    assert catcher.get("/messages")["messages"][0]["id"] > first


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/messages/0000000099", 404),
        ("/messages/../../etc/passwd", 404),
        ("/messages/0000000001/attachments/9", 404),
        ("/messages?limit=0", 400),
        ("/messages?limit=many", 400),
        ("/messages?limit=999999999999", 400),
        ("/elsewhere", 404),
    ],
)
def test_what_is_not_there_is_an_answer_too(catcher: Catcher, path: str, status: int) -> None:
    connection = http.client.HTTPConnection(catcher.url.removeprefix("http://"), timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()

    assert answer.status == status


def test_a_mail_that_is_too_large_is_refused_and_the_next_one_taken(catcher: Catcher) -> None:
    large = a_mail("Large")
    large.set_content("x" * 11_000_000)
    with pytest.raises(smtplib.SMTPException):
        catcher.send(large)
    catcher.send(a_mail("Small"))

    assert catcher.subjects() == ["Small"]


def test_only_the_last_mails_are_kept(tmp_path: Path) -> None:
    mails = CaughtMail(tmp_path, max_messages=3)
    for number in range(5):
        keep(mails, a_mail(f"Mail {number}", message_id=f"<{number}@cairn>"))

    assert [caught.subject for caught in mails.listed()] == ["Mail 4", "Mail 3", "Mail 2"]
    assert len(list(tmp_path.iterdir())) == 6
    assert [caught.subject for caught in CaughtMail(tmp_path).listed()] == ["Mail 4", "Mail 3", "Mail 2"]


def test_only_so_many_bytes_are_kept(tmp_path: Path) -> None:
    mails = CaughtMail(tmp_path, max_bytes=5_000)
    for number in range(5):
        message = a_mail(f"Mail {number}")
        message.set_content("x" * 70 * 20)
        keep(mails, message)

    assert 0 < len(mails.listed()) < 5
    assert sum(caught.bytes for caught in mails.listed()) <= 5_000
    assert mails.listed()[0].subject == "Mail 4"


def test_a_mail_with_an_unknown_charset_can_be_opened(tmp_path: Path) -> None:
    mails = CaughtMail(tmp_path)
    raw = b"Subject: Odd\r\nContent-Type: text/plain; charset=no-such-charset\r\n\r\nhello \xff\r\n"
    caught = mails.keep(raw, sender="", recipients=["wei@example.org"], at=NOON)
    opened = mails.opened(caught.id)

    assert opened is not None
    assert opened["text"].startswith("hello ")


def keep(mails: CaughtMail, message: EmailMessage) -> None:
    mails.keep(message.as_bytes(), sender="no-reply@cairn.invalid", recipients=[message["To"]], at=NOON)
