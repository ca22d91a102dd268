"""How the pages ask the services: over HTTP, with time limits, for one person.

Invariants:
1. Every request ends: connecting, waiting for an answer and the answer's size have limits.
2. A service answers (2xx), describes a `Problem` (RFC 9457), or is `Away`. Nothing else gets out of here: no half-read body, no
   library's error.
3. Nothing is asked twice by itself. A change is repeated by the person, and the form's own key makes the repeat harmless.
4. A service that answers in this very process is asked there, on the page's own thread, by the same requests: pages that waited for a
   second thread of a pool that pages have filled would wait for each other.
"""

import json
from collections.abc import Mapping
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import urllib3
from flask import has_request_context, request
from werkzeug.test import EnvironBuilder, run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

CONNECT_TIMEOUT_S = 2.0
READ_TIMEOUT_S = 15.0
#: A round on a large cohort, or a dry run of a long sheet.
LONG_READ_TIMEOUT_S = 90.0
MAX_ANSWER_BYTES = 32 * 1024 * 1024
MAX_CONNECTIONS = 32
#: What a gateway says when the service behind it does not answer, and what a service says when its store does not.
_AWAY_STATUSES = frozenset({502, 503, 504})


class Away(Exception):
    """The service cannot be reached, is starting, or did not answer in time. Whether a change took effect is not known."""

    def __init__(self, service: str) -> None:
        super().__init__(service)
        self.service = service


class Problem(Exception):
    """The service refused, and said why: `code` is stable, `detail` is for people, `errors` are sentences by the path into the body."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(document.get("code", f"http_{status}"))
        self.detail = str(document.get("detail", ""))
        self.document = document
        self.errors = [
            (
                tuple(str(error.get("pointer", error.get("parameter", ""))).strip("/").split("/")),
                str(error.get("detail", "")),
            )
            for error in document.get("errors", ())
        ]
        super().__init__(f"{status} {self.code}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way to a service."""

    filename: str
    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered."""

    service: str
    media_type: str
    content: bytes

    def json(self) -> Any:
        """Its values; None where there is no body."""
        if not self.content:
            return None
        try:
            return json.loads(self.content)
        except ValueError as error:
            raise Away(self.service) from error


@dataclass(frozen=True, slots=True)
class Apis:
    """The services: inside this process, each at an address of its own, or behind the gateway. Shared by all threads of a process."""

    gateway_url: str
    api_urls: Mapping[str, str] = field(default_factory=dict)
    inside: Mapping[str, "WSGIApplication"] = field(default_factory=dict)
    pool: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(num_pools=8, maxsize=MAX_CONNECTIONS, retries=False)
    )

    def ask(
        self,
        method: str,
        service: str,
        path: str,
        *,
        token: str = "",
        once: str = "",
        traceparent: str = "",
        query: Mapping[str, str | int] | None = None,
        body: Any = None,
        upload: Upload | None = None,
        timeout_s: float = READ_TIMEOUT_S,
    ) -> Answer:
        """What `service` says to `path` (below `/api/<service>/v1`). Raises `Problem` or `Away`.

        `once` becomes the Idempotency-Key; `body` is sent as JSON, `upload` as the multipart field `file`.
        """
        content, media_type = _sent(body, upload)
        said = {
            "Accept": "application/json, application/problem+json, */*;q=0.5",
            "Authorization": f"Bearer {token}" if token else "",
            "Idempotency-Key": once,
            "traceparent": traceparent,
            "Content-Type": media_type,
        }
        headers = {name: value for name, value in said.items() if value}
        address = f"/api/{service}/v1{path}" + (f"?{urlencode(query, safe=',')}" if query else "")
        if service in self.inside:
            return _judged(*_asked_inside(service, self.inside[service], method, address, headers, content))
        try:
            answer = self.pool.request(
                method,
                self.api_urls.get(service, self.gateway_url) + address,
                body=content,
                headers=headers,
                timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=timeout_s),
                redirect=False,
                preload_content=False,
            )
            received = _read(answer)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Away(service) from error
        return _judged(Answer(service, answer.headers.get("Content-Type", ""), received), answer.status)


def _asked_inside(
    service: str,
    app: "WSGIApplication",
    method: str,
    address: str,
    headers: Mapping[str, str],
    content: bytes | None,
) -> tuple[Answer, int]:
    """The same request to a service in this process; its context (log, trace, Flask's own) stays apart from the page's."""
    environ = EnvironBuilder(
        address, method=method, headers=list(headers.items()), data=content
    ).get_environ()
    if has_request_context():
        environ["REMOTE_ADDR"] = request.remote_addr or ""
    chunks, status, answered = copy_context().run(run_wsgi_app, app, environ, True)
    return Answer(service, answered.get("Content-Type", ""), b"".join(chunks)), int(status.split()[0])


def _read(answer: urllib3.BaseHTTPResponse) -> bytes:
    received = answer.read(MAX_ANSWER_BYTES + 1)
    if len(received) > MAX_ANSWER_BYTES:
        answer.close()
        raise urllib3.exceptions.HTTPError("the answer is too long")
    answer.release_conn()
    return received


def _judged(answer: Answer, status: int) -> Answer:
    if 200 <= status < 300:
        return answer
    if status in _AWAY_STATUSES or not answer.media_type.startswith("application/problem+json"):
        raise Away(answer.service)
    raise Problem(status, answer.json() or {})


def _sent(body: Any, upload: Upload | None) -> tuple[bytes | None, str]:
    if upload is not None:
        return urllib3.encode_multipart_formdata(
            {"file": (upload.filename, upload.content, upload.media_type)}
        )
    if body is not None:
        return json.dumps(body).encode(), "application/json"
    return None, ""
