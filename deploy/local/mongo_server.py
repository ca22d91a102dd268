"""One mongod as a replica set of one, on 127.0.0.1."""

import time
from collections.abc import Callable
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.local import mongod_binary
from deploy.local.surroundings import CannotStart

REPLICA_SET = "cairn"
ASK_TIMEOUT_MS = 2_000
GIVEN_TIMEOUT_MS = 10_000
PAUSE_BETWEEN_ASKS_S = 0.05

#: A process that is killed inside a transaction leaves what it wrote locked until mongod gives the transaction up, by default after a
#: minute and up to another one until it looks. Ours take at most `shared.store.CHANGE_WITHIN_S`, 10 s.
TRANSACTION_WITHIN_S = 15

NOT_YET_INITIALIZED = 94  # an error code of mongod


def prepare(folder: Path, *, port: int) -> list[str]:
    """The command that runs mongod on `folder`. It journals: mongod 6 has no other way in a replica set."""
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    return [
        *mongod_binary.command(folder),
        "--dbpath", str(data),
        "--port", str(port),
        "--bind_ip", "127.0.0.1",
        "--nounixsocket",
        "--replSet", REPLICA_SET,
        "--oplogSize", "512",
        "--wiredTigerCacheSizeGB", "0.5",
        "--quiet",
        "--setParameter", "diagnosticDataCollectionEnabled=false",
        "--setParameter", f"transactionLifetimeLimitSeconds={TRANSACTION_WITHIN_S}",
    ]  # fmt: skip


def url(port: int) -> str:
    """How clients reach it; they find the primary by the replica set's name."""
    return f"mongodb://127.0.0.1:{port}/?replicaSet={REPLICA_SET}"


def await_primary(port: int, *, deadline: float, still_runs: Callable[[], bool]) -> None:
    """Return once mongod takes writes; `deadline` on time.monotonic(). Raises CannotStart when it does not.

    A new server becomes a replica set of one; one whose port changed since its last start is told so.
    """
    address = f"127.0.0.1:{port}"
    while time.monotonic() < deadline and still_runs():
        # A fresh client for each look: one that was open during the initiation may stay confused.
        with MongoClient[dict[str, object]](
            address,
            directConnection=True,
            serverSelectionTimeoutMS=ASK_TIMEOUT_MS,
            connectTimeoutMS=ASK_TIMEOUT_MS,
            socketTimeoutMS=ASK_TIMEOUT_MS,
            heartbeatFrequencyMS=500,
        ) as client:
            try:
                if client.admin.command("hello").get("isWritablePrimary"):
                    return
                _settle(client, address)
            except PyMongoError:
                pass  # not up yet, or between two states: look again
        time.sleep(PAUSE_BETWEEN_ASKS_S)
    raise CannotStart(f"MongoDB did not answer at {address}.")


def check_given(given_url: str) -> None:
    """Raises CannotStart where the person's own MongoDB does not answer, or knows no transactions."""
    try:
        with MongoClient[dict[str, object]](given_url, serverSelectionTimeoutMS=GIVEN_TIMEOUT_MS) as client:
            hello = client.admin.command("hello")
    except PyMongoError as error:
        raise CannotStart(
            "MongoDB does not answer at the address in CAIRN_MONGO_URL: start it, or unset that."
        ) from error
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise CannotStart(
            "The MongoDB in CAIRN_MONGO_URL must be a replica set (of one, at least): Cairn needs transactions."
        )


def _settle(client: MongoClient[dict[str, object]], address: str) -> None:
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != NOT_YET_INITIALIZED:
            raise
        member = {"_id": 0, "host": address}
        client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
        return
    if [member["host"] for member in config["members"]] != [address]:
        config["members"] = [{**config["members"][0], "host": address}]
        config["version"] += 1
        client.admin.command("replSetReconfig", config, force=True)
