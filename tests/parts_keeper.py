"""Keeps one pair of MongoDB and Kafka running while anybody holds the `users` lock: `parts_keeper.py FOLDER`."""

import fcntl
import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pymongo

from deploy.local.parts import running_parts
from deploy.local.surroundings import CannotStart

LOOK_EVERY_S = 0.2


def main(folder: Path) -> None:
    """Start, publish the addresses, wait until the last user is gone, stop and leave nothing behind."""
    with (folder / "users").open("r") as users:
        with running_parts(folder / "parts", progress=_say) as parts:
            let_nothing_expire(parts.mongo_url)
            written = folder / "addresses.new"
            written.write_text(
                json.dumps({"mongo_url": parts.mongo_url, "kafka_bootstrap": parts.kafka_bootstrap})
            )
            written.replace(folder / "addresses.json")
            while not _taken(users.fileno()) and all(part.poll() is None for part in parts.running):
                time.sleep(LOOK_EVERY_S)
        # Whoever comes now waits for our lock, finds that the folder is gone, and makes a new one.
        shutil.rmtree(folder, ignore_errors=True)


def let_nothing_expire(mongo_url: str) -> None:
    """A stack's clock stands in the past, where MongoDB's own, once a minute, would find every link and session expired."""
    with pymongo.MongoClient[dict[str, Any]](mongo_url) as client:
        client.admin.command("setParameter", 1, ttlMonitorEnabled=False)


def _taken(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    if os.fork():
        os._exit(0)  # the one that started us goes on
    try:
        main(Path(sys.argv[1]))
    except CannotStart as error:
        _say(str(error))
        (Path(sys.argv[1]) / "failed").touch()
