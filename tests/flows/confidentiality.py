"""The tests' own stack as `cairn verify-confidentiality` sees a system: stepped by hand, its parts shared with other tests."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymongo
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from operate.verify import system
from operate.verify.journey import drive
from operate.verify.search import Verdict, search
from operate.verify.system import Page, Place, Reply, Thing
from services.profiles.commands import chapters
from services.web.app import make_web
from shared.call import Call
from shared.ids import new_id
from tests.flows.profiles_people import secrets_mailed
from tests.mail import Mailbox, mailbox
from tests.stack import Stack


class SteppedSystem:
    """A stack whose events pass on when `settle` is called. What it logs is kept from the start."""

    def __init__(self, stack: Stack, mails: Mailbox, logs: list[Any]) -> None:
        self.stack = stack
        self._mails = mails
        self._logs = logs
        self._chapter_of: dict[str, str] = {}
        inside = {name: running.app.wsgi_app for name, running in stack.running.items()}
        self._web = make_web(stack.settings, stack.clock, inside).test_client(use_cookies=False)

    def ask(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: Any = None,
        form: dict[str, str] | None = None,
    ) -> Reply:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        sent: dict[str, Any] = {} if body is None else {"json": body}
        sent |= {} if form is None else {"data": form}
        answer = self.stack.ask(method, path, headers, **sent)
        if method == "POST" and path.endswith("/members") and answer.status_code == 202:
            self._chapter_of[body["mail"]] = body["chapter"]
        return Reply(answer.status_code, answer.get_data())

    def browse(self, path: str, *, cookie: str = "", form: dict[str, str] | None = None) -> Page:
        headers = {"Cookie": cookie} if cookie else {}
        method = "GET" if form is None else "POST"
        answer = self._web.open(path, method=method, headers=headers, data=form, buffered=True)
        handed = answer.headers.get("Set-Cookie", "").split(";")[0]
        return Page(answer.status_code, answer.get_data(), handed, answer.headers.get("Location", ""))

    def open_chapter(self, slug: str, coordinator: str, mail: str) -> None:
        here = self.stack.running["profiles"].room
        asked = chapters.Asked(slug, "City", "Asia/Shanghai", ("en",), "cn")
        for work in (
            lambda tx: chapters.open_chapter(tx, asked),
            lambda tx: chapters.appoint_coordinator(tx, here, slug, coordinator, mail),
        ):
            call = Call(id=new_id("call"), at=self.stack.clock(), chapter=slug, asker="operator")
            here.store.change(call, work)
        self._chapter_of[mail] = slug

    def secret_mailed(self, mail: str) -> str:
        self.stack.quiet()
        return secrets_mailed(self.stack, self._chapter_of[mail], mail)[-1]

    def receiver(self) -> str:
        return "http://127.0.0.1:9/hook"

    def settle(self) -> None:
        self.stack.quiet()

    def advance(self, days: int) -> None:
        self.stack.clock.advance(days=days)

    def places(self, pair: frozenset[str]) -> Iterator[Place]:
        namespace = self.stack.namespace
        with contextlib.closing(pymongo.MongoClient[dict[str, Any]](self.stack.parts.mongo_url)) as client:
            yield Place("databases", system.databases(client, namespace))
        yield Place("events on every topic", system.topics(self.stack.parts.kafka_bootstrap, namespace))
        yield Place("logs", iter([("log", str(line).encode()) for line in self._logs]))
        yield Place("metrics", iter([("/metrics", generate_latest())]))
        yield Place("mail to others", self._letters(pair))

    def _letters(self, pair: frozenset[str]) -> Iterator[Thing]:
        for mail in self._mails.everything():
            if not pair.issuperset(mail["to"]):
                yield mail["id"], str(mail).encode()


@contextlib.contextmanager
def a_stepped_system(parts: Any) -> Iterator[SteppedSystem]:
    """A stack of the test's own, with its mail and its logs."""
    with (
        tempfile.TemporaryDirectory() as folder,
        mailbox(Path(folder) / "mails") as mails,
        capture_logs() as logs,
    ):
        stack = Stack(parts, Path(folder), smtp_url=mails.url).start()
        try:
            yield SteppedSystem(stack, mails, logs)
        finally:
            stack.close()


def verdict_of(system: SteppedSystem) -> Verdict:
    """What the search says of a story told on this system."""
    return search(drive(system, print))


def found_in(verdict: Verdict) -> dict[str, list[str]]:
    """What was found where it should not be, by place."""
    return {place.place: place.findings for place in verdict.looked if place.findings}
