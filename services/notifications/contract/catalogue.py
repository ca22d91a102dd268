"""The public contract for people: every event, what it means, what its fields hold, an example, and the rules for reading it."""

from functools import cache
from typing import Any

from services.notifications.domain.deliveries import KEPT_FOR
from shared.events import Declared
from shared.events.contract import CONTRACT_VERSION, SIDE_BY_SIDE_MONTHS, examples_of
from shared.events.schemas import data_schema, meaning, public_types, schema_address

Json = dict[str, Any]

#: What holds for every event, by its name. The pages say the same in the reader's language.
RULES = {
    "order": (
        "Events of one relationship come in the order of their sequence, which rises and may skip numbers. "
        "There is no order between relationships."
    ),
    "duplicates": (
        "Each event comes at least once. The same id is the same event: keep the ids that you have dealt with, "
        "or the highest sequence of each relationship."
    ),
    "versions": (
        "Inside a version fields and values are only added; ignore those that you do not know. "
        f"A new version is announced beside the old one for {SIDE_BY_SIDE_MONTHS} months."
    ),
    "erasure": (
        "After relationship.erased delete everything that you keep about that relationship, except counts. "
        "Its earlier events lose their member ids in the feed."
    ),
    "privacy": "No event holds a name, an address or anything that somebody wrote. Ids are pseudonyms.",
    "kept": (
        "The feed keeps events for as long as the chapter exists; "
        f"the log of deliveries is kept for {KEPT_FOR.days} days."
    ),
}


def entries(public_url: str) -> list[Json]:
    """Every public event, by its type."""
    return [entry(made, public_url) for made in public_types()]


def entry(made: Declared, public_url: str) -> Json:
    """One event: type, about, meaning, since, fields, example, and where its schema is."""
    examples = examples_of(made.name)
    return {
        "type": made.name,
        "about": made.about,
        "topic": made.service,
        "since": made.since,
        "meaning": meaning(made),
        "schema": schema_address(public_url, made.name),
        "fields": _fields(data_schema(made)),
        "example": examples[-1] if examples else None,
    }


@cache
def catalogue(public_url: str) -> Json:
    """The whole catalogue, with the version of the contract and the rules that hold for all."""
    return {"version": CONTRACT_VERSION, "rules": RULES, "items": entries(public_url)}


def _fields(schema: Json) -> list[Json]:
    required = set(schema.get("required", ()))
    return [
        {
            "name": name,
            "kind": field.get("format") or field.get("type") or "string",
            "required": name in required,
            "meaning": field.get("description", ""),
            "values": field.get("enum", []),
        }
        for name, field in schema["properties"].items()
    ]
