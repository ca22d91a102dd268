"""Addresses that take what a form sends, opened as links: by a reload, the back button, somebody to whom they were sent."""

from urllib.parse import urlsplit

import pytest

from shared.settings import SERVICES
from tests.browser.site import Person, Site

#: Its form stands on every page, and a link must not do what it does.
EVERYWHERE = "doors.sign_out"


@pytest.fixture(scope="module")
def coordinator(site: Site) -> Person:
    return site.chapter()


def form_addresses(site: Site) -> dict[str, str]:
    """An address of every form that has one of its own, by its endpoint, with ids that nobody has."""
    adapter = site.web.url_map.bind("cairn.test")
    words = {"among": "blocks", "what": "pause", "word": "refusal"}
    rules = list(site.web.url_map.iter_rules())
    pages = {rule.rule for rule in rules if "GET" in (rule.methods or ())}
    return {
        rule.endpoint: adapter.build(
            rule.endpoint,
            {name: words.get(name, "rel_00000000000000000000000000") for name in rule.arguments},
            method="POST",
        )
        for rule in rules
        if rule.rule not in pages
    }


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_whoever_opens_a_forms_address_is_led_to_the_page_where_the_form_stands(
    site: Site, coordinator: Person, method: str
) -> None:
    pages = site.web.url_map.bind("cairn.test")
    client = site.client(coordinator)
    forms = form_addresses(site)
    assert len(forms) > 30
    for endpoint, address in forms.items():
        if endpoint == EVERYWHERE:
            continue
        answer = client.open(address, method=method)
        assert answer.status_code == 303, endpoint
        led_to = urlsplit(answer.location)
        page, _ = pages.match(led_to.path, method="GET")
        assert page not in forms, endpoint
        assert led_to.query in ("", "columns=1"), endpoint


def test_a_link_signs_nobody_out_and_the_page_says_that_it_cannot(site: Site, coordinator: Person) -> None:
    client = site.client(coordinator)
    answer = client.get("/sign-out")
    assert (answer.status_code, set(answer.headers["Allow"].split(", "))) == (405, {"OPTIONS", "POST"})
    assert "only the button on its page. Nothing was changed." in answer.text
    assert client.get("/coordinator").status_code == 200


def test_a_page_that_takes_nothing_says_so_and_what_it_allows(site: Site, coordinator: Person) -> None:
    site.web.config["WTF_CSRF_ENABLED"] = False
    try:
        sent = site.client(coordinator).post("/me")
    finally:
        site.web.config["WTF_CSRF_ENABLED"] = True
    assert (sent.status_code, set(sent.headers["Allow"].split(", "))) == (405, {"GET", "HEAD", "OPTIONS"})
    assert "This address shows something, and takes nothing." in sent.text


def test_what_an_address_allows_is_told_to_whoever_asks(site: Site) -> None:
    for address in form_addresses(site).values():
        answer = site.client().options(address)
        assert (answer.status_code, set(answer.headers["Allow"].split(", "))) == (200, {"OPTIONS", "POST"})


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_answers_a_method_that_it_does_not_take_with_a_problem_that_names_those_it_does(
    site: Site, name: str
) -> None:
    answer = site.stack.ask("PATCH", f"/api/{name}/openapi.json")
    assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert answer.json["code"] == "method_not_allowed"  # type: ignore[index]
