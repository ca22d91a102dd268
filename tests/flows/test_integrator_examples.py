"""The examples for integrators, each as a process of its own before the real product: what the guide says of them is so.

The follower of the feed also passes a gateway that answers 429 and 503, drops connections, and lets its token expire.
"""

import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3

from deploy.local.surroundings import REPOSITORY
from services.notifications.access.rates import PER_ACCOUNT
from services.notifications.domain.deliveries import KEPT_FOR, WAITS
from services.notifications.domain.replays import A_SECOND, MAX_RUNNING
from services.notifications.domain.webhooks import DISABLED_AFTER, MAX_WEBHOOKS
from services.notifications.feed.api import MAX_WAIT_S, MOST_A_PAGE
from services.notifications.webhooks.attempt import ATTEMPT_WITHIN_S
from shared.envelope import Envelope, to_headers
from shared.events import matching
from shared.ids import new_id
from shared.log import topic_of
from tests.browser.site import Person, Site, running_site
from tests.faults.processes import Program
from tests.flows.sessions_people import announce
from tests.parts import PartsAddresses
from tests.ports import free_port
from tests.stack import NOON, wait_for

EXAMPLES = REPOSITORY / "examples" / "integrator"
N = "/api/notifications/v1"
LESS_THAN_LINES = 60
#: Short names of a relationship's first events.
LIFE = ["proposed", "introduction_agreed", "introduction_held", "started"]

Start = Callable[..., Program]


@pytest.fixture(scope="module")
def site(parts: PartsAddresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(parts, tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts an example."""
    running: list[Program] = []

    def started(example: str, *more: str, **environment: str) -> Program:
        command = (sys.executable, "-u", *(more or [str(EXAMPLES / example)]))
        program = Program(example, command, environment, tmp_path / f"{example}.log")
        running.append(program)
        return program

    yield started
    for program in running:
        program.end()


def happens(site: Site, chapter: str, rel: str, *facts: Any) -> None:
    """Matching announces this of a relationship."""
    announce(site.stack, chapter, rel, *facts)
    site.stack.quiet()


def a_life(site: Site, chapter: str, rel: str) -> None:
    later = site.stack.clock()
    who = (f"mem_a-{rel}", f"mem_b-{rel}")
    happens(
        site,
        chapter,
        rel,
        matching.RelationshipProposed(*who, "round", later),
        matching.RelationshipIntroductionAgreed(*who, later),
        matching.RelationshipIntroductionHeld(*who, later),
        matching.RelationshipStarted(*who, later),
    )


def lines_about(program: Program, rel: str) -> list[str]:
    """The types that it said of a relationship, in order, in short."""
    said = program.log.read_text(errors="replace").splitlines()
    return [line.split(rel)[1].split(".")[2] for line in said if f" {rel} " in line]


def account(site: Site, coordinator: Person) -> dict[str, str]:
    """The id and key of a new service account, as the examples want them."""
    asked = {"name": "Dashboard", "scopes": ["events:read"]}
    made = site.api("POST", f"{N}/service-accounts", asked, coordinator)
    return {"CLIENT_ID": made["id"], "CLIENT_SECRET": made["key"]}


def test_each_example_is_short_enough_to_read() -> None:
    examples = sorted(EXAMPLES.glob("*.py"))
    assert [file.name for file in examples] == ["follow_kafka.py", "pull.py", "receiver.py"]
    assert [file.name for file in examples if len(file.read_text().splitlines()) >= LESS_THAN_LINES] == []


def test_the_guide_names_the_limits_and_addresses_that_hold() -> None:
    guide = " ".join((EXAMPLES / "README.md").read_text().split())
    for said in (
        f"{PER_ACCOUNT.amount} requests a minute",
        f"{MOST_A_PAGE} events a page",
        f"{MAX_WAIT_S} s of long poll",
        f"{MAX_WEBHOOKS} webhooks",
        f"{A_SECOND} events a second in a replay",
        f"kept for {KEPT_FOR.days} days",
        f"`{topic_of('cairn', 'matching')}`",
        "After five days without one success",
        f"2xx within {ATTEMPT_WITHIN_S:.0f} s",
    ):
        assert said in guide
    assert (MAX_RUNNING, DISABLED_AFTER.days, len(WAITS)) == (3, 5, 9)
    headers = [name for name, _ in to_headers(Envelope("t", "s", "k", "a", 1, NOON, "c", b"{}"))]
    assert {f"`{name}`" for name in headers} - {"`ce_specversion`"} <= set(guide.replace(",", " ").split())


def test_the_receiver_verifies_ignores_repeats_and_forgets(site: Site, start: Start, tmp_path: Path) -> None:
    coordinator, rel, erased = site.chapter(), new_id("rel"), new_id("rel")
    url = f"http://127.0.0.1:{free_port()}/hook"
    webhook = site.api("POST", f"{N}/webhooks", {"url": url}, coordinator)
    store = tmp_path / "receiver.sqlite3"
    receiver = start(
        "receiver.py",
        *("-m", "flask", "--app", str(EXAMPLES / "receiver.py"), "run", "--port", str(urlsplit(url).port)),
        WEBHOOK_SECRET=webhook["secret"],
        RECEIVER_STORE=str(store),
    )
    wait_for(lambda: _listens(url, receiver), 30, f"the receiver: {receiver.last_words()}")

    def kept() -> dict[str, tuple[int, str]]:
        with sqlite3.connect(store) as db:
            rows = db.execute("SELECT id, sequence, type FROM relationships").fetchall()
        return {id: (int(sequence), type.split(".")[2]) for id, sequence, type in rows}

    a_life(site, coordinator.chapter, rel)
    a_life(site, coordinator.chapter, erased)
    assert kept() == {rel: (4, "started"), erased: (4, "started")}

    forged = urllib3.request(
        "POST",
        url,
        body=b"{}",
        headers={"webhook-id": "x", "webhook-timestamp": "1", "webhook-signature": "v1,eA=="},
    )
    assert forged.status == 400
    sent = site.api("GET", f"{N}/webhooks/{webhook['id']}/deliveries?relationship={rel}", None, coordinator)
    oldest = sent["items"][-1]
    path = f"{N}/webhooks/{webhook['id']}/deliveries/{oldest['id']}/resend"
    site.api("POST", path, {}, coordinator)
    site.api("POST", f"{N}/webhooks/{webhook['id']}/tests", {"type": oldest["type"]}, coordinator)
    site.stack.quiet()
    assert (receiver.said(f"repeat {rel}:1"), receiver.said("test cairn.relationship.proposed.v1")) == (
        True,
        True,
    )

    happens(site, coordinator.chapter, erased, matching.RelationshipErased())
    assert kept() == {rel: (4, "started")}
    with sqlite3.connect(store) as db:
        assert db.execute("SELECT id FROM events WHERE relationship = ?", (erased,)).fetchall() == []
    log = site.api("GET", f"{N}/webhooks/{webhook['id']}/deliveries", None, coordinator)["items"]
    assert {item["state"] for item in log} == {"delivered"}


def test_the_follower_of_the_feed_misses_nothing_whatever_stands_between(
    site: Site, start: Start, tmp_path: Path
) -> None:
    coordinator, first, second = site.chapter(), new_id("rel"), new_id("rel")
    keys = account(site, coordinator)
    a_life(site, coordinator.chapter, first)
    with a_poor_gateway(site) as gateway:
        keys |= {"CAIRN_URL": gateway.url, "CURSOR_FILE": str(tmp_path / "cursor.txt")}
        pull = start("pull.py", **keys)
        wait_for(lambda: len(lines_about(pull, first)) == 4, 30, pull.last_words())
        gateway.says += [429, 503, 0]
        wait_for(lambda: not gateway.says, 60, "the bad answers")
        site.stack.clock.advance(minutes=16)  # the token expires
        a_life(site, coordinator.chapter, second)
        wait_for(lambda: len(lines_about(pull, second)) == 4, 60, pull.last_words())
        pull.end()
        again = start("pull.py", **keys)
        third = new_id("rel")
        a_life(site, coordinator.chapter, third)
        wait_for(lambda: len(lines_about(again, third)) == 4, 30, again.last_words())
        said = [lines_about(again, rel) for rel in (first, second, third)]
        assert said == [LIFE] * 3, "each once: it kept its cursor"
        assert gateway.statuses >= {200, 401, 429, 503}

        site.api("DELETE", f"{N}/service-accounts/{keys['CLIENT_ID']}", None, coordinator)
        a_life(site, coordinator.chapter, new_id("rel"))
        assert again.ended(30) == 1
    assert "Ask the chapter's coordinator for a new one." in again.last_words()


def test_the_follower_of_kafka_reads_what_is_public_and_goes_on_where_it_was(
    site: Site, start: Start
) -> None:
    coordinator, other = site.chapter(), site.chapter()
    first, second, foreign = new_id("rel"), new_id("rel"), new_id("rel")
    a_life(site, coordinator.chapter, first)
    a_life(site, other.chapter, foreign)
    happens(
        site, coordinator.chapter, first, matching.RelationshipQuestionAsked("a", "b", site.stack.clock())
    )
    given = {
        "CAIRN_URL": site.url,
        "KAFKA": site.stack.parts.kafka_bootstrap,
        "TOPIC": topic_of(site.stack.namespace, "matching"),
        "CHAPTERS": coordinator.chapter,
        "GROUP": new_id("group"),
    }
    follower = start("follow_kafka.py", **given)
    wait_for(lambda: len(lines_about(follower, first)) == 4, 60, follower.last_words())
    wait_for(lambda: _committed(site, given["GROUP"], given["TOPIC"]), 30, "the commit")
    follower.kill()
    again = start("follow_kafka.py", **given)
    a_life(site, coordinator.chapter, second)
    wait_for(lambda: len(lines_about(again, second)) == 4, 90, again.last_words())
    assert (lines_about(again, first), lines_about(again, second)) == (LIFE, LIFE), (
        "each once: offsets were kept"
    )
    assert lines_about(again, foreign) == []


def _listens(url: str, program: Program) -> bool:
    assert program.running.poll() is None, program.last_words()
    try:
        return urllib3.request("GET", url, retries=False, timeout=2).status == 405
    except urllib3.exceptions.HTTPError:
        return False


def _committed(site: Site, group: str, topic: str) -> bool:
    """Whether the group has committed everything that the topic holds now."""
    from kafka import KafkaConsumer
    from kafka.structs import TopicPartition

    with_group = KafkaConsumer(
        bootstrap_servers=site.stack.parts.kafka_bootstrap, group_id=group, enable_auto_commit=False
    )
    try:
        parts = [TopicPartition(topic, number) for number in with_group.partitions_for_topic(topic) or ()]
        ends = with_group.end_offsets(parts)
        return all((with_group.committed(part) or 0) == ends[part] for part in parts if ends[part])
    finally:
        with_group.close()


class a_poor_gateway:  # noqa: N801 - reads as a sentence where it is used
    """Stands before the site, and answers the feed with the statuses in `says` first; 0 drops the connection."""

    def __init__(self, site: Site) -> None:
        self.says: list[int] = []
        self.statuses: set[int] = set()
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if gateway.says and "relationship-events" in self.path:
                    status = gateway.says.pop(0)
                    if not status:
                        self.connection.close()
                        return
                    gateway.statuses.add(status)
                    self.send_response(status)
                    self.send_header("Retry-After", "1")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                passed = urllib3.request(
                    self.command, site.url + self.path, body=body, headers=dict(self.headers), retries=False
                )
                gateway.statuses.add(passed.status)
                self.send_response(passed.status)
                self.send_header("Content-Type", passed.headers.get("Content-Type", ""))
                self.send_header("Content-Length", str(len(passed.data)))
                self.end_headers()
                self.wfile.write(passed.data)

            def do_GET(self) -> None:
                self.answer()

            def do_POST(self) -> None:
                self.answer()

            def log_message(self, *_: Any) -> None:
                return

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                return  # whoever was cut off

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "a_poor_gateway":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
