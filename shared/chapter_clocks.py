"""Clocks of sandbox chapters: each is ahead of the platform's by as much as somebody moved it, so that a year there takes seconds.

They lie in a database of their own, `<namespace>_clocks`, which every service reads.

Invariants:
1. Only a sandbox chapter has a clock of its own; which one that is, its id says. Every other chapter is on the platform's clock, and
   asking for it reads nothing.
2. A clock only moves forward. A process sees a move after `SEEN_WITHIN_S` at the latest.
"""

import threading
import time
from collections.abc import Mapping
from datetime import timedelta

from pymongo import MongoClient, WriteConcern
from pymongo.errors import PyMongoError

from shared.errors import Transient
from shared.kinds import Document

#: How the id of a sandbox chapter begins; no other chapter's may.
SANDBOX = "sandbox-"
SEEN_WITHIN_S = 0.2
MAX_MOVED = 10_000
MAX_ADVANCE = timedelta(days=366)


def is_sandbox(chapter: str) -> bool:
    """Whether a chapter is one of invented people, for trying things."""
    return chapter.startswith(SANDBOX)


class ChapterClocks:
    """How far each sandbox chapter's clock is ahead. Safe to use from many threads."""

    def __init__(self, client: MongoClient[Document], namespace: str) -> None:
        majority = WriteConcern("majority", j=True)
        self._rows = client[f"{namespace}_clocks"].get_collection("chapters", write_concern=majority)
        self._lock = threading.Lock()
        self._seen: Mapping[str, timedelta] = {}
        self._until = 0.0

    def ahead(self, chapter: str) -> timedelta:
        """How far this chapter's clock is ahead of the platform's."""
        return self.moved().get(chapter, timedelta(0)) if is_sandbox(chapter) else timedelta(0)

    def moved(self) -> Mapping[str, timedelta]:
        """The chapters whose clocks were moved. `Transient` where they cannot be read."""
        if time.monotonic() < self._until:
            return self._seen
        with self._lock:
            try:
                found = self._rows.find({}, limit=MAX_MOVED)
                self._seen = {row["_id"]: timedelta(seconds=row["ahead_s"]) for row in found}
            except PyMongoError as error:
                raise Transient("the clocks of chapters do not answer") from error
            self._until = time.monotonic() + SEEN_WITHIN_S
        return self._seen

    def advance(self, chapter: str, by: timedelta) -> None:
        """Move a sandbox chapter's clock forward. `ValueError` for any other chapter, backwards, or more than a year at a time."""
        if not is_sandbox(chapter):
            raise ValueError("only a sandbox chapter has a clock that can be moved")
        if not timedelta(0) < by <= MAX_ADVANCE:
            raise ValueError(f"a clock moves forward, by at most {MAX_ADVANCE.days} days at a time")
        self._rows.update_one({"_id": chapter}, {"$inc": {"ahead_s": by.total_seconds()}}, upsert=True)
        with self._lock:
            self._until = 0.0

    def forget(self, chapter: str) -> None:
        """The chapter is gone."""
        self._rows.delete_one({"_id": chapter})
        with self._lock:
            self._until = 0.0
