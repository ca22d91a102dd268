"""The application that R3 asks: one route through the door, the same route as one bare insert, and the real sessions service beside it.

Schema, sign-in, logs, metrics and traces are those of every service; only what happens in the database differs.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.runtime import clock_of, open_rooms, serve
from shared.auth import COORDINATOR
from shared.events.profiles import MemberProfileChanged
from shared.http import Body, asker, call, make_app, open_to, room
from shared.ids import derived_id, new_id
from shared.keys import read_keys
from shared.kinds import Kind, to_document
from shared.service import Room, Service
from shared.settings import read_settings
from shared.store import Store, connect
from shared.telemetry import start_logs
from shared.transaction import Tx
from shared.vault import Vault

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Newcomer:
    """The document that is written."""

    id: str
    chapter: str
    entered_by: str
    joined_at: datetime
    languages: tuple[str, ...]
    hours: tuple[int, ...]
    capacity: int


NEWCOMERS = Kind("member", "newcomers", Newcomer)
blp = Blueprint("bench", __name__, url_prefix="/api/bench/v1")


class NewcomerIn(Body):
    """A schema such as those of the services."""

    joined_at = fields.AwareDateTime(format="iso", required=True)
    languages = fields.List(
        fields.String(validate=validate.Length(2, 20)), required=True, validate=validate.Length(1, 12)
    )
    hours = fields.List(
        fields.Integer(strict=True, validate=validate.Range(0, 167)),
        required=True,
        validate=validate.Length(max=168),
    )
    capacity = fields.Integer(strict=True, required=True, validate=validate.Range(0, 20))


class NewcomerOut(Schema):
    """What both routes answer."""

    id = fields.String()
    joined_at = fields.AwareDateTime(format="iso")
    languages = fields.List(fields.String())
    hours = fields.List(fields.Integer())
    capacity = fields.Integer()


@blp.route("/newcomers", methods=["POST"])
@open_to(COORDINATOR)
@blp.arguments(NewcomerIn)
@blp.response(201, NewcomerOut)
def through_the_door(asked: dict[str, Any]) -> dict[str, Any]:
    """One document, the remembered call and one event, in one transaction."""

    def work(tx: Tx) -> dict[str, Any]:
        newcomer = _newcomer(asked, derived_id("mem", tx.call.id))
        told = MemberProfileChanged(
            roles=("mentor",),
            areas_offered=(),
            areas_wanted=(),
            wants_to_learn=(),
            could_teach=(),
            languages=newcomer.languages,
            hours=newcomer.hours,
            capacity=newcomer.capacity,
        )
        tx.save(NEWCOMERS, newcomer, told)
        return asdict(newcomer)

    return room().store.change(call(), work)


@blp.route("/bare", methods=["POST"])
@open_to(COORDINATOR)
@blp.arguments(NewcomerIn)
@blp.response(201, NewcomerOut)
def bare(asked: dict[str, Any]) -> Newcomer:
    """The same document as one insert, acknowledged by a majority from its journal."""
    newcomer = _newcomer(asked, new_id("mem"))
    room().store.db["bare"].insert_one(to_document(newcomer))
    return newcomer


def _newcomer(asked: dict[str, Any], id: str) -> Newcomer:
    who = asker()
    lists = {"languages": tuple(asked["languages"]), "hours": tuple(asked["hours"])}
    return Newcomer(id=id, chapter=who.chapter, entered_by=who.member, **{**asked, **lists})


def application() -> Wsgi:
    """`/api/bench/…` to the routes above, over the database of profiles; everything else as an API process serves it."""
    settings = read_settings()
    start_logs("api")
    product = serve(settings, open_rooms(settings))
    client = connect(settings.mongo_url)
    database = f"{settings.namespace}_profiles"
    keys = read_keys(settings.secrets_dir, signing=False)
    store = Store(client, database)
    store.ensure_indexes(())
    here = Room("bench", store, clock_of(settings), keys, Vault(client, database, keys.root), settings)
    bench = make_app(Service("bench", (blp,)), here).wsgi_app

    def dispatch(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "/")
        return (bench if path.startswith("/api/bench/") else product)(environ, start_response)

    return dispatch
