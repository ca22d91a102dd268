"""What one transaction sees and does: values loaded, saved and announced, written together at its end.

Invariants:
1. A call reaches documents of its own chapter only; a foreign id reads like an unknown one (R16).
2. Nothing is announced but with the save of the value that it is about, and its `seq` is that value's next number: events of one
   aggregate ascend without a gap, in commit order, because two writers of one document collide in MongoDB.
3. `_pos` rises with every change of a value, so that the outbox sorted by it keeps each aggregate's order whatever the clocks say.
4. A value that is saved without having been loaded is taken for new, which saves a read: where it was not, the insert meets the unique
   `_id`, nothing is kept, and the store runs the same work again on a `Tx` that looks first.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pymongo import ReplaceOne
from pymongo.client_session import ClientSession
from pymongo.database import Database

from shared.call import PLATFORM, Call
from shared.clock import system_clock
from shared.errors import NotThere
from shared.events import declared, write_fact
from shared.kinds import Document, Identified, Kind, V, from_document, to_document

#: The most that one read of a list returns, where the caller names no smaller bound.
MAX_FOUND = 1_000

#: How long the answer of a call that announced nothing is remembered for its repeats. Rows with events are the audit, and stay.
REMEMBERED_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Timer:
    """Something that falls due: `kind` names what the service does then, `ref` what it is about. Setting the same id moves it."""

    id: str
    chapter: str
    kind: str
    ref: str
    due: datetime


TIMERS = Kind("timer", "timers", Timer)


class Reader:
    """Reads values of one chapter (all of them for `PLATFORM`)."""

    def __init__(self, db: Database[Document], chapter: str, session: ClientSession | None = None) -> None:
        self.db = db
        self.session = session
        self._chapter = chapter

    def load(self, kind: Kind[V], id: str) -> V | None:
        """The value with that id, or None where there is none in this chapter."""
        document = self.db[kind.collection].find_one({"_id": id}, session=self.session)
        return self._seen(kind, document)

    def get(self, kind: Kind[V], id: str) -> V:
        """The value with that id, or `NotThere`."""
        value = self.load(kind, id)
        if value is None:
            raise NotThere(kind.name)
        return value

    def find(
        self,
        kind: Kind[V],
        where: Mapping[str, Any],
        *,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = MAX_FOUND,
    ) -> list[V]:
        """At most `limit` values of this chapter that MongoDB's filter `where` admits."""
        cursor = self.db[kind.collection].find(self._within(where), session=self.session, limit=limit)
        if sort:
            cursor = cursor.sort(list(sort))
        return [from_document(kind, document) for document in cursor]

    def first(self, kind: Kind[V], where: Mapping[str, Any]) -> V | None:
        """One value that the filter admits, or None."""
        found = self.find(kind, where, limit=1)
        return found[0] if found else None

    def count(self, kind: Kind[V], where: Mapping[str, Any]) -> int:
        """How many values of this chapter the filter admits."""
        return self.db[kind.collection].count_documents(self._within(where), session=self.session)

    def _within(self, where: Mapping[str, Any]) -> dict[str, Any]:
        return dict(where) if self._chapter == PLATFORM else {**where, "chapter": self._chapter}

    def _seen(self, kind: Kind[V], document: Document | None) -> V | None:
        if document is None or self._chapter not in (PLATFORM, document["chapter"]):
            return None
        return from_document(kind, document)


@dataclass(slots=True)
class _Held:
    """A document as this transaction last saw it; `stored` says whether the database has it."""

    document: Document | None
    stored: bool
    dirty: bool = False


@dataclass(frozen=True, slots=True)
class _Writes:
    """What is to be written to one collection: ids of documents that are gone, documents that changed, new ones."""

    gone: list[str] = field(default_factory=list)
    changed: list[Document] = field(default_factory=list)
    new: list[Document] = field(default_factory=list)


class Tx(Reader):
    """One transaction. `begin(call)` opens the share of a call in it; what a call announced is written as one row."""

    call: Call

    def __init__(self, db: Database[Document], session: ClientSession, *, guessing: bool = False) -> None:
        super().__init__(db, PLATFORM, session)
        self._guessing = guessing
        #: Whether anything was taken for new without a look.
        self.guessed = False
        self._held: dict[tuple[str, str], _Held] = {}
        self._rows: dict[str, Document] = {}
        self._announced: list[_Held] = []

    def begin(self, call: Call) -> None:
        """From here on, what is loaded, saved and announced belongs to this call."""
        self._settle_positions()
        self.call = call
        self._chapter = call.chapter

    def load(self, kind: Kind[V], id: str) -> V | None:
        return self._seen(kind, self._hold(kind, id).document)

    def prefetch(self, kind: Kind[V], ids: Iterable[str]) -> None:
        """Read many documents at once, so that later loads of them cost nothing."""
        wanted = {id for id in ids if (kind.collection, id) not in self._held}
        if not wanted:
            return
        for document in self.db[kind.collection].find({"_id": {"$in": list(wanted)}}, session=self.session):
            self._held[kind.collection, document["_id"]] = _Held(document, stored=True)
            wanted.discard(document["_id"])
        for id in wanted:
            self._held[kind.collection, id] = _Held(None, stored=False)

    def find(
        self,
        kind: Kind[V],
        where: Mapping[str, Any],
        *,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = MAX_FOUND,
    ) -> list[V]:
        self._write_documents()
        return super().find(kind, where, sort=sort, limit=limit)

    def count(self, kind: Kind[V], where: Mapping[str, Any]) -> int:
        self._write_documents()
        return super().count(kind, where)

    def save(self, kind: Kind[V], value: V, *facts: Any) -> None:
        """Keep the value as it now is, and announce the facts about it."""
        if self.call.chapter not in (PLATFORM, value.chapter):
            raise ValueError(f"a call of chapter {self.call.chapter} saved a {kind.name} of {value.chapter}")
        held = self._guess_or_hold(kind, value.id)
        before = held.document or {}
        if before.get("chapter", value.chapter) != value.chapter:
            raise ValueError(f"a {kind.name} of another chapter has the id {value.id}")
        document = to_document(value)
        document["_rev"] = (
            before.get("_rev", 0) + 1
        )  # never a no-op: two that save the same value collide, and one looks again
        document["_seq"] = before.get("_seq", 0) + len(facts)
        document["_pos"] = before.get("_pos", 0)
        if facts:
            row = self._row(document["_pos"])
            document["_pos"] = row["pos"]
            seq = before.get("_seq", 0)
            for fact in facts:
                seq += 1
                row.setdefault("events", []).append(_event(kind.name, value, seq, fact))
            row["pending"] = True
            row.pop("expires_at", None)
            self._announced.append(held)
        held.document, held.dirty = document, True

    def remove(self, kind: Kind[V], id: str) -> None:
        """Take the value out of its collection. Only for kinds that announce nothing, or whose last event was announced before."""
        held = self._hold(kind, id)
        held.document, held.dirty = None, True

    def set_timer(self, id: str, kind: str, ref: str, due: datetime) -> None:
        """Let `kind` happen to `ref` at `due`. The same id again moves it."""
        self.save(TIMERS, Timer(id, self.call.chapter, kind, ref, due))

    def clear_timer(self, id: str) -> None:
        """What was to happen no longer does; nothing where it was not set."""
        self.remove(TIMERS, id)

    def remember(self, answer: Any) -> None:
        """Keep the answer of this call, for its repeats."""
        self._row(0)["answer"] = answer

    def write(self) -> None:
        """Send everything to the database; the store commits it afterwards."""
        self._settle_positions()
        self._write_documents()
        self._insert("changes", list(self._rows.values()))

    def _hold(self, kind: Kind[V], id: str) -> _Held:
        key = (kind.collection, id)
        held = self._held.get(key)
        if held is None:
            document = self.db[kind.collection].find_one({"_id": id}, session=self.session)
            held = self._held[key] = _Held(document, stored=document is not None)
        return held

    def _guess_or_hold(self, kind: Kind[V], id: str) -> _Held:
        key = (kind.collection, id)
        if not self._guessing or key in self._held:
            return self._hold(kind, id)
        self.guessed = True
        held = self._held[key] = _Held(None, stored=False)
        return held

    def _row(self, after_pos: int) -> Document:
        """The row of the current call: once-only id, answer and events together; `pos` above all that it touches."""
        row = self._rows.get(self.call.id)
        if row is None:
            row = self._rows[self.call.id] = {
                "_id": self.call.id,
                "chapter": self.call.chapter,
                "asker": self.call.asker,
                "at": self.call.at,
                "print": self.call.fingerprint,
                "trace": self.call.traceparent,
                "pos": time.time_ns() // 1_000_000,
                "expires_at": system_clock() + REMEMBERED_FOR,
            }
        if after_pos >= row["pos"]:
            row["pos"] = after_pos + 1
        return row

    def _settle_positions(self) -> None:
        """Give each value that announced something the final position of its row, which later saves may have raised."""
        for held in self._announced:
            pos = self._rows[self.call.id]["pos"]
            if held.document is not None and held.document["_pos"] != pos:
                held.document["_pos"], held.dirty = pos, True
        self._announced.clear()

    def _write_documents(self) -> None:
        writes: dict[str, _Writes] = {}
        for (collection, id), held in self._held.items():
            if not held.dirty:
                continue
            held.dirty = False
            wanted = writes.setdefault(collection, _Writes())
            if held.document is None:
                if held.stored:
                    wanted.gone.append(id)
            elif held.stored:
                wanted.changed.append(held.document)
            else:
                wanted.new.append(held.document)
            held.stored = held.document is not None
        for collection, wanted in writes.items():
            self._send(collection, wanted)

    def _send(self, name: str, wanted: _Writes) -> None:
        """One command for each sort of write; what is gone makes room in unique indexes first."""
        collection = self.db[name]
        if wanted.gone:
            collection.delete_many({"_id": {"$in": wanted.gone}}, session=self.session)
        if len(wanted.changed) == 1:  # one alone costs the driver less without its bulk machinery
            collection.replace_one({"_id": wanted.changed[0]["_id"]}, wanted.changed[0], session=self.session)
        elif wanted.changed:
            replaced = [ReplaceOne({"_id": document["_id"]}, document) for document in wanted.changed]
            collection.bulk_write(replaced, session=self.session)
        self._insert(name, wanted.new)

    def _insert(self, name: str, new: list[Document]) -> None:
        if len(new) == 1:
            self.db[name].insert_one(new[0], session=self.session)
        elif new:
            self.db[name].insert_many(new, session=self.session)


def _event(kind: str, value: Identified, seq: int, fact: Any) -> Document:
    made = declared(fact)
    if made.about != kind:
        raise ValueError(f"{made.name} is about a {made.about}, not about a {kind}")
    return {
        "id": f"{value.id}:{seq}",
        "type": made.name,
        "kind": kind,
        "aggregate": value.id,
        "seq": seq,
        "chapter": value.chapter,
        "data": write_fact(fact),
    }
