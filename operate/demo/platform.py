"""What the demo reaches of a running Cairn: its HTTP edge, the mail catcher, and an operator's command line."""

import json
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import urllib3

from deploy.caught_mail import MAX_LISTED

T = TypeVar("T")

REQUEST_WITHIN_S = 20.0
COMMAND_WITHIN_S = 60.0
SEEN_WITHIN_S = 25.0
LOOK_EVERY_S = 0.1
LINK = re.compile(r"/(confirm|sign-in)/([A-Za-z0-9_.~-]+)")


class NotSeen(Exception):
    """A step of the story did not happen; the text says which, and what was there instead."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the story: her member id, chapter and bearer token."""

    name: str
    mail: str
    member: str
    chapter: str
    token: str


class Platform:
    """A running Cairn. `hooks_url` is where the platform itself reaches the catcher's webhook shelf."""

    def __init__(self, url: str, mailbox_url: str, hooks_url: str, operator: list[str]) -> None:
        self.url = url.rstrip("/")
        self.mailbox_url = mailbox_url.rstrip("/")
        self.hooks_url = hooks_url.rstrip("/")
        self.operator = operator
        self._http = urllib3.PoolManager(timeout=REQUEST_WITHIN_S, retries=False)

    def command(self, *words: str) -> str:
        """What an operator types; its output. `NotSeen` where it fails."""
        done = subprocess.run(
            [*self.operator, *words], capture_output=True, text=True, timeout=COMMAND_WITHIN_S, check=False
        )
        if done.returncode != 0:
            raise NotSeen(f"`cairn {' '.join(words)}` failed: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout.strip()

    def now(self) -> datetime:
        """The platform's time, which a local stack may have moved."""
        return datetime.fromisoformat(self.command("clock", "show"))

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        by: Person | None = None,
        expect: int | tuple[int, ...] = 200,
        files: dict[str, tuple[str, bytes]] | None = None,
    ) -> Any:
        """One request to an API; its JSON. `NotSeen` on any other status than the expected."""
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {by.token}"} if by else {})
        if files is not None:
            answer = self._http.request(method, self.url + path, fields=dict(files), headers=headers)
        elif body is not None:
            answer = self._http.request(method, self.url + path, json=body, headers=headers)
        else:
            answer = self._http.request(method, self.url + path, headers=headers)
        expected = (expect,) if isinstance(expect, int) else expect
        if answer.status not in expected:
            raise NotSeen(
                f"{method} {path} answered {answer.status}: {answer.data.decode(errors='replace')[:600]}"
            )
        return json.loads(answer.data) if answer.data else None

    def page(self, path: str) -> str:
        """A page, as a browser gets it without signing in."""
        answer = self._http.request("GET", self.url + path)
        if answer.status != 200:
            raise NotSeen(f"the page {path} answered {answer.status}")
        return answer.data.decode()

    def mails(self, to: str, since: str) -> list[dict[str, Any]]:
        """Mails to an address that came after the one named, the oldest first, each with its text and attachments."""
        listed = self._catcher(f"/messages?to={to}&since={since}&limit=100")["messages"]
        opened = [self.mail(message["id"]) for message in reversed(listed)]
        return [mail for mail in opened if mail is not None]

    def mail(self, id: str) -> dict[str, Any] | None:
        """One mail with its text and attachments; None where it made room for newer ones."""
        answer = self._http.request("GET", f"{self.mailbox_url}/messages/{id}")
        if answer.status == 404:
            return None
        return dict(json.loads(self._read(answer, f"/messages/{id}")))

    def all_mails(self, since: str = "") -> list[str]:
        """The ids of all mails to anybody that came after the one named, the oldest first."""
        ids: list[str] = []
        while True:
            before = f"&before={ids[-1]}" if ids else ""
            listed = self._catcher(f"/messages?since={since}&limit={MAX_LISTED}{before}")["messages"]
            ids += [str(message["id"]) for message in listed]
            if len(listed) < MAX_LISTED:
                return ids[::-1]

    def newest_mail(self) -> str:
        """The id of the newest mail, or an empty text."""
        items = self._catcher("/messages?limit=1")["messages"]
        return str(items[0]["id"]) if items else ""

    def attachment(self, message: str, number: int) -> bytes:
        """The bytes of one attachment of a mail."""
        return self._raw(f"/messages/{message}/attachments/{number}")

    def hooks(self, name: str) -> list[dict[str, Any]]:
        """What an integrator's receiver was sent, in order: headers and body."""
        return list(self._catcher(f"/hooks/{name}")["items"])

    def _catcher(self, path: str) -> Any:
        return json.loads(self._raw(path))

    def _raw(self, path: str) -> bytes:
        return self._read(self._http.request("GET", self.mailbox_url + path), path)

    def _read(self, answer: urllib3.BaseHTTPResponse, path: str) -> bytes:
        if answer.status != 200:
            raise NotSeen(f"the mail catcher answered {answer.status} to {path}")
        return bytes(answer.data)


def seen(look: Callable[[], T | None], what: str, within_s: float = SEEN_WITHIN_S) -> T:
    """Look until there is something to see, and return it; `NotSeen` after the deadline."""
    deadline_s = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline_s:
            raise NotSeen(f"{what} (waited {within_s:.0f} s)")
        time.sleep(LOOK_EVERY_S)


def link_in(mail: dict[str, Any]) -> str:
    """The secret in a mail's confirmation or sign-in link."""
    found = LINK.search(mail["text"])
    if found is None:
        raise NotSeen(f"the mail {mail.get('subject')!r} has no link")
    return found.group(2)
