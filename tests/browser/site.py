"""The pages over the whole product, reached by a real browser or client: real MongoDB and Kafka, one HTTP port, caught mail.

The clock stands still until a test moves it, and `stack.quiet()` lets everything that was announced take effect. It begins at noon of one
and the same day: what a page shows is not for the hour, the month or the leap year in which somebody runs the tests to decide.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from deploy.caught_mail import CaughtMail
from deploy.mail_catcher import IntoTheFolder
from deploy.mail_pages import MailServer
from services.profiles.commands import chapters
from services.runtime import Wsgi
from services.web.app import make_web
from shared.call import Call
from shared.ids import new_id
from shared.service import Room
from shared.settings import Settings
from tests.ports import free_port
from tests.stack import HandClock, Stack

LINK = re.compile(r"https?://\S+")
#: A profile that fits anybody's: one area, one hour, one language.
USUAL = {"languages": ["en"], "hours": [18, 19], "time_zone": "Europe/Zurich"}


@dataclass
class ReachedStack(Stack):
    """A stack whose mails link to the address at which its pages are reached."""

    public_url: str = ""

    def room(self, name: str) -> Room:
        """What the service is given, with that address."""
        room = super().room(name)
        return replace(room, settings=replace(room.settings, public_url=self.public_url))


@dataclass(frozen=True)
class Person:
    """A confirmed member, with a session of hers."""

    id: str
    name: str
    mail: str
    chapter: str
    session: str


@dataclass
class Site:
    """A running site: its address, the product behind it, the mails that it sent."""

    url: str
    stack: Stack
    mails: CaughtMail
    settings: Settings
    web: Flask

    def api(
        self,
        method: str,
        path: str,
        body: Any = None,
        person: Person | None = None,
        status: int | None = None,
    ) -> Any:
        """Ask a service directly, as a person; the answer's JSON."""
        headers = {}
        if person:
            token = self.api("POST", "/api/profiles/v1/tokens", {"session": person.session})["access_token"]
            headers["Authorization"] = f"Bearer {token}"
        answer = self.stack.ask(method, path, headers, **({} if body is None else {"json": body}))
        assert answer.status_code == status if status else answer.status_code < 300, answer.text
        return answer.json if answer.data else None

    def chapter(self, time_zone: str = "Europe/Zurich") -> Person:
        """A fresh chapter; its coordinator, confirmed."""
        room, slug = self.stack.running["profiles"].room, new_id("c").replace("_", "-")
        mail = f"coordinator@{slug}.example"
        about = chapters.Asked(slug, slug.title(), time_zone, ("en",), "eu")
        room.store.change(self._operator(slug), lambda tx: chapters.open_chapter(tx, about))
        room.store.change(
            self._operator(slug), lambda tx: chapters.appoint_coordinator(tx, room, slug, "Mei Lin", mail)
        )
        return self._confirmed("Mei Lin", mail, slug)

    def member(self, chapter: str, name: str, role: str, **profile: Any) -> Person:
        """A confirmed member of the chapter with this profile."""
        mail = f"{new_id('p')}@people.example"
        asked = {"chapter": chapter, "name": name, "mail": mail, "roles": [role], "locale": "en"}
        self.api("POST", "/api/profiles/v1/members", asked)
        person = self._confirmed(name, mail, chapter)
        self.api("PATCH", "/api/profiles/v1/me", USUAL | profile, person)
        return person

    def mentor(self, chapter: str, name: str = "Bo Chen") -> Person:
        """A mentor with one place and eight years of leadership."""
        return self.member(
            chapter, name, "mentor", capacity=1, areas_offered=[{"area": "leadership", "years": 8}]
        )

    def mentee(self, chapter: str, name: str = "Dana Weiss", **profile: Any) -> Person:
        """A mentee who looks for leadership."""
        wanted = [{"area": "leadership", "weight": 3}]
        return self.member(chapter, name, "mentee", areas_wanted=wanted, **profile)

    def introduced(self, coordinator: Person, mentee: Person, mentor: Person) -> str:
        """A proposal that the coordinator made; the relationship's id."""
        self.stack.quiet()
        asked = {"mentee": mentee.id, "mentor": mentor.id, "reason": "You two should talk."}
        made = self.api("POST", "/api/matching/v1/introductions", asked, coordinator)
        self.stack.quiet()
        return str(made["id"])

    def answered(self, relationship: str, *people: Person) -> None:
        """These people accept the proposal."""
        for person in people:
            self.api(
                "POST", f"/api/matching/v1/relationships/{relationship}/answer", {"answer": "accept"}, person
            )
        self.stack.quiet()

    def met(self, relationship: str, *people: Person) -> str:
        """These people wrote letters, and all say so; the session's id."""
        asked = f"/api/sessions/v1/pairs/{relationship}/sessions"
        session = str(self.api("POST", asked, {"mode": "letters"}, people[0])["id"])
        for person in people:
            self.api("POST", f"/api/sessions/v1/sessions/{session}/attendance", {"held": True}, person)
        self.stack.quiet()
        return session

    def begun(self, relationship: str, *people: Person) -> None:
        """These people accept the proposal, meet, and vote for a trial: it has just begun."""
        self.answered(relationship, *people)
        self.met(relationship, *people)
        for person in people:
            self.api("POST", f"/api/matching/v1/relationships/{relationship}/vote", {"vote": "yes"}, person)
        self.stack.quiet()

    def link_to(self, mail: str, part: str) -> str:
        """The newest link with this part in its path that was sent to an address."""
        self.stack.quiet()
        for caught in self.mails.listed(to=mail):
            opened = self.mails.opened(caught.id)
            for link in LINK.findall(opened["text"] if opened else ""):
                if f"/{part}/" in link:
                    return str(link)
        raise AssertionError(f"no mail to {mail} with a link to {part}")

    def client(
        self, person: Person | None = None, *, language: str = "", web: Flask | None = None
    ) -> FlaskClient:
        """A client without scripts of the pages (or of these), signed in as the person, who chose the language."""
        client = (web or self.web).test_client()
        if person or language:
            with client.session_transaction() as cookie:
                if person:
                    cookie["session"] = person.session
                if language:
                    cookie["language"] = language
        return client

    def _operator(self, chapter: str) -> Call:
        return Call(
            id=new_id("call"), at=self.stack.clock(), chapter=chapter, asker="operator", roles=frozenset()
        )

    def _confirmed(self, name: str, mail: str, chapter: str) -> Person:
        token = urlsplit(self.link_to(mail, "confirm")).path.rsplit("/", 1)[1]
        done = self.api("POST", "/api/profiles/v1/confirmations", {"token": token})
        return Person(done["member"], name, mail, chapter, done["session"])


@contextmanager
def running_site(parts: object, folder: Path) -> Iterator[Site]:
    """The whole product behind one free port, until the block is left."""
    port, mail_port, smtp_port = free_port(), free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    mails = CaughtMail(folder / "mail")
    smtp = Controller(IntoTheFolder(mails), hostname="127.0.0.1", port=smtp_port)
    mail_server = MailServer(mails, "127.0.0.1", mail_port)
    clock = HandClock()
    stack = ReachedStack(parts, folder, smtp_url=f"smtp://127.0.0.1:{smtp_port}", public_url=url, clock=clock)
    smtp.start()
    stack.start()
    settings = replace(stack.settings, gateway_url=url, mailbox_url=f"http://127.0.0.1:{mail_port}")
    web = make_web(settings, stack.clock)

    def dispatch(environ, start_response):  # type: ignore[no-untyped-def]
        path = environ.get("PATH_INFO", "/")
        name = path.split("/")[2] if path.startswith("/api/") else ""
        app: Wsgi = stack.running[name].app.wsgi_app if name in stack.running else web.wsgi_app
        return app(environ, start_response)

    server = make_server("127.0.0.1", port, dispatch, threaded=True)
    threads = [
        threading.Thread(target=serve, kwargs={"poll_interval": 0.05}, daemon=True)
        for serve in (server.serve_forever, mail_server.serve_forever)
    ]
    for thread in threads:
        thread.start()
    try:
        yield Site(url, stack, mails, settings, web)
    finally:
        server.shutdown()
        mail_server.shutdown()
        for thread in threads:
            thread.join(5)
        server.server_close()
        mail_server.server_close()
        smtp.stop()
        stack.close()
