"""One checker for every fault: reads the promises I1-I3 (architecture.md section 4) off what is left in databases, topics and mailboxes.

I1: every committed event is in the log. I2: the first appearances of each aggregate's `seq` ascend without a gap. I3: every event had its
effect once, at each service that hears of it: marks stand at the last event, nothing is parked, and what counts its own changes
counted each event once; each mail was told once, by its Message-ID.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from services.notifications.domain.catalogue import SIGN_IN, recipient_of, told_on
from services.notifications.domain.mails import mail_id
from services.runtime import heard_by
from shared.envelope import from_record
from shared.errors import Unreadable
from shared.events import read_fact
from shared.ids import derived_id
from shared.log import address, topic_of
from tests.faults.processes import Site

READ_WITHIN_S = 30.0
#: Documents that are saved once for each event of these types, and for each proposal that names them: their revision counts effects.
COUNTING = {
    "matching": (
        "members",
        {
            "cairn.member.joined.v1",
            "cairn.member.confirmed.v1",
            "cairn.member.profile_changed.v1",
        },
    )
}
PROPOSED = "cairn.relationship.proposed.v1"
MOST_SHOWN = 10
#: Of no use any more once she has confirmed: then its mail is withheld.
CONFIRMATION_ASKED = "cairn.member.confirmation_requested.v1"


@dataclass(frozen=True, slots=True)
class Announced:
    """One committed event."""

    service: str
    type: str
    aggregate: str
    seq: int
    data: str
    pending: bool

    @property
    def id(self) -> str:
        return f"{self.aggregate}:{self.seq}"


@dataclass
class Record:
    """What a run left: committed events, each topic's (aggregate, seq) in the order of its partitions, marks, effects, parked ones."""

    committed: list[Announced]
    topics: dict[str, list[tuple[str, int]]]
    marks: dict[str, dict[str, int]]
    effects: dict[str, Counter[str]]
    parked: dict[str, list[str]]
    hears: dict[str, tuple[str, ...]]
    unreadable: int = 0
    mails: dict[str, int] = field(default_factory=dict)


def read_record(site: Site, mails: Mapping[str, int] | None = None) -> Record:
    """Everything that a run left at a site; `mails` says how often each Message-ID came."""
    record = Record([], {}, {}, {}, {}, {}, mails=dict(mails or {}))
    for name, running in site.running.items():
        database = site.store(name)
        for row in database["changes"].find({"events": {"$exists": True}}).sort([("pos", 1), ("_id", 1)]):
            for event in row["events"]:
                record.committed.append(
                    Announced(
                        name,
                        event["type"],
                        event["aggregate"],
                        event["seq"],
                        event["data"],
                        "pending" in row,
                    )
                )
        record.topics[name], unreadable = _read_topic(
            site.parts.kafka_bootstrap, topic_of(site.namespace, name)
        )
        record.unreadable += unreadable
        record.marks[name] = {row["_id"]: row["seq"] for row in database["marks"].find()}
        record.parked[name] = [row["_id"] for row in database["parked"].find()]
        record.hears[name] = tuple(heard_by(running.service))
        if name in COUNTING:
            rows = database[COUNTING[name][0]].find({}, {"_rev": 1})
            record.effects[name] = Counter({row["_id"]: row["_rev"] for row in rows})
    return record


def check(
    record: Record, *, seed: int | None = None, parked: Mapping[str, set[str]] | None = None
) -> dict[str, int]:
    """AssertionError with counts and the seed where a promise does not hold; else the counts.

    `parked` are the aggregates that must be parked, by service.
    """
    problems = [
        *_lost(record),
        *_out_of_order(record),
        *_effects(record, parked or {}),
        *_untold(record),
    ]
    counts = {
        "committed": len(record.committed),
        "records": sum(map(len, record.topics.values())),
        "repeats": sum(len(topic) - len(set(topic)) for topic in record.topics.values()),
        "effects": sum(effects.total() for effects in record.effects.values()),
        "mails": len(record.mails),
        "problems": len(problems),
    }
    assert not problems, "\n".join([f"seed {seed}, {counts}", *problems[:MOST_SHOWN]])
    return counts


def told(record: Record, host: str = "cairn.test") -> dict[str, Announced]:
    """The Message-IDs of the mails that the committed events make, with the event of each (a link to sign in is asked for, not told)."""
    found: dict[str, Announced] = {}
    for event in record.committed:
        fact = read_fact(event.type, event.data.encode())
        for row in told_on(fact):
            if row.template != SIGN_IN:
                recipient = recipient_of(fact, row.whom, event.aggregate)
                found[f"<{derived_id('mail', mail_id(event.id, recipient))}@{host}>"] = event
    return found


def _lost(record: Record) -> Iterable[str]:
    in_log = {name: set(topic) for name, topic in record.topics.items()}
    for event in record.committed:
        if (event.aggregate, event.seq) not in in_log[event.service]:
            yield f"I1: {event.id} of {event.service} was committed and is not in the log"
        if event.pending:
            yield f"I1: {event.id} of {event.service} was never marked as sent"


def _out_of_order(record: Record) -> Iterable[str]:
    announced = _by_aggregate(record)
    for name, topic in record.topics.items():
        last: Counter[str] = Counter()
        for aggregate, seq in topic:
            if aggregate not in announced.get(name, {}):
                continue  # a test put it there itself
            if seq > last[aggregate] + 1:
                yield f"I2: in the log of {name}, {aggregate}:{seq} came after {last[aggregate]}"
            last[aggregate] = max(last[aggregate], seq)
    for name, seqs in announced.items():
        for aggregate, numbers in seqs.items():
            if numbers != list(range(1, len(numbers) + 1)):
                yield f"I2: {name} announced {aggregate} as {numbers[:MOST_SHOWN]}…"


def _effects(record: Record, parked: Mapping[str, set[str]]) -> Iterable[str]:
    announced = _by_aggregate(record)
    for name, marks in record.marks.items():
        for aggregate in set(record.parked[name]) ^ parked.get(name, set()):
            yield f"I3: {aggregate} is parked at {name} and should not be, or the other way round"
        for heard in record.hears[name]:
            for aggregate, seqs in announced.get(heard, {}).items():
                if aggregate not in record.parked[name] and marks.get(aggregate, 0) != seqs[-1]:
                    yield f"I3: {name} stands at {marks.get(aggregate, 0)} of {aggregate}, which is at {seqs[-1]}"
    for name, (_, types) in COUNTING.items():
        wanted = Counter(event.aggregate for event in record.committed if event.type in types)
        for event in record.committed:
            if event.type == PROPOSED:
                fact = read_fact(event.type, event.data.encode())
                wanted.update((fact.mentee, fact.mentor))
        for aggregate in wanted.keys() - set(record.parked[name]):
            if record.effects[name][aggregate] != wanted[aggregate]:
                yield (
                    f"I3: {wanted[aggregate]} events of {aggregate} had "
                    f"{record.effects[name][aggregate]} effects at {name}"
                )


def _untold(record: Record) -> Iterable[str]:
    if record.mails:
        for message_id, event in told(record).items():
            if message_id not in record.mails and event.type != CONFIRMATION_ASKED:
                yield f"I3: no mail tells of {event.id} ({event.type})"
        for message_id in record.mails.keys() - told(record).keys():
            yield f"I3: a mail {message_id} tells of nothing that happened"


def _by_aggregate(record: Record) -> Mapping[str, Mapping[str, list[int]]]:
    found: dict[str, dict[str, list[int]]] = {}
    for event in record.committed:
        found.setdefault(event.service, {}).setdefault(event.aggregate, []).append(event.seq)
    return found


def _read_topic(bootstrap: str, topic: str) -> tuple[list[tuple[str, int]], int]:
    """What lies in a topic, each partition's in its order; and how many records no reader could understand."""
    consumer = KafkaConsumer(
        **address(bootstrap),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_poll_records=5_000,
    )
    found: list[tuple[str, int]] = []
    unreadable = 0
    try:
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(partitions)
        left = {partition: end for partition, end in consumer.end_offsets(partitions).items() if end}
        polls = 0
        while left:
            polls += 1
            assert polls * 0.5 < READ_WITHIN_S, f"the topic {topic} could not be read"
            for partition, records in consumer.poll(timeout_ms=500).items():
                for record in records:
                    try:
                        envelope = from_record(list(record.headers or ()), record.value)
                    except Unreadable:
                        unreadable += 1
                        continue
                    found.append((envelope.aggregate, envelope.seq))
                if records[-1].offset + 1 >= left.get(partition, 0):
                    left.pop(partition, None)
    finally:
        consumer.close()
    return found, unreadable
