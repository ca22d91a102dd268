"""R4: a round's proposal that lapses or is declined does not keep two people waiting: the worker offers both places on, once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from services.matching.commands.offering import offer_on
from services.matching.commands.rounds import carry_on
from services.matching.kinds import FREED
from shared.events.profiles import Answer, AreaOffered, AreaWanted, MemberKeptApart
from shared.ids import new_id
from tests.flows.matching_people import City, a_city
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def a_published_cycle(city: City, asked: dict[str, Any] | None = None, **rules: Any) -> str:
    """A cycle whose everybody is entered and whose round is out."""
    cycle = city.cycle(city.programme(**rules), closes_in_days=60)
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    drafted = city.post(f"/cycles/{cycle}/rounds", asked or {}).body
    assert city.post(f"/rounds/{drafted['id']}/publication").status == 200
    return cycle


def work(city: City) -> int:
    """The worker's chores, until they have nothing to do; returns how much they did."""
    room, done = city.stack.running["matching"].room, 0
    while now := offer_on(room) + carry_on(room):
        done += now
    return done


def open_pairs(city: City) -> list[dict[str, Any]]:
    found = city.get("/relationships?state=proposed&limit=100").body["items"]
    return sorted(found, key=lambda pair: str(pair["mentee"]))


def offered(city: City, cycle: str) -> list[dict[str, Any]]:
    rounds = city.get(f"/cycles/{cycle}/rounds").body["items"]
    return [one for one in rounds if one["offered_on"]]


def decline(city: City, pair: dict[str, Any]) -> None:
    for member in (pair["mentee"], pair["mentor"]):
        assert city.answer(pair["id"], member, "decline").status == 200


def test_after_seven_days_another_who_waits_is_proposed_to_the_mentor_with_reasons(city: City) -> None:
    mentees, mentor = city.people("mentee", 2), city.mentor()
    cycle = a_published_cycle(city)
    (first,) = open_pairs(city)
    city.later(days=7)
    assert city.state(first["id"]) == "lapsed"
    assert work(city) > 0
    (second,) = open_pairs(city)
    assert (second["mentor"], second["origin"], second["cycle"]) == (mentor, "round", cycle)
    assert {first["mentee"], second["mentee"]} == set(mentees)
    for member in (second["mentee"], mentor):
        seen = city.get(f"/relationships/{second['id']}", city.headers(member)).body
        assert seen["reasons"]
        assert seen["answer_by"] > seen["since"]
    (made,) = offered(city, cycle)
    assert (made["state"], made["published"], made["offered_on"]) == ("published", 1, [first["id"]])
    looked = city.get(f"/rounds/{made['id']}").body
    assert [one["relationship"] for one in looked["proposals"]] == [second["id"]]
    assert looked["left_over"] == []


@pytest.mark.parametrize("faith", ["one", "another"])
def test_what_is_offered_on_tells_a_coordinator_no_points_of_a_sensitive_answer(
    city: City, faith: str
) -> None:
    asking = [{"key": "faith", "match": "same", "mentee": 50, "mentor": 50, "sensitive": True}]
    (
        city.people("mentee", 2, answers=(Answer("faith", "one"),)),
        city.mentor(answers=(Answer("faith", faith),)),
    )
    cycle = a_published_cycle(city, matching={"questions": asking})
    city.later(days=7)
    assert work(city) > 0
    (made,) = offered(city, cycle)
    (one,) = city.get(f"/rounds/{made['id']}/proposals").body["items"]
    assert (one["u"], one["v"], one["w"]) == (43, 33, 37)


def test_places_are_offered_on_however_many_were_before(city: City) -> None:
    city.people("mentee", 2), city.mentor()
    cycle = a_published_cycle(city)
    rounds = city.stack.running["matching"].room.store.db["rounds"]
    published = rounds.find_one({"cycle": cycle})
    assert published is not None
    later = {"made_at": published["made_at"] + timedelta(days=1)}
    later["published_at"] = later["made_at"]
    many = [published | later | {"_id": new_id("rnd"), "offered_on": [new_id("rel")]} for _ in range(1_001)]
    rounds.insert_many(many)
    city.later(days=7)
    assert work(city) > 0
    assert len(open_pairs(city)) == 1


@pytest.mark.parametrize(("asked", "points"), [({}, 5), ({"calm": 3}, 3)])
def test_places_of_a_calm_round_are_offered_on_as_calmly(
    city: City, asked: dict[str, int], points: int
) -> None:
    city.people("mentee", 2), city.mentor()
    cycle = a_published_cycle(city, {"kind": "calm"} | asked)
    city.later(days=7)
    work(city)
    (made_on,) = offered(city, cycle)
    assert (made_on["kind"], made_on["options"]["calm"]) == ("calm", points)


@pytest.mark.parametrize("floored", [False, True])
def test_a_place_is_offered_on_to_nobody_below_the_last_rounds_floor(city: City, floored: bool) -> None:
    both = (AreaWanted("python", 3), AreaWanted("sailing", 3))
    best, other = city.mentee(areas_wanted=both), city.mentee()
    city.mentor(areas_offered=(AreaOffered("python", 9), AreaOffered("sailing", 9)))
    cycle = city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    draft = city.post(f"/cycles/{cycle}/rounds", {}).body
    assert [one["mentee"] for one in draft["proposals"]] == [best]
    floor = draft["proposals"][0]["w"] if floored else 0
    asked = city.post(f"/cycles/{cycle}/rounds", {"floor": floor}).body
    assert city.post(f"/rounds/{asked['id']}/publication").body["published"] == 1
    city.later(days=7)
    work(city)
    assert [pair["mentee"] for pair in open_pairs(city)] == ([] if floored else [other])


def test_what_was_offered_on_is_in_no_ones_way_in_the_list_of_rounds(city: City) -> None:
    city.people("mentee", 2), city.mentor()
    cycle = a_published_cycle(city)
    city.later(days=7)
    work(city)
    everything = city.get(f"/cycles/{cycle}/rounds").body["items"]
    assert len(everything) == 2

    def listed(query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = city.get(f"/cycles/{cycle}/rounds?{query}").body["items"]
        return found

    assert listed("offered_on=true") == [one for one in everything if one["offered_on"]]
    assert listed("offered_on=false") == [one for one in everything if not one["offered_on"]]
    (asked_for,) = listed("offered_on=false")
    assert asked_for["report"]
    assert listed("offered_on=false&reports=false") == [asked_for | {"report": {}}]


def test_a_declined_mentee_is_proposed_to_another_mentor_who_has_room(city: City) -> None:
    ana = city.mentee()
    bo, cleo = city.people("mentor", 2)
    cycle = a_published_cycle(city)
    (first,) = open_pairs(city)
    decline(city, first)
    work(city)
    (second,) = open_pairs(city)
    assert second["mentee"] == ana
    assert {first["mentor"], second["mentor"]} == {bo, cleo}
    decline(city, second)
    work(city)
    assert open_pairs(city) == [], "never the same two again"
    assert len(offered(city, cycle)) == 1


def test_a_stopped_worker_loses_no_offer_and_makes_it_once(city: City) -> None:
    city.people("mentee", 3)
    city.mentor(capacity=2)
    cycle = a_published_cycle(city)
    first, second = open_pairs(city)
    city.later(days=7)
    city.stack.stop("matching")
    city.stack.open("matching")
    room = city.stack.running["matching"].room
    assert room.store.reader(city.chapter).count(FREED, {}) == 2
    with ThreadPoolExecutor(2) as two_workers:
        list(two_workers.map(offer_on, [room, room]))
    work(city)
    assert [pair["mentee"] not in (first["mentee"], second["mentee"]) for pair in open_pairs(city)] == [True]
    (made,) = offered(city, cycle)
    assert made["offered_on"] == sorted([first["id"], second["id"]])
    assert room.store.reader(city.chapter).count(FREED, {}) == 0
    assert work(city) == 0


def test_a_place_and_a_mentees_turn_are_never_promised_twice(city: City) -> None:
    city.people("mentee", 3)
    mentor = city.mentor(capacity=2)
    a_published_cycle(city)
    first, second = open_pairs(city)
    another = city.introduced(city.mentee(), mentor)
    decline(city, first)
    work(city)
    assert {pair["id"] for pair in open_pairs(city)} == {second["id"], another}, (
        "her place is taken meanwhile"
    )
    free = city.mentor()
    cycle = second["cycle"]
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    decline(city, second)
    work(city)
    held = [pair["mentee"] for pair in open_pairs(city) if pair["id"] != another]
    assert len(held) == len(set(held)), "one proposal for each, as the programme says"
    assert [pair["mentor"] for pair in open_pairs(city)].count(free) == 1


def test_conflicts_and_withdrawals_hold_for_what_is_offered_on(city: City) -> None:
    ana, bea, cleo = city.people("mentee", 3)
    mentor = city.mentor()
    cycle = a_published_cycle(city)
    (first,) = open_pairs(city)
    apart, gone = (one for one in (ana, bea, cleo) if one != first["mentee"])
    city.hear((mentor, MemberKeptApart((apart,), ())))
    mine = city.get("/me/applications", city.headers(gone)).body["items"]
    assert city.delete(f"/applications/{mine[0]['id']}", city.headers(gone)).status == 204
    city.later(days=7)
    assert work(city) > 0
    assert open_pairs(city) == []
    assert offered(city, cycle) == []


def applications(city: City, cycle: str) -> list[dict[str, Any]]:
    """As they are kept, whatever proposals their members hold."""
    listed = city.get(f"/cycles/{cycle}/applications").body["items"]
    return [one | {"standing": None} for one in listed]


def test_whoever_fits_nobody_waits_on_and_nobody_is_told_anything(city: City) -> None:
    city.mentee()
    city.people("mentee", 1, areas_wanted=(AreaWanted("cooking", 3),))
    city.mentor()
    a_published_cycle(city)
    work(city)
    (first,) = open_pairs(city)
    before = applications(city, first["cycle"])
    city.later(days=7)
    assert work(city) == 1
    assert open_pairs(city) == []
    assert applications(city, first["cycle"]) == before


def test_a_programme_can_leave_it_to_the_next_round(city: City) -> None:
    city.people("mentee", 2)
    city.mentor()
    cycle = a_published_cycle(city, offer_on=False)
    city.later(days=7)
    assert work(city) == 1
    assert open_pairs(city) == []
    assert len(city.post(f"/cycles/{cycle}/rounds", {}).body["proposals"]) == 1


def test_what_a_coordinator_or_a_touchpoint_brought_together_is_not_offered_on(city: City) -> None:
    ana, bo = city.mentee(), city.mentor()
    city.mentee()
    a_published_cycle(city)
    work(city)
    (held,) = open_pairs(city)
    introduced = city.introduced(ana if held["mentee"] != ana else city.mentee(), bo)
    decline(city, {"id": introduced, **city.get(f"/relationships/{introduced}").body})
    assert work(city) == 0
