"""The composition root: builds what services are given, and the application of an API process, for any set of services.

With `services.worker` and `services.initialise`, which need Kafka as well, this is the only place where adapters are built. An API
process never imports a Kafka client.
"""

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from flask import Flask, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from werkzeug.middleware.proxy_fix import ProxyFix

from shared.clock import Clock, MovedClock, system_clock
from shared.errors import Transient
from shared.events import declared
from shared.http import make_app, open_to_anybody
from shared.keys import read_keys
from shared.problems import problem
from shared.service import Room, Service
from shared.settings import SERVICES, Settings, read_settings
from shared.store import Store, connect
from shared.telemetry import start_logs
from shared.vault import Vault

StartResponse = Callable[..., Any]
Wsgi = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


def load_service(name: str) -> Service:
    """The value of a service, by its name."""
    service = import_module(f"services.{name}.service").SERVICE
    assert isinstance(service, Service)  # noqa: S101 - a wrong module is our own mistake
    return service


def heard_by(service: Service) -> list[str]:
    """The services whose topics it reads: those that announce the facts it reacts to."""
    return sorted({declared(reaction.fact).service for reaction in service.reactions})


def clock_of(settings: Settings) -> Clock:
    """The clock of this process: the machine's, or in local mode one that can be moved."""
    return MovedClock(settings.clock_file) if settings.clock_file is not None else system_clock


def open_rooms(settings: Settings, names: Iterable[str] | None = None) -> dict[str, Room]:
    """What each of the named services (by default those of this process) is given, over one MongoDB client."""
    wanted = [name for name in (settings.services if names is None else names) if name in SERVICES]
    if not wanted:
        return {}  # a process of pages alone has no database to reach
    client = connect(settings.mongo_url)
    clock = clock_of(settings)
    rooms = {}
    for name in wanted:
        keys = read_keys(settings.secrets_dir, signing=name == "profiles")
        database = f"{settings.namespace}_{name}"
        rooms[name] = Room(
            service=name,
            store=Store(client, database),
            clock=clock,
            keys=keys,
            vault=Vault(client, database, keys.root),
            settings=settings,
        )
    return rooms


def application() -> Wsgi:
    """The WSGI application of an API process: the services that `CAIRN_SERVICES` names, and the pages where `web` is among them."""
    settings = read_settings()
    start_logs("api")
    return serve(settings, open_rooms(settings))


def serve(settings: Settings, rooms: dict[str, Room]) -> Wsgi:
    """One application for these rooms: `/api/<service>/…` to each service, health and metrics, everything else to the pages."""
    apps: dict[str, Wsgi] = {
        name: make_app(load_service(name), room).wsgi_app for name, room in rooms.items()
    }

    def check() -> None:
        for room in rooms.values():
            room.store.ping()

    health = health_app(check).wsgi_app
    pages = health
    if "web" in settings.services:
        pages = import_module("services.web.app").make_web(settings, clock_of(settings)).wsgi_app

    def dispatch(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "/")
        if path.startswith("/api/"):
            return apps.get(path.split("/", 3)[2], pages)(environ, start_response)
        return (health if path == "/metrics" or path.startswith("/health/") else pages)(
            environ, start_response
        )

    # Outside a person's own machine a gateway stands in front, which says who asked (one hop is believed).
    return dispatch if settings.local else ProxyFix(dispatch, x_for=1)


def health_app(check: Callable[[], object], alive: Callable[[], bool] = lambda: True) -> Flask:
    """`/health/live` (restart me when this fails), `/health/ready` (send me work when this holds), `/metrics` of one process."""
    app = Flask("cairn.health", static_folder=None)

    @app.get("/health/live")
    @open_to_anybody
    def live() -> Response:
        return (
            Response('{"status":"live"}\n', 200, mimetype="application/json")
            if alive()
            else _unwell("not_live")
        )

    @app.get("/health/ready")
    @open_to_anybody
    def ready() -> Response:
        try:
            check()
        except Transient:
            return _unwell("not_ready")
        return Response('{"status":"ready"}\n', 200, mimetype="application/json")

    @app.get("/metrics")
    @open_to_anybody
    def metrics() -> Response:
        return Response(generate_latest(), 200, content_type=CONTENT_TYPE_LATEST)

    @app.errorhandler(404)
    def nothing_here(_error: Exception) -> Response:
        return problem(404, "not_found", "There is nothing at this address.")

    return app


def _unwell(code: str) -> Response:
    return problem(503, code, "A part that this process depends on does not answer.")
