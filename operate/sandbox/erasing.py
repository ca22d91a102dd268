"""The removal of a sandbox: documents, keys and clock. Nobody was real, so that no tombstones are told; Kafka forgets by its retention.

Invariant: whatever else is to go is found by what goes last, the services' documents, and of these the chapter itself at the very end. So
a removal that was cut off is begun anew, and finds what is left.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

from pymongo.database import Database

from operate.sandbox.people import Sandbox
from services.notifications.sandbox.commands import lease_of
from shared.errors import NotThere, Transient
from shared.kinds import Document
from shared.settings import SERVICES
from shared.vault import KEYS_COLLECTION

USES = "uses"
CHAPTERS = "chapters"
TOGETHER = 5_000
#: How often it looks whether something came back, and how long it waits before that, in seconds.
MAX_LOOKS = 60
SETTLED_S = 1.0


def _moment() -> None:
    time.sleep(SETTLED_S)


def erase_chapter(here: Sandbox, *, settle: Callable[[], object] = _moment) -> int:
    """Remove everything of the sandbox from every service's database; how many documents that were. 404 where there is none.

    What was under way meanwhile can come back: so it looks again after `settle`, until nothing did. `Transient` where that does not end.
    """
    databases = {
        service: here.room.store.client[f"{here.settings.namespace}_{service}"] for service in SERVICES
    }
    if databases["profiles"][CHAPTERS].find_one({"_id": here.chapter}) is None:
        raise NotThere("sandbox")
    gone = 0
    for _ in range(MAX_LOOKS):
        found = _remove(here, databases)
        if not found:
            databases["profiles"][CHAPTERS].delete_one({"_id": here.chapter})
            return gone + 1
        gone += found
        settle()
    raise Transient("things still happen in the sandbox: erase it again")


def _remove(here: Sandbox, databases: dict[str, Database[Document]]) -> int:
    """Everything that is there now but the chapter itself; how many documents."""
    _shut_out(databases["notifications"], _ids(here, databases["notifications"]["service_accounts"]))
    _forget_keys(here, databases)
    _forget_marks(databases, _aggregates(here, databases))
    here.room.clocks.forget(here.chapter)
    databases["notifications"]["leases"].delete_one({"_id": lease_of(here.chapter)})
    gone = databases["notifications"][USES].delete_many({"chapters": [here.chapter]}).deleted_count
    # profiles comes last: its members lead to the keys
    for service, database in (*_others(databases), ("profiles", databases["profiles"])):
        for name in _own_collections(database):
            if (service, name) != ("profiles", CHAPTERS):
                gone += database[name].delete_many({"chapter": here.chapter}).deleted_count
    return gone


def _others(databases: dict[str, Database[Document]]) -> list[tuple[str, Database[Document]]]:
    return [(name, database) for name, database in databases.items() if name != "profiles"]


def _own_collections(database: Database[Document]) -> list[str]:
    """Without those of the server itself, such as the profiler's, which cannot be written to."""
    return [name for name in database.list_collection_names() if not name.startswith("system.")]


def _ids(here: Sandbox, collection: Any) -> list[str]:
    return [row["_id"] for row in collection.find({"chapter": here.chapter}, {"_id": 1})]


def _shut_out(database: Database[Document], accounts: list[str]) -> None:
    """Its service accounts follow no other chapter any more."""
    theirs = {"owner": {"$in": accounts}}
    database["followers"].update_many(
        {"followers.owner": {"$in": accounts}}, {"$pull": {"followers": theirs}}
    )
    database["grants"].delete_many({"account": {"$in": accounts}})


def _forget_keys(here: Sandbox, databases: dict[str, Database[Document]]) -> None:
    """Keys of its people, and of its pairs' texts."""
    for person in _ids(here, databases["profiles"]["members"]):
        here.room.people.erase(person)
    pairs = _ids(here, databases["matching"]["relationships"])
    for database in databases.values():
        database[KEYS_COLLECTION].delete_many({"keyAltNames": {"$in": pairs}})


def _aggregates(here: Sandbox, databases: dict[str, Database[Document]]) -> Iterator[list[str]]:
    """Everything of the sandbox that events were told about, so many at a time."""
    told: set[str] = set()
    mine = {"chapter": here.chapter, "events": {"$exists": True}}
    for database in databases.values():
        for row in database["changes"].find(mine, {"events.aggregate": 1}):
            told |= {event["aggregate"] for event in row["events"]}
    ids = sorted(told)
    for start in range(0, len(ids), TOGETHER):
        yield ids[start : start + TOGETHER]


def _forget_marks(databases: dict[str, Database[Document]], aggregates: Iterator[list[str]]) -> None:
    """What each service has heard of them, so that a sandbox of the same name begins anew."""
    for some in aggregates:
        for database in databases.values():
            database["marks"].delete_many({"_id": {"$in": some}})
            database["parked"].delete_many({"_id": {"$in": some}})
            database["parked_events"].delete_many({"aggregate": {"$in": some}})
