"""The story of a pair, with a failure at every point: every use of store or log fails once, and each scene ends as ever.

A run of the story has one failure in each scene, and each scene is played until everybody is quiet and then looked at before the next
one fails: so a failure meets a sound world, and what it breaks is seen before another could mend or hide it. The runs end with one in
which nothing was left to fail.
"""

import contextlib
import itertools
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.notifications.domain.mails import mail_id
from services.sessions.kinds import PAIRS
from shared.ids import derived_id, new_id
from tests.faults.crashes import USES, CrashingStack, Manner, Moment, Plan
from tests.faults.stories import ASKED
from tests.flows.profiles_people import a_chapter, a_coordinator, a_member
from tests.mail import Mailbox, mailbox

if TYPE_CHECKING:
    from tests.parts import PartsAddresses

#: Twice what it takes.
MOST_RUNS = 80


class World:
    """One stack for all runs; each run is a fresh chapter with a mentee, a mentor and a coordinator."""

    def __init__(self, stack: CrashingStack, mails: Mailbox) -> None:
        self.stack = stack
        self.mails = mails

    def tell(self) -> Iterator[dict[str, Any]]:
        """Play the story, and say before the first scene and after each how things stand, in words that are the same for every run."""
        stack = self.stack
        chapter = a_chapter(stack)
        word = new_id("x")[-8:]
        staff = a_coordinator(stack, chapter, f"mei.{word}@example.org")
        addresses = {"mentee": f"ana.{word}@example.org", "mentor": f"bo.{word}@example.org"}
        ids = {}
        headers = {}
        for role, mail in addresses.items():
            ids[role], headers[role] = a_member(stack, chapter, mail, roles=[role])
        stack.surely("PATCH", "/api/profiles/v1/me", {"capacity": 1}, headers["mentor"])
        yield self._quiet(chapter, "", ids, addresses)

        asked = {"mentee": ids["mentee"], "mentor": ids["mentor"], "reason": "They met at the spring dinner."}
        relationship: str = self._did("/api/matching/v1/introductions", asked, staff)["id"]
        pair = f"/api/matching/v1/relationships/{relationship}"
        for role in ("mentee", "mentor"):
            self._did(f"{pair}/answer", {"answer": "accept"}, headers[role])
        yield self._quiet(chapter, relationship, ids, addresses)

        self._meet(relationship, headers, "mentee")
        yield self._quiet(chapter, relationship, ids, addresses)

        for role in ("mentor", "mentee"):
            self._did(f"{pair}/vote", {"vote": "yes"}, headers[role])
        yield self._quiet(chapter, relationship, ids, addresses)

        session = self._meet(relationship, headers, "mentor")
        step = {"text": "Write to Ana"}
        self._did(f"/api/sessions/v1/sessions/{session}/steps", step, headers["mentee"])
        yield self._quiet(chapter, relationship, ids, addresses)

    def _meet(self, relationship: str, headers: dict[str, dict[str, str]], by: str) -> str:
        letters = {"mode": "letters"}
        path = f"/api/sessions/v1/pairs/{relationship}/sessions"
        session: str = self._did(path, letters, headers[by])["id"]
        for role in ("mentee", "mentor"):
            self._did(f"/api/sessions/v1/sessions/{session}/attendance", {"held": True}, headers[role])
        return session

    def _did(self, path: str, body: Any, headers: dict[str, str]) -> Any:
        answer = self.stack.surely("POST", path, body, headers)
        assert answer.status_code in (200, 201), f"{path}: {answer.get_data(as_text=True)}"
        return answer.get_json()

    def _quiet(
        self, chapter: str, relationship: str, ids: dict[str, str], addresses: dict[str, str]
    ) -> dict[str, Any]:
        stack = self.stack
        stack.quiet()
        marks = {
            name: [row["seq"] for row in running.room.store.db["marks"].find({"_id": relationship})]
            for name, running in stack.running.items()
        }
        events = {name: stack.announced(name, chapter=chapter) for name in stack.running}
        questions = {
            f"<{derived_id('mail', mail_id(event['id'], json.loads(event['data'])['member']))}@cairn.test>"
            for event in events["sessions"]
            if event["type"] in ASKED
        }
        mails = {role: self.mails.heads(address) for role, address in addresses.items()}

        def told_of(role: str, *, asked: bool) -> list[tuple[str, bool]]:
            return [
                (mail.subject.replace(ids[role], role), mail.times_received > 0)
                for mail in mails[role]
                if (mail.message_id in questions) == asked
            ]

        announced = Counter(
            event["type"]
            for service in events.values()
            for event in service
            if not event["type"].startswith(("cairn.member.", "cairn.chapter."))
        )
        pair = stack.running["sessions"].room.store.reader().load(PAIRS, relationship)
        return {
            "pair": pair.stage if pair else None,
            "marks": marks,
            "events": dict(sorted(announced.items())),
            "relationship": [
                event["seq"] for event in events["matching"] if event["aggregate"] == relationship
            ],
            "mails": {role: told_of(role, asked=False) for role in mails},
            # once each; with the mails of the pair these questions have no order
            "asked": {role: sorted(told_of(role, asked=True)) for role in mails},
            "parked": sum(
                running.room.store.db["parked"].count_documents({}) for running in stack.running.values()
            ),
        }


@contextlib.contextmanager
def opened(parts: "PartsAddresses", folder: Path, plan: Plan) -> Iterator[World]:
    """A world of its own."""
    with mailbox(folder / "mail") as mails:
        stack = CrashingStack(parts, folder, smtp_url=mails.url, plan=plan)
        stack.start()
        try:
            yield World(stack, mails)
        finally:
            stack.close()


def without_a_failure(world: World) -> list[dict[str, Any]]:
    """How things stand after each scene of a run in which nothing fails."""
    scenes = list(world.tell())
    ended = scenes[-1]
    assert ended["pair"] == "running"
    assert ended["events"]["cairn.relationship.started.v1"] == 1
    assert ended["events"]["cairn.step.agreed.v1"] == 1
    assert len(ended["mails"]["mentee"]) >= 5
    assert [len(ended["asked"][role]) for role in ("mentee", "mentor")] == [2, 2]
    assert ended["parked"] == 0
    return scenes


def fails_everywhere(parts: "PartsAddresses", folder: Path, moment: Moment, manner: Manner) -> None:
    """Run after run, until every use has failed: each scene ends as in the run in which nothing failed."""
    plan = Plan(moment, manner)
    with opened(parts, folder, plan) as world:
        as_they_should_end = without_a_failure(world)
        for _ in range(MOST_RUNS):
            plan.begin_run()
            try:
                for ended, as_it_should in zip(world.tell(), as_they_should_end, strict=True):
                    assert ended == as_it_should
                    plan.begin_scene()
            except AssertionError as error:
                error.add_note(
                    f"in scene {plan.scene}, where the last of {plan.failed_now} failed {moment} its work"
                )
                raise
            if not plan.failed_now:
                break
        assert not plan.failed_now, f"after {MOST_RUNS} runs there still was something left to fail"
        scenes = range(1, len(as_they_should_end))
        assert {(use.scene, use.name) for use in plan.failed} == set(itertools.product(scenes, USES))
