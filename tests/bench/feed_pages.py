"""`make bench-feed`: paging through a feed of a million events from its start to its end, over HTTP as it is deployed; JSON lines.

What is promised: each page takes as long as the others, the first as long as the last, and the process that answers grows no larger.
"""

import json
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import urllib3

from services.notifications.domain.feed import FeedEvent
from services.notifications.feed.placing import HEAD, HEADS
from services.notifications.kinds import FEED, INDEXES
from shared.auth import Asker, issue_token
from shared.clock import system_clock
from shared.kinds import to_document
from shared.service import Room
from shared.settings import SERVICES
from tests.bench.ground import Ground, machine, note, opened

CHAPTER = "shanghai"
OTHERS = 9
MOST_A_PAGE = 500
ROWS_TOGETHER = 5_000
FEED_PATH = "/api/notifications/v1/relationship-events"
TYPES = ("cairn.relationship.session_held.v1", "cairn.relationship.started.v1")
#: The last tenth's pages may take at most so many times as long as the first tenth's; memory may grow by at most this.
MOST_SLOWER, MOST_MB_MORE = 1.25, 16


@click.command()
@click.option("--events", default=1_000_000, show_default=True, help="In the chapter that is read.")
@click.option("--seed", default=7, show_default=True)
def main(events: int, seed: int) -> None:
    """Fill a feed and follow it."""
    with (
        tempfile.TemporaryDirectory(prefix="cairn-bench-") as folder,
        opened(Path(folder), None, None, seed) as ground,
    ):
        click.echo(json.dumps(machine(ground)))
        namespace = ground.namespace(*SERVICES)
        room = ground.room(namespace, "notifications")
        room.store.ensure_indexes(INDEXES)
        note(f"writing {events:,} events")
        fill(room, events)
        with ground.api(namespace, "services.runtime:application()", "notifications,profiles") as pid:
            click.echo(json.dumps(_follow(ground, namespace, pid, events, {})))
            filtered = {"type": TYPES[1]}
            click.echo(json.dumps(_follow(ground, namespace, pid, events // 10, filtered)))
        click.echo(json.dumps({**machine(ground), "measure": "machine afterwards"}))


def fill(room: Room, events: int) -> None:
    """So many events of one chapter, and a tenth as many of others between them, each at its place."""
    now = system_clock()
    place, rows = 0, []
    for number in range(events + events // 10):
        place += 1
        other = number % 11 == 10
        chapter = f"other-{number % OTHERS}" if other else CHAPTER
        relationship, type = f"rel_{number % 50_000:026d}", TYPES[number % 10 == 0]
        sequence = number // 50_000 + 1
        body = json.dumps(
            {
                "specversion": "1.0", "id": f"{relationship}:{sequence}", "source": f"/matching/relationships/{relationship}", "type": type,
                "time": now.isoformat(), "sequence": f"{sequence:020d}", "partitionkey": relationship, "chapter": chapter,
                "data": {"mentee": "mem_01jd3c5v8e6k9x2m4q7r000001", "mentor": "mem_01jd3c5v8e6k9x2m4q7r000002", "mode": "call"},
            }
        )  # fmt: skip
        at = now - timedelta(seconds=events - number)
        event = FeedEvent(
            f"{relationship}:{sequence}", chapter, type, relationship, sequence, at, at, body, place, at
        )
        rows.append(to_document(event))
        if len(rows) == ROWS_TOGETHER:
            room.store.db[FEED.collection].insert_many(rows, ordered=False)
            rows = []
    if rows:
        room.store.db[FEED.collection].insert_many(rows, ordered=False)
    room.store.db[HEADS].insert_one({"_id": HEAD, "place": place})


def _follow(ground: Ground, namespace: str, pid: int, events: int, query: dict[str, str]) -> dict[str, Any]:
    """From the start to the end; the times of the pages, and the memory of the process that answers."""
    http = urllib3.PoolManager()
    key = ground.room(namespace, "profiles").keys.sign
    assert key is not None
    asker = Asker("mem_bench", CHAPTER, frozenset({"coordinator"}))
    times_ms: list[float] = []
    memory_mb: list[float] = []
    seen, after = 0, ""
    while True:
        headers = {"Authorization": f"Bearer {issue_token(asker, key, system_clock())}"}
        fields = {"limit": str(MOST_A_PAGE), **query, **({"after": after} if after else {})}
        began_s = time.perf_counter()
        answer = http.request(
            "GET", f"http://127.0.0.1:{ground.port}{FEED_PATH}", fields=fields, headers=headers
        )
        times_ms.append((time.perf_counter() - began_s) * 1000)
        if answer.status == 429:
            times_ms.pop()
            time.sleep(float(answer.headers.get("Retry-After", 1)))
            continue
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {answer.data!r}")
        page = answer.json()
        seen, after = seen + len(page["items"]), page["next"]
        if len(times_ms) % 100 == 1:
            memory_mb.append(_memory_mb(pid))
        if not page["more"]:
            break
    if abs(seen - events) > events // 10:
        raise RuntimeError(f"{seen} of {events} events")
    tenth = max(1, len(times_ms) // 10)
    first, last = statistics.median(times_ms[:tenth]), statistics.median(times_ms[-tenth:])
    more_mb = round(memory_mb[-1] - memory_mb[0], 1)
    return {
        "measure": "feed pages" + (" of one type" if query else ""),
        "events": seen,
        "pages": len(times_ms),
        "events_a_second": round(seen / sum(times_ms) * 1000),
        "first_tenth_p50_ms": round(first, 1),
        "last_tenth_p50_ms": round(last, 1),
        "p99_ms": round(statistics.quantiles(times_ms, n=100)[-1], 1) if len(times_ms) > 1 else None,
        "memory_mb_more": more_mb,
        "met": last <= first * MOST_SLOWER and more_mb <= MOST_MB_MORE,
    }


def _memory_mb(pid: int) -> float:
    """Resident memory of a process and its children."""
    status = Path(f"/proc/{pid}/status").read_text()
    own = int(status.partition("VmRSS:")[2].split()[0]) / 1024
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(_memory_mb(int(child)) for child in children)


if __name__ == "__main__":
    main()
