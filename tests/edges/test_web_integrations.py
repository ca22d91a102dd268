"""The pages for integrations, over the real services: every button acts, keys and secrets are shown once, nonsense is answered kindly."""

import json
import re
import threading
from collections.abc import Iterator
from html import unescape

import pytest
import urllib3
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.notifications.webhooks import log
from services.web import words
from services.web.integrations import title_of
from services.web.pages import integrations as pages
from services.web.pages.event_catalogue import RULES
from shared.events.schemas import public_types
from shared.ids import new_id
from tests.browser.site import Person, Site
from tests.edges.web import form, send
from tests.flows.integrators import Json
from tests.flows.notifications_scene import Receiver, a_receiver
from tests.flows.test_integrator_examples import a_life

HOME = "/coordinator/integrations"
N = "/api/notifications/v1"
COPIED = re.compile(r'<pre class="copy"[^>]*>(.*?)</pre>', re.DOTALL)
SCOPES = ["events:read", "events:replay", "webhooks:write"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with a_receiver() as listening:
        yield listening


def copied(answer: TestResponse) -> list[str]:
    """What a page offers to be copied."""
    return [unescape(text) for text in COPIED.findall(answer.text)]


def an_account(client: FlaskClient, *scopes: str) -> tuple[str, str]:
    """Id and key of a new account, as the page shows them."""
    made = send(client, f"{HOME}/accounts", HOME, name="City dashboard", scopes=list(scopes or SCOPES))
    assert made.status_code == 200, made.text
    return copied(made)[0], copied(made)[1]


def a_webhook(client: FlaskClient, url: str, **more: object) -> tuple[str, str]:
    """The path of a new webhook's page, and its secret."""
    made = send(client, f"{HOME}/webhooks", HOME, url=url, **more)
    assert made.status_code == 200, made.text
    path = re.search(rf"{HOME}/webhooks/whk_\w+", made.text)
    assert path
    return path[0], copied(made)[0]


def asked_for_a_token(site: Site, account: str, key: str) -> TestResponse:
    """What the account is answered when it asks for a token, as OAuth clients do."""
    return site.stack.ask(
        "POST",
        f"{N}/oauth/token",
        urllib3.make_headers(basic_auth=f"{account}:{key}"),
        data={"grant_type": "client_credentials"},
    )


def token_status(site: Site, account: str, key: str) -> int:
    return asked_for_a_token(site, account, key).status_code


def got(receiver: Receiver) -> list[Json]:
    return [json.loads(posted.body) for posted in receiver.posted]


def test_anybody_reads_what_can_be_followed_in_her_language(site: Site) -> None:
    page = site.client().get("/events")
    assert page.status_code == 200
    for made in public_types():
        assert f"<code>{made.name}</code>" in page.text
        assert f"/schemas/{made.name}.json" in page.text
    assert "/asyncapi.json" in page.text
    assert "The mentee&#39;s member id in her chapter: a pseudonym." in page.text
    rules = site.api("GET", f"{N}/events")["rules"]
    assert sorted(rules.values()) == sorted(RULES), "the page translates what the catalogue says"
    chinese = site.client().get("/events", headers={"Accept-Language": "zh-CN"}).text
    for text in RULES:
        assert words.catalogue("zh-Hans").gettext(text) in chinese
    assert '<p lang="en">' in chinese


def test_an_account_is_made_its_key_is_shown_once_and_opens_the_feed(site: Site, coordinator: Person) -> None:
    client = site.client(coordinator)
    made = send(client, f"{HOME}/accounts", HOME, name="City dashboard", scopes=["events:read"])
    account, key, ask_for_a_token, read = copied(made)
    assert (f"'{account}:{key}'" in ask_for_a_token, "/relationship-events" in read) == (True, True)
    assert token_status(site, account, key) == 200
    assert made.headers["Cache-Control"] == "no-store"
    for path in (HOME, f"{HOME}/accounts/{account}"):
        page = client.get(path).text
        assert ("City dashboard" in page, key in page) == (True, False)


def test_a_form_that_is_sent_twice_makes_one_account_and_shows_no_key_again(
    site: Site, coordinator: Person
) -> None:
    client = site.client(coordinator)
    asked = form(client, HOME) | {"name": "Registry", "scopes": "events:read"}
    first, second = (client.post(f"{HOME}/accounts", data=asked) for _ in range(2))
    assert len(copied(first)) == 4
    assert copied(second) == []
    assert "is shown once only" in second.text
    assert len(site.api("GET", f"{N}/service-accounts", None, coordinator)["items"]) == 1


def test_a_secret_that_was_replaced_since_is_not_shown_to_a_form_that_is_sent_again(
    site: Site, coordinator: Person, receiver: Receiver
) -> None:
    client = site.client(coordinator)
    asked = form(client, HOME) | {"url": receiver.url}
    first, second = (client.post(f"{HOME}/webhooks", data=asked) for _ in range(2))
    assert len(copied(first)) == 1
    assert copied(second) == copied(first), "still the newest"
    webhook = site.api("GET", f"{N}/webhooks", None, coordinator)["items"][0]["id"]
    send(client, f"{HOME}/webhooks/{webhook}/secret", HOME)
    again = client.post(f"{HOME}/webhooks", data=asked)
    assert (copied(again), "has been replaced since" in again.text) == ([], True)


def test_a_key_is_rotated_and_taken_back_and_so_is_the_account(site: Site, coordinator: Person) -> None:
    client = site.client(coordinator)
    account, old = an_account(client)
    page = f"{HOME}/accounts/{account}"
    new = copied(send(client, f"{page}/keys", page, overlap="24"))[1]
    assert [token_status(site, account, key) for key in (old, new)] == [200, 200]
    newest = copied(send(client, f"{page}/keys", page, overlap="0"))[1]
    assert [token_status(site, account, key) for key in (old, new, newest)] == [401, 401, 200]
    remove = re.search(rf"{page}/keys/key_\w+/removal", client.get(page).text)
    assert remove
    send(client, remove[0], page)
    assert token_status(site, account, newest) == 401
    assert "It has no key" in client.get(page).text
    assert send(client, f"{page}/removal", page).location == HOME
    assert client.get(page).status_code == 404


def test_scopes_are_changed_and_an_account_of_another_chapter_is_let_in_and_out(
    site: Site, coordinator: Person
) -> None:
    neighbour = site.chapter()
    account, key = an_account(site.client(neighbour))
    client = site.client(coordinator)
    missing = send(client, f"{HOME}/accounts/grants", HOME, account="svc_nobody", granted=["events:read"])
    assert (missing.status_code, "No service account has this id" in missing.text) == (422, True)
    page = f"{HOME}/accounts/{account}"
    assert (
        send(client, f"{HOME}/accounts/grants", HOME, account=account, granted=["events:read"]).location
        == page
    )
    shown = client.get(page).text
    assert "whose coordinators give it keys" in shown
    assert (
        send(client, f"{HOME}/accounts/grants", page, account=account, granted=SCOPES[1:]).status_code == 303
    )
    kept = site.api("GET", f"{N}/service-accounts/{account}", None, coordinator)
    assert kept["scopes"] == SCOPES[1:]
    send(client, f"{page}/removal", page)
    assert client.get(page).status_code == 404
    assert token_status(site, account, key) == 200, "at home it goes on"


def test_what_an_account_did_is_shown(site: Site, coordinator: Person) -> None:
    client = site.client(coordinator)
    account, key = an_account(client)
    assert "Not used yet" in client.get(HOME).text
    token = asked_for_a_token(site, account, key).get_json()["access_token"]
    site.stack.get(f"{N}/relationship-events", {"Authorization": f"Bearer {token}"})
    assert "Not used yet" not in client.get(HOME).text
    page = client.get(f"{HOME}/accounts/{account}").text
    assert "GET /api/notifications/v1/relationship-events" in page


def test_a_webhook_is_made_tested_searched_and_sent_to_again(
    site: Site, coordinator: Person, receiver: Receiver
) -> None:
    client, rel, other = site.client(coordinator), new_id("rel"), new_id("rel")
    page, secret = a_webhook(client, receiver.url, note="Dashboard")
    assert secret.startswith("whsec_")
    assert secret not in client.get(page).text
    assert send(client, f"{page}/tests", page, type="cairn.relationship.started.v1").location == page
    site.stack.quiet()
    assert got(receiver)[0]["test"].startswith("test_")
    a_life(site, coordinator.chapter, rel)
    a_life(site, coordinator.chapter, other)
    shown = client.get(page).text
    assert (f"{rel}:4" in shown, f"{other}:4" in shown, "delivered: 9" in shown) == (True, True, True)
    found = client.get(page, query_string={"relationship": rel, "type": "cairn.relationship.started.v1"}).text
    assert (f"{rel}:4" in found, f"{rel}:3" in found, f"{other}:4" in found) == (True, False, False)
    delivery = re.search(rf'value="({rel}:4:[^"]+)"', found)
    assert delivery
    before = len(receiver.posted)
    assert send(client, f"{page}/resend", page, delivery=delivery[1]).location == page
    site.stack.quiet()
    assert [event["id"] for event in got(receiver)[before:]] == [f"{rel}:4"]


def test_a_webhook_is_given_another_address_other_events_and_all_of_them_again(
    site: Site, coordinator: Person, receiver: Receiver
) -> None:
    client, rel = site.client(coordinator), new_id("rel")
    page, _ = a_webhook(client, "http://127.0.0.1:9/", note="Dashboard")
    started = "cairn.relationship.started.v1"
    changed = {"url": receiver.url, "types": [started], "ordering": "none", "note": "Registry"}
    assert send(client, f"{page}/change", page, **changed).location == page
    shown = site.api("GET", f"{N}/webhooks/{page.rsplit('/', 1)[1]}", None, coordinator)
    assert {name: shown[name] for name in changed} == changed
    a_life(site, coordinator.chapter, rel)
    assert [event["type"] for event in got(receiver)] == [started]

    form = client.get(page).text
    assert (f'value="{receiver.url}"' in form, f'value="{started}" checked' in form) == (True, True)
    send(client, f"{page}/change", page, url=receiver.url)
    a_life(site, coordinator.chapter, other := new_id("rel"))
    assert sorted(event["id"] for event in got(receiver)[1:]) == [f"{other}:{n}" for n in range(1, 5)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"url": ""}, "Give the address"),
        ({"url": "http://10.0.0.8/hook"}, "does not lead to a public server"),
        ({"url": "http://127.0.0.1:9/", "types": ["cairn.nothing.v1"]}, "Please look at this again"),
        ({"url": "http://127.0.0.1:9/", "note": "x" * 201}, "Please look at this again"),
    ],
)
def test_a_change_that_makes_no_sense_keeps_what_was_typed_and_changes_nothing(
    site: Site, coordinator: Person, fields: dict[str, object], said: str
) -> None:
    client = site.client(coordinator)
    page, _ = a_webhook(client, "http://127.0.0.1:9/before")
    answer = send(client, f"{page}/change", page, **fields)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert f'value="{fields["url"]}"' in answer.text
    assert "<code>http://127.0.0.1:9/before</code>" in client.get(page).text


def test_all_events_of_the_chapter_are_downloaded_a_line_each(
    site: Site, coordinator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "EVENTS_A_PAGE", 3)
    rels = [new_id("rel") for _ in range(2)]
    for rel in rels:
        a_life(site, coordinator.chapter, rel)
    a_life(site, site.chapter().chapter, new_id("rel"))
    client = site.client(coordinator)
    assert f'href="{HOME}/events.ndjson"' in client.get(HOME).text
    for _ in range(pages.MAX_DOWNLOADS + 1):
        with client.head(f"{HOME}/events.ndjson") as only_its_head:
            assert only_its_head.status_code == 200
    answer = client.get(f"{HOME}/events.ndjson", buffered=True)
    assert (answer.status_code, answer.content_type) == (200, "application/x-ndjson")
    events = [json.loads(line) for line in answer.text.splitlines()]
    assert sorted(event["id"] for event in events) == sorted(
        f"{rel}:{n}" for rel in rels for n in range(1, 5)
    )
    assert {event["chapter"] for event in events} == {coordinator.chapter}


def test_whoever_would_download_while_too_many_do_is_told_to_wait(
    site: Site, coordinator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_downloading", threading.BoundedSemaphore(1))
    assert pages._downloading.acquire()
    client = site.client(coordinator)
    assert client.get(f"{HOME}/events.ndjson").location == HOME
    assert "Others are downloading." in client.get(HOME).text


def test_history_is_sent_again_from_the_beginning_a_date_an_event_or_what_failed(
    site: Site, coordinator: Person, receiver: Receiver
) -> None:
    client, early, late = site.client(coordinator), new_id("rel"), new_id("rel")
    a_life(site, coordinator.chapter, early)
    site.stack.clock.advance(days=2)
    a_life(site, coordinator.chapter, late)
    page, _ = a_webhook(client, receiver.url)

    def replayed(**wanted: str) -> list[str]:
        before = len(receiver.posted)
        begun = send(client, f"{page}/replays", page, **wanted)
        assert begun.status_code == 303, begun.text
        state = client.get(f"{begun.location}/progress").json
        assert state is not None
        assert state["total"] == 100
        for _ in range(5):
            site.stack.quiet()
            site.stack.clock.advance(seconds=2)
        assert client.get(f"{begun.location}/progress").json == {"state": "done", "done": 100, "total": 100}
        assert "100 of 100 per cent" in client.get(begun.location).text
        return [event["id"] for event in got(receiver)[before:]]

    assert sorted(replayed(**{"from": "beginning"})) == sorted(
        f"{rel}:{n}" for rel in (early, late) for n in range(1, 5)
    )
    since = f"{site.stack.clock():%Y-%m-%dT00:00}"
    assert replayed(**{"from": "date", "since": since}) == [f"{late}:{n}" for n in range(1, 5)]
    assert replayed(**{"from": "failed"}) == []
    assert replayed(**{"from": "event", "of": early, "from_sequence": "3"}) == [f"{early}:3", f"{early}:4"]


def test_a_search_that_finds_nothing_among_the_latest_leads_further_back(
    site: Site, coordinator: Person, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "LOOKED_AT", 3)
    client, rel = site.client(coordinator), new_id("rel")
    page, _ = a_webhook(client, receiver.url)
    a_life(site, coordinator.chapter, rel)
    wanted = {"type": "cairn.relationship.proposed.v1"}
    first = client.get(page, query_string=wanted).text
    assert ("None among the latest of them." in first, f'<code class="small">{rel}' in first) == (True, False)
    further = re.search(r'href="([^"]+)#log">Earlier', first)
    assert further
    assert f"{rel}:1" in client.get(unescape(further[1])).text
    nothing = client.get(page, query_string={"relationship": "rel_nobody"}).text
    assert ("Nothing here." in nothing, "Earlier" in nothing) == (True, False)


def test_a_replay_can_be_ended(site: Site, coordinator: Person, receiver: Receiver) -> None:
    client = site.client(coordinator)
    a_life(site, coordinator.chapter, new_id("rel"))
    page, _ = a_webhook(client, receiver.url)
    begun = send(client, f"{page}/replays", page, **{"from": "beginning"}).location
    assert 'data-watch="' in client.get(begun).text
    send(client, f"{begun}/end", begun)
    assert client.get(f"{begun}/progress").json["state"] == "cancelled"  # type: ignore[index]


def test_a_webhook_that_says_gone_is_shown_as_disabled_and_enabled_again(
    site: Site, coordinator: Person, receiver: Receiver
) -> None:
    client, rel = site.client(coordinator), new_id("rel")
    page, _ = a_webhook(client, receiver.url)
    receiver.answers.append(410)
    a_life(site, coordinator.chapter, rel)
    for where in (HOME, page):
        shown = client.get(where).text
        assert ("disabled" in shown, "No delivery has succeeded since" in shown) == (True, True)
    send(client, f"{page}/state", page, state="active")
    assert "Stop it now" in client.get(page).text
    send(client, f"{page}/state", page, state="disabled")
    assert "A coordinator stopped it." in client.get(page).text
    send(client, f"{page}/state", page, state="active")
    second = copied(send(client, f"{page}/secret", page, overlap="24"))[0]
    assert second.startswith("whsec_")
    assert "signs too until" in client.get(page).text
    assert send(client, f"{page}/removal", page).location == HOME
    assert client.get(page).status_code == 404


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("/accounts", {"name": "", "scopes": ["events:read"]}, "Give it a name"),
        ("/accounts", {"name": "x" * 101, "scopes": ["events:read"]}, "Please look at this again"),
        ("/accounts", {"name": "Registry"}, "Choose at least one."),
        ("/accounts", {"name": "Registry", "scopes": ["everything"]}, "Please look at this again"),
        ("/accounts/grants", {"account": "", "granted": ["events:read"]}, "Give its id"),
        ("/accounts/grants", {"account": "../../x", "granted": ["events:read"]}, "No service account has this id"),
        ("/webhooks", {"url": ""}, "Give the address"),
        ("/webhooks", {"url": "http://10.0.0.8/hook"}, "does not lead to a public server"),
        ("/webhooks", {"url": "ftp://example.org"}, "Give an https:// address"),
        ("/webhooks", {"url": "http://127.0.0.1:9/", "types": ["cairn.nothing.v1"]}, "Please look at this again"),
        ("/webhooks", {"url": "http://127.0.0.1:9/", "ordering": "global"}, "Please look at this again"),
        ("/webhooks", {"url": "http://127.0.0.1:9/", "note": "x" * 201}, "Please look at this again"),
    ],
)  # fmt: skip
def test_a_form_that_makes_no_sense_says_what_to_do(
    site: Site, coordinator: Person, path: str, fields: dict[str, object], said: str
) -> None:
    answer = send(site.client(coordinator), HOME + path, HOME, **fields)
    assert (answer.status_code, said in answer.text) == (422, True), answer.text


EVENTS: list[dict[str, str]] = [
    {"from": "event", "of": of, "from_sequence": number}
    for of, number in (("", "1"), ("rel_x", ""), ("rel_x", "0"), ("rel_x", "third"), ("rel_x", "9" * 99))
]


def test_nonsense_about_a_webhook_is_answered_kindly(site: Site, coordinator: Person) -> None:
    client = site.client(coordinator)
    page, _ = a_webhook(client, "http://127.0.0.1:9/")
    answer = client.get(page, query_string={"after": "nonsense"})
    assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)
    for query in ({"state": "lost"}, {"type": "nothing"}):
        answer = client.get(page, query_string=query)
        assert (answer.status_code, 'role="alert"' in answer.text) == (200, False), query
    assert client.get(page, query_string={"relationship": "x" * 500}).status_code == 200
    for wanted in ({"from": "yesterday"}, {"from": "date", "since": "soon"}, {}, *EVENTS):
        answer = send(client, f"{page}/replays", page, **wanted)
        assert (answer.status_code, 'role="alert"' in answer.text) == (422, True), wanted
    for delivery in ("", "../../service-accounts", "rel_x:1:webhook:none"):
        assert send(client, f"{page}/resend", page, delivery=delivery).location == page
        assert "There is nothing here" in client.get(page).text
    for path, field in (("tests", "type"), ("state", "state")):
        assert send(client, f"{page}/{path}", page, **{field: "nonsense"}).location == page
        assert 'class="note bad"' in client.get(page).text
    assert copied(send(client, f"{page}/secret", page, overlap="nonsense")), "the usual hours are taken"


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("https://example.org", "example.org"),
        ("https://example.org:443/", "example.org"),
        ("http://127.0.0.1:9001/", "127.0.0.1:9001"),
        ("https://example.org/hooks/cairn?key=s3cret", "example.org/hooks/cairn"),
        ("https://example.org:8443/" + "x" * 99, "example.org:8443/" + "x" * 62 + "…"),
    ],
)
def test_a_webhook_is_called_by_what_tells_it_from_others(url: str, title: str) -> None:
    assert title_of(url) == title


def test_two_webhooks_on_two_ports_do_not_look_alike(site: Site, coordinator: Person) -> None:
    client = site.client(coordinator)
    for port in (9001, 9002):
        page, _ = a_webhook(client, f"http://127.0.0.1:{port}/")
        assert f"<h1>127.0.0.1:{port}</h1>" in client.get(page).text
        assert f">127.0.0.1:{port}</a>" in client.get(HOME).text


def test_an_old_secret_lives_on_for_a_day_where_nothing_else_is_chosen(
    site: Site, coordinator: Person
) -> None:
    client = site.client(coordinator)
    page, _ = a_webhook(client, "http://127.0.0.1:9/")
    offered = re.findall(r'<option value="\d+"( selected)?>([^<]+)</option>', client.get(page).text)
    assert offered == [("", "Not at all"), (" selected", "24 hours"), ("", "7 days")]


def test_what_became_of_deliveries_is_said_beside_the_bar(
    site: Site, coordinator: Person, receiver: Receiver
) -> None:
    client = site.client(coordinator)
    page, _ = a_webhook(client, receiver.url)
    a_life(site, coordinator.chapter, new_id("rel"))
    legend = re.findall(r'<span class="(key[^"]*)">([^<]+)</span>', client.get(page).text)
    assert legend == [("key other", "to be sent 0"), ("key", "delivered 4"), ("key bad", "failed 0")]


def test_nobody_sees_what_is_another_chapters(site: Site, coordinator: Person, receiver: Receiver) -> None:
    client = site.client(coordinator)
    account, _ = an_account(client)
    webhook, _ = a_webhook(client, receiver.url)
    stranger = site.client(site.chapter())
    assert account not in stranger.get(HOME).text
    for path in (f"{HOME}/accounts/{account}", webhook):
        assert stranger.get(path).status_code == 404
    send(stranger, f"{webhook}/removal", HOME)
    send(stranger, f"{HOME}/accounts/{account}/removal", HOME)
    assert client.get(webhook).status_code == client.get(f"{HOME}/accounts/{account}").status_code == 200
