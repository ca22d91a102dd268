"""What tests of notifications share: a real mail server and a real webhook receiver to tell, and services that have something to tell.

The events come from real outboxes of the other services, over Kafka, without those services: a test says what happened to whom.
"""

import email
import itertools
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import default as parsing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from shared.call import Call
from shared.events import declared, matching, profiles, sessions
from shared.ids import new_id
from shared.kinds import Kind
from shared.log import Publisher
from shared.outbox import Relay
from shared.service import Room
from shared.store import Store
from shared.transaction import Tx
from tests.parts import PartsAddresses
from tests.ports import free_port
from tests.stack import Stack


@dataclass
class Caught:
    """One message that the mail server took."""

    recipient: str
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain",))
        assert body is not None
        return str(body.get_content())


class Catcher:
    """A mail server that keeps what it takes. `answers` are given to a recipient one after the other, before it takes anything for her."""

    def __init__(self) -> None:
        self.caught: list[Caught] = []
        self.answers: dict[str, list[str]] = {}
        self._port = free_port()
        self._controller: Controller | None = None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.answers.get(address):
            return self.answers[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        message = email.message_from_bytes(envelope.content, policy=parsing)
        assert isinstance(message, EmailMessage)
        self.caught.extend(Caught(recipient, message) for recipient in envelope.rcpt_tos)
        return "250 OK"

    def start(self) -> "Catcher":
        self._controller = Controller(self, hostname="127.0.0.1", port=self._port)
        self._controller.start()
        return self

    def stop(self) -> None:
        assert self._controller is not None
        self._controller.stop()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._port}"

    def to(self, address: str) -> list[Caught]:
        """What was sent to an address, in the order in which it came."""
        return [caught for caught in self.caught if caught.recipient == address]


@dataclass
class Posted:
    """One request that a receiver got."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A webhook receiver. `answers` are statuses (or functions that answer by hand) given one after the other, then 204 for good."""

    answers: list[Any] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)
    url: str = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length", 0))
        self.posted.append(
            Posted(
                handler.path, {k.lower(): v for k, v in handler.headers.items()}, handler.rfile.read(length)
            )
        )
        answer = self.answers.pop(0) if self.answers else 204
        if callable(answer):
            answer(handler)
            return
        handler.send_response(answer)
        handler.end_headers()


@contextmanager
def a_receiver(*answers: Any) -> Iterator[Receiver]:
    """A receiver that listens on the loopback interface."""
    receiver = Receiver(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.answer(self)

        def log_message(self, *_: Any) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            return  # receivers that stall are cut off: that is what the test is about

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What an event is about, as far as an outbox needs to know."""

    id: str
    chapter: str


class Teller:
    """One of the other services, as far as it announces: its store, its outbox, its relay."""

    def __init__(self, stack: Stack, service: str) -> None:
        self.service = service
        self.store = Store(stack.client, f"{stack.namespace}_{service}")
        self.store.ensure_indexes(())
        self.publisher = Publisher(stack.parts.kafka_bootstrap, stack.namespace, service)
        self.relay = Relay(self.store, self.publisher, service, holder=new_id("relay"))

    def announce(self, at: datetime, chapter: str, id: str, *facts: Any) -> None:
        def work(tx: Tx) -> None:
            kind = Kind(declared(facts[0]).about, "told", Aggregate)
            tx.save(kind, Aggregate(id, chapter), *facts)

        self.store.change(Call(id=new_id("call"), at=at, chapter=chapter, asker="test"), work)


class Scene:
    """Notifications alone, on real parts, with a mail server; the other services only announce."""

    def __init__(self, parts: PartsAddresses, folder: Path) -> None:
        self.catcher = Catcher().start()
        self.stack = Stack(parts, folder, names=("notifications",), smtp_url=self.catcher.url).start()
        self.tellers = {name: Teller(self.stack, name) for name in ("profiles", "matching", "sessions")}
        self._numbers = itertools.count(1)

    def close(self) -> None:
        for teller in self.tellers.values():
            teller.relay.close()
            teller.publisher.close()
        self.stack.close()
        self.catcher.stop()

    @property
    def room(self) -> Room:
        return self.stack.running["notifications"].room

    def tell(self, chapter: str, id: str, *facts: Any) -> None:
        """These facts happened, now; they stay in their outbox until `publish` or `quiet`. A second passes."""
        self.tellers[declared(facts[0]).service].announce(self.stack.clock(), chapter, id, *facts)
        self.stack.clock.advance(seconds=1)

    def publish(self, *services: str) -> None:
        """Let what these services (all, where none is named) have announced reach the log."""
        for name in services or self.tellers:
            while self.tellers[name].relay.step():
                pass

    def quiet(self, *services: str) -> None:
        """Everything that was told (by these services, where some are named) has its effect."""
        self.publish(*services)
        self.stack.quiet()

    def subjects(self, address: str) -> list[str]:
        """The subjects of what was sent to an address, in order, without the day of a session."""
        return [re.sub(r": \w+day, .*", "", caught.subject) for caught in self.catcher.to(address)]

    def mails_of(self, chapter: str, member: str) -> list[dict[str, Any]]:
        """What the API tells a member about her mail, the latest first."""
        answer = self.stack.get(
            "/api/notifications/v1/me/mails", self.stack.sign_in(member, chapter, "mentee")
        )
        assert answer.status_code == 200, answer.text
        items = answer.get_json()["items"]
        assert isinstance(items, list)
        return items

    # -- who there is -----------------------------------------------------------------------------------------------

    def a_chapter(self, *, locales: tuple[str, ...] = ("en",), time_zone: str = "Asia/Shanghai") -> str:
        chapter = f"town-{new_id('c')[-8:]}-{next(self._numbers)}"
        self.tell(chapter, chapter, profiles.ChapterOpened("Riverside", time_zone, locales, "eu"))
        return chapter

    def a_contact(
        self, name: str, mail: str, locale: str = "", time_zone: str = ""
    ) -> profiles.MemberContactChanged:
        sealed = self.room.seal(new_id("mem"), {"name": name, "mail": mail, "locale": locale})
        return profiles.MemberContactChanged(sealed, time_zone)

    def a_member(
        self,
        chapter: str,
        name: str = "Ann Lee",
        *,
        confirmed: bool = True,
        locale: str = "",
        time_zone: str = "",
        roles: tuple[profiles.Role, ...] = ("mentee",),
    ) -> tuple[str, str]:
        """A member and her address."""
        member = new_id("mem")
        mail = f"{member[-12:]}@people.test"
        facts: list[Any] = [
            profiles.MemberJoined(roles, "registration"),
            self.a_contact(name, mail, locale, time_zone),
        ]
        if confirmed:
            facts.append(profiles.MemberConfirmed(self.stack.clock()))
        self.tell(chapter, member, *facts)
        return member, mail

    def a_link(self, token: str = "") -> str:
        return self.room.seal(new_id("mem"), {"token": token})

    # -- what happens to a pair -------------------------------------------------------------------------------------

    def in_days(self, days: float) -> datetime:
        return self.stack.clock() + timedelta(days=days)

    def proposed(self, mentee: str, mentor: str) -> matching.RelationshipProposed:
        return matching.RelationshipProposed(mentee, mentor, "round", self.in_days(7))

    def agreed(self, mentee: str, mentor: str) -> matching.RelationshipIntroductionAgreed:
        return matching.RelationshipIntroductionAgreed(mentee, mentor, self.in_days(21))

    def met(self, mentee: str, mentor: str) -> matching.RelationshipIntroductionHeld:
        return matching.RelationshipIntroductionHeld(mentee, mentor, self.in_days(7))

    def started(self, mentee: str, mentor: str) -> matching.RelationshipStarted:
        return matching.RelationshipStarted(mentee, mentor, self.in_days(42))

    def a_session(
        self,
        made: type[Any],
        relationship: str,
        mentee: str,
        mentor: str,
        *,
        purpose: sessions.Purpose = "introduction",
        mode: sessions.Mode = "call",
        starts_at: datetime | None = None,
        revision: int = 0,
    ) -> Any:
        return made(relationship, mentee, mentor, purpose, mode, starts_at or self.in_days(2), 45, revision)

    def held(
        self, relationship: str, mentee: str, mentor: str, purpose: sessions.Purpose = "introduction"
    ) -> sessions.SessionHeld:
        return sessions.SessionHeld(relationship, mentee, mentor, purpose, "call", self.stack.clock())
