"""The public contract over HTTP, for everybody: the catalogue, the JSON Schemas that `dataschema` points to, AsyncAPI."""

from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from services.notifications.contract.asyncapi import document
from services.notifications.contract.catalogue import catalogue
from shared.errors import NotThere
from shared.events import EVENTS
from shared.events.schemas import DIALECT, data_schema, schema_address
from shared.http import open_to_anybody, room

PREFIX = "/api/notifications/v1"
#: How long others may keep what hardly ever changes.
CACHED = "public, max-age=3600"
SCHEMA_TYPE = "application/schema+json"
ASYNCAPI_TYPE = "application/vnd.aai.asyncapi+json;version=3.1.0"

BLP = Blueprint(
    "contract",
    __name__,
    url_prefix=PREFIX,
    description="What integrators can follow: events and their schemas",
)

Json = dict[str, Any]


class FieldShown(Schema):
    name = fields.String(required=True)
    kind = fields.String(required=True)
    required = fields.Boolean(required=True)
    meaning = fields.String(required=True)
    values = fields.List(fields.String(), required=True)


class EventShown(Schema):
    type = fields.String(required=True)
    about = fields.String(required=True)
    topic = fields.String(required=True)
    since = fields.String(required=True)
    meaning = fields.String(required=True)
    schema = fields.String(required=True)
    fields_ = fields.List(fields.Nested(FieldShown), required=True, data_key="fields", attribute="fields")
    example = fields.Dict(required=True, allow_none=True)


class CatalogueShown(Schema):
    version = fields.String(required=True)
    rules = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    items = fields.List(fields.Nested(EventShown), required=True)


@BLP.route("/events")
@open_to_anybody
@BLP.response(200, CatalogueShown)
def events() -> Json:
    """The catalogue: every public event with its meaning, fields and an example, and the rules of order, duplicates and erasure."""
    return catalogue(room().settings.public_url)


@BLP.route("/schemas/<string:type>.json")
@open_to_anybody
def schema(type: str) -> Response:
    """The JSON Schema of a public event's data, at the address that its `dataschema` names."""
    made = EVENTS.get(type)
    if made is None or not made.public:
        raise NotThere("schema")
    address = schema_address(room().settings.public_url, type)
    return _kept(jsonify({"$schema": DIALECT, "$id": address, **data_schema(made)}), SCHEMA_TYPE)


@BLP.route("/asyncapi.json")
@open_to_anybody
def asyncapi() -> Response:
    """The whole contract as AsyncAPI 3.1."""
    here = room().settings
    return _kept(jsonify(document(here.public_url, here.namespace)), ASYNCAPI_TYPE)


def _kept(answer: Response, content_type: str) -> Response:
    answer.headers["Content-Type"] = content_type
    answer.headers["Cache-Control"] = CACHED
    return answer
