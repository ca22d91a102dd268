"""The public contract as a whole: its version, and one golden example of every version of every event that was ever published.

Invariants:
1. Inside a major version of an event, fields are only added, with a default; the contract's minor version rises with that.
2. An example that was published stays as it is, and stays readable.
"""

import json
from pathlib import Path
from typing import Any

#: Major.minor of the public contract: the minor rises with every addition.
CONTRACT_VERSION = "1.0"
#: How long the old version of an event is announced beside a new major version of it, in months.
SIDE_BY_SIDE_MONTHS = 6

EXAMPLES = Path(__file__).with_name("examples")


def examples_of(type: str) -> list[dict[str, Any]]:
    """The golden CloudEvents of a type, structured, by the contract version in which each was published, the oldest first."""
    files = sorted(EXAMPLES.glob(f"{type}@*.json"), key=lambda file: version_key(file.stem.partition("@")[2]))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def version_key(text: str) -> tuple[int, ...]:
    """A version as it orders: 1.10 comes after 1.9."""
    return tuple(int(part) for part in text.split("."))
