"""What integrators read stays readable: golden examples of every version, schemas, and a check that tells a break from an addition."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from shared.events import EVENTS, Declared, read_fact, write_fact
from shared.events.contract import CONTRACT_VERSION, EXAMPLES, examples_of, version_key
from shared.events.schemas import data_schema, event_schema, public_types
from tests.contracts.compatibility import breaks

PUBLIC = public_types()
FILES = sorted(EXAMPLES.glob("*.json"))


@pytest.mark.parametrize("made", PUBLIC, ids=lambda made: made.name)
def test_every_public_event_has_a_golden_example_and_words_for_every_field(made: Declared) -> None:
    schema = data_schema(made)
    assert examples_of(made.name), f"write {EXAMPLES.name}/{made.name}@{CONTRACT_VERSION}.json"
    assert [name for name, field in schema["properties"].items() if not field.get("description")] == []
    assert version_key(made.since) <= version_key(CONTRACT_VERSION)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_example_that_was_ever_published_is_still_readable(file: Path) -> None:
    example = json.loads(file.read_text())
    made = EVENTS[example["type"]]

    Draft202012Validator(event_schema(made), format_checker=FormatChecker()).validate(example)
    fact = read_fact(made.name, json.dumps(example["data"]).encode())
    said = json.loads(write_fact(fact))
    assert {name: said.get(name) for name in example["data"]} == example["data"]


@pytest.mark.parametrize("made", PUBLIC, ids=lambda made: made.name)
def test_the_newest_example_shows_every_field(made: Declared) -> None:
    assert set(examples_of(made.name)[-1]["data"]) == set(data_schema(made)["properties"])


WAS = {
    "type": "object",
    "properties": {
        "mentee": {"type": "string"},
        "reason": {"enum": ["lapsed", "declined"]},
        "terms": {"type": "integer", "minimum": 0},
        "days": {"type": "array", "items": {"type": "integer"}},
    },
    "required": ["mentee"],
}


def changed(**fields: Any) -> dict[str, Any]:
    """The schema with these fields changed (None: taken away)."""
    properties = {**WAS["properties"], **fields}  # type: ignore[dict-item]
    return {**WAS, "properties": {name: field for name, field in properties.items() if field is not None}}


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (changed(mentee=None), ["data.mentee: is gone"]),
        (changed(terms={"type": "string", "minimum": 0}), ["data.terms: type was integer, is string"]),
        (changed(terms={"type": "integer", "minimum": 1}), ["data.terms: minimum is 1"]),
        (changed(reason={"enum": ["lapsed"]}), ["data.reason: the value declined is gone"]),
        (
            changed(days={"type": "array", "items": {"type": "string"}}),
            ["data.days[]: type was integer, is string"],
        ),
        (
            {**WAS, "required": ["mentee", "terms"]},
            ["data.terms: is required now, and older events do not have it"],
        ),
        (changed(more={"type": "string"}), []),
        (changed(reason={"enum": ["lapsed", "declined", "withdrawn"]}), []),
    ],
)
def test_a_break_is_told_from_an_addition(now: dict[str, Any], found: list[str]) -> None:
    assert breaks(WAS, now) == found
