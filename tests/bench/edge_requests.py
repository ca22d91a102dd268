"""R3: requests/s of a POST that leaves document, remembered call and event / the same POST as one bare insert, through the same edge.

Beside it, for the eye: the sessions service's own POST (two reads, two documents, the call, an event) / the same bare insert.
"""

from datetime import timedelta
from typing import Any

from services.sessions.domain.pairs import Pair
from services.sessions.kinds import PAIRS
from services.sessions.service import SERVICE as SESSIONS
from shared.auth import COORDINATOR, Asker, issue_token
from shared.call import Call
from shared.clock import system_clock
from shared.ids import new_id
from shared.transaction import Tx
from tests.bench.clients import Job, ask, request
from tests.bench.ground import Ground, Timed, cpu_s, in_turns, note, ratio
from tests.bench.subject import CHAPTER

TARGET = 0.6
CONNECTIONS = 16
#: More than can be answered in one slice.
MAX_REQUESTS_A_SECOND = 3_000
PAIRS_A_SLICE = 1_500


def measure(ground: Ground, rounds: int, slice_s: float) -> list[dict[str, Any]]:
    """Slices of `slice_s` seconds in turns, `CONNECTIONS` clients each."""
    namespace = ground.namespace()
    sessions = ground.room(namespace, "sessions")
    sessions.store.ensure_indexes(SESSIONS.indexes)
    signed = signed_in(ground, namespace)
    starts_at = (system_clock() + timedelta(days=3)).isoformat()

    with ground.api(namespace, "tests.bench.edge_app:application()", "sessions") as api:
        pids = {**ground.pids, "api": api}

        def slice_of(path: str) -> Timed:
            requests = [newcomer(signed, path) for _ in range(int(MAX_REQUESTS_A_SECOND * slice_s))]
            return _asked(Job(ground.port, requests, CONNECTIONS, slice_s), pids)

        def planned() -> Timed:
            pairs = [new_id("rel") for _ in range(PAIRS_A_SLICE)]
            sessions.store.transact(lambda tx: _become_pairs(tx, pairs))
            requests = [
                request(
                    "POST",
                    f"/api/sessions/v1/pairs/{pair}/sessions",
                    {**signed, "Idempotency-Key": new_id("key")},
                    {"starts_at": starts_at, "minutes": 45},
                )
                for _ in range(10)
                for pair in pairs
            ]
            return _asked(Job(ground.port, requests, CONNECTIONS, slice_s), pids)

        def bare() -> Timed:
            return slice_of("bare")

        sides = in_turns(rounds, lambda: slice_of("newcomers"), bare, "R3")
        note("R3 with the sessions service's own route")
        real = in_turns(max(1, rounds // 2), planned, bare, "R3 sessions")
    return [
        ratio("R3", *sides, TARGET, connections=CONNECTIONS, slice_s=slice_s),
        {
            **ratio("R3 sessions", *real, 0.0, connections=CONNECTIONS, slice_s=slice_s),
            "target": "none",
            "met": None,
        },
    ]


def signed_in(ground: Ground, namespace: str) -> dict[str, str]:
    """Headers of somebody who may ask everything that is measured."""
    key = ground.room(namespace, "profiles").keys.sign
    assert key is not None
    who = Asker("mem_bench", CHAPTER, frozenset({"mentee", COORDINATOR}))
    return {"Authorization": f"Bearer {issue_token(who, key, system_clock())}"}


def newcomer(signed: dict[str, str], path: str = "newcomers") -> str:
    """A POST with a key of its own, of about 250 bytes."""
    body = {
        "joined_at": "2026-03-02T12:00:00+00:00",
        "languages": ["zh-Hans", "en", "de"],
        "hours": list(range(18, 38)),
        "capacity": 2,
    }
    return request("POST", f"/api/bench/v1/{path}", {**signed, "Idempotency-Key": new_id("key")}, body)


def _become_pairs(tx: Tx, ids: list[str]) -> None:
    tx.prefetch(PAIRS, ids)
    tx.begin(Call(new_id("call"), system_clock(), CHAPTER, "mem_bench"))
    for id in ids:
        tx.save(PAIRS, Pair(id, CHAPTER, "mem_bench", "mem_other", "running"))


def _asked(job: Job, pids: dict[str, int]) -> Timed:
    before = cpu_s(pids)
    answered = ask(job)
    after = cpu_s(pids)
    if set(answered["statuses"]) != {"201"}:
        raise RuntimeError(f"answers: {answered['statuses']}")
    done = answered["done"]
    costs = {name: round((after[name] - before[name]) * 1e6 / done, 1) for name in pids}
    return Timed(done, answered["seconds"], costs)
