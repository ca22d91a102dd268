"""The inbox: takes other services' events from the log and lets each have its effect once, in order.

Invariants:
1. An effect and the mark that remembers it are one transaction: the mark of an aggregate moves from n-1 to n with event n. At or below the
   mark: skipped. The offsets are committed afterwards, so that a crash in between repeats what the marks then skip (I2, I3).
2. The events of one poll go through the door together, in order; in halves only where that fails or takes too long, down to the one to
   park.
3. What cannot be read, or keeps failing, parks its aggregate with the original bytes; later events of that aggregate queue behind it and
   the rest goes on. `MAX_PARKED_IN_A_ROW` in a row end the process: then we are broken, not the messages.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from pymongo import UpdateOne

from shared import parking
from shared.call import Call
from shared.envelope import Envelope, from_record
from shared.errors import Clash, Transient, Unreadable
from shared.events import read_fact
from shared.kinds import Kind
from shared.log import Record
from shared.service import Reaction, Room
from shared.telemetry import EVENT_AGE, EVENTS_DONE, EVENTS_PARKED, EVENTS_SKIPPED, log, span
from shared.transaction import Tx

#: How often a reaction is tried on one event before the event's aggregate is parked.
TRIES = 3
#: How long a busy database is waited for before the process ends and is started anew.
BUSY_FOR_S = 30.0
BUSY_WAIT_S = 0.2


class Reads(Protocol):
    """What the inbox needs of the log; a test puts a failing one around the real one."""

    def poll(self, wait_ms: int | None = None) -> list[Record]: ...
    def commit(self, records: list[Record]) -> None: ...


@dataclass(frozen=True, slots=True)
class Arrival:
    """A record and what was read from it: an event with its fact (None where nobody reacts to it), or why it is unreadable."""

    record: Record
    aggregate: str
    envelope: Envelope | None = None
    fact: Any = None
    unreadable: str = ""


class Poison(Exception):
    """An arrival that cannot have its effect; the reason goes to the operator."""


class TooMany(Exception):
    """These arrivals did not come through together, though the database answers: each half by itself may."""


class Inbox:
    """One service's reading end. `step` takes one poll's worth; call it again and again."""

    def __init__(self, room: Room, source: Reads, reactions: Iterable[Reaction]) -> None:
        self._room = room
        self._source = source
        self._reactions = {reaction.fact: reaction for reaction in reactions}
        self.polled_at_s = time.monotonic()

    def step(self, wait_ms: int | None = None) -> int:
        """Deal with what the log has next and return how many records that were.

        Raises `LogFailed`, `Transient` (the database stayed busy) or `parking.TooManyParked`: the process ends, and nothing is lost.
        """
        records = self._source.poll(wait_ms)
        self.polled_at_s = time.monotonic()
        if not records:
            return 0
        self.take(records)
        self._source.commit(records)
        return len(records)

    def take(self, records: list[Record]) -> None:
        """Let these records have their effect, parking what cannot."""
        arrivals = [self._read(record) for record in records]
        self._room.people.fetch(sealed for arrival in arrivals for sealed in _sealed_fields(arrival.fact))
        self._together(arrivals)

    def _together(self, arrivals: list[Arrival]) -> None:
        """All of them in one transaction; where that fails, each half by itself, down to the one that is to be parked.

        Halves, because what fails may be nothing but the size of the transaction, or the time that so many take.
        """
        try:
            self._patiently(arrivals)
            return
        except (Transient, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - the consumer's edge: which of them is it, and is it worth parking?
            log().warning(
                "batch_failed", service=self._room.service, events=len(arrivals), error=type(error).__name__
            )
        if len(arrivals) == 1:
            self._alone(arrivals[0])
            return
        middle = len(arrivals) // 2
        self._together(arrivals[:middle])
        self._together(arrivals[middle:])

    def _alone(self, arrival: Arrival) -> None:
        problem: Exception | None = None
        for _ in range(TRIES):
            try:
                self._patiently([arrival])
                parking.went_well(self._room.store)
                return
            except (Transient, MemoryError):
                raise
            except Exception as error:  # noqa: BLE001 - the consumer's edge: a bug becomes a dead letter, not a standstill
                problem = error
        reason = str(problem) if isinstance(problem, Poison) else f"{type(problem).__name__} in the reaction"
        log().error("parked", service=self._room.service, aggregate=arrival.aggregate[:200], exc_info=problem)
        parking.park(
            self._room.store, arrival.record, arrival.aggregate, arrival.envelope, reason, self._room.clock()
        )
        EVENTS_PARKED.labels(self._room.service).inc()

    def _patiently(self, arrivals: list[Arrival]) -> None:
        """One transaction for all of them; while the database is away, or too busy for a single one, again, for a while.

        `TooMany` where it answers and only has no time for so many at once, `Transient` where it stayed as it was.
        """
        deadline_s = time.monotonic() + BUSY_FOR_S
        clashes = 0
        while True:
            try:
                done, skipped = self._room.store.transact(
                    lambda tx: apply(tx, self._room, self._reactions, arrivals)
                )
                break
            except Clash:
                # Two members can meet on one aggregate while partitions move; whoever comes second sees the other's marks next time.
                clashes += 1
                if clashes == TRIES:
                    raise
            except Transient as error:
                if len(arrivals) > 1 and self._answers():
                    raise TooMany from error
                if time.monotonic() > deadline_s:
                    raise Transient("the database stayed busy") from error
                time.sleep(BUSY_WAIT_S)
        EVENTS_DONE.labels(self._room.service).inc(done)
        EVENTS_SKIPPED.labels(self._room.service).inc(skipped)
        now_s, age = self._room.clock().timestamp(), EVENT_AGE.labels(self._room.service)
        for arrival in arrivals:
            if arrival.envelope is not None:
                age.observe(max(0.0, now_s - arrival.envelope.at.timestamp()))

    def _answers(self) -> bool:
        try:
            self._room.store.ping()
        except Transient:
            return False
        return True

    def _read(self, record: Record) -> Arrival:
        return read(record, self._reactions)


def _sealed_fields(fact: Any) -> list[str]:
    """The sealed fields of a fact that somebody reacts to; their keys are fetched before the transaction opens."""
    names = getattr(type(fact), "__dataclass_fields__", ())
    return [getattr(fact, name) for name in names if name.startswith("sealed_")]


def read(record: Record, reactions: dict[type[Any], Reaction]) -> Arrival:
    """What a record holds, as far as this service wants to know it."""
    try:
        envelope = from_record(record.headers, record.value)
        fact = read_fact(envelope.type, envelope.data)
    except Unreadable as error:
        aggregate = (record.key or b"").decode(errors="replace")
        return Arrival(
            record, aggregate or f"{record.topic}/{record.partition}/{record.offset}", unreadable=error.reason
        )
    return Arrival(record, envelope.aggregate, envelope, fact if type(fact) in reactions else None)


def apply(
    tx: Tx, room: Room, reactions: dict[type[Any], Reaction], arrivals: list[Arrival]
) -> tuple[int, int]:
    """Let the arrivals have their effect in this transaction and move the marks; returns how many did, and how many were seen before.

    Raises `Poison` on the first that cannot be read or comes out of order, and whatever a reaction raises.
    """
    aggregates = list({arrival.aggregate for arrival in arrivals})
    marks = {
        mark["_id"]: mark["seq"]
        for mark in tx.db["marks"].find({"_id": {"$in": aggregates}}, session=tx.session)
    }
    before = dict(marks)
    parked = parking.parked_among(tx, aggregates)
    _prefetch(tx, reactions, arrivals)
    done = skipped = 0
    for arrival in arrivals:
        if arrival.aggregate in parked:
            parking.queue(tx, arrival.record, arrival.aggregate, arrival.envelope)
            continue
        envelope = arrival.envelope
        if envelope is None:
            raise Poison(arrival.unreadable)
        mark = marks.get(envelope.aggregate, 0)
        if envelope.seq <= mark:
            skipped += 1
            continue
        if envelope.seq != mark + 1:
            raise Poison(f"event {envelope.seq} came after {mark}")
        if arrival.fact is not None:
            _react(tx, room, reactions[type(arrival.fact)], envelope, arrival.fact)
        marks[envelope.aggregate] = envelope.seq
        done += 1
    moved = [
        UpdateOne({"_id": aggregate}, {"$set": {"seq": seq}}, upsert=True)
        for aggregate, seq in marks.items()
        if before.get(aggregate) != seq
    ]
    if moved:
        tx.db["marks"].bulk_write(moved, session=tx.session, ordered=False)
    return done, skipped


def _react(tx: Tx, room: Room, reaction: Reaction, envelope: Envelope, fact: Any) -> None:
    with span(f"react {envelope.type}", envelope.traceparent) as traceparent:
        tx.begin(
            Call(
                id=f"event:{envelope.id}",
                at=room.now(envelope.chapter),
                chapter=envelope.chapter,
                asker="event",
                traceparent=traceparent,
            )
        )
        reaction.react(tx, room, envelope, fact)


def _prefetch(tx: Tx, reactions: dict[type[Any], Reaction], arrivals: list[Arrival]) -> None:
    wanted: dict[Kind[Any], set[str]] = {}
    for arrival in arrivals:
        needs = reactions[type(arrival.fact)].needs if arrival.fact is not None else None
        if needs is not None and arrival.envelope is not None:
            for kind, id in needs(arrival.envelope, arrival.fact):
                wanted.setdefault(kind, set()).add(id)
    for kind, ids in wanted.items():
        tx.prefetch(kind, ids)
