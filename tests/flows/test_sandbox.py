"""A sandbox: invented people whose whole relationships take seconds, on a clock of their own, apart from everybody else."""

from typing import Any

import pytest
from click.testing import CliRunner
from pymongo import MongoClient
from pymongo.collection import Collection

from operate.chapters import create as create_chapter
from operate.sandbox import erase as erase_command
from operate.sandbox import play as play_command
from operate.sandbox.erasing import erase_chapter
from operate.sandbox.life import STORIES, play_life
from operate.sandbox.people import Answered, Sandbox, account, coordinator, invent, open_sandbox
from services.notifications.kinds import FEED
from shared.auth import Asker
from shared.errors import NotThere
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
    relationship = play_life(here, story, lambda *_: None)
    assert told(here, relationship) == TOLD[story]
    assert here.stack.clock() == before == here.room.now("shanghai")


def test_nobody_in_a_sandbox_is_sent_a_mail(here: Stepped) -> None:
    play_life(here, "completed", lambda *_: None)
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


def left_of(one: Stepped) -> int:
    """How many documents of a sandbox there are in any service's database."""
    found = 0
    for service in SERVICES:
        database = one.stack.client[f"{one.stack.namespace}_{service}"]
        for name in database.list_collection_names():
            found += database[name].count_documents(
                {"$or": [{"chapter": one.chapter}, {"chapters": one.chapter}]}
            )
    return found


def test_an_erased_sandbox_leaves_nothing_behind_and_others_untouched(here: Stepped) -> None:
    stays = a_sandbox(here.stack)
    for one in (here, stays):
        account(one)
        play_life(one, "declined", lambda *_: None)
    here.stack.quiet()
    with MongoClient[dict[str, Any]](here.stack.parts.mongo_url) as client:
        profiled = client[f"{here.stack.namespace}_sessions"]
        profiled.command("profile", 2)
        left_of(here)
        profiled.command("profile", 0)
        assert "system.profile" in profiled.list_collection_names(), "a collection that cannot be written to"

    kept = left_of(stays)
    assert erase_chapter(here) > 10
    assert (left_of(here), left_of(stays)) == (0, kept)
    assert here.room.clocks.ahead(here.chapter).days == 0


def test_what_was_under_way_when_a_sandbox_was_erased_does_not_come_back(here: Stepped) -> None:
    play_life(here, "declined", lambda *_: None)
    invent(here, "mentee")
    for running in here.stack.running.values():  # announced, and heard of by nobody yet
        while running.relay.step():
            pass

    erase_chapter(here, settle=here.stack.quiet)
    here.stack.quiet()
    assert left_of(here) == 0


class CutOff(Exception):
    """The process that removes a sandbox ends here."""


def test_a_removal_that_is_cut_off_anywhere_is_begun_anew_and_finds_what_is_left(
    here: Stepped, monkeypatch: pytest.MonkeyPatch
) -> None:
    play_life(here, "declined", lambda *_: None)
    here.stack.quiet()
    delete_many, done = Collection.delete_many, [0]

    def cut_off_after(uses: int) -> Any:
        left = [uses]

        def delete(self: Any, *args: Any, **kwargs: Any) -> Any:
            if not left[0]:
                raise CutOff
            left[0] -= 1
            done[0] += 1
            return delete_many(self, *args, **kwargs)

        return delete

    uses = 0
    while True:
        monkeypatch.setattr(Collection, "delete_many", cut_off_after(uses))
        try:
            erase_chapter(here, settle=here.stack.quiet)
            break
        except CutOff:
            uses += 3
    monkeypatch.undo()
    assert done[0] > 100, "it was cut off again and again"
    with pytest.raises(NotThere):
        erase_chapter(here)
    assert left_of(here) == 0
    marks = here.stack.running["notifications"].room.store.db["marks"]
    assert marks.find_one({"_id": here.chapter}) is None


def test_a_sandbox_of_the_same_name_begins_anew(here: Stepped) -> None:
    erase_chapter(here)
    open_sandbox(here, "Asia/Shanghai")
    here.stack.quiet()
    for service in ("matching", "sessions", "notifications"):
        kept = here.stack.running[service].room.store.db["chapters"].find_one({"_id": here.chapter})
        assert kept is not None, service
        assert kept["time_zone"] == "Asia/Shanghai"
    relationship = play_life(here, "declined", lambda *_: None)
    assert told(here, relationship) == TOLD["declined"]


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
