"""Every query that Cairn sends is backed by an index: MongoDB's own profiler watches a whole story and every route that reads."""

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from shared.settings import SERVICES
from tests.edges.test_every_route import ROUTES, World, _rules, a_world, an_import, ask
from tests.flows.matching_people import a_city
from tests.stack import Stack

PROFILE_BYTES = 64 * 2**20
#: The profiler's levels: everything, nothing.
EVERYTHING, NOTHING = 2, 0
#: How `Stack.announced` looks at the outbox; no service does.
OWN_LOOK = "'filter': {'events': {'$exists': True}}"
#: Reads and writes that look for documents; creating indexes and the like do not.
LOOKING = ("query", "getmore", "update", "remove", "command")


@pytest.fixture(scope="module")
def databases(stack: Stack) -> Iterator[dict[str, Database[dict[str, Any]]]]:
    """The services' databases, by a client outside the Stable API, with the profiler on."""
    client: MongoClient[dict[str, Any]] = MongoClient(stack.parts.mongo_url)
    found = {name: client[f"{stack.namespace}_{name}"] for name in SERVICES}
    for database in found.values():
        database.drop_collection("system.profile")
        database.create_collection("system.profile", capped=True, size=PROFILE_BYTES)
        database.command("profile", EVERYTHING)
    yield found
    for database in found.values():
        database.command("profile", NOTHING)
    client.close()


@pytest.fixture(scope="module")
def world(stack: Stack, databases: dict[str, Database[dict[str, Any]]]) -> World:
    assert databases
    return a_world(stack)


def scans(database: Database[dict[str, Any]]) -> list[str]:
    """What looked through a whole collection, as MongoDB planned it."""
    found = database["system.profile"].find(
        {"planSummary": {"$regex": "COLLSCAN"}, "op": {"$in": LOOKING}, "appName": "cairn"}
    )
    commands = {f"{row['ns']}: {row.get('originatingCommand', row.get('command', {}))}" for row in found}
    return sorted(command for command in commands if OWN_LOOK not in command)


def test_no_query_of_a_story_or_of_a_reading_route_scans_a_collection(
    world: World, stack: Stack, databases: dict[str, Database[dict[str, Any]]]
) -> None:
    for method, rule, has_id in list(_rules(stack)):
        if method != "GET":
            continue
        for by in ("mentee", "mentor", "staff"):
            if not has_id:
                stack.ask("GET", rule, world.who[by]).close()
            elif (route := ROUTES.get((method, rule))) is not None:
                if "import" in route.ids:
                    an_import(world, route)
                ask(world, method, rule, world.who[by]).close()
    stack.clock.advance(days=1)
    stack.quiet()
    assert {name: scans(database) for name, database in databases.items()} == {name: [] for name in SERVICES}
    watched = {name: database["system.profile"].count_documents({}) for name, database in databases.items()}
    assert min(watched.values()) > 50, f"the profiler has seen too little to tell: {watched}"


def test_a_page_of_one_side_of_a_cycle_reads_nobody_of_the_other(
    stack: Stack, databases: dict[str, Database[dict[str, Any]]]
) -> None:
    with a_city(stack) as city:
        city.people("mentee", 40), city.people("mentor", 3)
        cycle = city.cycle()
        city.post(f"/cycles/{cycle}/applications", {"everyone": True})
        assert len(city.get(f"/cycles/{cycle}/applications?role=mentor").body["items"]) == 3
    asked = {"command.find": "applications", "command.filter.cycle": cycle, "command.filter.role": "mentor"}
    (read,) = databases["matching"]["system.profile"].find(asked)
    assert (read["nreturned"], read["docsExamined"], read.get("hasSortStage", False)) == (3, 3, False)


def test_the_profiler_sees_a_query_without_an_index(
    world: World, databases: dict[str, Database[dict[str, Any]]]
) -> None:
    members = world.stack.running["profiles"].room.store.db["members"]
    members.find_one({"name": "nobody"})
    assert len(scans(databases["profiles"])) == 1
