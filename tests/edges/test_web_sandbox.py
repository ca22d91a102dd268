"""The page of a sandbox's lives, over the real services: a story is chosen, pressed, and seen to its end."""

import ast
import inspect
import re
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from operate.sandbox import life
from operate.sandbox.people import Sandbox, coordinator, open_sandbox, sign_in_link
from operate.sandbox.player import Player
from services.notifications.domain.lives import STATES, STORIES, WHY_FAILED
from services.web.pages import sandbox as pages
from shared.ids import new_id
from tests.browser.site import Site
from tests.edges.web import send
from tests.flows.test_sandbox import Stepped

HOME = "/coordinator/integrations"
LIVES = f"{HOME}/lives"


@pytest.fixture
def here(site: Site) -> Sandbox:
    one = Stepped(new_id("sandbox-c").replace("_", ""), site.stack.running["profiles"].room, site.settings)
    object.__setattr__(one, "stack", site.stack)
    open_sandbox(one, "Europe/Zurich")
    site.stack.quiet()
    return one


def signed_in(site: Site, here: Sandbox) -> FlaskClient:
    """A client of the sandbox's coordinator, by the link that the operator printed."""
    client, path = site.client(), urlsplit(sign_in_link(here)).path
    answer = send(client, path)
    assert answer.status_code == 303, answer.text
    return client


def test_the_page_has_words_for_every_story_state_and_reason() -> None:
    assert (set(pages.STORIES), set(pages.STATES)) == (set(STORIES), set(STATES))
    assert set(pages.REASONS) == set(WHY_FAILED)


def test_the_page_has_words_for_everything_that_is_said_of_a_life() -> None:
    calls = [one for one in ast.walk(ast.parse(inspect.getsource(life))) if isinstance(one, ast.Call)]
    said = [one.args[0] for one in calls if isinstance(one.func, ast.Attribute) and one.func.attr == "say"]
    assert {ast.literal_eval(text) for text in said} == set(pages.STEPS)


def test_nobody_is_offered_to_join_a_sandbox_or_to_lend_it_a_mentor(site: Site, here: Sandbox) -> None:
    coordinator, neighbour = site.chapter(), site.chapter()
    site.mentor(coordinator.chapter)
    offers = (site.client().get("/register"), site.client(coordinator).get("/coordinator/crossings"))
    for offered in offers:
        assert (neighbour.chapter in offered.text, here.chapter in offered.text) == (True, False)


def test_a_story_is_chosen_and_its_life_is_seen_to_its_end(site: Site, here: Sandbox) -> None:
    client = signed_in(site, here)
    assert f'href="{LIVES}"' in client.get(HOME).text
    sent = send(client, LIVES, story="declined")
    assert (sent.status_code, sent.headers["Location"]) == (303, LIVES)
    waiting = client.get(LIVES).text
    assert ("about to be played" in waiting, ">Look again</a>" in waiting) == (True, True)

    Player(site.stack.running["notifications"].room, lambda _: here).step()
    played = client.get(LIVES).text
    assert ("played to its end" in played, ">Look again</a>" in played) == (True, False)
    assert re.search(r"<code>rel_\w+</code>", played)
    assert "<li>declined <" in played
    moments = re.search(r"asked for .*", played)
    assert moments
    said = re.sub(r"<[^>]+>", "", moments[0])
    assert re.fullmatch(r"asked for \d+ \w+, [\d:]{8} · ended \d+ \w+, [\d:]{8}", said), said
    assert "UTC time. Kept for 90 days" in played

    send(client, "/language", LIVES, language="zh-Hans")
    steps = re.findall(r"<li>(.+?) <span", client.get(LIVES).text)
    assert steps == ["已提议", "已婉拒"]


def test_a_step_that_the_page_does_not_know_is_shown_as_it_is(
    site: Site, here: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "STEPS", {"proposed": pages.STEPS["proposed"]})
    client = signed_in(site, here)
    send(client, LIVES, story="declined")
    Player(site.stack.running["notifications"].room, lambda _: here).step()
    page = client.get(LIVES).text
    assert ("<li>proposed <" in page, '<li><span lang="en">declined</span>' in page) == (True, True)


def test_a_story_that_there_is_not_is_refused_in_words(site: Site, here: Sandbox) -> None:
    client = signed_in(site, here)
    assert send(client, LIVES, story="happy").status_code == 303
    page = client.get(LIVES).text
    assert ("None was played yet." in page, 'class="note bad"' in page) == (True, True)


def test_where_people_are_real_there_is_no_such_page(site: Site) -> None:
    client = site.client(site.chapter())
    assert LIVES not in client.get(HOME).text
    assert client.get(LIVES).status_code == 404
    send(client, LIVES, HOME, story="completed")
    assert "This chapter is no sandbox" in client.get(HOME).text


def test_the_link_of_the_operator_opens_once(site: Site, here: Sandbox) -> None:
    path = urlsplit(sign_in_link(here)).path
    first, second = site.client(), site.client()
    assert send(first, path).status_code == 303
    assert LIVES in first.get(HOME).text
    send(second, path)
    assert second.get(LIVES).status_code == 302 or LIVES not in second.get(HOME).text
    assert coordinator(here).roles == {"coordinator"}
