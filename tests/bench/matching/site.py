"""A chapter with invented people who wait in a cycle, written as documents, and how its API is asked.

What is invented: areas by Zipf over 64, one to three wanted or offered; one or two of three languages; two evenings of free hours a
person; mentors with one to six places, as many in all as there are mentees. The same seed gives the same people.
"""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
import urllib3

from services.matching.domain.applications import Application, Side, application_id
from services.matching.domain.cycles import Chapter, Cycle
from services.matching.domain.members import Member
from services.matching.domain.places import Places
from services.matching.domain.programmes import plan_programme
from services.matching.kinds import (
    APPLICATIONS,
    CHAPTERS,
    CYCLES,
    INDEXES,
    MEMBERS,
    PLACES,
    PROGRAMMES,
)
from shared.auth import Asker, issue_token
from shared.clock import system_clock
from shared.events.profiles import AreaOffered, AreaWanted
from shared.kinds import Kind, to_document
from shared.service import Room
from tests.bench.ground import Ground, note

CHAPTER, CYCLE, STAFF = "shanghai", "cyc_bench", "mem_bench"
AREAS, LANGUAGES = 64, ("en", "zh", "fr")
SEATS_MOST, ROWS_TOGETHER = 6, 5_000
V1 = "/api/matching/v1"


@dataclass
class Site:
    """One chapter whose people wait in a cycle, and how it is asked."""

    ground: Ground
    namespace: str
    room: Room
    http: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(maxsize=4))

    @classmethod
    def filled(cls, ground: Ground, mentees: int, mentors: int) -> "Site":
        """A fresh chapter with so many people."""
        namespace = ground.namespace("profiles", "matching", "sessions", "notifications")
        room = ground.room(namespace, "matching")
        room.store.ensure_indexes(INDEXES)
        room.vault.prepare()
        made = cls(ground, namespace, room)
        made.again(mentees, mentors, "")
        return made

    def again(self, mentees: int, mentors: int, name: str = "-again") -> None:
        """A cycle with so many people of its own."""
        note(f"writing {mentees:,} x {mentors:,}")
        now = system_clock()
        programme = plan_programme("prg_bench", chapter=CHAPTER, name="Bench", rules={})
        cycle = Cycle(
            f"{CYCLE}{name}", CHAPTER, programme.id, "Now", "Asia/Shanghai", "", "",
            now - timedelta(days=1), now + timedelta(days=7),
        )  # fmt: skip
        if not name:
            self._insert(CHAPTERS, [Chapter(CHAPTER, CHAPTER, "Asia/Shanghai")])
            self._insert(PROGRAMMES, [programme])
        self._insert(CYCLES, [cycle])
        members, places, applications = invented(mentees, mentors, self.ground.seed, cycle.id)
        self._insert(MEMBERS, members)
        self._insert(PLACES, places)
        self._insert(APPLICATIONS, applications)

    def ask(
        self, method: str, path: str, body: Any = None, more: dict[str, str] | None = None, by: str = STAFF
    ) -> Any:
        """A request that must succeed; its JSON."""
        key = self.room.keys.sign
        assert key is not None
        roles = frozenset({"coordinator"} if by == STAFF else {"mentee", "mentor"})
        headers = {
            "Authorization": f"Bearer {issue_token(Asker(by, CHAPTER, roles), key, system_clock())}",
            "Content-Type": "application/json",
            **(more or {}),
        }
        answer = self.http.request(
            method,
            f"http://127.0.0.1:{self.ground.port}{V1}{path}",
            headers=headers,
            body=None if body is None else json.dumps(body).encode(),
            retries=False,
        )
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.data!r}")
        return answer.json()

    def published(self, cycle: str) -> list[tuple[str, str]]:
        """Mentees and relationships of a hundred of a cycle's published proposals."""
        drafted = self.ask("POST", f"/cycles/{cycle}/rounds", {})
        self.ask("POST", f"/rounds/{drafted['id']}/publication", {})
        rows = self.ask("GET", f"/rounds/{drafted['id']}/proposals")["items"]
        return [(one["mentee"], one["relationship"]) for one in rows if one["relationship"]]

    def accepts(self, pairs: Iterable[tuple[str, str]]) -> list[float]:
        """How long each of these accepts took, in milliseconds."""
        times_ms = []
        for mentee, relationship in pairs:
            began_s = time.perf_counter()
            self.ask("POST", f"/relationships/{relationship}/answer", {"answer": "accept"}, by=mentee)
            times_ms.append((time.perf_counter() - began_s) * 1_000)
        return times_ms

    def _insert(self, kind: Kind[Any], values: list[Any]) -> None:
        for start in range(0, len(values), ROWS_TOGETHER):
            rows = [
                {**to_document(one), "_rev": 1, "_seq": 0, "_pos": 0}
                for one in values[start : start + ROWS_TOGETHER]
            ]
            self.room.store.db[kind.collection].insert_many(rows, ordered=False)


def invented(
    mentees: int, mentors: int, seed: int, cycle: str
) -> tuple[list[Member], list[Places], list[Application]]:
    """So many people of each side who wait in a cycle."""
    random = np.random.default_rng([seed, mentees, mentors])
    popular = 1 / np.arange(1, AREAS + 1)
    popular /= popular.sum()
    now = system_clock()
    members, places, applications = [], [], []
    sides: list[tuple[Side, int]] = [("mentee", mentees), ("mentor", mentors)]
    for side, number in sides:
        for n in range(number):
            id = f"mem_{cycle[4:]}{side}{n:012d}"
            areas = [f"area-{one:02d}" for one in random.choice(AREAS, random.integers(1, 4), False, popular)]
            evenings = random.choice(7, 2, False)
            member = Member(
                id,
                CHAPTER,
                (side,),
                confirmed=True,
                areas_wanted=tuple(AreaWanted(area, int(random.integers(1, 4))) for area in areas)
                if side == "mentee"
                else (),
                areas_offered=tuple(AreaOffered(area, int(random.integers(2, 25))) for area in areas)
                if side == "mentor"
                else (),
                languages=tuple(random.choice(LANGUAGES, random.integers(1, 3), False).tolist()),
                hours=tuple(sorted(int(day) * 24 + hour for day in evenings for hour in range(18, 23))),
            )
            members.append(member)
            applications.append(
                Application(application_id(cycle, id, side), CHAPTER, cycle, id, side, "waiting", now)
            )
            if side == "mentor":
                places.append(Places(id, CHAPTER, int(random.integers(1, SEATS_MOST + 2))))
    return members, places, applications
