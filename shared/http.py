"""The HTTP edge that all services share: sign-in, once-only calls, limits, problem documents, OpenAPI.

Invariants:
1. Every route says who may use it (`open_to`, `open_to_anybody`); one that does not stops the process from starting.
2. Every error is `application/problem+json` (RFC 9457) with a stable `code`; none shows a stack trace or what the server holds.
3. Every change carries a `Call`, whose id comes from the `Idempotency-Key` header where the client sends one.
4. What a route is given to read, of its query and of a JSON body, is text: what is none (`shared.readable`) is refused before.
"""

import functools
import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar, cast

import structlog
import swagger_ui_bundle
from flask import Flask, Response, current_app, g, request, send_from_directory
from flask.typing import ResponseReturnValue
from flask_smorest import Api
from marshmallow import RAISE, Schema
from opentelemetry.trace import SpanKind
from pymongo.errors import PyMongoError
from werkzeug.exceptions import BadRequest, HTTPException

from shared.auth import Asker, read_token
from shared.call import Call
from shared.errors import NotAllowed, Refused, Transient
from shared.ids import derived_id, new_id
from shared.problems import MAX_ERRORS, pointers, problem
from shared.readable import NO_TEXT, is_text_query, no_text_in
from shared.sealed import SEALED, route
from shared.service import Room, Service
from shared.telemetry import REQUESTS, log, span

View = TypeVar("View", bound=Callable[..., Any])

MAX_BODY_BYTES = 256 * 1024
MAX_KEY_CHARS = 200
INVALID = "The request has fields that cannot be accepted as they are."
ANYBODY = "anybody"
ACCESS = "cairn_access"


class Body(Schema):
    """The parent of every input schema: a field that it does not name is refused, not dropped."""

    class Meta:
        unknown = RAISE


def open_to(*roles: str) -> Callable[[View], View]:
    """Only for signed-in members in one of these roles of their chapter; without roles, for every signed-in member."""

    def mark(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            who = asker()
            if roles and not who.roles & set(roles):
                raise NotAllowed("wrong_role", f"Only a {' or '.join(roles)} of the chapter can do this.")
            return view(*args, **kwargs)

        setattr(guarded, ACCESS, frozenset(roles))
        return cast(View, guarded)

    return mark


def open_to_anybody(view: View) -> View:
    """For everybody, signed in or not."""
    setattr(view, ACCESS, ANYBODY)
    return view


def room() -> Room:
    """What the service that answers this request was given."""
    return cast(Room, current_app.extensions["cairn.room"])


def asker() -> Asker:
    """Who asks. `Refused` 401 without a valid bearer token."""
    if "asker" not in g:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused("sign_in_missing", "Sign in first: this needs a bearer token.", status=401)
        here = room()
        g.asker = read_token(token.strip(), here.keys.verify, here.clock())
        structlog.contextvars.bind_contextvars(chapter=g.asker.chapter, member=g.asker.member)
    return cast(Asker, g.asker)


def call() -> Call:
    """This request as a call of the signed-in member in her chapter."""
    who = asker()
    return _call(who.member, who.chapter, who.roles)


def call_as(asker: str, chapter: str) -> Call:
    """This request as a call about what is no business of a chapter's life: on the platform's own clock."""
    return replace(_call(asker, chapter, frozenset()), at=room().clock())


def call_of_anybody(chapter: str) -> Call:
    """This request as a call of somebody who is not signed in, about one chapter."""
    return _call("anybody", chapter, frozenset())


def _call(member: str, chapter: str, roles: frozenset[str]) -> Call:
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > MAX_KEY_CHARS or not key.isprintable():
        raise Refused(
            "idempotency_key_invalid",
            f"An Idempotency-Key has at most {MAX_KEY_CHARS} printable characters.",
            status=400,
        )
    once = derived_id("call", member, chapter, request.method, request.path, key) if key else new_id("call")
    structlog.contextvars.bind_contextvars(call=once)
    return Call(
        id=once,
        at=room().now(chapter),
        chapter=chapter,
        asker=member,
        roles=roles,
        fingerprint=_fingerprint() if key else "",
        traceparent=g.get("traceparent", ""),
    )


def _fingerprint() -> str:
    """What was asked, so that a repeat can be told from another request; keyed, so that nobody can try out what a short body said."""
    body = hashlib.sha256(request.get_data()).hexdigest()
    return room().keys.derive("fingerprint", request.full_path, body).hex()


def make_app(service: Service, room: Room) -> Flask:
    """The Flask application of one service: its blueprints behind the shared edge, its OpenAPI at `/api/<service>/openapi.json`."""
    app = Flask(f"cairn.{service.name}", static_folder=None)
    app.extensions["cairn.room"] = room
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        API_TITLE=f"Cairn {service.name}",
        API_VERSION="v1",
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX=f"/api/{service.name}",
        OPENAPI_JSON_PATH="openapi.json",
        OPENAPI_SWAGGER_UI_PATH="docs",
        OPENAPI_SWAGGER_UI_URL=f"/api/{service.name}/docs/assets/",
        API_SPEC_OPTIONS={
            "components": {
                "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
            },
            "security": [{"bearer": []}],
        },
    )
    _watch(app, service.name)
    _want_text(app)
    _want_json(app)
    api = Api(app)
    for blueprint in service.blueprints:
        api.register_blueprint(blueprint)
    _answer_errors(app)
    _serve_docs(app, service.name)
    unmarked = [rule.endpoint for rule in app.url_map.iter_rules() if access_of(app, rule.endpoint) is None]
    if unmarked:
        raise RuntimeError(f"routes that do not say who may use them: {', '.join(sorted(unmarked))}")
    return app


def access_of(app: Flask, endpoint: str) -> frozenset[str] | str | None:
    """Who may use an endpoint: roles (none: every member), `ANYBODY`, or None where it does not say."""
    if endpoint.startswith("api-docs.") or endpoint == "docs_assets":
        return ANYBODY
    return cast("frozenset[str] | str | None", getattr(app.view_functions[endpoint], ACCESS, None))


def _watch(app: Flask, service: str) -> None:
    @app.before_request
    def start() -> None:
        structlog.contextvars.clear_contextvars()
        g.started_s = time.perf_counter()
        opened = span(
            f"{request.method} {route()}",
            request.headers.get("traceparent", ""),
            SpanKind.SERVER,
        )
        g.traceparent = opened.__enter__()
        g.span = opened
        structlog.contextvars.bind_contextvars(service=service, trace=g.traceparent[3:35])

    @app.after_request
    def measure(response: Response) -> Response:
        took_s = time.perf_counter() - g.started_s
        pattern, status = route(), response.status_code
        REQUESTS.labels(service, request.method, pattern, 0 if pattern == SEALED else status).observe(took_s)
        if pattern != SEALED:
            ms = round(took_s * 1000, 1)
            log().info("request", method=request.method, route=pattern, status=status, ms=ms)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response

    @app.teardown_request
    def finish(_error: BaseException | None) -> None:
        if (opened := g.pop("span", None)) is not None:
            opened.__exit__(None, None, None)


def _want_text(app: Flask) -> None:
    """An address that asks in bytes which are no text is refused, whatever its route would do with them."""

    @app.before_request
    def want() -> None:
        if not is_text_query(request.query_string):
            raise Refused("not_text", "What stands behind the ? is not UTF-8, or holds NUL.", status=400)


def _want_json(app: Flask) -> None:
    """Where a route takes JSON, a body that says it is something else is not read as an empty one; one that nobody can read is refused."""

    @app.before_request
    def want() -> None:
        documented = getattr(app.view_functions.get(request.endpoint or ""), "_apidoc", {}).get(
            "arguments", {}
        )
        takes_json = any(given["in"] == "json" for given in documented.get("parameters", ()))
        if takes_json and request.content_length and request.mimetype and not request.is_json:
            raise Refused("not_json", "Send application/json.", status=415)
        if takes_json and request.is_json and request.get_data():
            try:
                said = request.get_json()  # webargs takes a number of thousands of digits for a fault of ours
            except BadRequest:
                raise Refused("not_json", "The body is not valid JSON.", status=400) from None
            if found := list(islice(no_text_in(said), MAX_ERRORS)):
                errors = [{"pointer": place, "detail": NO_TEXT} for place in found]
                raise Refused("invalid", INVALID, status=422, errors=errors)


def _answer_errors(app: Flask) -> None:
    @app.errorhandler(Refused)
    def refused(error: Refused) -> ResponseReturnValue:
        return problem(error.status, error.code, error.detail, **error.more)

    @app.errorhandler(Transient)
    def transient(error: Transient) -> ResponseReturnValue:
        log().warning("transient", reason=str(error))
        answer = problem(
            503,
            "try_again",
            "Something that we depend on did not answer in time. Nothing was changed; try again.",
        )
        answer.headers["Retry-After"] = "2"
        return answer

    @app.errorhandler(PyMongoError)
    def database(error: PyMongoError) -> ResponseReturnValue:
        return transient(Transient(type(error).__name__)) if error.timeout else ours(error)

    @app.errorhandler(RecursionError)
    def too_deep(_error: RecursionError) -> ResponseReturnValue:
        return problem(400, "not_json", "The body is nested too deeply.")

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        messages = getattr(error, "data", {}).get("messages")
        if status == 422 and messages:
            return problem(
                422,
                "invalid",
                INVALID,
                errors=pointers(messages),
            )
        if status == 400 and messages:
            return problem(400, "not_json", "The body is not valid JSON.")
        codes = {
            404: "not_found",
            405: "method_not_allowed",
            413: "too_large",
            415: "unsupported_media_type",
            429: "too_many",
        }
        said = error.description or error.name
        if status == 413 and (request.content_length or 0) > (request.max_content_length or 0):
            said = f"The body is larger than the {request.max_content_length:,} bytes that can be taken here."
        answer = problem(status, codes.get(status, f"http_{status}"), said)
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                answer.headers[name] = value
        return answer

    @app.errorhandler(Exception)
    def ours(error: Exception) -> ResponseReturnValue:
        log().error("bug", exc_info=error)
        return problem(500, "internal", "Something went wrong on our side. It was logged.")


def _serve_docs(app: Flask, service: str) -> None:
    folder = Path(swagger_ui_bundle.swagger_ui_path)

    @app.get(f"/api/{service}/docs/assets/<path:name>", endpoint="docs_assets")
    def assets(name: str) -> Response:
        answer = send_from_directory(folder, name)
        answer.headers["Cache-Control"] = "public, max-age=86400"
        return answer
