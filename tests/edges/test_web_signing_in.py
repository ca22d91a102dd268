"""Through the doors and back, over the real services: links that sign in once, and where a form leads when it is done."""

import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from services.web.pages.doors import own_address
from shared.ids import new_id
from tests.browser.site import Person, Site
from tests.edges.web import hidden, send


def back_of(answer: TestResponse) -> str:
    """Where the form for another language leads back to."""
    (found,) = re.findall(r'name="back" value="([^"]*)"', answer.text)
    return unescape(found)


def test_looking_at_a_link_does_not_use_it(site: Site, mentee: Person) -> None:
    client = site.client()
    send(client, "/sign-in", mail=mentee.mail)
    path = site.link_to(mentee.mail, "sign-in").removeprefix(site.url)
    for _ in range(3):
        assert client.get(path).status_code == 200
    assert send(client, path).status_code == 303
    assert "Dana Weiss" in client.get("/me").text
    again = send(site.client(), path)
    assert again.status_code == 409
    assert "used before" in again.text


@pytest.mark.parametrize("door", ["sign-in", "confirm"])
def test_a_link_that_nobody_was_sent_is_said_to_be_invalid_and_a_new_one_is_offered(
    site: Site, door: str
) -> None:
    for token in ("garbage", "x" * 600):
        client = site.client()
        assert client.get(f"/{door}/{token}").status_code == 200
        said = send(client, f"/{door}/{token}").text
        assert "This link is not valid" in said
        assert 'href="/sign-in">Ask for a new link' in said


def test_who_confirms_her_address_is_welcomed_in_the_language_of_her_pages(
    site: Site, coordinator: Person
) -> None:
    mail = f"{new_id('p')}@people.example"
    asked = {"name": "Dana Weiss", "mail": mail, "roles": ["mentee"], "locale": "en"}
    site.api("POST", "/api/profiles/v1/members", asked | {"chapter": coordinator.chapter})
    client, chinese = site.client(), {"Accept-Language": "zh-CN"}
    page = urlsplit(site.link_to(mail, "confirm")).path
    fields = hidden(client.get(page, headers=chinese))
    welcomed = client.post(page, data=fields, headers=chinese, follow_redirects=True)
    assert "Welcome. Your address is confirmed, and you are signed in." in welcomed.text


def test_after_signing_in_the_page_that_was_wanted_is_shown(site: Site, mentee: Person) -> None:
    client = site.client()
    assert client.get("/me/looks?after=").location == "/sign-in"
    send(client, "/sign-in", mail=mentee.mail)
    path = site.link_to(mentee.mail, "sign-in").removeprefix(site.url)
    assert send(client, path).location == "/me/looks?after="


def test_a_session_that_is_over_leads_to_the_door(site: Site, coordinator: Person) -> None:
    member = site.mentee(coordinator.chapter, "Emil Novak")
    client = site.client(member)
    assert client.get("/me").status_code == 200
    site.api("POST", "/api/profiles/v1/sign-outs", {"session": member.session})
    site.stack.clock.advance(minutes=2)  # a token is trusted for a minute
    assert client.get("/me").location == "/sign-in"
    assert "Sign in" in client.get("/").text


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "\n/x", "", "evil"]
)
def test_no_form_leads_to_another_site(site: Site, back: str) -> None:
    with site.web.test_request_context():
        assert own_address(back) == "/"
        assert own_address("/me") == "/me"


def test_another_language_keeps_what_the_page_was_asked(site: Site, coordinator: Person) -> None:
    client = site.client(coordinator)
    asked = "/coordinator/pairs?state=trial&after=x%20y"
    chosen = send(client, "/language", asked, language="zh-Hans", back=back_of(client.get(asked)))
    assert (chosen.status_code, chosen.location) == (303, asked)
    assert 'lang="zh-Hans"' in client.get(asked).text


def test_an_address_too_long_to_be_kept_is_led_back_to_without_what_it_was_asked(
    site: Site, coordinator: Person
) -> None:
    client = site.client(coordinator)
    assert back_of(client.get(f"/coordinator/pairs?state={'9' * 5_000}")) == "/coordinator/pairs"
    with site.web.test_request_context():
        assert own_address("/" + "x" * 500) == "/"


def test_bytes_that_are_no_text_in_an_address_break_neither_the_switch_nor_the_way_to_the_door(
    site: Site,
) -> None:
    for page, status in (("/sign-in", 200), ("/coordinator/pairs", 303)):
        answer = site.client().get(page, environ_overrides={"QUERY_STRING": "state=\xff"})
        assert answer.status_code == status
