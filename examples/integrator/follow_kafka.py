"""Follows Kafka itself: CloudEvents in binary mode, offsets committed after the effect, internal types passed over.

KAFKA=127.0.0.1:9092 CHAPTERS=shanghai python follow_kafka.py
"""

import json
import os
import signal

import requests
from kafka import KafkaConsumer

CAIRN = os.environ.get("CAIRN_URL", "http://127.0.0.1:8080")
TOPIC = os.environ.get("TOPIC", "cairn.matching.v1")
CHAPTERS = set(os.environ.get("CHAPTERS", "").split(",")) - {""}
#: host:port is enough on one's own machine; a deployment gives a user, and reads with SASL over TLS.
SECURE = {
    "security_protocol": "SASL_SSL",
    "sasl_mechanism": "SCRAM-SHA-512",
    "sasl_plain_username": os.environ.get("KAFKA_USER"),
    "sasl_plain_password": os.environ.get("KAFKA_PASSWORD"),
}

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it quietly
catalogue = requests.get(f"{CAIRN}/api/notifications/v1/events", timeout=10).json()
PUBLIC = {event["type"] for event in catalogue["items"]}

consumer = KafkaConsumer(
    TOPIC,
    bootstrap_servers=os.environ.get("KAFKA", "127.0.0.1:9092"),
    group_id=os.environ.get("GROUP", "integrator.example"),
    auto_offset_reset="earliest",  # history first; the default would begin with what comes next
    enable_auto_commit=False,  # the default would commit what was not dealt with yet
    **(SECURE if "KAFKA_USER" in os.environ else {}),
)


def take(attributes, data):
    number = attributes["ce_sequence"].lstrip("0")
    print(number, attributes["ce_partitionkey"], attributes["ce_type"], data, flush=True)


highest = {}  # of each relationship; keep it beside your effects, in the same transaction
while True:
    for records in consumer.poll(timeout_ms=1_000).values():
        for record in records:
            attributes = {name: (value or b"").decode() for name, value in record.headers}
            if attributes.get("ce_type") not in PUBLIC or (
                CHAPTERS and attributes["ce_chapter"] not in CHAPTERS
            ):
                continue
            relationship, sequence = attributes["ce_partitionkey"], attributes["ce_sequence"]
            if sequence > highest.get(relationship, ""):  # a repeat has been dealt with
                take(attributes, json.loads(record.value))
                highest[relationship] = sequence
    consumer.commit(timeout_ms=10_000)
