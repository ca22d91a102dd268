"""Every published event, as others read it: names, fields, types. The diff of `events.json` is the talk about compatibility.

After a deliberate, additive change: `python -m tests.contracts.test_event_snapshot` writes the snapshot anew. It refuses a change that
breaks readers: that wants a new version of the event, announced beside the old one.
"""

import json
from pathlib import Path
from typing import Any

import msgspec

from shared.events import EVENTS
from tests.contracts.compatibility import breaks

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


def _without_prose(schema: Any) -> Any:
    """The schema without its words, which may get better at any time."""
    if isinstance(schema, list):
        return [_without_prose(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    words = [key for key in ("description", "title") if isinstance(schema.get(key), str)]
    return {key: _without_prose(value) for key, value in schema.items() if key not in words}


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


def test_a_change_that_breaks_readers_is_named() -> None:
    before = published()
    after = json.loads(json.dumps(before))
    del after["cairn.relationship.paused.v1"]
    del after["cairn.relationship.ended.v1"]["schema"]["RelationshipEnded"]["properties"]["mentee"]
    assert broken(before, after) == [
        "cairn.relationship.ended.v1 RelationshipEnded.mentee: is gone",
        "cairn.relationship.paused.v1 is gone",
    ]
    assert broken(before, before) == []


def broken(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What a new snapshot breaks for those who read by the old one."""
    found: list[str] = []
    for name, was in sorted(before.items()):
        if name not in after:
            found.append(f"{name} is gone")
            continue
        for word, schema in was["schema"].items():
            found += [f"{name} {line}" for line in breaks(schema, after[name]["schema"].get(word, {}), word)]
    return found


if __name__ == "__main__":
    if lines := broken(json.loads(SNAPSHOT.read_text()), published()):
        raise SystemExit("this breaks those who read the events:\n" + "\n".join(lines))
    SNAPSHOT.write_text(json.dumps(published(), indent=1, sort_keys=True) + "\n")
