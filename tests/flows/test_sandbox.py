"""A sandbox: invented people whose whole relationships take seconds, on a clock of their own, apart from everybody else."""

from typing import Any

import pytest
from click.testing import CliRunner

from operate.chapters import create as create_chapter
from operate.sandbox import erase as erase_command
from operate.sandbox import play as play_command
from operate.sandbox.erasing import erase_chapter
from operate.sandbox.life import STORIES, play_life
from operate.sandbox.people import Answered, Sandbox, account, coordinator, open_sandbox
from services.notifications.kinds import FEED
from shared.auth import Asker
from shared.ids import new_id
from shared.settings import SERVICES
from tests.stack import Stack

STARTED = ["proposed", "introduction_agreed", "introduction_held", "started"]
#: The types that each story is told by, without the sessions in between.
TOLD = {
    "declined": ["proposed", "declined"],
    "not-started": [*STARTED[:3], "not_started"],
    "ended": [*STARTED, "ended"],
    "silent": [*STARTED, "renewed", "quiet", "ended"],
    "completed": [*STARTED, "renewed", "paused", "resumed", "review_due", "reviewed", "completed"],
    "erased": [*STARTED, "renewed", "paused", "resumed", "review_due", "reviewed", "completed", "erased"],
}


class Stepped(Sandbox):
    """A sandbox of a stack that is stepped by hand: everything has its effect before the next question."""

    stack: Stack

    def ask(self, method: str, path: str, by: Asker, body: Any = None) -> Answered:
        self.stack.quiet()
        headers = self.stack.sign_in(by.member, by.chapter, *by.roles)
        answer = self.stack.ask(method, path, headers, **({} if body is None else {"json": body}))
        return Answered(answer.status_code, answer.get_json(silent=True))


def a_sandbox(stack: Stack) -> Stepped:
    chapter = new_id("sandbox-c").replace("_", "")
    here = Stepped(chapter, stack.running["profiles"].room, stack.settings)
    object.__setattr__(here, "stack", stack)
    open_sandbox(here, "UTC")
    stack.quiet()
    return here


@pytest.fixture
def here(stack: Stack) -> Stepped:
    return a_sandbox(stack)


def told(here: Stepped, relationship: str) -> list[str]:
    """The words of what the feed tells of a relationship, in order, without its sessions."""
    here.stack.quiet()
    where = {"about": relationship}
    events = here.stack.running["notifications"].room.store.reader().find(FEED, where, sort=[("place", 1)])
    assert all('"sandbox":true' in event.body for event in events)
    words = [event.type.split(".")[2] for event in events]
    return [word for word in words if word != "session_held"]


@pytest.mark.parametrize("story", sorted(STORIES))
def test_each_story_is_told_to_its_end_while_no_other_clock_moves(here: Stepped, story: str) -> None:
    before = here.stack.clock()
    relationship = play_life(here, story, lambda _: None)
    assert told(here, relationship) == TOLD[story]
    assert here.stack.clock() == before == here.room.now("shanghai")


def test_nobody_in_a_sandbox_is_sent_a_mail(here: Stepped) -> None:
    play_life(here, "completed", lambda _: None)
    here.stack.quiet()
    mails = here.stack.running["notifications"].room.store.db["mails"]
    assert mails.count_documents({"chapter": here.chapter}) == 0


def test_its_account_follows_the_sandbox_and_nothing_else(here: Stepped) -> None:
    other = a_sandbox(here.stack)
    made = account(here)
    assert made["key"].startswith("cairn_sk_")
    grants = here.stack.running["notifications"].room.store.db["grants"].find({"account": made["id"]})
    assert [grant["chapter"] for grant in grants] == [here.chapter]
    path = f"/api/notifications/v1/service-accounts/{made['id']}"
    assert other.ask("GET", path, coordinator(other)).status == 404


def test_an_erased_sandbox_leaves_nothing_behind_and_others_untouched(here: Stepped) -> None:
    stays = a_sandbox(here.stack)
    for one in (here, stays):
        account(one)
        play_life(one, "declined", lambda _: None)
    here.stack.quiet()

    def left(one: Stepped) -> int:
        client, namespace = here.stack.client, here.stack.namespace
        found = 0
        for service in SERVICES:
            database = client[f"{namespace}_{service}"]
            for name in database.list_collection_names():
                found += database[name].count_documents(
                    {"$or": [{"chapter": one.chapter}, {"chapters": one.chapter}]}
                )
        return found

    kept = left(stays)
    assert erase_chapter(here) > 10
    assert (left(here), left(stays)) == (0, kept)
    assert here.room.clocks.ahead(here.chapter).days == 0


@pytest.mark.parametrize(
    ("command", "words", "said"),
    [
        (play_command, ["shanghai"], "shanghai is no sandbox"),
        (erase_command, ["shanghai", "--yes"], "shanghai is no sandbox"),
        (play_command, ["sandbox-x", "--story", "happy"], "is not one of"),
        (create_chapter, ["sandbox-x", "--name", "X", "--time-zone", "UTC"], "would be a sandbox"),
    ],
)
def test_a_command_that_makes_no_sense_is_refused_in_a_line(
    command: Any, words: list[str], said: str
) -> None:
    answer = CliRunner().invoke(command, words)
    assert answer.exit_code == 2
    assert said in answer.output
