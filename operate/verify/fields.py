"""Which fields of the APIs take free text: derived from the schemas that the running services publish, so that none can be forgotten.

A field is free text unless its schema says otherwise (an enumeration, a number, a time) or it is declared here, by name, to be something
else or to be meant for others. The verification fails on a field that it could neither plant nor finds declared.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

MAX_DEPTH = 8
#: Formats that hold no words.
FORMATS = ("date", "date-time", "time", "binary", "email", "uuid", "uri")
METHODS = ("post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Field:
    """A text field of a request: `POST /api/sessions/v1/sessions/{id}/steps`, pointer `/text` (`*` for each of a list)."""

    method: str
    path: str
    pointer: str

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.pointer}"


#: What is not confidential text: the field (`*` for any run of characters), and why.
PUBLIC: tuple[tuple[str, str], ...] = (
    ("* /token", "the secret of a link that was mailed to her; it is derived and stored nowhere"),
    ("* /session", "an id, or the secret of a session; it is derived and stored nowhere"),
    ("* [?]token", "the secret of a link that was mailed to her; it is derived and stored nowhere"),
    ("* [?]after", "an id: which page of a list"),
    ("* [?]ids", "ids"),
    ("* [?]relationship", "an id"),
    ("* [?]reason", "staff's own words, written for the member: why they look at her record (R16)"),
    ("* /member", "an id"),
    ("* /members/*", "an id"),
    ("* /mentee", "an id"),
    ("* /mentor", "an id"),
    ("* /about", "an id: whom a report is about"),
    ("* /account", "an id"),
    ("* /chapters/[*]", "a chapter's id"),
    ("* /relationship", "an id"),
    ("POST /api/notifications/v1/webhooks/{id}/replays /after", "a place in the feed"),
    ("POST /api/profiles/v1/crossings /to", "a chapter's id"),
    ("POST /api/matching/v1/requests /to", "an id"),
    ("* /chapter", "a chapter's id"),
    ("* /programme", "an id"),
    ("* /cycle", "an id"),
    ("POST /api/matching/v1/cycles/{id}/rounds /before", "an id"),
    ("POST /api/matching/v1/cycles/{id}/rounds /locked/[*]/*", "ids"),
    ("GET /api/matching/v1/rounds/{id}/* [?]mentee", "an id"),
    ("GET /api/matching/v1/rounds/{id}/* [?]mentor", "an id"),
    ("GET /api/matching/v1/cycles/{id}/discovery [?]mentee", "an id"),
    ("GET /api/matching/v1/rounds/{id}/* [?]member", "an id"),
    ("GET /api/matching/v1/rounds/{id}/* [?]with", "an id"),
    ("* /locale", "a language tag"),
    ("* /time_zone", "an IANA name"),
    ("* /languages/*", "a language tag"),
    ("PATCH /api/profiles/v1/me /areas_offered/*/area", "the slug of an area"),
    ("PATCH /api/profiles/v1/me /areas_wanted/*/area", "the slug of an area"),
    ("PATCH /api/profiles/v1/me /wants_to_learn/*", "the slug of an area"),
    ("PATCH /api/profiles/v1/me /could_teach/*", "the slug of an area"),
    ("* /consents/*/question", "the key of a programme's question"),
    ("* /opens_local", "a time"),
    ("* /closes_local", "a time"),
    (
        "POST /api/profiles/v1/imports *",
        "a coordinator's own sheet and its columns; what it says of people goes to their profiles",
    ),
    ("PUT /api/profiles/v1/imports/{import_id}/mapping *", "a coordinator's choice of columns"),
    ("* /api/matching/v1/programmes* /name", "a programme's name, written by staff for everybody"),
    ("* /api/matching/v1/programmes* /rules/*", "a programme's rules, written by staff for everybody"),
    ("* /api/matching/v1/cycles* /name", "a cycle's name, written by staff for everybody"),
    ("* /api/matching/v1/me/intake /answers/*", "one of the answers that the question offers"),
    (
        "* /api/matching/v1/introductions /override",
        "staff's own words, logged: why they set a conflict aside (R12)",
    ),
    (
        "* /api/matching/v1/touchpoints* /name",
        "what an event or a group is called, written by staff for everybody",
    ),
    (
        "* /api/sessions/v1/guides* /question",
        "an open question of the chapter's library, written by staff for everybody",
    ),
    (
        "* /api/notifications/v1/service-accounts* /name",
        "what a coordinator calls a program that follows the chapter, written by staff for staff",
    ),
    ("* /api/notifications/v1/webhooks* /url", "an integrator's address, written by staff or by herself"),
    (
        "* /api/notifications/v1/webhooks* /note",
        "an integrator's word for her receiver, shown to nobody else",
    ),
)


def free_text(specs: dict[str, Any]) -> frozenset[Field]:
    """Every text field of every request of these OpenAPI documents, by service, that its schema does not bind to given words."""
    return frozenset(field for spec in specs.values() for field in _of(spec))


def why_public(field: Field) -> str:
    """Why the field is declared public; empty where it is not."""
    return next((why for pattern, why in PUBLIC if fnmatchcase(str(field), pattern)), "")


def body_schema(spec: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    """The schema of a request's JSON body, with its references resolved one level; empty where it takes none."""
    content = spec["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
    return resolved(spec, content.get("application/json", {}).get("schema", {}))


def resolved(spec: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference names, or the schema itself."""
    if "$ref" in schema:
        found: dict[str, Any] = spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return found
    for part in schema.get("allOf", ()):
        return resolved(spec, part)
    return schema


def is_text(schema: dict[str, Any]) -> bool:
    """Whether anything can be written there."""
    return (
        schema.get("type", "string") == "string"
        and "enum" not in schema
        and schema.get("format") not in FORMATS
    )


def _of(spec: dict[str, Any]) -> Iterator[Field]:
    for path, operations in spec["paths"].items():
        shared = operations.get("parameters", [])
        for method, operation in operations.items():
            if method == "parameters":
                continue
            for parameter in (*shared, *operation.get("parameters", [])):
                if parameter["in"] == "query" and is_text(parameter.get("schema", {})):
                    yield Field(method.upper(), path, f"?{parameter['name']}")
            for content in operation.get("requestBody", {}).get("content", {}).values():
                for pointer in _texts(spec, content["schema"], "", MAX_DEPTH):
                    yield Field(method.upper(), path, pointer)


def _texts(spec: dict[str, Any], schema: dict[str, Any], pointer: str, depth: int) -> Iterator[str]:
    schema = resolved(spec, schema)
    if depth == 0:
        yield pointer
    elif "properties" in schema or schema.get("type") == "object":
        for name, inner in schema.get("properties", {}).items():
            yield from _texts(spec, inner, f"{pointer}/{name}", depth - 1)
        if isinstance(more := schema.get("additionalProperties"), dict):
            yield from _texts(spec, more, f"{pointer}/*", depth - 1)
    elif schema.get("type") == "array":
        yield from _texts(spec, schema.get("items", {}), f"{pointer}/*", depth - 1)
    elif is_text(schema):
        yield pointer
