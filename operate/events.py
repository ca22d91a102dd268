"""`cairn events`: watch events as they pass."""

import json
import time
from typing import Any

import click
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from operate.chapters import profiles_room
from operate.here import settings_here
from services.profiles.kinds import CHAPTERS
from shared.envelope import Envelope, from_record
from shared.errors import Unreadable
from shared.log import address, topic_of
from shared.settings import SERVICES, BadSetting

MAX_SECONDS = 3_600
READY = "following"


@click.group()
def events() -> None:
    """Events of all services."""


@events.command()
@click.option("--chapter", multiple=True, help="Only events of this chapter; may be given more than once.")
@click.option("--from-start", is_flag=True, help="Begin with the oldest event instead of the next one.")
@click.option(
    "--seconds", default=60, show_default=True, type=click.IntRange(1, MAX_SECONDS), help="For how long."
)
def follow(chapter: tuple[str, ...], from_start: bool, seconds: int) -> None:
    """Print events as they pass, one JSON object a line: time, type, source, sequence, chapter, data."""
    if chapter:
        _say_which_are_not_there(chapter)
    try:
        settings = settings_here()
        consumer = KafkaConsumer(
            **address(settings.kafka_bootstrap), enable_auto_commit=False, allow_auto_create_topics=False
        )
    except (BadSetting, KafkaError) as problem:
        raise click.ClickException(f"cannot follow the events: {problem}") from problem
    try:
        partitions = [
            TopicPartition(topic, number)
            for topic in (topic_of(settings.namespace, name) for name in SERVICES)
            for number in consumer.partitions_for_topic(topic) or ()
        ]
        if not partitions:
            raise click.ClickException("there are no topics yet: run `cairn init`")
        consumer.assign(partitions)
        (consumer.seek_to_beginning if from_start else consumer.seek_to_end)(*partitions)
        for partition in partitions:
            consumer.position(partition, timeout_ms=10_000)
        click.echo(json.dumps({"status": READY, "partitions": len(partitions)}))
        _print(consumer, set(chapter), time.monotonic() + seconds)
    except KafkaError as problem:
        raise click.ClickException(f"the log does not answer: {type(problem).__name__}") from problem
    finally:
        consumer.close()


def _say_which_are_not_there(chapters: tuple[str, ...]) -> None:
    """On stderr, and no more than that: such a chapter may be opened yet, or was a sandbox whose events are still in the log."""
    with profiles_room() as room:
        room.store.ping()
        for slug in chapters:
            if room.store.reader(slug).load(CHAPTERS, slug) is None:
                click.echo(f"There is no chapter {slug} now; see `cairn chapter list`.", err=True)


def _print(consumer: Any, chapters: set[str], deadline_s: float) -> None:
    while time.monotonic() < deadline_s:
        for records in consumer.poll(timeout_ms=500).values():
            for record in records:
                try:
                    envelope = from_record(list(record.headers or ()), record.value)
                except Unreadable:
                    continue
                if not chapters or envelope.chapter in chapters:
                    click.echo(_line(envelope))


def _line(envelope: Envelope) -> str:
    return json.dumps(
        {
            "time": envelope.at.isoformat(),
            "type": envelope.type,
            "source": envelope.source,
            "sequence": envelope.seq,
            "chapter": envelope.chapter,
            "data": json.loads(envelope.data),
        },
        ensure_ascii=False,
    )
