"""How events come into the feed: kept in the transaction that heard them. `placing` gives them their places afterwards."""

import json
from datetime import UTC
from typing import Any

from services.notifications.domain.feed import FeedEvent, Forgetting, forgotten
from services.notifications.kinds import FEED, FORGETTINGS
from shared.chapter_clocks import is_sandbox
from shared.envelope import SEQUENCE_DIGITS, Envelope
from shared.events.matching import RelationshipErased
from shared.events.schemas import schema_address
from shared.service import Room
from shared.transaction import Tx

FORGOTTEN_TOGETHER = 500


def keep(tx: Tx, room: Room, envelope: Envelope, fact: Any) -> None:
    """Keep a public event for the feed; a tombstone takes the members' ids out of what is there. `forgetting` sees to the deliveries."""
    if isinstance(fact, RelationshipErased):
        _forget(tx, envelope.aggregate)
        tx.save(FORGETTINGS, Forgetting(envelope.aggregate, envelope.chapter))
    tx.save(
        FEED,
        FeedEvent(
            id=envelope.id,
            chapter=envelope.chapter,
            type=envelope.type,
            about=envelope.aggregate,
            sequence=envelope.seq,
            at=envelope.at,
            heard_at=room.clock(),
            body=structured(envelope, room.settings.public_url),
        ),
    )


def _forget(tx: Tx, relationship: str) -> None:
    """Let its events forget their members, page after page. Whoever makes deliveries of them meanwhile writes them too, and looks again."""
    after = ""
    while found := tx.find(
        FEED, {"about": relationship, "_id": {"$gt": after}}, sort=[("_id", 1)], limit=FORGOTTEN_TOGETHER
    ):
        tx.prefetch(FEED, [event.id for event in found])
        for event in found:
            tx.save(FEED, forgotten(event))
        after = found[-1].id


def structured(envelope: Envelope, public_url: str) -> str:
    """The event as a CloudEvent in structured JSON (CloudEvents 1.0, JSON event format)."""
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": envelope.id,
        "source": envelope.source,
        "type": envelope.type,
        "time": envelope.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataschema": schema_address(public_url, envelope.type),
        "sequence": f"{envelope.seq:0{SEQUENCE_DIGITS}d}",
        "partitionkey": envelope.aggregate,
        "chapter": envelope.chapter,
        "data": json.loads(envelope.data),
    }
    if is_sandbox(envelope.chapter):
        attributes["sandbox"] = True
    return json.dumps(attributes, ensure_ascii=False, separators=(",", ":"))
