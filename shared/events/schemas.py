"""The public contract as JSON Schema (2020-12): what each public event's data holds, and the CloudEvent around it.

Invariants:
1. Schemas are generated from the event classes, so that the two cannot differ; their words are the classes' and fields' own.
2. Objects are open: fields may be added inside a major version, and readers ignore what they do not know.
"""

import inspect
import json
import re
from typing import Any

import msgspec

from shared.events.declare import EVENTS, Declared

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: Under `public_url`; a schema's address is this, the type, and `.json`.
SCHEMAS_AT = "/api/notifications/v1/schemas"
SEQUENCE_PATTERN = "^[0-9]{20}$"
#: Where a docstring names the requirement that it stands for, which says nothing to a reader outside.
_REQUIREMENT = re.compile(r" \(R\d+(, R\d+)*\)")


def public_types() -> tuple[Declared, ...]:
    """The public events, by their names."""
    return tuple(made for _, made in sorted(EVENTS.items()) if made.public)


def schema_address(public_url: str, type: str) -> str:
    """Where the schema of an event type is served: what `dataschema` says. It stays for as long as the type is published."""
    return f"{public_url}{SCHEMAS_AT}/{type}.json"


def meaning(made: Declared) -> str:
    """What the event says, in the words of its class, as plain text."""
    text = inspect.cleandoc(made.fact.__doc__ or "").replace("`", "")
    return _REQUIREMENT.sub("", text)


def data_schema(made: Declared) -> Schema:
    """The schema of the event's `data`, without an address of its own."""
    (_,), definitions = msgspec.json.schema_components([made.fact], ref_template="#/$defs/{name}")
    schema = dict(definitions.pop(made.fact.__name__))
    schema["description"] = meaning(made)
    if definitions:  # pragma: no branch - none of ours nests yet
        schema["$defs"] = definitions
    return _plain(schema)


def event_schema(made: Declared) -> Schema:
    """The schema of the whole CloudEvent in structured JSON, as webhooks and the feed carry it."""
    text = {"type": "string", "minLength": 1}
    return {
        "type": "object",
        "title": made.name,
        "description": meaning(made),
        "required": ["specversion", "id", "source", "type", "time", "dataschema", "sequence", "partitionkey", "chapter", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {**text, "description": "Unique and stable: the same in every resend and replay."},
            "source": {**text, "format": "uri-reference", "description": f"The {made.about} that it is about."},
            "type": {"const": made.name},
            "time": {"type": "string", "format": "date-time", "description": "When it happened, UTC."},
            "datacontenttype": {"const": "application/json"},
            "dataschema": {"type": "string", "format": "uri", "description": "Where the schema of data is."},
            "sequence": {
                "type": "string",
                "pattern": SEQUENCE_PATTERN,
                "description": f"Its place among the events of one {made.about}: it rises, and may skip numbers. It orders as text.",
            },
            "partitionkey": {**text, "description": f"The id of the {made.about}."},
            "chapter": {**text, "description": "The chapter that it happened in."},
            "sandbox": {"const": True, "description": "Only in a sandbox: invented people, on a clock of their own."},
            "replay": {**text, "description": "Which replay brought it again; absent on what is live."},
            "data": data_schema(made),
        },
    }  # fmt: skip


def _plain(schema: Schema) -> Schema:
    """The schema without what only Python needs to know: titles; tuples of one kind as lists of a fixed length."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(each) for each in value]
        if not isinstance(value, dict):
            return value
        kept = {key: plain(each) for key, each in value.items() if key != "title"}
        kinds = kept.get("prefixItems")
        if isinstance(kinds, list) and all(kind == kinds[0] for kind in kinds):
            del kept["prefixItems"]
            kept["items"] = kinds[0]
        return kept

    return json.loads(json.dumps(plain(schema)))  # type: ignore[no-any-return]
