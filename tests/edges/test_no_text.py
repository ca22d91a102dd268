"""What is no text gets a plain refusal from every service, before any route sees it: broken bytes, half characters, NUL."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from shared.settings import SERVICES
from tests.flows.profiles_people import a_chapter, a_coordinator
from tests.stack import Stack

V1 = "/api/matching/v1"
QUERIES = ("q=%ff%fe", "q=\xff\xfe", "%ed%a0%80=1", "q=a%00b")


def routes(app: Flask) -> Iterator[tuple[str, str, bool]]:
    """Method, an address with ids that nobody has, and whether it takes JSON, of every route of a service."""
    adapter = app.url_map.bind("cairn.test")
    for rule in app.url_map.iter_rules():
        address = adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, "none"), append_unknown=False)
        given = getattr(app.view_functions[rule.endpoint], "_apidoc", {}).get("arguments", {})
        takes_json = any(one["in"] == "json" for one in given.get("parameters", ()))
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, address, takes_json and method != "GET"


@pytest.mark.parametrize("name", SERVICES)
def test_an_address_that_asks_in_broken_bytes_is_refused_by_every_route(stack: Stack, name: str) -> None:
    client = stack.http(name)
    for method, address, _ in routes(stack.running[name].app):
        for query in QUERIES:
            refused = client.open(address, method=method, environ_overrides={"QUERY_STRING": query})
            assert (refused.status_code, refused.mimetype) == (400, "application/problem+json"), (
                method,
                address,
            )
            assert refused.json["code"] == "not_text"  # type: ignore[index]


@pytest.mark.parametrize("name", SERVICES)
def test_a_body_that_holds_what_is_no_text_is_refused_by_every_route_with_a_pointer(
    stack: Stack, name: str
) -> None:
    bad = [
        (b'{"text": "\\ud800"}', "/text"),
        (b'{"text": "\xed\xa0\x80"}', "/text"),
        (b'{"a/b": [{"c": "x\\u0000"}]}', "/a~1b/0/c"),
        (b'{"a": {"\\udfff": 1}}', "/a"),
    ]
    client, tried = stack.http(name), 0
    for method, address, takes_json in routes(stack.running[name].app):
        for body, place in bad if takes_json else ():
            refused = client.open(address, method=method, data=body, content_type="application/json")
            tried += 1
            assert (refused.status_code, refused.mimetype) == (422, "application/problem+json"), (
                method,
                address,
            )
            assert [one["pointer"] for one in refused.json["errors"]] == [place]  # type: ignore[index]
    assert tried


@pytest.mark.parametrize("name", ["Spring\0", "\ud83c", "\udf38 spring"])
def test_nothing_is_kept_of_a_name_that_is_no_text_and_whole_pairs_are_a_character(
    stack: Stack, name: str
) -> None:
    mei = a_coordinator(stack, a_chapter(stack))

    refused = stack.post(f"{V1}/programmes", {"name": name}, mei)
    taken: Any = stack.ask(
        "POST", f"{V1}/programmes", mei, data=json.dumps({"name": "🌸"}), content_type="application/json"
    )

    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/name")  # type: ignore[index]
    assert [one["name"] for one in stack.get(f"{V1}/programmes", mei).json["items"]] == ["🌸"]  # type: ignore[index]
    assert taken.status_code == 201
