"""The removal of a sandbox: documents, keys and clock. Nobody was real, so that no tombstones are told; Kafka forgets by its retention."""

from pymongo.database import Database

from operate.sandbox.people import Sandbox
from shared.errors import NotThere
from shared.kinds import Document
from shared.settings import SERVICES
from shared.vault import KEYS_COLLECTION

USES = "uses"


TOGETHER = 5_000


def _aggregates(here: Sandbox) -> list[str]:
    """Everything of the sandbox that events were told about."""
    told: set[str] = set()
    for service in SERVICES:
        changes = here.room.store.client[f"{here.settings.namespace}_{service}"]["changes"]
        for row in changes.find(
            {"chapter": here.chapter, "events": {"$exists": True}}, {"events.aggregate": 1}
        ):
            told |= {event["aggregate"] for event in row["events"]}
    return sorted(told)


def _shut_out(database: Database[Document], accounts: list[str]) -> None:
    """Its service accounts follow no other chapter any more."""
    theirs = {"owner": {"$in": accounts}}
    database["followers"].update_many(
        {"followers.owner": {"$in": accounts}}, {"$pull": {"followers": theirs}}
    )
    database["grants"].delete_many({"account": {"$in": accounts}})


def erase_chapter(here: Sandbox) -> int:
    """Remove everything of the sandbox from every service's database; how many documents that were. 404 where there is none."""
    client, namespace, chapter = here.room.store.client, here.settings.namespace, here.chapter
    if client[f"{namespace}_profiles"]["chapters"].find_one({"_id": chapter}) is None:
        raise NotThere("sandbox")
    mine = {"chapter": chapter}
    people = [row["_id"] for row in client[f"{namespace}_profiles"]["members"].find(mine, {"_id": 1})]
    accounts = [
        row["_id"] for row in client[f"{namespace}_notifications"]["service_accounts"].find(mine, {"_id": 1})
    ]
    pairs = [row["_id"] for row in client[f"{namespace}_matching"]["relationships"].find(mine, {"_id": 1})]
    _shut_out(client[f"{namespace}_notifications"], accounts)
    aggregates = _aggregates(here)
    gone = 0
    for service in SERVICES:
        database = client[f"{namespace}_{service}"]
        for name in database.list_collection_names():
            gone += database[name].delete_many(mine).deleted_count
        for start in range(0, len(aggregates), TOGETHER):
            some = aggregates[start : start + TOGETHER]
            database["marks"].delete_many({"_id": {"$in": some}})
            database["parked"].delete_many({"_id": {"$in": some}})
            database["parked_events"].delete_many({"aggregate": {"$in": some}})
        database[KEYS_COLLECTION].delete_many({"keyAltNames": {"$in": pairs}})
    gone += client[f"{namespace}_notifications"][USES].delete_many({"chapters": [chapter]}).deleted_count
    for person in people:
        here.room.people.erase(person)
    here.room.clocks.forget(chapter)
    return gone
