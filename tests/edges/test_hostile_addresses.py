"""Addresses that mean harm, each tried in earnest: what counts is not how it was refused, but that nothing was connected to.

Every connection that this process opens, by whatever library, is seen by an audit hook: those to this machine go on to a receiver that
listens here, all others are stopped before a packet leaves. A first test shows that what is allowed is seen, and arrives.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.notifications.domain.deliveries import Answer
from services.notifications.webhooks.addresses import Allowed, UrlRefused, check, resolve_by_system
from services.notifications.webhooks.attempt import attempt
from services.runtime import load_service
from shared.clock import system_clock
from shared.http import make_app
from shared.ids import new_id
from shared.keys import Keys, make_keys, read_keys
from tests.edges.test_notifications_receivers import a_delivery, a_webhook
from tests.flows.integrators import Integrator, N, an_integrator
from tests.flows.notifications_scene import Receiver, Scene, a_receiver

pytest_plugins = ["tests.flows.notifications_fixture"]

PUBLIC = "93.184.215.14"
METADATA = "169.254.169.254"
WITHIN_S = 3.0

Resolve = Callable[[str, int], list[str]]


class _Watch:
    """Which addresses were tried while it looks. Audit hooks cannot be taken away, so there is one."""

    def __init__(self) -> None:
        self.tried: list[str] | None = None

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in ("socket.connect", "socket.sendto") or self.tried is None:
            return
        host = str(arguments[1][0])
        self.tried.append(host)
        if not host.startswith(("127.", "::1")):
            raise ConnectionRefusedError(f"a test does not reach {host}")


_WATCH = _Watch()
sys.addaudithook(_WATCH)


@contextmanager
def watched() -> Iterator[list[str]]:
    """The addresses that were tried in this block."""
    seen: list[str] = []
    _WATCH.tried = seen
    try:
        yield seen
    finally:
        _WATCH.tried = None


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder = tmp_path_factory.mktemp("keys")
    make_keys(folder)
    return read_keys(folder, signing=False)


@pytest.fixture(scope="module")
def inside() -> Iterator[Receiver]:
    """What must not be reached: a receiver on this machine."""
    with a_receiver() as receiver:
        yield receiver


def tried(keys: Keys, url: str, resolve: Resolve | None, allowed: Allowed) -> Answer:
    return attempt(
        a_webhook(url), a_delivery(), keys=keys, allowed=allowed, at=system_clock(), now=system_clock(),
        within_s=WITHIN_S, resolve=resolve or resolve_by_system,
    )  # fmt: skip


def port_of(receiver: Receiver) -> int:
    return int(receiver.url.rsplit(":", 1)[1].split("/")[0])


def answering(*answers: list[str]) -> Resolve:
    """A resolver that gives these answers, one each time, and the last for good."""
    left = list(answers)
    return lambda _host, _port: left.pop(0) if len(left) > 1 else left[0]


#: Written as numbers, in every way that a resolver understands: judged by what the machine's own resolver makes of them.
NUMBERS = [
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7f.1", "0x7f.0x0.0x0.0x1", "0X7F.0.0.1",
    "0177.0.0.1", "017700000001", "0177.1", "00000177.0.0.1", "0", "0.0.0.0", "00", "0x0", "127.0.0.1.", "0x7f000001.",  # noqa: S104 - an address to refuse
    "10.0.0.1", "012.0.0.1", "0xa.1", "167772161", "172.16.0.1", "2886729729", "192.168.0.1", "0300.0250.1", "3232235521",
    "0xc0a80001", METADATA, "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.16689662", "0xA9.254.0251.254", "100.64.0.1",
    "100.100.100.200", "192.0.0.192", "168.63.129.16", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "4294967295",
    "[::1]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:1]", "[::FFFF:A9FE:A9FE]", "[::ffff:0:127.0.0.1]", "[::ffff:0:a9fe:a9fe]", "[::127.0.0.1]", "[::7f00:1]",
    "[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]", "[2001:20::1]", "[2001:db8::1]", "[3fff::1]", "[100::1]", "[fc00::1]", "[fd00:ec2::254]",
    "[fd20:ce::254]", "[fe80::1]", "[fec0::1]", "[ff02::1]", "[5f00::1]", "[4000::1]", "[200::1]",
]  # fmt: skip
#: Names, as a resolver may answer them. Each also stands for the trick of a name that everybody may register (127.0.0.1.nip.io).
NAMES: list[tuple[str, list[str]]] = [
    ("localhost", ["127.0.0.1"]), ("localhost.", ["127.0.0.1"]), ("LOCALHOST", ["::1"]), ("ip6-localhost", ["::1"]),
    ("localhost.localdomain", ["127.0.0.1"]), ("127.0.0.1.nip.io", ["127.0.0.1"]), ("localtest.me", ["::1"]), ("zero.example", ["0.0.0.0"]),  # noqa: S104 - as above
    ("zero6.example", ["::"]), ("metadata.google.internal", [METADATA]), ("metadata", [METADATA]),
    ("kubernetes.default.svc", ["10.96.0.1"]),
    ("host.docker.internal", ["172.17.0.1"]), ("xn--fsqu00a.xn--0zwm56d", ["127.0.0.1"]), ("mixed.example", [PUBLIC, "127.0.0.1"]),
    ("mixed6.example", [PUBLIC, "2606:4700:4700::1111", "::ffff:127.0.0.1"]), ("first.example", ["127.0.0.1", PUBLIC]),
    ("zone.example", ["fe80::1%lo"]), ("zone2.example", ["2606:4700::1%eth0"]), ("late.example", [*[PUBLIC] * 15, "127.0.0.1"]),
    ("nat64.example", ["64:ff9b::7f00:1"]), ("sixtofour.example", ["2002:7f00:1::1"]), ("translated.example", ["::ffff:0:7f00:1"]),
    ("shared.example", ["100.64.0.1"]), ("no-address.example", ["localhost"]), ("short.example", ["127.1"]), ("none.example", []),
]  # fmt: skip
#: Whole URLs that say one thing to a reader and another to a machine; the resolver says "public" to whatever is looked up.
TRICKS = [
    "https://example.org@127.0.0.1/", "https://127.0.0.1@example.org/", "https://user:secret@example.org/", "https://@127.0.0.1/",
    "https://example.org%40127.0.0.1/", "https://127.0.0.1%2f@example.org/", "https://example.org#@127.0.0.1/", "https://example.org\\@127.0.0.1/",
    "https://127.0.0.1\\.example.org/", "https://127.0.0.1\t.example.org/", "https://127.0.0.1\n/", "https://exam\rple.org/",
    "https://127.0.0.1\x00.example.org/", "https://example.org/\r\nHost: 127.0.0.1", "https://example.org/ HTTP/1.1\r\nX:", "https:///127.0.0.1/",
    "https:127.0.0.1/", "https:/127.0.0.1/", "//127.0.0.1/", "https:\\\\127.0.0.1/", "https://\uff11\uff12\uff17.\uff10.\uff10.\uff11/", "https://127。0。0。1/",
    "https://⑯⑨.②⑤④.①⑥⑨.②⑤④/", "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "https://loca\u00adlhost/", "https://例子.测试/", "https://localhost../", "https://.localhost/",
    "https://127.0.0.1,example.org/", "https://[::1]example.org/", "https://example.org[::1]/", "https://[fe80::1%25lo]/", "https://[::1%25]/",
    "https://[::1/", "https://::1/", "https://[v1.localhost]/", "https://%6c%6f%63alhost/", "https://127.0.0.1&example.org/",
    "https://example.org;127.0.0.1/", "https://example.org:443@127.0.0.1:443/", "https://example.org:443:127.0.0.1/", "https://example.org:0x1bb/",
    "https://example.org:99999/", "https://example.org:-1/", "https://example.org:4 43/", "file:///etc/passwd",
    "gopher://127.0.0.1:25/_MAIL",
    "dict://127.0.0.1:11211/stat", "ftp://127.0.0.1/", "unix:///run/docker.sock",
    "jar:https://127.0.0.1!/", "data:text/plain,x", "javascript:1",
    "https+unix://x/", "http://example.org/", "http://example.org:443/", "https://example.org:80/", "https://example.org:22/",
    "https://example.org:6379/", "https://example.org:8443/", "https://example.org:0/", "https://example.org:65535/",
]  # fmt: skip


def test_what_is_allowed_is_seen_and_arrives(keys: Keys, inside: Receiver) -> None:
    before = len(inside.posted)
    with watched() as seen:
        assert tried(keys, inside.url, None, Allowed(local=True)).succeeded
        public = tried(keys, "https://example.org/", answering([PUBLIC]), Allowed())
    assert seen == ["127.0.0.1", PUBLIC]
    assert (len(inside.posted) - before, public.problem) == (1, "connection_refused")


@pytest.mark.parametrize("host", NUMBERS)
def test_no_number_leads_inside(keys: Keys, inside: Receiver, host: str) -> None:
    nothing_is_connected_to(keys, inside, f"https://{host}/latest/meta-data", None, "url_not_public")
    nothing_is_connected_to(keys, inside, f"http://{host}:{port_of(inside)}/", None, "url_not_public")


@pytest.mark.parametrize(("host", "answer"), NAMES, ids=[name for name, _ in NAMES])
def test_no_name_leads_inside(keys: Keys, inside: Receiver, host: str, answer: list[str]) -> None:
    code = "url_not_public" if answer else "url_unresolvable"
    nothing_is_connected_to(keys, inside, f"https://{host}/", answering(answer), code)
    nothing_is_connected_to(keys, inside, f"https://{host}:{port_of(inside)}/", answering(answer), code)


@pytest.mark.parametrize("url", TRICKS, ids=ascii)
def test_no_trick_leads_anywhere(keys: Keys, inside: Receiver, url: str) -> None:
    code = "url_not_https" if "example.org" in url and url.isascii() and _plain(url) else "url_invalid"
    nothing_is_connected_to(keys, inside, url, answering([PUBLIC]), code)
    nothing_is_connected_to(keys, inside, url, answering(["127.0.0.1"]), "url_invalid", "url_not_public")


def test_the_table_is_as_long_as_was_promised() -> None:
    assert len(set(NUMBERS)) + len(dict(NAMES)) + len(set(TRICKS)) > 150


@pytest.mark.parametrize(
    "turned", [["127.0.0.1"], [METADATA], [PUBLIC, "10.0.0.1"], ["::ffff:127.0.0.1"], []]
)
def test_a_name_that_turns_inside_after_it_was_saved_is_not_followed(
    keys: Keys, inside: Receiver, turned: list[str]
) -> None:
    rebinding = answering([PUBLIC], turned)
    assert check("https://rebinding.example/", Allowed(), resolve=rebinding).ips == (PUBLIC,)
    code = "url_not_public" if turned else "url_unresolvable"
    nothing_is_connected_to(keys, inside, "https://rebinding.example/", rebinding, code)


def test_a_name_that_turns_inside_during_an_attempt_is_looked_up_once(keys: Keys) -> None:
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return [PUBLIC, "2606:4700:4700::1111"] if len(asked) == 1 else ["127.0.0.1"]

    with watched() as seen:
        tried(keys, "https://rebinding.example/", rebinding, Allowed())
    assert (asked, seen) == (["rebinding.example"], [PUBLIC, "2606:4700:4700::1111"])


@pytest.mark.parametrize("status", [300, 301, 302, 303, 305, 307, 308])
@pytest.mark.parametrize("to", [f"http://{METADATA}/latest", "//127.0.0.1/", "{inside}", "/elsewhere"])
def test_a_redirect_is_not_followed(keys: Keys, inside: Receiver, status: int, to: str) -> None:
    def redirect(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name in ("Location", "Content-Location", "Refresh", "Alt-Svc"):
            value = to.replace("{inside}", inside.url)
            handler.send_header(name, f"0; url={value}" if name == "Refresh" else value)
        handler.end_headers()

    before = len(inside.posted)
    with a_receiver(redirect) as receiver:
        trial = Allowed(trial_receivers=(f"public.example:{port_of(receiver)}",))
        with watched() as seen:
            url = f"http://public.example:{port_of(receiver)}/"
            answer = tried(keys, url, answering(["127.0.0.1"]), trial)
        assert len(receiver.posted) == 1
    assert (answer.succeeded, answer.status, answer.problem) == (False, status, f"http_{status}")
    assert (seen, len(inside.posted) - before) == (["127.0.0.1"], 0)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        *((f"https://{host}/", "url_not_public") for host in NUMBERS[::5]),
        *((url, "invalid" if "\0" in url else "url_invalid") for url in TRICKS[:20:3]),
        ("https://8.8.8.8:8443/", "url_not_https"),
        ("http://8.8.8.8/", "url_not_https"),
        ("https://" + "a" * 2_000 + ".example/", "invalid"),
    ],
    ids=ascii,
)
def test_a_production_system_registers_none_of_them(scene: Scene, url: str, code: str) -> None:
    web, one = _in_production(scene)
    with watched() as seen:
        made = web.post(f"{N}/webhooks", json={"url": url}, headers=_asking(one))
    assert (made.status_code, made.get_json()["code"]) == (422, code)
    assert not [host for host in seen if not host.startswith("127.")]  # MongoDB is spoken to


def test_a_production_system_moves_no_webhook_to_one_of_them(scene: Scene) -> None:
    web, one = _in_production(scene)
    made = web.post(f"{N}/webhooks", json={"url": "https://8.8.8.8/"}, headers=_asking(one))
    assert made.status_code == 201
    path = f"{N}/webhooks/{made.get_json()['id']}"
    moved = web.patch(path, json={"url": f"https://{METADATA}/"}, headers=_asking(one))
    assert (moved.status_code, moved.get_json()["code"]) == (422, "url_not_public")
    assert web.get(path, headers=one.headers()).get_json()["url"] == "https://8.8.8.8/"


def nothing_is_connected_to(
    keys: Keys, inside: Receiver, url: str, resolve: Resolve | None, *codes: str
) -> None:
    """A real attempt, as in production: nobody was even tried to reach, and the reason is one of these."""
    before = len(inside.posted)
    with watched() as seen:
        answer = tried(keys, url, resolve, Allowed())
    assert (seen, len(inside.posted) - before) == ([], 0)
    assert (answer.status, answer.succeeded) == (0, False)
    assert answer.problem in codes


def _plain(url: str) -> bool:
    """Whether a URL is a plain one, and only its scheme or port is not."""
    try:
        check(url, Allowed(), resolve=answering([PUBLIC]))
    except UrlRefused as refused:
        return refused.code != "url_invalid"
    raise AssertionError(f"{url!r} is allowed")


def _in_production(scene: Scene) -> tuple[FlaskClient, Integrator]:
    """The edge of notifications as it answers in production, and an integrator of a new chapter."""
    here = scene.room
    room = replace(here, settings=replace(here.settings, mode="production"))
    return make_app(load_service("notifications"), room).test_client(), an_integrator(
        scene, scene.a_chapter()
    )


def _asking(one: Integrator) -> dict[str, str]:
    return {**one.headers(), "Idempotency-Key": new_id("key")}
