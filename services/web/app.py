"""The Flask application of the pages.

Invariants:
1. No page runs or styles anything that is not a file of ours (Content-Security-Policy); every page works without scripts.
2. Every form carries a token against forgery (Flask-WTF) and a key that makes its change happen once.
3. Whatever goes wrong, the visitor reads plain sentences: what happened, what still works, what she can do.
"""

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from flask import (
    Flask,
    Request,
    Response,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect  # type: ignore[import-untyped]
from opentelemetry.trace import SpanKind
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import BadRequest, HTTPException, MethodNotAllowed
from werkzeug.routing import BaseConverter
from werkzeug.utils import cached_property

from services.web import looks, words
from services.web.apis import Apis, Away, Problem
from services.web.gateway import gateway
from services.web.pages import BLUEPRINTS, PAGE_OF_FORM, imports, mailbox
from services.web.sentences import AWAY, STILL_WORKS, told
from services.web.visitor import SignInEnded, Tokens, ask_to_sign_in, language_of_visit
from shared.clock import Clock
from shared.keys import read_keys
from shared.readable import is_text_query, is_utf8
from shared.sealed import SEALED, route
from shared.settings import Settings
from shared.telemetry import REQUESTS, log, span

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MAX_FORM_BYTES = 512 * 1024
SESSION_FOR = timedelta(days=14)
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class TextRequest(Request):
    """A request whose query and form are text to whoever reads them: `BadRequest` where they are none. Who reads neither works on."""

    @cached_property
    def args(self) -> MultiDict[str, str]:
        if not is_text_query(self.query_string):
            raise BadRequest
        return super().args

    @cached_property
    def form(self) -> ImmutableMultiDict[str, str]:
        if self.mimetype == "application/x-www-form-urlencoded" and not is_utf8(self.get_data()):
            raise BadRequest  # each broken byte would be kept as three letters, `%ff`
        return super().form


class IdConverter(BaseConverter):
    """An id as the services make them, `rel_01jd…`: nothing else reaches an address that we ask."""

    regex = r"[a-z]{2,20}_[0-9a-z]{8,64}"


class SlugConverter(BaseConverter):
    """A chapter's id."""

    regex = r"[a-z0-9][a-z0-9-]{0,62}"


def make_web(
    settings: Settings, clock: Clock, inside: Mapping[str, "WSGIApplication"] | None = None
) -> Flask:
    """The pages of a stack, for one process; a mailbox among them in local mode only. `inside` are services in the same process."""
    app = Flask("services.web")
    app.request_class = TextRequest
    apis = Apis(settings.gateway_url, settings.api_urls, inside or {})
    app.extensions |= {
        "cairn.apis": apis,
        "cairn.clock": clock,
        "cairn.tokens": Tokens(apis, clock),
        "cairn.settings": settings,
    }
    secure = settings.public_url.startswith("https://")  # which production insists on
    app.config.update(
        SECRET_KEY=read_keys(settings.secrets_dir, signing=False).derive("web", "cookie"),
        SESSION_COOKIE_NAME="__Host-cairn" if secure else "cairn",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        PERMANENT_SESSION_LIFETIME=SESSION_FOR,
        WTF_CSRF_TIME_LIMIT=None,  # it lives as long as the cookie does: a form may stay open over lunch
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
    )
    app.url_map.converters |= {"id": IdConverter, "slug": SlugConverter}
    _watch(app)
    CSRFProtect(app)
    for pages in BLUEPRINTS:
        app.register_blueprint(pages)
    if settings.local and settings.mailbox_url:
        app.register_blueprint(mailbox.pages)
    looks.furnish(app)
    _answer_errors(app)
    app.wsgi_app = gateway(app.wsgi_app, settings.api_urls)  # type: ignore[assignment]
    return app


def _watch(app: Flask) -> None:
    @app.before_request
    def start() -> None:
        structlog.contextvars.clear_contextvars()
        g.started_s = time.perf_counter()
        if request.endpoint == "imports.upload":
            request.max_content_length = imports.MAX_UPLOAD_BYTES
        opened = span(
            f"{request.method} {route()}",
            request.headers.get("traceparent", ""),
            SpanKind.SERVER,
        )
        g.traceparent = opened.__enter__()
        g.span = opened
        structlog.contextvars.bind_contextvars(service="web", trace=g.traceparent[3:35])
        g.language = language_of_visit()

    @app.after_request
    def finish(response: Response) -> Response:
        took_s = time.perf_counter() - g.started_s
        pattern, status = route(), response.status_code
        REQUESTS.labels("web", request.method, pattern, 0 if pattern == SEALED else status).observe(took_s)
        if request.endpoint != "static":
            if pattern != SEALED:
                log().info(
                    "page", method=request.method, route=pattern, status=status, ms=round(took_s * 1000, 1)
                )
            response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if app.config["SESSION_COOKIE_SECURE"]:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response

    @app.teardown_request
    def close(_error: BaseException | None) -> None:
        if (opened := g.pop("span", None)) is not None:
            opened.__exit__(None, None, None)


def _answer_errors(app: Flask) -> None:
    @app.errorhandler(SignInEnded)
    def ended(_error: SignInEnded) -> ResponseReturnValue:
        session.pop("session", None)
        flash(words.gettext("Your sign-in has ended. Sign in again to go on."), "note")
        return ask_to_sign_in()

    @app.errorhandler(Away)
    def away(error: Away) -> ResponseReturnValue:
        sent = (
            []
            if request.files
            else [(name, value) for name, values in request.form.lists() for value in values]
        )
        answer = render_template(
            "away.html",
            title=words.gettext(AWAY.get(error.service, AWAY[""])),
            works=[words.gettext(text) for text in STILL_WORKS.get(error.service, ())],
            sent=sent,
        )
        return answer, 503, {"Retry-After": "10"}

    @app.errorhandler(Problem)
    def problem(error: Problem) -> ResponseReturnValue:
        if request.method == "GET" and error.code == "invalid":
            return _page(404, "")  # what is wrong stands in the address: there are no fields to look at
        return _page(error.status, told(error))

    @app.errorhandler(CSRFError)
    def forged(_error: CSRFError) -> ResponseReturnValue:
        return _page(
            400,
            words.gettext(
                "This form has grown old, or cookies are switched off. Go back, reload the page and send it again."
            ),
        )

    @app.errorhandler(MethodNotAllowed)
    def form_only(error: MethodNotAllowed) -> ResponseReturnValue:
        forms = app.create_url_adapter(request)
        takes_forms = "POST" in (error.valid_methods or ())
        if forms and takes_forms and request.method in ("GET", "HEAD"):
            endpoint, values = forms.match(method="POST")
            if endpoint in PAGE_OF_FORM:
                page, asked = PAGE_OF_FORM[endpoint]
                its_own = {name for rule in app.url_map.iter_rules(page) for name in rule.arguments}
                named: dict[str, Any] = {name: values[name] for name in its_own} | dict(asked)
                return redirect(url_for(page, **named), 303)
        said = (
            words.gettext("A link cannot do this, only the button on its page. Nothing was changed.")
            if takes_forms
            else words.gettext("This address shows something, and takes nothing. Nothing was changed.")
        )
        answer = make_response(_page(405, said))
        answer.headers["Allow"] = ", ".join(error.valid_methods or ())
        return answer

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        too_large = error.code == 413 and request.endpoint == "imports.upload"
        return _page(error.code or 500, words.gettext("A sheet has at most 5 MB.") if too_large else "")

    @app.errorhandler(Exception)
    def ours(error: Exception) -> ResponseReturnValue:
        log().error("bug", exc_info=error)
        return _page(500, "")


def _page(status: int, text: str) -> ResponseReturnValue:
    return render_template("problem.html", status=status, text=text), status
