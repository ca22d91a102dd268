"""An event on the wire: CloudEvents 1.0, Kafka protocol binding, binary content mode.

Attributes travel as `ce_` headers, the value is the data's JSON, the key is the aggregate's id. Extensions: `sequence` (20 digits, so
that it orders as text), `partitionkey`, `traceparent`, and our own `chapter`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from shared.errors import Unreadable

Headers = list[tuple[str, bytes | None]]

SEQUENCE_DIGITS = 20
#: The longest attribute that we read; CloudEvents asks for context attributes to be kept small.
MAX_ATTRIBUTE_CHARS = 512
#: Part of every topic's name: other partitions would mean another topic (`shared.log`).
TOPIC_VERSION = "v1"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event: who says it (`service`), about what (`kind`, `aggregate`), its place there (`seq`, from 1), and its data (JSON)."""

    type: str
    service: str
    kind: str
    aggregate: str
    seq: int
    at: datetime
    chapter: str
    data: bytes
    traceparent: str = ""

    @property
    def id(self) -> str:
        """Unique and stable: the same event sent twice has the same id."""
        return f"{self.aggregate}:{self.seq}"

    @property
    def source(self) -> str:
        """The aggregate as a URI reference, for example `/matching/relationships/rel_01…`."""
        return f"/{self.service}/{self.kind}s/{self.aggregate}"


def topic_of(namespace: str, service: str) -> str:
    """The topic on which a service announces, for example `cairn.matching.v1`."""
    return f"{namespace}.{service}.{TOPIC_VERSION}"


def to_headers(envelope: Envelope, dataschema: bytes | None = None) -> Headers:
    """The headers of the Kafka record that carries the event; `dataschema` where its schema is, for a public one."""
    headers: Headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", envelope.id.encode()),
        ("ce_source", envelope.source.encode()),
        ("ce_type", envelope.type.encode()),
        ("ce_time", envelope.at.astimezone(UTC).isoformat().replace("+00:00", "Z").encode()),
        ("ce_sequence", f"{envelope.seq:0{SEQUENCE_DIGITS}d}".encode()),
        ("ce_partitionkey", envelope.aggregate.encode()),
        ("ce_chapter", envelope.chapter.encode()),
        ("content-type", b"application/json"),
    ]
    if dataschema is not None:
        headers.append(("ce_dataschema", dataschema))
    if envelope.traceparent:
        headers.append(("ce_traceparent", envelope.traceparent.encode()))
    return headers


def from_record(headers: Headers | None, value: bytes | None) -> Envelope:
    """The event that a Kafka record carries, or `Unreadable` with the reason."""
    if not headers:
        raise Unreadable("no headers")
    if value is None:
        raise Unreadable("no value")
    attributes: dict[str, bytes | None] = dict(headers)
    if _text(attributes, "ce_specversion") != "1.0":
        raise Unreadable("not CloudEvents 1.0")
    aggregate = _text(attributes, "ce_partitionkey")
    source = _text(attributes, "ce_source").split("/")
    if len(source) != 4 or source[0] or source[3] != aggregate:
        raise Unreadable("the source does not name the aggregate")
    try:
        seq = int(_text(attributes, "ce_sequence"))
        at = datetime.fromisoformat(_text(attributes, "ce_time"))
    except ValueError as error:
        raise Unreadable(f"sequence or time: {error}") from error
    if seq < 1 or at.tzinfo is None:
        raise Unreadable("sequence below 1, or a time without a zone")
    return Envelope(
        type=_text(attributes, "ce_type"),
        service=source[1],
        kind=source[2].removesuffix("s"),
        aggregate=aggregate,
        seq=seq,
        at=at,
        chapter=_text(attributes, "ce_chapter"),
        data=value,
        traceparent=_text(attributes, "ce_traceparent") if "ce_traceparent" in attributes else "",
    )


def _text(attributes: dict[str, bytes | None], name: str) -> str:
    raw = attributes.get(name)
    if raw is None:  # absent, or a header without a value
        raise Unreadable(f"no {name}")
    if len(raw) > MAX_ATTRIBUTE_CHARS:
        raise Unreadable(f"{name} is longer than {MAX_ATTRIBUTE_CHARS} bytes")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise Unreadable(f"{name} is not UTF-8") from error
