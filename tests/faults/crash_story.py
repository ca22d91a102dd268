"""The story of a pair, with a failure at every point: the n-th use of store or log fails, and the end is the same every time."""

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
from tests.faults.crashes import CrashingStack, Manner, Moment, Plan
from tests.faults.stories import ASKED
from tests.flows.profiles_people import a_chapter, a_coordinator, a_member
from tests.mail import Mailbox, mailbox

if TYPE_CHECKING:
    from tests.parts import PartsAddresses

#: The uses are dealt out over this many tests for each way, so that a failure names a small part. The ways have files of their own, so
#: that a run's workers share them.
PARTS = 8


class World:
    """One stack for all runs; each run is a fresh chapter with a mentee, a mentor and a coordinator."""

    def __init__(self, stack: CrashingStack, mails: Mailbox) -> None:
        self.stack = stack
        self.mails = mails

    def tell(self, plan: Plan) -> dict[str, Any]:
        """Play the story under a plan, and return how it ended, in words that are the same for every run."""
        stack = self.stack
        stack.arm(Plan())
        chapter = a_chapter(stack)
        word = new_id("x")[-8:]
        staff = a_coordinator(stack, chapter, f"mei.{word}@example.org")
        stack.quiet()
        addresses = {"mentee": f"ana.{word}@example.org", "mentor": f"bo.{word}@example.org"}
        ids = {}
        headers = {}
        for role, mail in addresses.items():
            ids[role], headers[role] = a_member(stack, chapter, mail, roles=[role])
        stack.surely("PATCH", "/api/profiles/v1/me", {"capacity": 1}, headers["mentor"])
        stack.quiet()

        stack.arm(plan)
        relationship = self._play(staff, headers, ids)
        stack.arm(Plan())
        stack.quiet()
        return self._ended(chapter, relationship, ids, addresses)

    def _play(self, staff: dict[str, str], headers: dict[str, dict[str, str]], ids: dict[str, str]) -> str:
        stack = self.stack
        asked = {"mentee": ids["mentee"], "mentor": ids["mentor"], "reason": "They met at the spring dinner."}
        made = stack.surely("POST", "/api/matching/v1/introductions", asked, staff)
        assert made.status_code == 201, made.get_data(as_text=True)
        relationship: str = made.get_json()["id"]
        for role in ("mentee", "mentor"):
            self._did(
                "POST",
                f"/api/matching/v1/relationships/{relationship}/answer",
                {"answer": "accept"},
                headers[role],
            )
        stack.quiet()
        self._meet(relationship, headers, "mentee")
        stack.quiet()
        for role in ("mentor", "mentee"):
            self._did(
                "POST", f"/api/matching/v1/relationships/{relationship}/vote", {"vote": "yes"}, headers[role]
            )
        stack.quiet()
        session = self._meet(relationship, headers, "mentor")
        self._did(
            "POST", f"/api/sessions/v1/sessions/{session}/steps", {"text": "Write to Ana"}, headers["mentee"]
        )
        stack.quiet()
        return relationship

    def _meet(self, relationship: str, headers: dict[str, dict[str, str]], by: str) -> str:
        letters = {"mode": "letters"}
        session: str = self._did(
            "POST", f"/api/sessions/v1/pairs/{relationship}/sessions", letters, headers[by]
        )["id"]
        for role in ("mentee", "mentor"):
            self._did(
                "POST", f"/api/sessions/v1/sessions/{session}/attendance", {"held": True}, headers[role]
            )
        return session

    def _did(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        answer = self.stack.surely(method, path, body, headers)
        assert answer.status_code in (200, 201), f"{path}: {answer.get_data(as_text=True)}"
        return answer.get_json()

    def _ended(
        self, chapter: str, relationship: str, ids: dict[str, str], addresses: dict[str, str]
    ) -> dict[str, Any]:
        stack = self.stack
        marks = {
            name: {
                row["_id"]: row["seq"] for row in running.room.store.db["marks"].find({"_id": relationship})
            }
            for name, running in stack.running.items()
        }
        questions = {
            f"<{derived_id('mail', mail_id(event['id'], json.loads(event['data'])['member']))}@cairn.test>"
            for event in stack.announced("sessions", *ASKED)
            if event["chapter"] == chapter
        }

        def told_of(address: str, role: str, *, asked: bool) -> list[tuple[str, bool]]:
            return [
                (mail["subject"].replace(ids[role], role), mail["times_received"] > 0)
                for mail in self.mails.to(address)
                if (mail["message_id"] in questions) == asked
            ]

        told = {role: told_of(address, role, asked=False) for role, address in addresses.items()}
        asked = {role: sorted(told_of(address, role, asked=True)) for role, address in addresses.items()}
        announced = Counter(
            event["type"]
            for name in stack.running
            for event in stack.announced(name)
            if event["chapter"] == chapter
            and not event["type"].startswith(("cairn.member.", "cairn.chapter."))
        )
        return {
            "pair": stack.running["sessions"].room.store.reader().get(PAIRS, relationship).stage,
            "marks": {name: list(seqs.values()) for name, seqs in marks.items()},
            "events": dict(sorted(announced.items())),
            "relationship": [
                event["seq"] for event in stack.announced("matching") if event["aggregate"] == relationship
            ],
            "mails": told,
            "asked": asked,  # once each; with the mails of the pair these questions have no order
            "parked": sum(
                running.room.store.db["parked"].count_documents({}) for running in stack.running.values()
            ),
        }


@contextlib.contextmanager
def opened(parts: "PartsAddresses", folder: Path) -> Iterator[World]:
    """A world of its own."""
    with mailbox(folder / "mail") as mails:
        stack = CrashingStack(parts, folder, smtp_url=mails.url)
        stack.start()
        yield World(stack, mails)
        stack.close()


def without_a_failure(world: World) -> tuple[dict[str, Any], int]:
    """The end of a run in which nothing fails, and how often it used store and log."""
    plan = Plan()
    ended = world.tell(plan)
    assert ended["pair"] == "running"
    assert ended["events"]["cairn.relationship.started.v1"] == 1
    assert ended["events"]["cairn.step.agreed.v1"] == 1
    assert len(ended["mails"]["mentee"]) >= 5
    assert [len(ended["asked"][role]) for role in ("mentee", "mentor")] == [2, 2]
    assert ended["parked"] == 0
    return ended, plan.uses


def fails_here_and_there(
    world: World, as_it_should_end: tuple[dict[str, Any], int], moment: Moment, manner: Manner, part: int
) -> None:
    """The n-th use fails, for every n of this part: each run ends as the one in which nothing failed."""
    ended, uses = as_it_should_end
    for n in itertools.islice(range(1, uses + 1), part, None, PARTS):
        plan = Plan(n, moment, manner)
        assert world.tell(plan) == ended, f"use {n} ({plan.failed}) failed {moment} its work, as a {manner}"
        assert plan.failed, f"use {n} never came"
