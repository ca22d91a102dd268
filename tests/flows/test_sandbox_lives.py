"""Lives that integrators ask for over HTTP: played to their end, once, by whichever player is there; and what is refused."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
import urllib3
from werkzeug.test import TestResponse

from operate.sandbox.erasing import erase_chapter
from operate.sandbox.life import STORIES as PLAYED
from operate.sandbox.people import Answered, account, coordinator
from operate.sandbox.player import Player
from services.notifications.domain.lives import MAX_DETAIL_CHARS, MAX_OPEN, MAX_TRIES, STORIES
from services.notifications.sandbox.commands import lease_of
from shared.auth import Asker
from shared.errors import Transient
from shared.ids import new_id
from shared.store import Store
from tests.flows.test_sandbox import TOLD, Stepped, a_sandbox, left_of, told
from tests.stack import Stack

N = "/api/notifications/v1"
LIVES = f"{N}/sandbox/lives"

Json = dict[str, Any]
Headers = dict[str, str]


class Watched(Stepped):
    """A sandbox in which something happens before each request of a life."""

    before: Callable[[str, str], None]

    def ask(self, method: str, path: str, by: Asker, body: Any = None) -> Answered:
        self.before(method, path)
        return super().ask(method, path, by, body)


@pytest.fixture
def here(stack: Stack) -> Stepped:
    one = a_sandbox(stack)
    erase_open(stack)
    return one


def erase_open(stack: Stack) -> None:
    """No test plays what another one left."""
    stack.running["notifications"].room.store.db["lives"].delete_many({})


def a_token(here: Stepped, made: Json) -> Headers:
    basic = base64.b64encode(f"{made['id']}:{made['key']}".encode()).decode()
    answer = here.stack.ask(
        "POST",
        f"{N}/oauth/token",
        {"Authorization": f"Basic {basic}"},
        data={"grant_type": "client_credentials"},
    )
    return {"Authorization": f"Bearer {answer.get_json()['access_token']}"}


def an_account(here: Stepped) -> Headers:
    """Headers of a service account of the sandbox, with all scopes."""
    return a_token(here, account(here))


def staff(here: Stepped) -> Headers:
    who = coordinator(here)
    return here.stack.sign_in(who.member, who.chapter, *who.roles)


def asked_for(here: Stepped, by: Headers, story: str = "declined", **more: Any) -> TestResponse:
    return here.stack.ask("POST", LIVES, by, json={"story": story, **more})


def a_life(here: Stepped, by: Headers, story: str = "declined") -> str:
    """The id of a life that waits; the next is asked for a second later."""
    here.stack.clock.advance(seconds=1)
    answer = asked_for(here, by, story)
    assert answer.status_code == 202, answer.text
    return str(answer.get_json()["id"])


def seen(here: Stepped, by: Headers, id: str) -> Json:
    answer = here.stack.get(f"{LIVES}/{id}", by)
    assert answer.status_code == 200, answer.text
    found: Json = answer.get_json()
    return found


def a_player(here: Stepped, before: Callable[[str, str], None] | None = None) -> Player:
    def sandbox(chapter: str) -> Stepped:
        assert chapter == here.chapter
        if before is None:
            return here
        watched = Watched(here.chapter, here.room, here.settings)
        object.__setattr__(watched, "stack", here.stack)
        object.__setattr__(watched, "before", before)
        return watched

    return Player(here.stack.running["notifications"].room, sandbox)


def let_the_lease_run_out(here: Stepped) -> None:
    leases = here.stack.running["notifications"].room.store.db["leases"]
    changed = leases.update_one(
        {"_id": lease_of(here.chapter)}, [{"$set": {"until": {"$subtract": ["$$NOW", 1]}}}]
    )
    assert changed.matched_count == 1


def test_a_whole_life_is_asked_for_with_a_token_and_played_to_its_end(here: Stepped) -> None:
    by = an_account(here)
    answer = asked_for(here, by, "completed")
    waiting = answer.get_json()
    assert (answer.status_code, answer.headers["Location"]) == (202, f"{LIVES}/{waiting['id']}")
    assert waiting | {"id": "", "made_at": ""} == {
        "id": "", "chapter": here.chapter, "story": "completed", "state": "waiting", "relationship": None, "steps": [],
        "reason": "", "detail": "", "made_at": "", "ended_at": None,
    }  # fmt: skip

    on_the_way: list[Json] = []

    def look(_method: str, path: str) -> None:
        if "/relationships/" in path and not on_the_way:
            on_the_way.append(seen(here, by, waiting["id"]))

    player = a_player(here, look)
    assert (player.step(), player.step()) == (1, 0)
    assert [step["step"] for step in on_the_way[0]["steps"]] == ["proposed"]
    played = seen(here, by, waiting["id"])
    assert (on_the_way[0]["state"], on_the_way[0]["relationship"]) == ("playing", played["relationship"])
    assert (played["state"], played["reason"], played["ended_at"] is None) == ("played", "", False)
    assert [step["step"] for step in played["steps"]][-2:] == ["looked back", "completed"]
    assert told(here, played["relationship"]) == TOLD["completed"]


def test_every_story_that_can_be_asked_for_can_be_played() -> None:
    assert set(STORIES) == set(PLAYED)


def test_where_people_are_real_nothing_is_played(here: Stepped) -> None:
    real = here.stack.sign_in("mem_coordinator", new_id("c").replace("_", ""), "coordinator")
    answer = asked_for(here, real)
    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    assert answer.get_json()["code"] == "no_sandbox"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"story": "happy"}, 422, "invalid"),
        ({}, 422, "invalid"),
        ({"story": 7}, 422, "invalid"),
        ({"story": "completed", "lives": 1_000}, 422, "invalid"),
        ({"story": "completed", "chapter": "shanghai"}, 403, "chapter_not_granted"),
    ],
)
def test_nonsense_is_refused_and_the_stories_are_named(
    here: Stepped, body: Json, status: int, code: str
) -> None:
    answer = here.stack.ask("POST", LIVES, an_account(here), json=body)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code), answer.text
    if body.get("story") == "happy":
        assert all(story in answer.text for story in STORIES)


def test_another_chapters_account_sees_nothing_of_it(here: Stepped) -> None:
    other = a_sandbox(here.stack)
    id = a_life(here, an_account(here))
    stranger = an_account(other)
    assert here.stack.get(f"{LIVES}/{id}", stranger).status_code == 404
    assert here.stack.get(LIVES, stranger).get_json() == {"items": [], "next": None}
    assert here.stack.get(LIVES, stranger, query_string={"after": id}).status_code == 404
    assert asked_for(here, stranger, chapter=here.chapter).get_json()["code"] == "chapter_not_granted"


def test_an_account_without_the_scope_plays_nothing(here: Stepped) -> None:
    body = {"name": "Reader", "scopes": ["events:read"]}
    made = here.stack.ask("POST", f"{N}/service-accounts", staff(here), json=body).get_json()
    answer = asked_for(here, a_token(here, made))
    assert (answer.status_code, answer.get_json()["code"]) == (403, "scope_missing")


def test_no_more_wait_than_may_and_the_next_one_may_when_one_has_ended(here: Stepped) -> None:
    by = an_account(here)
    for _ in range(MAX_OPEN):
        a_life(here, by)
    answer = asked_for(here, by)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "too_many_lives")
    assert a_player(here).step() == 1
    a_life(here, by)


def test_the_same_request_twice_is_one_life(here: Stepped) -> None:
    by = an_account(here) | {"Idempotency-Key": new_id("key")}
    first, second = (asked_for(here, by) for _ in range(2))
    assert (first.status_code, first.get_json()) == (second.status_code, second.get_json())
    assert len(here.stack.get(LIVES, by).get_json()["items"]) == 1


def test_they_are_listed_newest_first_page_by_page(here: Stepped) -> None:
    by = an_account(here)
    made = [a_life(here, by) for _ in range(3)]
    listed: list[str] = []
    after = ""
    while True:
        answer = here.stack.get(LIVES, by, query_string={"limit": 1, "after": after})
        listed += [one["id"] for one in answer.get_json()["items"]]
        after = answer.get_json()["next"]
        if not after:
            break
    assert listed == made[::-1]


class Died(BaseException):
    """The player's process is gone, at once: nothing of it runs any more."""


def dies_at(here: Stepped, path: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A player's process ends where a life is about to ask for this; who it was."""

    def die(_method: str, asked: str) -> None:
        if path in asked:
            raise Died

    player = a_player(here, die)
    with monkeypatch.context() as dead:
        dead.setattr(Store, "drop_lease", lambda *_: None)
        with pytest.raises(Died):
            player.step()
    return player.name


def test_a_life_whose_player_died_has_failed_once_its_relationship_was_there(
    here: Stepped, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = an_account(here)
    id, following = a_life(here, by, "ended"), a_life(here, by)
    dies_at(here, "/vote", monkeypatch)
    another = a_player(here)
    assert another.step() == 0, "the lease is still the dead one's"
    assert seen(here, by, id)["state"] == "playing"

    let_the_lease_run_out(here)
    assert another.step() == 1
    left = seen(here, by, id)
    assert (left["state"], left["reason"], len(left["steps"])) == ("failed", "interrupted", 3)
    assert told(here, left["relationship"]) == TOLD["ended"][:3]
    assert seen(here, by, following)["state"] == "played"


def test_a_life_whose_player_died_before_there_was_a_relationship_is_begun_anew_but_not_for_ever(
    here: Stepped, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = an_account(here)
    id = a_life(here, by)
    dies_at(here, "/introductions", monkeypatch)
    let_the_lease_run_out(here)
    assert a_player(here).step() == 1
    assert seen(here, by, id)["state"] == "played"

    deadly = a_life(here, by)
    for _ in range(MAX_TRIES):
        dies_at(here, "/introductions", monkeypatch)
        let_the_lease_run_out(here)
    assert a_player(here).step() == 0
    assert (seen(here, by, deadly)["state"], seen(here, by, deadly)["reason"]) == ("failed", "interrupted")


def test_of_two_players_one_plays_and_the_other_leaves_the_sandbox_alone(here: Stepped) -> None:
    by = an_account(here)
    first, second = a_life(here, by), a_life(here, by)
    other, looked = a_player(here), []

    def look(_method: str, _path: str) -> None:
        looked.append(other.step())

    assert a_player(here, look).step() == 1
    assert (set(looked), len(looked) > 5) == ({0}, True)
    assert (seen(here, by, first)["state"], seen(here, by, second)["state"]) == ("played", "waiting")
    assert other.step() == 1
    assert seen(here, by, second)["state"] == "played"


def test_a_player_that_lost_the_sandbox_stops_and_says_nothing_more(here: Stepped) -> None:
    by = an_account(here)
    id = a_life(here, by, "completed")
    asked: list[str] = []

    def lose(_method: str, path: str) -> None:
        asked.append(path)
        if path.endswith("/vote") and not any(one.endswith("/vote") for one in asked[:-1]):
            let_the_lease_run_out(here)
            assert a_player(here).step() == 0

    a_player(here, lose).step()
    left = seen(here, by, id)
    assert (left["state"], left["reason"], len(left["steps"])) == ("failed", "interrupted", 3)
    assert not any("/renewal" in path for path in asked), "it noticed at its next step"


def test_a_player_that_is_asked_to_end_lets_go_at_once(here: Stepped) -> None:
    by = an_account(here)
    id = a_life(here, by)

    def end(_method: str, path: str) -> None:
        if path.endswith("/introductions"):
            player.ending.set()

    player = a_player(here, end)
    player.step()
    left = seen(here, by, id)
    assert (left["state"], left["reason"]) == ("failed", "interrupted")
    assert here.stack.running["notifications"].room.store.hold_lease(lease_of(here.chapter), "next", 1)


def test_what_does_not_happen_is_said(here: Stepped, monkeypatch: pytest.MonkeyPatch) -> None:
    by = an_account(here)
    id = a_life(here, by)
    monkeypatch.setattr("operate.sandbox.life.SEEN_WITHIN_S", 0.0)
    monkeypatch.setattr(Stepped, "ask", refused_introductions(Stepped.ask))
    assert a_player(here).step() == 1
    left = seen(here, by, id)
    assert (left["state"], left["reason"], left["relationship"]) == ("failed", "step_failed", None)
    assert "not known to matching" in left["detail"]
    assert len(left["detail"]) <= MAX_DETAIL_CHARS


def refused_introductions(ask: Any) -> Any:
    def refuse(self: Stepped, method: str, path: str, by: Asker, body: Any = None) -> Answered:
        return Answered(409, {}) if path.endswith("/introductions") else ask(self, method, path, by, body)

    return refuse


@pytest.mark.parametrize(
    ("answered", "said"), [(None, "does not answer"), (Answered(503, None), "answers 503")], ids=str
)
def test_while_an_api_does_not_answer_a_life_waits(
    here: Stepped, monkeypatch: pytest.MonkeyPatch, answered: Answered | None, said: str
) -> None:
    by = an_account(here)
    id = a_life(here, by)
    people = here.stack.client[f"{here.stack.namespace}_profiles"]["members"]
    before = people.count_documents({"chapter": here.chapter})

    def away(*_: Any) -> Answered:
        if answered is None:
            raise urllib3.exceptions.ConnectTimeoutError
        return answered

    with monkeypatch.context() as patch:
        patch.setattr(Stepped, "ask", away)
        with pytest.raises(Transient, match=said):
            a_player(here).step()
    assert seen(here, by, id)["state"] == "waiting"
    assert people.count_documents({"chapter": here.chapter}) == before, "nobody was invented for nothing"
    assert a_player(here).step() == 1


def test_lives_go_with_their_sandbox(here: Stepped) -> None:
    a_life(here, an_account(here))
    a_player(here).step()
    store = here.stack.running["notifications"].room.store
    assert store.hold_lease(lease_of(here.chapter), "a player that died", 60)
    erase_chapter(here)
    assert left_of(here) == 0
    assert store.db["leases"].count_documents({"_id": lease_of(here.chapter)}) == 0
