"""The gateway of a split local stack: API paths go to their services, everything else to the pages."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from werkzeug.serving import make_server
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from services.web.gateway import gateway
from tests.ports import free_port


@Request.application
def pages(_request: Request) -> Response:
    return Response("a page")


@Request.application
def service(request: Request) -> Response:
    said = f"{request.method} {request.full_path} {request.headers.get('Idempotency-Key')} {request.get_data().decode()}"
    return Response(said, 201, headers={"X-From": "matching"})


@contextmanager
def served(app: Any) -> Iterator[str]:
    port = free_port()
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_request_reaches_the_service_with_all_that_it_said() -> None:
    with served(service) as address:
        client = Client(gateway(pages, {"matching": address}))
        answer = client.post("/api/matching/v1/cycles?limit=5", data="{}", headers={"Idempotency-Key": "k1"})
    assert (answer.status_code, answer.text) == (201, "POST /api/matching/v1/cycles?limit=5 k1 {}")
    assert answer.headers["X-From"] == "matching"


def test_a_service_that_does_not_answer_is_a_problem_document() -> None:
    answer = Client(gateway(pages, {"matching": f"http://127.0.0.1:{free_port()}"})).get(
        "/api/matching/v1/cycles"
    )
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.json is not None
    assert answer.json["code"] == "not_reachable"


@pytest.mark.parametrize("api_urls", [{}, {"matching": "http://127.0.0.1:9"}])
def test_an_api_that_is_not_there_is_never_answered_by_a_page(api_urls: dict[str, str]) -> None:
    answer = Client(gateway(pages, api_urls)).get("/api/nothing/v1/x")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_everything_else_goes_to_the_pages() -> None:
    assert Client(gateway(pages, {"matching": "http://127.0.0.1:9"})).get("/me").text == "a page"


def test_a_body_of_unknown_length_is_refused() -> None:
    client = Client(gateway(pages, {"matching": "http://127.0.0.1:9"}))
    assert client.post("/api/matching/v1/cycles", headers={"Transfer-Encoding": "chunked"}).status_code == 411


def test_a_query_of_bytes_that_are_no_ascii_reaches_the_service_as_they_are() -> None:
    with served(service) as address:
        client = Client(gateway(pages, {"matching": address}))
        asked = {"QUERY_STRING": "a=%2f;b&c='\xc3\xa9'&d=\xff|"}
        answer = client.get("/api/matching/v1/cycles", environ_overrides=asked)
    assert answer.status_code == 201
    assert "/api/matching/v1/cycles?a=%2f;b&c='%C3%A9'&d=%FF%7C None" in answer.text
