"""What is no text gets words from the pages, never a fault: broken bytes in an address or a header, NUL and odd keys in a form."""

import re
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.browser.site import Person, Site

HIDDEN = re.compile(r'name="(csrf_token|once)" value="([^"]+)"')
SAID = "holds something that is no text, or is torn. Nothing was changed"


def sent(client: FlaskClient, page: str, **fields: str) -> TestResponse:
    """The page's form, with its hidden fields where no others are given."""
    return client.post(page, data=dict(HIDDEN.findall(client.get(page).text)) | fields)


@pytest.mark.parametrize("query", ["state=%ff%fe", "state=\xff\xfe", "%ed%a0%80", "after=a%00b"])
def test_a_page_that_is_asked_in_broken_bytes_says_so_and_all_others_work_on(
    site: Site, coordinator: Person, query: str
) -> None:
    client = site.client(coordinator)
    broken = {"QUERY_STRING": query}
    for page in ("/coordinator/pairs", "/coordinator/members", "/register", "/me/looks"):
        answer = client.get(page, environ_overrides=broken)
        assert (answer.status_code, SAID in answer.text) == (400, True), page
    for page in ("/coordinator", "/sign-in"):
        assert client.get(page, environ_overrides=broken).status_code == 200, page
    chinese = client.get("/register", environ_overrides=broken, headers={"Accept-Language": "zh"})
    assert "不成文字" in chinese.text


def test_a_form_with_nul_is_refused_in_words_and_nothing_of_it_is_kept(
    site: Site, coordinator: Person
) -> None:
    client = site.client(coordinator)
    answer = sent(client, "/coordinator/touchpoints", kind="event", name="Eve\0ning")
    assert (answer.status_code, 'href="#name"' in answer.text) == (422, True)
    assert "This holds a character that cannot be kept" in answer.text
    assert site.api("GET", "/api/matching/v1/touchpoints", person=coordinator)["items"] == []


@pytest.mark.parametrize("name", [b"Eve%ff", b"Eve\xff\xfe", b"%ed%a0%80"])
def test_a_form_in_broken_bytes_is_refused_and_nothing_of_it_is_kept(
    site: Site, coordinator: Person, name: bytes
) -> None:
    client, page = site.client(coordinator), "/coordinator/touchpoints"
    fields = urlencode(dict(HIDDEN.findall(client.get(page).text)) | {"kind": "event"})
    kind = "application/x-www-form-urlencoded"
    answer = client.post(page, data=fields.encode() + b"&name=" + name, content_type=kind)
    assert (answer.status_code, SAID in answer.text) == (400, True)
    assert site.api("GET", "/api/matching/v1/touchpoints", person=coordinator)["items"] == []


@pytest.mark.parametrize("key", ["\u4e2d\u6587", "form_1\r\nX-Evil: 1", "form_\ufffd", "form_\x7f"])
def test_a_form_whose_key_is_none_is_asked_for_anew(site: Site, coordinator: Person, key: str) -> None:
    client = site.client(coordinator)
    answer = sent(client, "/coordinator/touchpoints", kind="event", name="Evening", once=key)
    assert answer.status_code == 422
    assert "This form cannot be sent again. Reload the page first." in answer.text
    assert site.api("GET", "/api/matching/v1/touchpoints", person=coordinator)["items"] == []


@pytest.mark.parametrize("value", ["\xff\xfe", "x" * 8_000, "\xe9\xe9;q=\xff", "cairn=\xff; cairn="])
def test_a_header_that_says_nothing_is_taken_for_none(site: Site, coordinator: Person, value: str) -> None:
    for name in ("ACCEPT_LANGUAGE", "COOKIE", "TRACEPARENT", "REFERER", "IF_NONE_MATCH", "USER_AGENT"):
        answer = site.client().get("/sign-in", environ_overrides={f"HTTP_{name}": value})
        assert (answer.status_code, "Sign in" in answer.text) == (200, True), name
