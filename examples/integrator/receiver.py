"""A webhook receiver: verifies each request, ignores repeats, keeps where each relationship stands, forgets on the tombstone.

WEBHOOK_SECRET=whsec_… flask --app receiver run --port 5050
"""

import os
import sqlite3

from flask import Flask, request
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

ERASED = "cairn.relationship.erased.v1"
webhook = Webhook(os.environ["WEBHOOK_SECRET"])
store = os.environ.get("RECEIVER_STORE", "receiver.sqlite3")
app = Flask(__name__)

with sqlite3.connect(store) as db:
    db.execute("CREATE TABLE IF NOT EXISTS events (id PRIMARY KEY, relationship)")
    db.execute("CREATE TABLE IF NOT EXISTS relationships (id PRIMARY KEY, chapter, sequence, type)")


@app.post("/hook")
def hook():
    try:
        event = webhook.verify(request.get_data(), dict(request.headers))
    except (WebhookVerificationError, ValueError):
        return "The signature is not right.", 400
    if "test" in event:
        app.logger.warning("test %s", event["type"])
        return "", 204
    with sqlite3.connect(
        store
    ) as db:  # one transaction: what an event brings about, and that it was dealt with
        take(db, event)
    return "", 204


def take(db, event):
    relationship = event["partitionkey"]
    new = db.execute("INSERT OR IGNORE INTO events VALUES (?, ?)", (event["id"], relationship)).rowcount
    if not new:
        app.logger.warning("repeat %s", event["id"])
    elif event["type"] == ERASED:
        db.execute("DELETE FROM relationships WHERE id = ?", (relationship,))
        db.execute("DELETE FROM events WHERE relationship = ?", (relationship,))
        app.logger.warning("erased %s", relationship)
    else:  # a replay brings old events again: what is newer stays
        db.execute(
            "INSERT INTO relationships VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
            " SET sequence = excluded.sequence, type = excluded.type WHERE excluded.sequence > sequence",
            (relationship, event["chapter"], event["sequence"], event["type"]),
        )
        app.logger.warning("taken %s %s", event["id"], event["type"])
