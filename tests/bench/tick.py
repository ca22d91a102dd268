"""`make bench-tick`: a tick of the clock that makes thousands of timers due, and how long a vote's answer takes meanwhile.

Proposals whose time is over lapse in matching's worker, each with its event, while members of other pairs vote through gunicorn. The
issue's aim: 5,000 in under 60 s, votes below 100 ms p95.
"""

import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
import urllib3

from deploy.local.ports import free_port
from services.matching.domain.programmes import Terms
from services.matching.domain.relationships import Pair, Relationship, propose
from services.matching.kinds import RELATIONSHIPS
from services.runtime import load_service, open_rooms
from shared.auth import Asker, issue_token
from shared.call import Call
from shared.clock import advance
from shared.ids import new_id
from shared.service import Room
from shared.settings import read_settings
from shared.transaction import TIMERS, Timer, Tx
from tests.bench.ground import Ground, machine, note, opened

CHAPTER = "bench"
TARGET_S, TARGET_VOTE_P95_MS = 60.0, 100.0
TOGETHER = 250
VOTERS = 50
VOTES_A_SECOND = 20
WITHIN_S = 300.0


@click.command()
@click.option("--timers", default=5_000, show_default=True)
@click.option("--seed", default=7, show_default=True)
def main(timers: int, seed: int) -> None:
    """Let many proposals lapse at once."""
    with (
        tempfile.TemporaryDirectory(prefix="cairn-bench-") as folder,
        opened(Path(folder), None, None, seed) as ground,
    ):
        click.echo(json.dumps(machine(ground)))
        namespace = ground.namespace("profiles", "matching", "sessions", "notifications")
        clock = Path(folder) / "clock.json"
        environment = ground.environment(namespace, CAIRN_CLOCK_FILE=str(clock))
        rooms = open_rooms(read_settings(environment), ["matching", "profiles"])
        room, key = rooms["matching"], rooms["profiles"].keys.sign
        room.store.ensure_indexes(load_service("matching").indexes)
        room.vault.prepare()
        voting = _prepare(room, timers)
        click.echo(json.dumps(_measure(ground, room, key, environment, clock, voting, timers)))


def _prepare(room: Room, timers: int) -> list[Relationship]:
    """That many proposals that lapse in seven days, and pairs that can vote for longer."""
    now = room.clock()
    lapsing = [_proposal(now) for _ in range(timers)]
    voting = [
        replace(_proposal(now), state="voting", vote_by=now + timedelta(days=30)) for _ in range(VOTERS)
    ]
    for start in range(0, timers, TOGETHER):
        _write(room, now, [(RELATIONSHIPS, one) for one in lapsing[start : start + TOGETHER]])
        due = [Timer(f"{one.id}:answer_by", CHAPTER, "answer_by", one.id, one.answer_by) for one in lapsing]
        _write(room, now, [(TIMERS, timer) for timer in due[start : start + TOGETHER]])
    _write(room, now, [(RELATIONSHIPS, one) for one in voting])
    return voting


def _proposal(now: datetime) -> Relationship:
    pair = Pair(new_id("mem"), new_id("mem"), "coordinator")
    relationship, _ = propose(new_id("rel"), pair, chapter=CHAPTER, terms=Terms(), now=now)
    return relationship


def _write(room: Room, now: datetime, values: list[tuple[Any, Any]]) -> None:
    def work(tx: Tx) -> None:
        tx.begin(Call(new_id("call"), now, CHAPTER, "bench"))
        for kind, value in values:
            tx.save(kind, value)

    room.store.transact(work)


def _measure(
    ground: Ground,
    room: Room,
    key: Any,
    environment: dict[str, str],
    clock: Path,
    voting: list[Relationship],
    timers: int,
) -> dict[str, Any]:
    health = free_port()
    port = free_port()
    worker = {"CAIRN_SERVICES": "matching", "CAIRN_HEALTH_PORT": str(health)}
    bind = ("-c", "deploy/gunicorn.py", "--bind", f"127.0.0.1:{port}", "services.runtime:application()")
    with (
        ground.process(
            "worker",
            (sys.executable, "-m", "operate", "worker"),
            environment | worker,
            f"http://127.0.0.1:{health}/health/ready",
        ),
        ground.process(
            "api",
            (sys.executable, "-m", "gunicorn", *bind),
            environment | {"CAIRN_SERVICES": "matching"},
            f"http://127.0.0.1:{port}/health/ready",
        ),
    ):
        before = _votes(port, key, room.clock, voting, lambda taken: taken >= 100)
        left = room.store.db["timers"]
        note(f"{left.count_documents({}):,} timers fall due")
        advance(clock, timedelta(days=8))
        began_s = time.monotonic()
        done_s: list[float] = []

        def wait() -> None:
            while left.count_documents({"kind": "answer_by"}) and time.monotonic() - began_s < WITHIN_S:
                time.sleep(0.1)
            done_s.append(time.monotonic() - began_s)

        waiting = threading.Thread(target=wait)
        waiting.start()
        meanwhile = _votes(port, key, room.clock, voting, lambda _: bool(done_s))
        waiting.join()
    p95 = _p95(meanwhile)
    return {
        "measure": "tick",
        "timers": timers,
        "seconds": round(done_s[0], 1),
        "a_second": round(timers / done_s[0]),
        "target_s": TARGET_S,
        "votes": len(meanwhile),
        "vote_p50_ms": round(statistics.median(meanwhile), 1),
        "vote_p95_ms": round(p95, 1),
        "vote_p95_ms_at_rest": round(_p95(before), 1),
        "target_vote_p95_ms": TARGET_VOTE_P95_MS,
        "met": done_s[0] < TARGET_S and p95 < TARGET_VOTE_P95_MS,
    }


def _p95(times_ms: list[float]) -> float:
    return statistics.quantiles(times_ms, n=20)[-1]


def _votes(
    port: int,
    key: Any,
    clock: Callable[[], datetime],
    voting: list[Relationship],
    enough: Callable[[int], bool],
) -> list[float]:
    """Votes at an even pace until it is enough; how long each answer took, in milliseconds."""
    http = urllib3.PoolManager()
    took_ms: list[float] = []
    began_s = time.monotonic()
    while not enough(len(took_ms)):
        one = voting[len(took_ms) % len(voting)]
        token = issue_token(Asker(one.mentee, CHAPTER, frozenset({"mentee"})), key, clock())
        url = f"http://127.0.0.1:{port}/api/matching/v1/relationships/{one.id}/vote"
        headers = {"Authorization": f"Bearer {token}"}
        sent_s = time.perf_counter()
        answer = http.request("POST", url, headers=headers, json={"vote": "yes"})
        took_ms.append((time.perf_counter() - sent_s) * 1000)
        assert answer.status == 200, f"{answer.status} {answer.data!r}"
        time.sleep(max(0.0, began_s + len(took_ms) / VOTES_A_SECOND - time.monotonic()))
    return took_ms


if __name__ == "__main__":
    main()
