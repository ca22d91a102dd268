"""The removal of a sandbox: documents, keys and clock. Nobody was real, so that no tombstones are told; Kafka forgets by its retention."""

from operate.sandbox.people import Sandbox
from shared.errors import NotThere
from shared.settings import SERVICES
from shared.vault import KEYS_COLLECTION

USES = "uses"


def erase_chapter(here: Sandbox) -> int:
    """Remove everything of the sandbox from every service's database; how many documents that were. 404 where there is none."""
    client, namespace, chapter = here.room.store.client, here.settings.namespace, here.chapter
    if client[f"{namespace}_profiles"]["chapters"].find_one({"_id": chapter}) is None:
        raise NotThere("sandbox")
    mine = {"chapter": chapter}
    people = [row["_id"] for row in client[f"{namespace}_profiles"]["members"].find(mine, {"_id": 1})]
    pairs = [row["_id"] for row in client[f"{namespace}_matching"]["relationships"].find(mine, {"_id": 1})]
    gone = 0
    for service in SERVICES:
        database = client[f"{namespace}_{service}"]
        for name in database.list_collection_names():
            gone += database[name].delete_many(mine).deleted_count
        database[KEYS_COLLECTION].delete_many({"keyAltNames": {"$in": pairs}})
    gone += client[f"{namespace}_notifications"][USES].delete_many({"chapters": [chapter]}).deleted_count
    for person in people:
        here.room.people.erase(person)
    here.room.clocks.forget(chapter)
    return gone
