"""Where the local stack keeps its things, and what the person who starts it has set.

The only module of `deploy.local` that reads the environment.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


class CannotStart(Exception):
    """Something that the person at the keyboard must act on; the message is one plain line that says what."""


@dataclass(frozen=True)
class Surroundings:
    """Folders, and servers that the person brings along (None: we start our own)."""

    data_folder: Path
    cache_folder: Path
    mongo_url: str | None
    kafka_bootstrap: str | None


def surroundings(environ: Mapping[str, str] | None = None) -> Surroundings:
    """CAIRN_DATA_DIR, XDG_CACHE_HOME, CAIRN_MONGO_URL and CAIRN_KAFKA_BOOTSTRAP, with their defaults."""
    given = os.environ if environ is None else environ
    cache = given.get("XDG_CACHE_HOME") or str(Path(given.get("HOME") or "~").expanduser() / ".cache")
    return Surroundings(
        data_folder=Path(given.get("CAIRN_DATA_DIR") or REPOSITORY / ".cairn").expanduser().resolve(),
        cache_folder=Path(cache) / "cairn",
        mongo_url=given.get("CAIRN_MONGO_URL") or None,
        kafka_bootstrap=given.get("CAIRN_KAFKA_BOOTSTRAP") or None,
    )


def inherited(added: Mapping[str, str]) -> dict[str, str]:
    """The environment for a program that we start: ours, with `added` on top."""
    return {**os.environ, **added}
