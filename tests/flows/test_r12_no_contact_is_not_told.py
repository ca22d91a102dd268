"""R12: who is blocked learns of an end like any other; only coordinators see that the two are kept apart."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.matching.kinds import PLACES
from shared.events.profiles import MemberKeptApart
from tests.flows.matching_people import City, Couple, a_city, a_couple
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def block(couple: Couple) -> None:
    """The mentee wants no contact with the mentor any more."""
    couple.city.hear((couple.mentee, MemberKeptApart((couple.mentor,), (couple.mentor,))))


def booked(couple: Couple) -> Couple:
    couple.city.planned(couple.until_introduction().id)
    return couple


def paused(couple: Couple) -> Couple:
    assert couple.until_trial().ask("pause", {"days": 5}, couple.mentor).status == 200
    return couple


def known_to_the_other(couple: Couple) -> str:
    """All that the mentor and the followers of events can know of the couple, byte for byte, but for ids."""
    city, by = couple.city, couple.city.headers(couple.mentor)
    rows = city.stack.running["matching"].room.store.db["changes"].find({"events.aggregate": couple.id})
    events = [event for row in rows for event in row["events"] if event["aggregate"] == couple.id]
    places = city.stack.running["matching"].room.store.reader().get(PLACES, couple.mentor)
    told = [
        city.get(path, by).text
        for path in (
            f"/relationships/{couple.id}",
            f"/relationships/{couple.id}/goals",
            "/me/relationships",
            "/me/export",
            "/me/applications",
        )
    ]
    known = json.dumps([told, places.taken, sorted(events, key=lambda event: event["seq"])], default=str)
    for id, name in ((couple.id, "pair"), (couple.mentee, "mentee"), (couple.mentor, "mentor")):
        known = known.replace(id, name)
    return re.sub(r"gol_[0-9a-f]+", "goal", known)


def both_known(one: Couple, other: Couple) -> tuple[str, str]:
    return known_to_the_other(one), known_to_the_other(other)


@pytest.mark.parametrize(
    "reached",
    [Couple.until_introduction, booked, Couple.until_trial, Couple.until_active, paused],
    ids=lambda one: one.__name__,
)
def test_a_pair_that_is_blocked_reads_as_one_that_ended_by_choice(
    city: City, reached: Callable[[Couple], Couple]
) -> None:
    blocked, chosen = reached(a_couple(city)), reached(a_couple(city))
    city.stack.clock.advance(days=2)
    block(blocked)
    assert chosen.ask("ending", {}, chosen.mentee).status == 200
    one, other = both_known(blocked, chosen)
    assert one == other
    assert '\\"by_choice\\"' in one
    assert "kept_apart" not in one
    staff = city.get(f"/relationships/{blocked.id}").body
    assert staff["kept_apart_at"] == city.stack.clock().isoformat()
    assert city.get(f"/relationships/{chosen.id}").body["kept_apart_at"] is None


@pytest.mark.parametrize("before", [None, "accept", "decline"])
@pytest.mark.parametrize("after", [None, "accept", "decline"])
def test_a_proposal_that_is_blocked_reads_as_one_that_is_not_answered(
    city: City, before: str | None, after: str | None
) -> None:
    blocked, ignored = a_couple(city), a_couple(city)

    def mentors_answer(says: str | None) -> None:
        for couple in (blocked, ignored) if says else ():
            answered = city.answer(couple.id, couple.mentor, str(says))
            assert (answered.status, answered.body["state"]) == (200, "proposed")

    mentors_answer(before)
    if before is None:  # her own yes of before opens to nobody any more
        assert city.answer(blocked.id, blocked.mentee, "accept").body["state"] == "proposed"
    block(blocked)
    compare_until(city, blocked, ignored, mentors_answer, after, 7)
    assert city.state(blocked.id) == "lapsed"


@pytest.mark.parametrize("says", [None, "yes", "no"])
def test_a_vote_that_is_blocked_reads_as_one_that_is_not_returned(city: City, says: str | None) -> None:
    blocked, ignored = a_couple(city).until_voting(), a_couple(city).until_voting()
    for couple in (blocked, ignored):
        city.vote(couple.id, couple.mentee, "yes" if couple is blocked else "no")
    block(blocked)

    def mentors_vote(word: str | None) -> None:
        for couple in (blocked, ignored) if word else ():
            voted = city.vote(couple.id, couple.mentor, str(word))
            assert (voted.status, voted.body["state"]) == (200, "voting")

    compare_until(city, blocked, ignored, mentors_vote, says, 7)
    assert city.state(blocked.id) == "not_started"


def compare_until(
    city: City, one: Couple, other: Couple, act: Callable[[Any], None], word: str | None, days: int
) -> None:
    """Nothing differs for the mentor: at once, after her own word, and when the time is over."""
    assert_same(one, other)
    city.stack.clock.advance(days=1)
    act(word)
    assert_same(one, other)
    city.later(days=days - 1)
    assert_same(one, other)


def assert_same(one: Couple, other: Couple) -> None:
    known, expected = both_known(one, other)
    assert known == expected


def test_no_question_and_no_goal_reaches_whom_blocked_and_the_pair_is_off_her_list(city: City) -> None:
    proposed, voting = a_couple(city), a_couple(city).until_voting()
    before = [city.events(couple.id) for couple in (proposed, voting)]
    for couple in (proposed, voting):
        block(couple)
        assert city.get("/me/relationships", city.headers(couple.mentee)).body["items"] == []
        listed = city.get("/me/relationships", city.headers(couple.mentor)).body["items"]
        assert [pair["id"] for pair in listed] == [couple.id]
    assert proposed.ask("question", {"text": "Why not?"}, proposed.mentor).status == 201
    written = voting.ask("goals", {"text": "Answer me."}, voting.mentor)
    assert written.status == 201
    assert [city.events(couple.id) for couple in (proposed, voting)] == before
    rows = city.stack.running["matching"].room.store.db["changes"]
    assert rows.count_documents({"events.aggregate": written.body["id"]}) == 0


def test_a_block_said_again_changes_nothing_more(city: City) -> None:
    couple = a_couple(city)
    block(couple)
    since = city.get(f"/relationships/{couple.id}").body
    city.stack.clock.advance(days=1)
    block(couple)
    city.hear((couple.mentor, MemberKeptApart((couple.mentee,), (couple.mentee,))))
    assert city.get(f"/relationships/{couple.id}").body == since


@pytest.mark.parametrize("reached", [lambda couple: couple, Couple.until_voting, Couple.until_trial])
def test_asking_again_is_refused_in_the_same_words_whether_she_was_blocked_or_not(
    city: City, reached: Callable[[Couple], Couple]
) -> None:
    blocked, chosen = reached(a_couple(city)), reached(a_couple(city))
    for couple in (blocked, chosen):
        walk = {"kind": "event", "name": "Walk", "members": [couple.mentee, couple.mentor]}
        assert city.post("/touchpoints", walk).status == 201
    block(blocked)
    if city.state(chosen.id) == "trial":
        assert chosen.ask("ending", {}, chosen.mentee).status == 200
    one, other = (
        city.post("/requests", {"to": couple.mentee}, city.headers(couple.mentor))
        for couple in (blocked, chosen)
    )
    assert (one.status, without_calls(one.body)) == (other.status, without_calls(other.body))
    assert one.status == 409


def without_calls(problem: dict[str, Any]) -> dict[str, Any]:
    """A refusal without what names the request itself."""
    return {name: value for name, value in problem.items() if name not in ("instance", "call", "trace")}
