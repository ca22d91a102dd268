"""Something happens between what a proposal looked at and what it keeps: one of the two gives way, and looks again (R4, R12, R14)."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from services.matching.commands import applications, relationships, rounds
from services.matching.kinds import RELATIONSHIPS
from shared.call import Call
from shared.errors import Transient
from shared.events.profiles import MemberErased, MemberKeptApart
from shared.ids import new_id
from tests.flows.dying import Dying
from tests.flows.matching_people import City, Reply, a_city, at_once, made
from tests.flows.matching_rounds import a_cycle, room_of
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def in_between(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, happens: Callable[[], Any]) -> None:
    """Let this happen once, in a thread of its own, right after that function of the module has looked."""
    look, waiting = getattr(module, name), [happens]

    def looked(*asked: Any) -> Any:
        seen = look(*asked)
        while waiting:
            at_once(waiting.pop())
        return seen

    monkeypatch.setattr(module, name, looked)


def introduce(city: City, mentee: str, mentor: str) -> Reply:
    return city.post("/introductions", {"mentee": mentee, "mentor": mentor, "reason": "You should meet."})


def ask_herself(city: City, mentee: str, mentor: str) -> Reply:
    """She asks a mentor with whom she shares a touchpoint."""
    event = {"kind": "event", "name": "Walk", "members": [mentee, mentor]}
    made(city.post("/touchpoints", event))
    return city.post("/requests", {"to": mentor}, city.headers(mentee))


def held_by(city: City, mentee: str) -> int:
    """How many unanswered proposals she holds."""
    held = {"mentee": mentee, "state": "proposed"}
    return room_of(city).store.reader(city.chapter).count(RELATIONSHIPS, held)


@pytest.mark.parametrize("way", [introduce, ask_herself])
def test_two_who_make_a_proposal_at_once_give_no_mentee_a_fourth(
    city: City, monkeypatch: pytest.MonkeyPatch, way: Callable[[City, str, str], Reply]
) -> None:
    mentee, mentors = city.mentee(), city.people("mentor", 4)
    for mentor in mentors[:2]:
        city.introduced(mentee, mentor)
    in_between(monkeypatch, relationships, "check_pair", partial(introduce, city, mentee, mentors[2]))
    refused = way(city, mentee, mentors[3])
    assert (refused.status, refused.body["code"]) == (409, "too_many_proposals")
    assert held_by(city, mentee) == 3


def test_an_introduction_while_a_round_goes_out_gives_no_mentee_a_fourth(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    mentors = city.people("mentor", 4)
    programme = city.programme(matching={"proposals_per_mentee": 3})
    mentee, cycle = city.mentee(), city.cycle(programme)
    assert city.post(f"/cycles/{cycle}/applications", {"everyone": True}).body["entered"] == 5
    draft = city.post(f"/cycles/{cycle}/rounds", {}).body
    drafted = {one["mentor"] for one in draft["proposals"]}
    (other,) = set(mentors) - drafted
    in_between(monkeypatch, rounds, "_known", partial(introduce, city, mentee, other))
    published = city.post(f"/rounds/{draft['id']}/publication").body
    assert (published["published"], published["skipped"]) == (2, 1)
    assert held_by(city, mentee) == 3


@pytest.mark.parametrize("way", [introduce, ask_herself])
@pytest.mark.parametrize("what", ["erased", "kept apart"])
def test_nobody_is_proposed_who_leaves_or_keeps_away_at_that_moment(
    city: City, monkeypatch: pytest.MonkeyPatch, way: Callable[[City, str, str], Reply], what: str
) -> None:
    mentee, mentor = city.mentee(), city.mentor()
    fact = MemberErased() if what == "erased" else MemberKeptApart((mentee,), (mentee,))
    in_between(monkeypatch, relationships, "check_pair", partial(city.hear, (mentor, fact)))
    answer = way(city, mentee, mentor)
    told = {
        ("introduce", "erased"): (404, "not_found"),
        ("introduce", "kept apart"): (409, "kept_apart"),
        ("ask_herself", "erased"): (404, "not_found"),
        ("ask_herself", "kept apart"): (403, "cold_asking"),
    }
    assert (answer.status, answer.body.get("code")) == told[way.__name__, what]
    assert room_of(city).store.reader(city.chapter).find(RELATIONSHIPS, {}) == []


def enter_her(city: City, member: str, cycle: str) -> Reply:
    return city.post(f"/cycles/{cycle}/applications", {"members": [{"member": member, "role": "mentee"}]})


def enter_all(city: City, _member: str, cycle: str) -> Reply:
    return city.post(f"/cycles/{cycle}/applications", {"everyone": True})


@pytest.mark.parametrize("way", [enter_her, enter_all])
def test_nobody_waits_in_a_cycle_who_is_erased_as_she_is_entered_in_it(
    city: City, monkeypatch: pytest.MonkeyPatch, way: Callable[[City, str, str], Reply]
) -> None:
    gone, stays = city.people("mentee", 2)
    cycle = city.cycle()
    in_between(monkeypatch, applications, "stand_in", partial(city.hear, (gone, MemberErased())))
    way(city, gone, cycle)
    database = room_of(city).store.db
    for name in ("applications", "intakes"):
        assert gone not in str(list(database[name].find({"chapter": city.chapter}))), name
    assert database["applications"].count_documents({"member": stays}) == (way is enter_all)


@pytest.mark.parametrize("what", ["erased", "kept apart", "without a place"])
@pytest.mark.parametrize("look", ["_prefetch", "_known"])
def test_a_page_that_goes_out_leaves_out_who_steps_back_at_that_moment(
    city: City, monkeypatch: pytest.MonkeyPatch, what: str, look: str
) -> None:
    cycle = a_cycle(city, 2)
    draft = city.post(f"/cycles/{cycle}/rounds", {}).body
    gone, stays = draft["proposals"]
    steps_back = {
        "erased": MemberErased(),
        "kept apart": MemberKeptApart((gone["mentee"],), (gone["mentee"],)),
        "without a place": city.profile("mentor", capacity=0),
    }
    in_between(monkeypatch, rounds, look, partial(city.hear, (gone["mentor"], steps_back[what])))
    published = city.post(f"/rounds/{draft['id']}/publication").body
    assert (published["published"], published["skipped"]) == (1, 1)
    (out,) = room_of(city).store.reader(city.chapter).find(RELATIONSHIPS, {})
    assert (out.mentee, out.mentor) == (stays["mentee"], stays["mentor"])


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("dies_at", [1, 2, 3, 4, 5])
def test_whom_a_round_leaves_over_is_told_once_wherever_telling_dies(
    city: City, monkeypatch: pytest.MonkeyPatch, dies_at: int, after: bool
) -> None:
    monkeypatch.setattr(rounds, "TOLD_AT_ONCE", 2)
    odd = city.people("mentee", 5, languages=("xx",))
    cycle = a_cycle(city, 1)
    draft, room = made(city.post(f"/cycles/{cycle}/rounds", {})), room_of(city)
    call = Call(new_id("call"), city.stack.clock(), city.chapter, city.staff_id, frozenset({"coordinator"}))
    with pytest.raises(Transient):
        rounds.publish(replace(room, store=Dying(room.store, dies_at, after)), call, draft)
    rounds.publish(room, call, draft)
    told = city.stack.announced("matching", "cairn.application.not_matched.v1", chapter=city.chapter)
    assert sorted(json.loads(one["data"])["member"] for one in told) == sorted(odd)
    shown = city.get(f"/rounds/{draft}").body
    assert (shown["state"], shown["told"], shown["published"]) == ("published", 5, 1)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("dies_at", [1, 2, 3])
def test_whose_drafted_mentor_is_gone_is_told_once_wherever_the_publication_dies(
    city: City, dies_at: int, after: bool
) -> None:
    ana, bo, cycle = city.mentee(), city.mentor(), city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    draft, room = made(city.post(f"/cycles/{cycle}/rounds", {})), room_of(city)
    city.hear((bo, city.profile("mentor", capacity=0)))
    call = Call(new_id("call"), city.stack.clock(), city.chapter, city.staff_id, frozenset({"coordinator"}))
    with pytest.raises(Transient):
        rounds.publish(replace(room, store=Dying(room.store, dies_at, after)), call, draft)
    rounds.publish(room, call, draft)
    told = city.stack.announced("matching", "cairn.application.not_matched.v1", chapter=city.chapter)
    assert [json.loads(one["data"])["member"] for one in told] == [ana]
    shown = city.get(f"/rounds/{draft}").body
    assert (shown["state"], shown["published"], shown["skipped"]) == ("published", 0, 1)
