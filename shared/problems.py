"""Problem documents (RFC 9457): what every error of every service and process looks like."""

from typing import Any

from flask import Response, jsonify
from werkzeug.http import HTTP_STATUS_CODES

MAX_ERRORS = 50


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """A response with `type`, `title`, `status`, `code`, `detail`; `code` is stable, `detail` is for people."""
    answer = jsonify(
        {
            "type": f"urn:cairn:problem:{code}",
            "title": HTTP_STATUS_CODES.get(status, "Error"),
            "status": status,
            "code": code,
            "detail": detail,
            **more,
        }
    )
    answer.status_code = status
    answer.mimetype = "application/problem+json"
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def pointers(messages: Any) -> list[dict[str, str]]:
    """One entry for each refused field: a JSON Pointer (RFC 6901) into the body, or the parameter's name, and what is wrong."""
    found: list[dict[str, str]] = []
    for location, fields in messages.items() if isinstance(messages, dict) else [("json", messages)]:
        _walk(fields, "", "pointer" if location in ("json", "form", "files") else "parameter", found)
    return found[:MAX_ERRORS]


def _walk(node: Any, path: str, word: str, found: list[dict[str, str]]) -> None:
    if isinstance(node, dict):
        for key, inner in node.items():
            step = "" if key == "_schema" else "/" + str(key).replace("~", "~0").replace("/", "~1")
            _walk(inner, path + step, word, found)
        return
    place = path if word == "pointer" else path.removeprefix("/")
    found.extend({word: place, "detail": str(text)} for text in (node if isinstance(node, list) else [node]))
