"""What bad input gets: a problem document that says what to mend, and nothing half-written."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.flows.matching_people import City, a_city, a_couple
from tests.stack import Stack

LONG = "x" * 101
NEW_CYCLE = {
    "programme": "p",
    "name": "n",
    "opens_local": "2030-01-01T09:00",
    "closes_local": "2030-02-01T09:00",
}
INTRODUCTION = {"mentee": "a", "mentor": "b", "reason": "r"}


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


BAD = [
    ("/programmes", {}, ["/name"]),
    ("/programmes", {"name": ""}, ["/name"]),
    ("/programmes", {"name": "x" * 121}, ["/name"]),
    ("/programmes", {"name": "n", "colour": 1}, ["/colour"]),
    ("/programmes", {"name": "n", "rules": []}, ["/rules"]),
    ("/programmes", {"name": "n", "rules": {"trial_days": 1}}, ["/rules/trial_days"]),
    ("/programmes", {"name": "n", "rules": {"$where": 1}}, ["/rules/$where"]),
    ("/cycles", NEW_CYCLE | {"opens_local": "2030-01-01"}, ["/opens_local"]),
    ("/cycles", NEW_CYCLE | {"opens_local": "2030-01-01T09:00:00Z"}, ["/opens_local"]),
    ("/cycles", NEW_CYCLE | {"opens_local": "2030-02-30T09:00"}, ["/opens_local"]),
    ("/cycles", NEW_CYCLE | {"closes_local": "0001-01-01T00:00"}, ["/closes_local"]),
    ("/cycles", NEW_CYCLE | {"closes_local": "9999-12-31T23:59"}, ["/closes_local"]),
    ("/cycles", NEW_CYCLE | {"closes_local": "2030-02-01T09:00\n"}, ["/closes_local"]),
    ("/cycles", NEW_CYCLE | {"programme": {"$gt": ""}}, ["/programme"]),
    ("/applications", {"cycle": {"$gt": ""}, "role": "mentee"}, ["/cycle"]),
    ("/applications", {"cycle": "c", "role": "coordinator"}, ["/role"]),
    ("/applications", {"cycle": LONG, "role": "mentee"}, ["/cycle"]),
    ("/cycles/c/applications", {}, ["/members"]),
    (
        "/cycles/c/applications",
        {"everyone": True, "members": [{"member": "m", "role": "mentee"}]},
        ["/members"],
    ),
    ("/cycles/c/applications", {"members": []}, ["/members"]),
    ("/cycles/c/applications", {"members": [{"member": "m", "role": "boss"}]}, ["/members/0/role"]),
    ("/cycles/c/applications", {"members": [{"member": "m", "role": "mentee"}] * 1_001}, ["/members"]),
    ("/cycles/c/rounds", {"seed": -1}, ["/seed"]),
    ("/cycles/c/rounds", {"seed": 2**53}, ["/seed"]),
    ("/cycles/c/rounds", {"seed": 1.5}, ["/seed"]),
    ("/cycles/c/rounds", {"kind": "horoscope"}, ["/kind"]),
    ("/cycles/c/rounds", {"floor": -1}, ["/floor"]),
    ("/cycles/c/rounds", {"calm": 5}, ["/calm"]),
    ("/cycles/c/rounds", {"kind": "calm", "calm": 1_001}, ["/calm"]),
    ("/cycles/c/rounds", {"tolerance_ppm": 10_001}, ["/tolerance_ppm"]),
    ("/cycles/c/rounds", {"stay": 5}, ["/before"]),
    ("/cycles/c/rounds", {"before": "rnd_x"}, ["/stay"]),
    ("/cycles/c/rounds", {"before": "rnd_x", "stay": 0}, ["/stay"]),
    ("/cycles/c/rounds", {"locked": [{"mentee": "a"}]}, ["/locked/0/mentor"]),
    ("/cycles/c/rounds", {"locked": ["a"]}, ["/locked/0"]),
    ("/cycles/c/rounds", {"locked": [{"mentee": "a", "mentor": "b"}] * 3_001}, ["/locked"]),
    ("/cycles/c/rounds", {"bonus": {"chapter/x": "ten"}}, ["/bonus/chapter~1x/value"]),
    ("/cycles/c/rounds", {"bonus": {"chapter/x": 1_001}}, ["/bonus/chapter~1x/value"]),
    ("/cycles/c/rounds", {"colour": "red"}, ["/colour"]),
    ("/introductions", {"mentee": "a", "mentor": "b"}, ["/reason"]),
    ("/introductions", INTRODUCTION | {"reason": "x" * 1_001}, ["/reason"]),
    ("/introductions", INTRODUCTION | {"mentor": ["b"]}, ["/mentor"]),
    ("/requests", {"to": None}, ["/to"]),
    ("/relationships/r/answer", {"answer": "maybe"}, ["/answer"]),
    ("/relationships/r/answer", {"vote": "yes"}, ["/answer", "/vote"]),
    ("/relationships/r/vote", {"vote": True}, ["/vote"]),
    ("/relationships/r/vote", {"vote": "maybe"}, ["/vote"]),
    ("/relationships/r/renewal", {"renewal": "maybe"}, ["/renewal"]),
    ("/relationships/r/renewal", {}, ["/renewal"]),
    ("/relationships/r/pause", {"days": 0}, ["/days"]),
    ("/relationships/r/pause", {"days": 181}, ["/days"]),
    ("/relationships/r/pause", {"days": "ten"}, ["/days"]),
    ("/relationships/r/ending", {"reason": "silent"}, ["/reason"]),
    ("/relationships/r/return", {"reason": "by_choice"}, ["/reason"]),
    ("/relationships/r/return", {"cycle": LONG}, ["/cycle"]),
    ("/relationships/r/question", {"text": ""}, ["/text"]),
    ("/relationships/r/question", {"text": "x" * 1_001}, ["/text"]),
    ("/relationships/r/question/answer", {"text": None}, ["/text"]),
    ("/relationships/r/goals", {"text": "x" * 2_001}, ["/text"]),
    ("/relationships/r/goals", {"text": "x", "owner": "boss"}, ["/owner"]),
    ("/goals/g/comments", {}, ["/text"]),
    ("/touchpoints", {"kind": "rumour", "name": "n"}, ["/kind"]),
    ("/touchpoints", {"kind": "event", "name": ""}, ["/name"]),
    ("/touchpoints", {"kind": "event", "name": "n", "at": "2030-01-01T09:00:00"}, ["/at"]),
    ("/touchpoints", {"kind": "event", "name": "n", "at": "2190-01-01T09:00:00Z"}, ["/at"]),
    ("/touchpoints", {"kind": "event", "name": "n", "members": [{"$gt": ""}]}, ["/members/0"]),
    ("/touchpoints/t/members", {"members": []}, ["/members"]),
    ("/me/intake", {"answers": []}, ["/answers"]),
    ("/me/intake", {"answers": {"want": {"$gt": ""}}}, ["/answers/want/value"]),
    ("/me/intake", {"answers": {}, "chosen": "oracle"}, ["/chosen"]),
    ("/introductions", INTRODUCTION | {"override": "x" * 1_001}, ["/override"]),
]


@pytest.mark.parametrize(("path", "body", "pointers"), BAD)
def test_a_body_that_cannot_be_accepted_is_answered_with_a_pointer_for_each(
    city: City, path: str, body: Any, pointers: list[str]
) -> None:
    answer = city.post(path, body, city.headers(city.staff_id, "coordinator", "mentee", "mentor"))
    assert (answer.status, answer.body["code"]) == (422, "invalid"), answer.text
    assert sorted({error["pointer"] for error in answer.body["errors"]}) == pointers


def test_a_list_is_asked_for_in_pages_of_at_most_a_hundred(city: City) -> None:
    for path in (
        "/programmes",
        "/cycles",
        "/me/applications",
        "/me/relationships",
        "/relationships",
        "/touchpoints",
        "/overrides",
    ):
        assert city.get(path + "?limit=100").status == 200
        for query in ("limit=0", "limit=101", "limit=many", f"after={LONG}"):
            assert city.get(f"{path}?{query}").status == 422, (path, query)
    assert city.get("/relationships?state=married").status == 422


def test_ids_that_nobody_has_are_not_there(city: City) -> None:
    """The same answer for unknown ids and for another chapter's."""
    elsewhere = City(city.stack)
    cycle, couple = elsewhere.cycle(), a_couple(elsewhere)
    programme = elsewhere.get(f"/cycles/{cycle}").body["programme"]
    window = {"name": "n", "opens_local": "2030-01-01T09:00", "closes_local": "2030-02-01T09:00"}
    for of_programme, of_cycle, relationship in (
        (programme, cycle, couple.id),
        ("nobody's", "nobody's", "nobody's"),
    ):
        asked = [
            city.get(f"/programmes/{of_programme}"),
            city.patch(f"/programmes/{of_programme}", {"name": "mine"}),
            city.post("/cycles", window | {"programme": of_programme}),
            city.get(f"/cycles/{of_cycle}"),
            city.get(f"/cycles/{of_cycle}/applications"),
            city.post(f"/cycles/{of_cycle}/applications", {"everyone": True}),
            city.post(f"/cycles/{of_cycle}/rounds", {}),
            city.get(f"/cycles/{of_cycle}/rounds"),
            city.post(
                "/applications", {"cycle": of_cycle, "role": "mentee"}, city.headers("mem_a", "mentee")
            ),
            city.get(f"/relationships/{relationship}"),
            city.post("/introductions", {"mentee": couple.mentee, "mentor": couple.mentor, "reason": "Do."}),
        ]
        assert {(answer.status, answer.body["code"]) for answer in asked} == {(404, "not_found")}
    assert elsewhere.get(f"/programmes/{programme}").body["name"] == "Spring"


def test_members_cannot_do_what_coordinators_do(city: City) -> None:
    member, cycle = city.headers("mem_a"), city.cycle()
    asked = [
        city.post("/programmes", {"name": "n"}, member),
        city.get("/programmes", member),
        city.post("/cycles", NEW_CYCLE, member),
        city.get(f"/cycles/{cycle}/applications", member),
        city.post(f"/cycles/{cycle}/applications", {"everyone": True}, member),
        city.post(f"/cycles/{cycle}/rounds", {}, member),
        city.post("/introductions", INTRODUCTION, member),
        city.get("/relationships", member),
    ]
    assert {(answer.status, answer.body["code"]) for answer in asked} == {(403, "wrong_role")}
    assert city.get(f"/cycles/{cycle}", member).status == 200


def test_a_chapter_that_has_not_been_heard_of_yet_is_a_reason_to_try_again(city: City) -> None:
    programme = city.programme()
    room = city.stack.running["matching"].room
    room.store.db["chapters"].delete_one({"_id": city.chapter})
    answer = city.post("/cycles", NEW_CYCLE | {"programme": programme})
    assert (answer.status, answer.body["code"]) == (503, "try_again")
