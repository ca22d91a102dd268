"""The public contract as AsyncAPI 3.1, generated from the event classes: what is said in Kafka's topics, and what a webhook is sent."""

from functools import cache
from typing import Any
from urllib.parse import urlsplit

from shared.envelope import topic_of
from shared.events import Declared
from shared.events.contract import CONTRACT_VERSION, examples_of
from shared.events.schemas import (
    SEQUENCE_PATTERN,
    data_schema,
    event_schema,
    meaning,
    public_types,
    schema_address,
)

Json = dict[str, Any]

#: AsyncAPI reads JSON Schema of this draft; our schemas say nothing that the drafts read differently.
SCHEMA_FORMAT = "application/schema+json;version=draft-07"
_TEXT: Json = {"type": "string", "minLength": 1}


@cache
def document(public_url: str, namespace: str) -> Json:
    """The whole document, for this deployment's addresses. `namespace` begins the names of its topics."""
    services = sorted({made.service for made in public_types()})
    return {
        "asyncapi": "3.1.0",
        "id": f"{public_url}/",
        "info": {
            "title": "Cairn relationship events",
            "version": CONTRACT_VERSION,
            "description": "What integrators can follow: by webhooks, by the pull feed, or in Kafka. No event holds a name or a text.",
        },
        "defaultContentType": "application/json",
        "servers": _servers(public_url),
        "channels": {
            **{f"{service}_topic": _topic(namespace, service) for service in services},
            "webhook": _webhook(),
        },
        "operations": {
            **{f"announce_{service}": _announce(service) for service in services},
            "deliver": {
                "action": "send",
                "channel": {"$ref": "#/channels/webhook"},
                "summary": "Bring each event that a webhook asked for to it, in order for each relationship, until it is taken.",
                "messages": [{"$ref": f"#/channels/webhook/messages/{_word(made)}"} for made in public_types()],
            },
        },
        "components": {
            "messages": {
                **{_word(made): _binary(made, public_url) for made in public_types()},
                **{f"{_word(made)}_structured": _structured(made, public_url) for made in public_types()},
            },
            "securitySchemes": {
                "broker": {"type": "scramSha512", "description": "A Kafka user with read rights on the topics named here."}
            },
        },
    }  # fmt: skip


def _servers(public_url: str) -> Json:
    return {
        "kafka": {
            "host": "kafka.{host}:9093",
            "protocol": "kafka-secure",
            "description": "The deployment's Kafka. Ask its operator for the address and a user.",
            "variables": {
                "host": {
                    "default": urlsplit(public_url).hostname or "example.org",
                    "description": "Where it runs.",
                }
            },
            "security": [{"$ref": "#/components/securitySchemes/broker"}],
        },
        "receiver": {
            "host": "{receiver}",
            "protocol": "https",
            "description": "The integrator's own server, as registered with the webhook.",
            "variables": {"receiver": {"default": "example.org", "description": "Its host."}},
        },
    }


def _topic(namespace: str, service: str) -> Json:
    ours = [made for made in public_types() if made.service == service]
    return {
        "address": topic_of(namespace, service),
        "title": f"What {service} announces",
        "description": (
            "CloudEvents in binary content mode, keyed by the aggregate's id: one partition, one order. At least once; "
            "the same id is the same event. The topic carries internal events as well: pass over types that are not named here."
        ),
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {_word(made): {"$ref": f"#/components/messages/{_word(made)}"} for made in ours},
    }


def _webhook() -> Json:
    return {
        "address": "/{path}",
        "title": "A webhook",
        "description": "A POST with a CloudEvent in structured content mode, signed by Standard Webhooks.",
        "servers": [{"$ref": "#/servers/receiver"}],
        "parameters": {"path": {"description": "The path that the integrator registered."}},
        "messages": {
            _word(made): {"$ref": f"#/components/messages/{_word(made)}_structured"}
            for made in public_types()
        },
        "bindings": {"http": {"bindingVersion": "0.3.0"}},
    }


def _announce(service: str) -> Json:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{service}_topic"},
        "summary": f"Announce what happened in {service}, in the order of each aggregate.",
        "messages": [
            {"$ref": f"#/channels/{service}_topic/messages/{_word(made)}"}
            for made in public_types()
            if made.service == service
        ],
    }


def _binary(made: Declared, public_url: str) -> Json:
    required = ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_sequence", "ce_partitionkey", "ce_chapter"]  # fmt: skip
    return {
        "name": made.name,
        "title": _title(made),
        "summary": meaning(made).splitlines()[0],
        "description": meaning(made),
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "required": required,
            "properties": {
                **dict.fromkeys(required, _TEXT),
                "ce_type": {"const": made.name},
                "ce_dataschema": {
                    "type": "string",
                    "format": "uri",
                    "description": "Where the schema of its data is.",
                },
                "ce_sequence": {"type": "string", "pattern": SEQUENCE_PATTERN},
            },
        },
        "payload": {"schemaFormat": SCHEMA_FORMAT, "schema": data_schema(made)},
        "examples": [{"payload": example["data"]} for example in examples_of(made.name)],
        "externalDocs": {
            "url": schema_address(public_url, made.name),
            "description": "The JSON Schema of its data.",
        },
    }


def _structured(made: Declared, public_url: str) -> Json:
    return {
        "name": f"{made.name}.structured",
        "title": _title(made),
        "summary": meaning(made).splitlines()[0],
        "contentType": "application/cloudevents+json",
        "headers": {
            "type": "object",
            "required": ["webhook-id", "webhook-timestamp", "webhook-signature"],
            "properties": {
                "webhook-id": {**_TEXT, "description": "The event's id, in every attempt."},
                "webhook-timestamp": {**_TEXT, "description": "When this attempt was made: seconds since 1970, UTC."},
                "webhook-signature": {**_TEXT, "description": "One signature for each valid secret, separated by spaces."},
            },
        },
        "payload": {"schemaFormat": SCHEMA_FORMAT, "schema": event_schema(made)},
        "examples": [{"payload": example} for example in examples_of(made.name)],
        "externalDocs": {"url": schema_address(public_url, made.name), "description": "The JSON Schema of its data."},
    }  # fmt: skip


def _title(made: Declared) -> str:
    return " ".join(made.name.split(".")[1:3]).replace("_", " ").capitalize()


def _word(made: Declared) -> str:
    """The name of a type as AsyncAPI's keys allow it, for example `relationship_started_v1`."""
    return "_".join(made.name.split(".")[1:])
