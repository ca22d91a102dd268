"""Parked aggregates: dead letters with a way back.

Invariants:
1. While an aggregate is parked, each of its events is queued in the order of the log, with its original bytes and its position.
2. The queue is drained in order, each event through the same door as ever; the aggregate is no longer parked in the very transaction that
   takes the last one out of the queue.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.envelope import Envelope
from shared.kinds import Document
from shared.log import Record
from shared.store import Store
from shared.transaction import Tx

MAX_PARKED_IN_A_ROW = 50
MAX_LISTED = 500


class TooManyParked(Exception):
    """One aggregate after the other could not be dealt with: the fault is ours, and the messages stay where they are."""


@dataclass(frozen=True, slots=True)
class Parked:
    """An aggregate that waits for an operator: why, since when, at which event, and how many events are in its queue."""

    aggregate: str
    reason: str
    type: str
    topic: str
    partition: int
    offset: int
    at: datetime
    queued: int


def parked_among(tx: Tx, aggregates: list[str]) -> set[str]:
    """Which of these are parked."""
    return {
        row["_id"]
        for row in tx.db["parked"].find({"_id": {"$in": aggregates}}, {"_id": 1}, session=tx.session)
    }


def park(
    store: Store, record: Record, aggregate: str, envelope: Envelope | None, reason: str, now: datetime
) -> None:
    """Set the aggregate aside with this record at the head of its queue. `TooManyParked` instead, where too many were in a row."""

    def work(tx: Tx) -> None:
        row = tx.db["parking"].find_one({"_id": "in_a_row"}, session=tx.session)
        if row is not None and row["count"] >= MAX_PARKED_IN_A_ROW:
            raise TooManyParked(f"{row['count']} in a row; the last reason: {reason}")
        if not parked_among(tx, [aggregate]):
            tx.db["parked"].insert_one(
                {
                    "_id": aggregate,
                    "reason": reason[:2_000],
                    "type": envelope.type if envelope else "",
                    "topic": record.topic,
                    "partition": record.partition,
                    "offset": record.offset,
                    "at": now,
                    "queued": 0,
                },
                session=tx.session,
            )
        tx.db["parking"].update_one(
            {"_id": "in_a_row"}, {"$inc": {"count": 1}}, upsert=True, session=tx.session
        )
        queue(tx, record, aggregate, envelope)

    store.transact(work)


def went_well(store: Store) -> None:
    """An event had its effect: the row of parked ones is broken."""
    if store.db["parking"].find_one({"_id": "in_a_row", "count": {"$gt": 0}}) is not None:
        store.db["parking"].delete_one({"_id": "in_a_row"})


def queue(tx: Tx, record: Record, aggregate: str, envelope: Envelope | None) -> None:
    """Put a record at the end of a parked aggregate's queue; the same one again stays where it is."""
    place = f"{record.topic}/{record.partition}/{record.offset}"
    if tx.db["parked_events"].find_one({"_id": place}, {"_id": 1}, session=tx.session) is not None:
        return
    tx.db["parked_events"].insert_one(
        {
            "_id": place,
            "aggregate": aggregate,
            "place": record.offset,
            "type": envelope.type if envelope else "",
            "seq": envelope.seq if envelope else 0,
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "key": record.key,
            "value": record.value,
            "headers": [[name, raw] for name, raw in record.headers],
        },
        session=tx.session,
    )
    # Both sides of a drain write this row: a queue that grows while its last event is taken out makes the two collide.
    tx.db["parked"].update_one({"_id": aggregate}, {"$inc": {"queued": 1}}, session=tx.session)


def listed(store: Store, after: str = "") -> list[Parked]:
    """Parked aggregates by id, at most `MAX_LISTED` after the one named."""
    rows = store.db["parked"].find({"_id": {"$gt": after}}, sort=[("_id", 1)], limit=MAX_LISTED)
    return [_parked(row) for row in rows]


def shown(store: Store, aggregate: str) -> tuple[Parked, list[Record]] | None:
    """A parked aggregate with the records of its queue, at most `MAX_LISTED`; None where it is not parked."""
    row = store.db["parked"].find_one({"_id": aggregate})
    if row is None:
        return None
    rows = store.db["parked_events"].find({"aggregate": aggregate}, sort=[("place", 1)], limit=MAX_LISTED)
    return _parked(row), [_record(queued) for queued in rows]


def retry_first(store: Store, aggregate: str, apply: Callable[[Tx, Record], None]) -> bool:
    """Let the first queued event have its effect and take it out of the queue; False where the aggregate is not parked (any more).

    `apply` is the inbox's own way, given the record; what it raises is raised, and everything stays as it was.
    """

    def work(tx: Tx) -> bool:
        first = _first(tx, aggregate)
        if first is not None:
            # While it is applied it must not count as parked, or it would be queued behind itself.
            parked = tx.db["parked"].find_one_and_delete({"_id": aggregate}, session=tx.session)
            apply(tx, _record(first))
            if parked is not None:
                tx.db["parked"].insert_one(parked, session=tx.session)
        return _take_first(tx, aggregate, first)

    return store.transact(work)


def drop_first(store: Store, aggregate: str) -> bool:
    """Give up the first queued event: its effect never comes, and the mark moves past it. False where there is none."""

    def work(tx: Tx) -> bool:
        first = _first(tx, aggregate)
        if first is not None and first["seq"]:
            tx.db["marks"].update_one(
                {"_id": aggregate}, {"$max": {"seq": first["seq"]}}, upsert=True, session=tx.session
            )
        return _take_first(tx, aggregate, first)

    return store.transact(work)


def resume(store: Store) -> None:
    """Let the inbox park again after `TooManyParked`, once what was broken is mended."""
    store.db["parking"].delete_one({"_id": "in_a_row"})


def _first(tx: Tx, aggregate: str) -> Document | None:
    return tx.db["parked_events"].find_one({"aggregate": aggregate}, sort=[("place", 1)], session=tx.session)


def _take_first(tx: Tx, aggregate: str, first: Document | None) -> bool:
    if first is None:
        tx.db["parked"].delete_one({"_id": aggregate}, session=tx.session)
        return False
    tx.db["parked_events"].delete_one({"_id": first["_id"]}, session=tx.session)
    if _first(tx, aggregate) is None:
        tx.db["parked"].delete_one({"_id": aggregate}, session=tx.session)
    else:
        tx.db["parked"].update_one({"_id": aggregate}, {"$inc": {"queued": -1}}, session=tx.session)
    return True


def _record(row: Document) -> Record:
    headers = [(str(name), bytes(raw) if raw is not None else raw) for name, raw in row["headers"]]
    value: Any = row["value"]
    return Record(
        row["topic"],
        row["partition"],
        row["offset"],
        row["key"],
        None if value is None else bytes(value),
        headers,
    )


def _parked(row: Document) -> Parked:
    return Parked(
        aggregate=row["_id"],
        reason=row["reason"],
        type=row["type"],
        topic=row["topic"],
        partition=row["partition"],
        offset=row["offset"],
        at=row["at"],
        queued=row["queued"],
    )
