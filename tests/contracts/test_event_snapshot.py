"""Every published event, as others read it: names, fields, types. The diff of `events.json` is the talk about compatibility.

After a deliberate, additive change: `python -m tests.contracts.test_event_snapshot` writes the snapshot anew.
"""

import json
from pathlib import Path
from typing import Any

import msgspec

from shared.events import EVENTS

SNAPSHOT = Path(__file__).with_name("events.json")
#: Declared for tests of the kernel only.
OURS = "cairn.pebble."


def published() -> dict[str, Any]:
    """What each event type looks like now."""
    events: dict[str, Any] = {}
    for name, made in sorted(EVENTS.items()):
        if not name.startswith(OURS):
            _, definitions = msgspec.json.schema_components([made.fact])
            events[name] = {
                "service": made.service,
                "about": made.about,
                "public": made.public,
                "schema": {word: _without_prose(schema) for word, schema in sorted(definitions.items())},
            }
    return json.loads(json.dumps(events))  # type: ignore[no-any-return]


def _without_prose(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key not in ("description", "title")}


def test_no_published_event_has_changed_unnoticed() -> None:
    assert published() == json.loads(SNAPSHOT.read_text()), (
        "run python -m tests.contracts.test_event_snapshot, and read the diff"
    )


def test_every_event_says_what_it_means() -> None:
    silent = [name for name, made in EVENTS.items() if not (made.fact.__doc__ or "").rstrip().endswith(".")]
    assert silent == []


def test_no_event_has_a_field_for_personal_text() -> None:
    personal = ("mail", "phone", "address", "text", "note", "comment", "first_name", "last_name", "birthday")
    for name, made in EVENTS.items():
        fields = set(
            made.fact.__struct_fields__
            if hasattr(made.fact, "__struct_fields__")
            else made.fact.__dataclass_fields__
        )
        assert fields.isdisjoint(personal), name


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(published(), indent=1, sort_keys=True) + "\n")
