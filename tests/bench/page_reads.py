"""`make bench-pages`: how long each read takes that people make on their pages, with a year of history behind them; one JSON line each.

20 chapters and 20,000 members by default, made by `cairn sample-history`. Reads come one at a time, by members, mentors and coordinators
in turns, through gunicorn as it is deployed.
"""

import json
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import urllib3

from operate.history import fill
from services.runtime import load_service, open_rooms
from shared.auth import Asker, issue_token
from shared.clock import system_clock
from shared.service import Room
from shared.settings import SERVICES
from tests.bench.ground import Ground, machine, note, opened

TARGET_P95_MS = 50.0
#: The reads of each page, by who makes them. `{relationship}` and the like are filled in from her own.
READS: dict[str, tuple[str, ...]] = {
    "mentee": (
        "/api/profiles/v1/me",
        "/api/profiles/v1/me/looks",
        "/api/profiles/v1/members/{other}",
        "/api/matching/v1/me/relationships",
        "/api/matching/v1/me/applications",
        "/api/matching/v1/cycles",
        "/api/matching/v1/relationships/{relationship}",
        "/api/sessions/v1/me/pairs",
        "/api/sessions/v1/pairs/{relationship}",
        "/api/sessions/v1/pairs/{relationship}/sessions",
        "/api/sessions/v1/pairs/{relationship}/steps",
        "/api/sessions/v1/me/pulses",
        "/api/sessions/v1/me/outcomes",
        "/api/sessions/v1/pairs/{relationship}/kudos",
        "/api/sessions/v1/pairs/{relationship}/notes",
        "/api/sessions/v1/pairs/{relationship}/guide",
        "/api/sessions/v1/pairs/{relationship}/milestones",
        "/api/sessions/v1/pairs/{relationship}/times",
        "/api/sessions/v1/me/certificates",
        "/api/sessions/v1/wall",
        "/api/matching/v1/me/intake",
        "/api/matching/v1/touchpoints",
        "/api/matching/v1/relationships/{relationship}/goals",
        "/api/matching/v1/me/lineage",
        "/api/matching/v1/me/export",
        "/api/sessions/v1/me/export",
        "/api/notifications/v1/me/mails",
        "/api/notifications/v1/me/settings",
    ),
    "mentor": (
        "/api/matching/v1/me/relationships",
        "/api/matching/v1/me/lineage",
        "/api/sessions/v1/me/year",
        "/api/sessions/v1/me/pulses",
    ),
    "coordinator": (
        "/api/profiles/v1/members?limit=100",
        "/api/profiles/v1/members?confirmed=false",
        "/api/profiles/v1/counts",
        "/api/matching/v1/relationships?limit=100",
        "/api/matching/v1/relationships?state=trial",
        "/api/matching/v1/programmes",
        "/api/matching/v1/cycles",
        "/api/matching/v1/cycles/{cycle}/applications?limit=100",
        "/api/matching/v1/coordinator",
        "/api/matching/v1/intake/counts",
        "/api/sessions/v1/quiet-pairs",
        "/api/sessions/v1/outcome-report",
        "/api/sessions/v1/pulse-report",
        "/api/profiles/v1/reports",
        "/api/profiles/v1/crossings",
        "/api/matching/v1/touchpoints?limit=100",
        "/api/matching/v1/overrides",
        "/api/sessions/v1/step-ideas",
        "/api/notifications/v1/bounces",
        "/api/notifications/v1/webhooks",
    ),
}


@click.command()
@click.option("--chapters", default=20, show_default=True)
@click.option("--members", default=20_000, show_default=True)
@click.option("--rounds", default=40, show_default=True, help="How often each read is made.")
@click.option("--seed", default=7, show_default=True)
def main(chapters: int, members: int, rounds: int, seed: int) -> None:
    """Fill databases of its own and read."""
    with (
        tempfile.TemporaryDirectory(prefix="cairn-bench-") as folder,
        opened(Path(folder), None, None, seed) as ground,
    ):
        click.echo(json.dumps(machine(ground)))
        namespace = ground.namespace(*SERVICES)
        rooms = open_rooms(ground.settings(namespace), SERVICES)
        note(f"inventing {members:,} members of {chapters} chapters")
        _prepare(rooms)
        began_s = time.monotonic()
        written = fill(rooms, chapters=chapters, members=members, seed=seed, name="bench")
        took = {"measure": "history", "seconds": round(time.monotonic() - began_s, 1), "documents": written}
        click.echo(json.dumps(took))
        with ground.api(namespace, "services.runtime:application()", ",".join(SERVICES)):
            for line in _measure(ground, rooms, rounds, random.Random(seed)):
                click.echo(json.dumps(line))


def _prepare(rooms: dict[str, Room]) -> None:
    for name, room in rooms.items():
        room.store.ensure_indexes(load_service(name).indexes)
        room.vault.prepare()


def _measure(
    ground: Ground, rooms: dict[str, Room], rounds: int, chance: random.Random
) -> list[dict[str, Any]]:
    http = urllib3.PoolManager()
    running = list(rooms["matching"].store.db["relationships"].find({"open": True}, limit=500))
    key = rooms["profiles"].keys.sign
    assert key is not None
    took: dict[str, list[float]] = {}
    for _ in range(rounds):
        one = chance.choice(running)
        cycle = one["cycle"]
        staff = f"mem_{one['chapter']}-00000"
        named = {"relationship": one["_id"], "other": one["mentor"], "cycle": cycle}
        who = {
            "mentee": Asker(one["mentee"], one["chapter"], frozenset({"mentee"})),
            "mentor": Asker(one["mentor"], one["chapter"], frozenset({"mentor"})),
            "coordinator": Asker(staff, one["chapter"], frozenset({"coordinator"})),
        }
        for role, reads in READS.items():
            headers = {"Authorization": f"Bearer {issue_token(who[role], key, system_clock())}"}
            for read in reads:
                began_s = time.perf_counter()
                answer = http.request(
                    "GET", f"http://127.0.0.1:{ground.port}{read.format(**named)}", headers=headers
                )
                took.setdefault(f"{role} {read}", []).append((time.perf_counter() - began_s) * 1000)
                assert answer.status == 200, f"{read}: {answer.status} {answer.data!r}"
    return [_line(read, times) for read, times in took.items()]


def _line(read: str, times_ms: list[float]) -> dict[str, Any]:
    p95 = statistics.quantiles(times_ms, n=20)[-1]
    return {
        "measure": read,
        "p50_ms": round(statistics.median(times_ms), 1),
        "p95_ms": round(p95, 1),
        "target_p95_ms": TARGET_P95_MS,
        "met": p95 < TARGET_P95_MS,
    }


if __name__ == "__main__":
    main()
