"""The local stack as the verification sees it: over HTTP, with its mail catcher, its databases, its topics and its files."""

import contextlib
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pymongo
import urllib3

from operate.demo.platform import LINK, REQUEST_WITHIN_S, Platform
from operate.verify import system
from operate.verify.system import Page, Place, Reply, Thing

SETTLE_S = 0.3
FOLLOW_S = 5
HOOK = "verify-confidentiality"


class LocalSystem:
    """A stack that runs on this machine; `environment` is what its programs have, `operator` how `cairn` is called there."""

    def __init__(self, platform: Platform, environment: Mapping[str, str]) -> None:
        self._platform = platform
        self._environment = environment
        self._folder = Path(environment["CAIRN_SECRETS_DIR"]).parent
        self._http = urllib3.PoolManager(timeout=REQUEST_WITHIN_S, retries=False)
        self._since = platform.newest_mail()

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
        if form is not None:
            sent = {"body": urlencode(form)}
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = self._http.request(method, self._platform.url + path, headers=headers, **sent)
        return Reply(answer.status, bytes(answer.data))

    def browse(self, path: str, *, cookie: str = "", form: dict[str, str] | None = None) -> Page:
        method, headers = "GET" if form is None else "POST", {"Cookie": cookie} if cookie else {}
        sent = {} if form is None else {"fields": form}
        url = self._platform.url + path
        answer = self._http.request(method, url, headers=headers, redirect=False, **sent)
        handed = answer.headers.get("Set-Cookie", "").split(";")[0]
        return Page(answer.status, bytes(answer.data), handed, answer.headers.get("Location", ""))

    def open_chapter(self, slug: str, coordinator: str, mail: str) -> None:
        words = ("--name", "City", "--time-zone", "Asia/Shanghai", "--coordinator", f"{coordinator} <{mail}>")
        self._platform.command("chapter", "create", slug, *words)

    def secret_mailed(self, mail: str) -> str:
        for letter in reversed(self._platform.mails(mail, self._since)):
            if found := LINK.search(letter["text"]):
                return found[2]
        return ""

    def receiver(self) -> str:
        return f"{self._platform.hooks_url}/hooks/{HOOK}"

    def settle(self) -> None:
        time.sleep(SETTLE_S)

    def advance(self, days: int) -> None:
        self._platform.command("clock", "advance", f"{days}d")

    def places(self, pair: frozenset[str]) -> Iterator[Place]:
        namespace = self._environment.get("CAIRN_NAMESPACE", "cairn")
        with contextlib.closing(
            pymongo.MongoClient[dict[str, Any]](self._environment["CAIRN_MONGO_URL"])
        ) as client:
            yield Place("databases", system.databases(client, namespace))
            client.admin.command("fsync")  # so that the files hold what the server holds
        yield Place(
            "events on every topic", system.topics(self._environment["CAIRN_KAFKA_BOOTSTRAP"], namespace)
        )
        yield Place("integrators' deliveries", iter([("/hooks", str(self._platform.hooks(HOOK)).encode())]))
        yield Place("mail to others", self.mails_to_others(pair))
        yield Place("metrics", self._metrics())
        yield Place("operators' commands", self._commands())
        yield Place("logs", system.files(self._folder, *self._there("logs", "mongod.log", "kafka.log")))
        yield Place("database files on the disk", system.files(self._folder, *self._there("mongod")))
        yield Place("events in Kafka's files on the disk", system.files(self._folder, *self._there("kafka")))

    def _there(self, *names: str) -> tuple[str, ...]:
        """Those of the folder's parts that there are; a server that the person brought along has its files elsewhere."""
        return tuple(name for name in names if (self._folder / name).exists()) or ("nothing",)

    def mails_to_others(self, pair: frozenset[str]) -> Iterator[Thing]:
        """Every mail since the beginning that did not go to these two addresses only."""
        for id in self._platform.all_mails(self._since):
            mail = self._platform.mail(id)
            if mail is not None and not pair.issuperset(mail["to"]):
                yield f"mail {id} to {', '.join(mail['to'])}", json.dumps(mail).encode()

    def _metrics(self) -> Iterator[Thing]:
        ports = json.loads((self._folder / "ports.json").read_text())
        workers = [f"http://127.0.0.1:{port}" for name, port in ports.items() if name.startswith("health-")]
        for url in (self._platform.url, *workers):
            answer = self._http.request("GET", f"{url}/metrics")
            yield f"{url}/metrics ({answer.status})", bytes(answer.data)

    def _commands(self) -> Iterator[Thing]:
        for words in (
            ("chapter", "list"),
            ("parked", "list"),
            ("events", "follow", "--from-start", "--seconds", str(FOLLOW_S)),
        ):
            yield f"cairn {' '.join(words)}", self._platform.command(*words).encode()
