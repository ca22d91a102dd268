"""What `cairn verify-confidentiality` needs of a running Cairn, and the reading of what all of them have: databases, topics, files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import bson
from kafka import KafkaConsumer, TopicPartition
from pymongo import MongoClient

from shared.log import address

#: Records read from the log with one poll, and how long one may take.
MAX_POLL_RECORDS = 500
POLL_MS = 1_000
#: Files are read piece by piece; pieces overlap, so that nothing hides in a cut.
PIECE_BYTES = 4_000_000
OVERLAP_BYTES = 256
#: Files of a data folder that one run reads.
MAX_FILES = 20_000

Thing = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the HTTP edge."""

    status: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """What a browser is answered: `cookie` is what it is to send from now on, `location` where it is sent to; empty where neither."""

    status: int
    content: bytes
    cookie: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to look: what it is, and what there is, thing by thing with the words to find it again."""

    name: str
    things: Iterator[Thing]


class System(Protocol):
    """A running Cairn: a local stack, or the one that the tests step by hand."""

    def ask(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: Any = None,
        form: dict[str, str] | None = None,
    ) -> Reply:
        """One request to an API, with a bearer token where somebody is signed in; its body as JSON, or as a form where there is one."""

    def browse(self, path: str, *, cookie: str = "", form: dict[str, str] | None = None) -> Page:
        """One page, or one form sent where there is one, as a browser without scripts would; it follows no redirection."""

    def open_chapter(self, slug: str, coordinator: str, mail: str) -> None:
        """An operator opens a chapter with a coordinator."""

    def secret_mailed(self, mail: str) -> str:
        """The secret of the newest link to confirm or sign in that was mailed to the address; empty where none came yet."""

    def receiver(self) -> str:
        """The address of an integrator's receiver."""

    def settle(self) -> None:
        """Let events pass on."""

    def advance(self, days: int) -> None:
        """Let days pass on the platform's clock."""

    def places(self, pair: frozenset[str]) -> Iterator[Place]:
        """Where to look besides the APIs; `pair` are the addresses of the two, whose own mail is theirs to read."""


def databases(client: MongoClient[dict[str, Any]], namespace: str) -> Iterator[Thing]:
    """Every document of every collection of the platform, as its BSON bytes."""
    for name in sorted(client.list_database_names()):
        if not name.startswith(f"{namespace}_"):
            continue
        for collection in sorted(client[name].list_collection_names()):
            for document in client[name][collection].find():
                yield f"{name}.{collection} {document['_id']}", bson.encode(document)


def topics(bootstrap: str, namespace: str) -> Iterator[Thing]:
    """Every record of every topic of the platform: key, headers and value."""
    consumer = KafkaConsumer(
        **address(bootstrap), enable_auto_commit=False, max_poll_records=MAX_POLL_RECORDS
    )
    try:
        partitions = [
            TopicPartition(topic, number)
            for topic in sorted(consumer.topics())
            if topic.startswith(f"{namespace}.")
            for number in sorted(consumer.partitions_for_topic(topic) or ())
        ]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        while any(consumer.position(partition) < ends[partition] for partition in partitions):
            for records in consumer.poll(timeout_ms=POLL_MS).values():
                for record in records:
                    headers = b"\n".join(name.encode() + b"=" + value for name, value in record.headers or ())
                    content = b"\n".join((record.key or b"", headers, record.value or b""))
                    yield f"{record.topic}/{record.partition}/{record.offset}", content
    finally:
        consumer.close()


def files(folder: Path, *names: str) -> Iterator[Thing]:
    """Every file below the folder (below these of its folders where some are named), as it lies on the disk."""
    roots = [folder / name for name in names] if names else [folder]
    found = (file for root in roots for file in ([root] if root.is_file() else sorted(root.rglob("*"))))
    for number, file in enumerate(found):
        if number >= MAX_FILES:
            raise RuntimeError(f"{folder} holds more than {MAX_FILES} files")
        yield from _pieces(file, str(file.relative_to(folder)))


def _pieces(file: Path, name: str) -> Iterator[Thing]:
    try:
        if not file.is_file():
            return
        with file.open("rb") as content:
            tail = b""
            while piece := content.read(PIECE_BYTES):
                yield name, (tail + piece).strip(b"\0")  # files are made long before they are full
                tail = piece[-OVERLAP_BYTES:]
    except FileNotFoundError:
        return  # a log or a journal that was turned over meanwhile
