"""Limits by count hold when two ask at the same moment: both have counted before either writes, and one of them looks again."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from werkzeug.test import TestResponse

from shared.ids import new_id
from shared.kinds import Kind
from shared.transaction import Tx
from tests.flows.integrators import ACCOUNTS, Integrator, a_life, an_integrator, let_in, staff
from tests.flows.notifications_scene import Scene, a_receiver
from tests.flows.test_webhook_endpoints import HOOKS, registered

pytest_plugins = ["tests.flows.notifications_fixture"]

Ask = Callable[[], TestResponse]
AtOnce = Callable[[Ask, Ask], list[tuple[int, str]]]
Limit = Callable[[str, int], None]


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> Limit:
    """Set a limit of notifications to so many."""
    return lambda name, most: monkeypatch.setattr(f"services.notifications.{name}", most)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> AtOnce:
    """Status and code of two answers, the good one first; each of the two has counted once before either goes on."""
    met, counted, really = threading.Barrier(2), set(), Tx.count

    def count(tx: Tx, kind: Kind[Any], where: dict[str, Any]) -> int:
        found = really(tx, kind, where)
        if threading.get_ident() not in counted:
            counted.add(threading.get_ident())
            met.wait(20)
        return found

    def ask(one: Ask, other: Ask) -> list[tuple[int, str]]:
        with monkeypatch.context() as patched, ThreadPoolExecutor(2) as pool:
            patched.setattr(Tx, "count", count)
            answers = [future.result(60) for future in [pool.submit(one), pool.submit(other)]]
        return sorted((answer.status_code, answer.get_json().get("code", "")) for answer in answers)

    return ask


def posted(one: Integrator, path: str, body: dict[str, Any]) -> Ask:
    """A request of the account, to be made later; its token is there already."""
    headers = one.headers()
    return lambda: one.scene.stack.post(path, body, headers)


def test_two_webhooks_that_follow_different_chapters(scene: Scene, limit: Limit, at_once: AtOnce) -> None:
    limit("webhooks.commands.MAX_WEBHOOKS", 2)
    home, guest = scene.a_chapter(), scene.a_chapter()
    one = an_account_in(scene, home, guest)
    with a_receiver() as receiver:
        registered(one, receiver.url)
        asks = [posted(one, HOOKS, {"url": receiver.url, "chapters": [town]}) for town in (home, guest)]
        assert at_once(*asks) == [(201, ""), (409, "too_many_webhooks")]


def test_two_webhooks_of_the_chapter_itself(scene: Scene, limit: Limit, at_once: AtOnce) -> None:
    limit("webhooks.commands.MAX_WEBHOOKS", 1)
    by = staff(scene, scene.a_chapter())
    with a_receiver() as receiver:
        ask = lambda: scene.stack.post(HOOKS, {"url": receiver.url}, by)  # noqa: E731 - asked twice
        assert at_once(ask, ask) == [(201, ""), (409, "too_many_webhooks")]


@pytest.mark.parametrize(
    ("most", "path", "body", "code"),
    [
        ("MAX_RUNNING", "replays", {}, "too_many_replays"),
        ("MAX_WAITING", "tests", {"type": "cairn.relationship.started.v1"}, "too_many_waiting"),
    ],
)
def test_two_of_what_is_sent_again(
    scene: Scene,
    limit: Limit,
    at_once: AtOnce,
    most: str,
    path: str,
    body: dict[str, Any],
    code: str,
) -> None:
    limit(f"webhooks.again.{most}", 1)
    chapter = scene.a_chapter()
    a_life(scene, chapter, new_id("rel"))
    scene.quiet()
    one = an_integrator(scene, chapter)
    with a_receiver() as receiver:
        ask = posted(one, f"{HOOKS}/{registered(one, receiver.url)['id']}/{path}", body)
        assert at_once(ask, ask) == [(202, ""), (409, code)]
        scene.quiet()


def test_two_accounts_of_a_chapter(scene: Scene, limit: Limit, at_once: AtOnce) -> None:
    limit("access.commands.MAX_ACCOUNTS_A_CHAPTER", 1)
    by = staff(scene, scene.a_chapter())
    ask = lambda: scene.stack.post(ACCOUNTS, {"name": "Registry", "scopes": ["events:read"]}, by)  # noqa: E731
    assert at_once(ask, ask) == [(201, ""), (409, "too_many_accounts")]


def test_two_chapters_of_an_account(scene: Scene, limit: Limit, at_once: AtOnce) -> None:
    limit("access.commands.MAX_CHAPTERS_AN_ACCOUNT", 2)
    one = an_integrator(scene, scene.a_chapter())
    body = {"account": one.id, "scopes": ["events:read"]}
    towns = [staff(scene, scene.a_chapter()) for _ in range(2)]
    first, second = [lambda by=by: scene.stack.post(f"{ACCOUNTS}/grants", body, by) for by in towns]
    assert at_once(first, second) == [(200, ""), (409, "too_many_chapters")]


def an_account_in(scene: Scene, home: str, guest: str) -> Integrator:
    one = an_integrator(scene, home)
    let_in(scene, guest, one, "events:read", "webhooks:write")
    return one
