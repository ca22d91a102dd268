"""The gateway of a split local stack: each service answers in a process of its own, behind the same paths on one port.

Invariant: a service that does not answer is a problem document (RFC 9457) with status 503, as at every other gateway of Cairn.
"""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.middleware.http_proxy import ProxyMiddleware
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Longer than the longest that the pages wait for a service.
ANSWER_TIMEOUT_S = 95
#: What means something in a query, or is percent-encoded already (RFC 3986, 3.4).
KEPT_IN_QUERY = "%!$&'()*+,;=:@/?"


def gateway(pages: "WSGIApplication", api_urls: Mapping[str, str]) -> "WSGIApplication":
    """The pages, and before them the services at `api_urls` (name to address). No API path ever answers with a page."""
    proxy = ProxyMiddleware(
        pages,
        {f"/api/{name}/": {"target": address} for name, address in api_urls.items()},
        timeout=ANSWER_TIMEOUT_S,
    )
    prefixes = tuple(proxy.targets)

    def dispatch(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith("/api/"):
            return pages(environ, start_response)
        if not path.startswith(prefixes):
            return _problem(404, "not_found", "There is nothing at this address.")(environ, start_response)
        if environ.get("HTTP_TRANSFER_ENCODING"):
            return _problem(411, "length_required", "Send the body with its Content-Length.")(
                environ, start_response
            )
        # The proxy's client sends nothing but ASCII; the environment holds bytes as PEP 3333 has it.
        query = environ.get("QUERY_STRING", "").encode("latin-1")
        environ["QUERY_STRING"] = quote(query, safe=KEPT_IN_QUERY)
        unreachable = False

        def start(status, headers, exc_info=None):  # type: ignore[no-untyped-def]  # as PEP 3333 has it
            nonlocal unreachable
            if status.startswith("502 "):  # the proxy's own: no service answers 502
                unreachable = True
                return lambda _: None
            return start_response(status, headers, exc_info)

        body = proxy(environ, start)
        if not unreachable:
            return body
        answer = _problem(
            503,
            "not_reachable",
            "This part of Cairn does not answer at the moment; try again in a few seconds.",
        )
        answer.headers["Retry-After"] = "5"
        return answer(environ, start_response)

    return dispatch


def _problem(status: int, code: str, detail: str) -> Response:
    title = HTTP_STATUS_CODES[status]
    document = {
        "type": f"urn:cairn:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
    }
    return Response(json.dumps(document) + "\n", status, mimetype="application/problem+json")
