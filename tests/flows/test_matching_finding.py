"""A mentee finds mentors who could be hers: with her own reasons and the ways to meet, and nothing of anybody's private answers."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from services.matching.commands import discovering, waiting
from services.matching.kinds import APPLICATIONS
from shared.errors import Refused
from shared.events.profiles import (
    Answer,
    AreaWanted,
    MemberConfirmed,
    MemberErased,
    MemberJoined,
    MemberKeptApart,
)
from shared.ids import new_id
from tests.flows.matching_people import City, Reply, a_city, made
from tests.stack import Stack


@pytest.fixture(params=[True, False], ids=["read anew", "kept"])
def city(stack: Stack, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    """In a cycle whose mentors are read at each look, and in one that is large enough for them to be kept."""
    if not request.param:
        monkeypatch.setattr(discovering, "MENTORS_AT_ONCE", 0)
        monkeypatch.setattr(waiting, "PAGES_AT_ONCE", 0)
    with a_city(stack) as made_here:
        yield made_here


def entered(city: City, **rules: Any) -> str:
    """A cycle in which everybody waits."""
    cycle = city.cycle(city.programme(**rules))
    assert city.post(f"/cycles/{cycle}/applications", {"everyone": True}).status == 200
    return cycle


def applied(city: City, member: str, role: str = "mentee") -> str:
    """The id of her application."""
    items = city.get("/me/applications", city.headers(member)).body["items"]
    return str(next(one["id"] for one in items if one["role"] == role))


def look(city: City, member: str) -> Reply:
    answer = city.get(f"/applications/{applied(city, member)}/mentors", city.headers(member, "mentee"))
    assert answer.status == 200, answer.text
    return answer


def languages_found(city: City, member: str) -> list[str]:
    """The mentors that she finds, told apart by the one language that each speaks beside English."""
    return [
        next(reason["key"] for reason in one["reasons"] if reason["key"] not in (None, "en", "faith"))
        for one in look(city, member).body["items"]
    ]


def speaking(city: City, *languages: str, **more: Any) -> list[str]:
    return [city.mentor(languages=("en", language), **more) for language in languages]


def everything(**more: Any) -> dict[str, Any]:
    return {"languages": ("en", "de", "fr", "it", "es"), **more}


def test_a_mentee_reads_her_own_reasons_and_the_ways_to_meet_and_nothing_else(city: City) -> None:
    ana, bo = city.mentee(), city.mentor()
    cycle = entered(city)
    at = city.stack.clock() + timedelta(days=3)
    walk = made(city.post("/touchpoints", {"kind": "event", "name": "Spring walk", "at": at.isoformat()}))
    chess = made(city.post("/touchpoints", {"kind": "group", "name": "Chess", "open": True, "members": [bo]}))
    found = look(city, ana)
    assert found.body == {
        "cycle": cycle,
        "why": None,
        "in_the_way": [],
        "changes": [],
        "items": [
            {
                "mentor": None,
                "reasons": [
                    {"code": "wants", "value": 10, "area": "python", "key": None},
                    {"code": "gap", "value": 10, "area": "python", "key": None},
                    {"code": "hours", "value": 2, "area": None, "key": None},
                    {"code": "languages", "value": 1, "area": None, "key": "en"},
                ],
                "bridge": [
                    {
                        "route": "event",
                        "touchpoint": walk,
                        "name": "Spring walk",
                        "at": at.isoformat(),
                        "detail": "Meet at this event of the chapter, which you both may attend.",
                    },
                    {
                        "route": "group",
                        "touchpoint": chess,
                        "name": "Chess",
                        "detail": "Join this group of the chapter; a coordinator adds you.",
                    },
                    {
                        "route": "coordinator",
                        "members": [city.staff_id],
                        "detail": "Ask a coordinator of your chapter to introduce you.",
                    },
                ],
            }
        ],
    }
    assert bo not in found.text
    refused = city.post("/requests", {"to": bo}, city.headers(ana))
    assert (refused.status, refused.body["bridge"]) == (403, found.body["items"][0]["bridge"])


def test_whom_she_has_met_she_can_ask(city: City) -> None:
    ana = city.mentee(**everything())
    (bo,) = speaking(city, "de")
    city.mentor(languages=("en", "fr"))
    entered(city)
    city.post("/touchpoints", {"kind": "event", "name": "Open evening", "members": [ana, bo]})
    later = (city.stack.clock() + timedelta(days=1)).isoformat()
    everybody = {"kind": "event", "name": "To come", "at": later, "members": [ana, bo]}
    city.post("/touchpoints", everybody)
    first, second = look(city, ana).body["items"]
    assert sorted([first["mentor"] or "", second["mentor"] or ""]) == ["", bo]
    met, other = (first, second) if first["mentor"] else (second, first)
    assert met["bridge"] == []
    assert [way["route"] for way in other["bridge"]] == ["event", "coordinator"]
    assert city.post("/requests", {"to": bo}, city.headers(ana)).status == 201


def test_an_event_to_come_is_no_meeting_yet(city: City) -> None:
    ana, bo = city.mentee(), city.mentor()
    entered(city)
    later = (city.stack.clock() + timedelta(days=1)).isoformat()
    city.post("/touchpoints", {"kind": "event", "name": "To come", "at": later, "members": [ana, bo]})
    assert [one["mentor"] for one in look(city, ana).body["items"]] == [None]
    city.stack.clock.advance(days=2)
    assert [one["mentor"] for one in look(city, ana).body["items"]] == [bo]


def test_mentors_whose_places_others_need_more_come_later_and_no_figure_says_so(city: City) -> None:
    ana = city.mentee(**everything(hours=(10, 11, 12)))
    city.mentor(languages=("en", "de"), hours=(10, 11, 12, 13))
    city.mentor(languages=("en", "fr"), hours=(10, 11))
    city.people("mentee", 3, hours=(12, 13), languages=("de",))
    cycle = entered(city)
    assert languages_found(city, ana) == ["de", "fr"]
    city.post(f"/cycles/{cycle}/rounds", {})
    assert languages_found(city, ana) == ["fr", "de"]
    city.stack.clock.advance(minutes=1)
    city.post(f"/cycles/{cycle}/rounds", {"floor": 5_000})
    assert languages_found(city, ana) == ["de", "fr"], "the last round proposes nobody"
    text = look(city, ana).text
    assert not any(f'"{figure}"' in text for figure in ("w", "u", "v", "price", "rank_by", "points", "seats"))


def test_a_coordinator_finds_the_same_for_her(city: City) -> None:
    ana = city.mentee(**everything())
    speaking(city, "de", hours=(10,)), speaking(city, "fr", "it")
    cycle = entered(city)
    found = city.get(f"/cycles/{cycle}/discovery?mentee={ana}").body["items"]
    assert [one["reasons"] for one in found] == [one["reasons"] for one in look(city, ana).body["items"]]
    assert len(found) == 3


def test_who_is_kept_from_her_is_not_there_and_all_else_is_the_same(city: City) -> None:
    (ana, eva), profile = city.people("mentee", 2, **everything()), ("de", "fr", "it")
    apart, excluded, both = speaking(city, *profile)
    entered(city)
    assert sorted(languages_found(city, ana)) == ["de", "fr", "it"]
    city.hear((apart, MemberKeptApart((ana,), (ana,))))
    city.hear((ana, MemberKeptApart((excluded,), ())))
    city.hear((both, city.profile("mentor", languages=("en", "it"), groups=("g1",))))
    city.hear((ana, city.profile("mentee", **everything(groups=("g1",)))))
    nobody = look(city, ana).body
    assert (nobody["why"], nobody["items"], nobody["changes"]) == ("nobody", [], [])
    city.hear((apart, MemberKeptApart((), ())))
    one = look(city, ana).body["items"]
    assert one == [each for each in look(city, eva).body["items"] if each in one]
    assert len(one) == 1


@pytest.mark.parametrize("gone", ["withdrawn", "erased", "no place", "no mentor any more", "paired"])
def test_whoever_could_not_be_hers_now_is_not_there(city: City, gone: str) -> None:
    ana, eva = city.mentee(), city.mentee()
    bo = city.mentor()
    entered(city)
    assert len(look(city, ana).body["items"]) == 1
    match gone:
        case "withdrawn":
            assert city.delete(f"/applications/{applied(city, bo, 'mentor')}", city.headers(bo)).status == 204
        case "erased":
            city.hear((bo, MemberErased()))
        case "no place":
            city.hear((bo, city.profile("mentor", capacity=0)))
        case "no mentor any more":
            city.hear((bo, city.profile("mentee")))
        case "paired":
            city.introduced(eva, bo)
    assert look(city, ana).body["why"] == "nobody"


def test_who_has_not_confirmed_is_not_there_until_she_has(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, bo = city.mentee(), city.mentor(confirmed=False)
    entered(city)
    assert look(city, ana).body["why"] == "nobody"
    city.hear((bo, MemberConfirmed(city.stack.clock())))
    monkeypatch.setattr(waiting, "KEPT_S", 0)
    assert len(look(city, ana).body["items"]) == 1


def sharing_an_answer(city: City, *, sensitive: bool) -> tuple[str, str]:
    """A mentee, and the mentor who speaks "fr" and gave the answer that she gave; another, "de", has more hours in common with her."""
    asking = [{"key": "faith", "match": "same", "mentee": 50, "mentor": 50, "sensitive": sensitive}]
    given = (Answer("faith", "none"),)
    ana = city.mentee(**everything(answers=given))
    speaking(city, "de", hours=(10, 11))
    (fr,) = speaking(city, "fr", hours=(10,), answers=given)
    entered(city, matching={"questions": asking})
    return ana, fr


@pytest.mark.parametrize(("sensitive", "first"), [(False, ["fr", "de"]), (True, ["de", "fr"])])
def test_an_answer_moves_the_order_unless_it_is_sensitive(
    city: City, sensitive: bool, first: list[str]
) -> None:
    ana, fr = sharing_an_answer(city, sensitive=sensitive)
    assert languages_found(city, ana) == first
    assert "faith" not in look(city, ana).text or not sensitive
    city.hear((fr, city.profile("mentor", languages=("en", "fr"), hours=(10,))))
    assert languages_found(city, ana) == ["de", "fr"]


def test_she_is_told_why_there_is_nobody(city: City) -> None:
    ana = city.mentee(languages=("xx",))
    bos = city.people("mentor", 3)
    cycle = entered(city)
    lonely = look(city, ana).body
    kept = discovering.MENTORS_AT_ONCE == 0  # kept mentors do not say whom they keep away, so no count does
    english = {"code": "language", "people": 3, "name": "en", "value": None}
    assert (lonely["why"], lonely["changes"]) == ("nobody", [] if kept else [english])
    city.hear((ana, city.profile("mentee")))
    assert len(look(city, ana).body["items"]) == 3
    pair = city.introduced(ana, bos[0], programme=city.get(f"/cycles/{cycle}").body["programme"])
    full = look(city, ana).body
    assert (full["why"], full["items"]) == ("no_seat", [])
    for member in (ana, bos[0]):
        city.answer(pair, member, "decline")
    assert len(look(city, ana).body["items"]) == 2
    assert city.delete(f"/applications/{applied(city, ana)}", city.headers(ana)).status == 204
    assert look(city, ana).body["why"] == "withdrawn"


@pytest.mark.parametrize("by", ["her", "the mentor"])
def test_no_count_tells_that_somebody_is_kept_from_her(city: City, by: str) -> None:
    ana = city.mentee(languages=("xx",))
    bos = city.people("mentor", 4)
    entered(city)
    counted = {one["people"] for one in look(city, ana).body["changes"]}
    apart = (ana, bos[0]) if by == "her" else (bos[0], ana)
    city.hear((apart[0], MemberKeptApart((apart[1],), ())))
    told = {one["people"] for one in look(city, ana).body["changes"]}
    assert told == {people - 1 for people in counted}


def test_who_cannot_be_taken_as_she_is_reads_what_she_can_do(city: City) -> None:
    ana, _ = city.mentee(), city.mentor()
    eva = city.mentee(confirmed=False)
    entered(city, eligibility={"mentee": {"areas_any": ["cooking"]}})
    told = look(city, ana).body
    assert (told["why"], told["items"]) == ("in_the_way", [])
    assert [(one["code"], one["wanted"]) for one in told["in_the_way"]] == [("not_eligible", ["cooking"])]
    assert [one["code"] for one in look(city, eva).body["in_the_way"]] == ["not_confirmed"]


def test_a_proposal_that_only_keeps_her_wish_for_no_contact_from_showing_takes_no_place_of_hers(
    city: City,
) -> None:
    ana = city.mentee(**everything())
    de, _ = speaking(city, "de", "fr")
    entered(city)
    city.introduced(ana, de)
    assert look(city, ana).body["why"] == "no_seat"
    city.hear((ana, MemberKeptApart((de,), (de,))))
    assert languages_found(city, ana) == ["fr"]


def test_only_the_one_who_applied_as_a_mentee_looks(city: City) -> None:
    ana, eva, bo = city.mentee(), city.mentee(), city.mentor()
    cycle = entered(city)
    path = f"/applications/{applied(city, ana)}/mentors"
    stranger = new_id("mem")
    for by in (city.headers(eva), city.headers(bo), city.staff, city.headers(stranger)):
        assert city.get(path, by).status == 404
    assert city.get(f"/applications/{applied(city, bo, 'mentor')}/mentors", city.headers(bo)).status == 404
    elsewhere = City(city.stack)
    assert city.get(path, elsewhere.headers(ana)).status == 404
    assert city.get(path, {}).status == 401
    assert city.get(f"/cycles/{cycle}/discovery?mentee={ana}", city.headers(ana)).status == 403


def test_a_look_changes_nothing_and_is_announced_to_nobody(city: City) -> None:
    ana, _ = city.mentee(), city.mentor()
    entered(city)
    database = city.stack.running["matching"].room.store.db
    application = applied(city, ana)

    def documents() -> dict[str, Any]:
        names = sorted(set(database.list_collection_names()) - {"system.profile"})
        return {name: database[name].estimated_document_count() for name in names}

    before, stood = documents(), database[APPLICATIONS.collection].find_one({"_id": application})
    look(city, ana)
    assert documents() == before
    assert database[APPLICATIONS.collection].find_one({"_id": application}) == stood


def test_somebody_who_is_both_does_not_find_herself(city: City) -> None:
    ana = new_id("mem")
    city.hear(
        (ana, MemberJoined(("mentee", "mentor"), "import")),
        (ana, MemberConfirmed(city.stack.clock())),
        (ana, city.profile("mentee", "mentor", areas_wanted=(AreaWanted("python", 3),))),
    )
    entered(city)
    assert look(city, ana).body["why"] == "nobody"


def test_where_the_best_are_kept_from_her_others_are_found(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovering, "READ_ANEW", 1)
    ana = city.mentee(**everything(hours=(10, 11, 12)))
    for mentor in speaking(city, "de", "fr", hours=(10, 11, 12)):
        city.hear((mentor, MemberKeptApart((ana,), ())))
    speaking(city, "it", hours=(10,))
    entered(city)
    assert languages_found(city, ana) == ["it"]


@pytest.mark.parametrize(("sensitive", "first"), [(False, ["fr"]), (True, ["de"])])
def test_an_answer_decides_whom_she_might_find_unless_it_is_sensitive(
    city: City, monkeypatch: pytest.MonkeyPatch, sensitive: bool, first: list[str]
) -> None:
    monkeypatch.setattr(discovering, "READ_ANEW", 1)
    monkeypatch.setattr(discovering, "FOUND_MOST", 1)
    ana, fr = sharing_an_answer(city, sensitive=sensitive)
    assert languages_found(city, ana) == first
    city.hear((fr, city.profile("mentor", languages=("en", "fr"), hours=(10,))))
    assert languages_found(city, ana) == ["de"]


def test_who_comes_later_is_found_once_the_mentors_are_read_again(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, _ = city.mentee(), city.mentor()
    cycle = entered(city)
    assert len(look(city, ana).body["items"]) == 1
    city.mentor()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    kept = discovering.MENTORS_AT_ONCE == 0
    assert len(look(city, ana).body["items"]) == (1 if kept else 2)
    monkeypatch.setattr(waiting, "KEPT_S", 0)
    assert len(look(city, ana).body["items"]) == 2


def test_too_many_to_look_through_is_said(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, _ = city.mentee(), city.mentor()
    entered(city)
    monkeypatch.setattr(waiting, "MENTORS_MOST", 0)
    answer = city.get(f"/applications/{applied(city, ana)}/mentors", city.headers(ana))
    assert (answer.status, answer.body["code"]) == (409, "too_large_to_look")


def test_nobody_waits_long_for_mentors_that_another_look_reads(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, _ = city.mentee(), city.mentor()
    entered(city)
    monkeypatch.setattr(discovering, "MENTORS_AT_ONCE", 0)
    mentors, over = waiting.Kept[Any](), threading.Event()
    monkeypatch.setattr(waiting, "_MENTORS", mentors)
    monkeypatch.setattr(waiting, "WAIT_S", 0.01)
    path = f"/applications/{applied(city, ana)}/mentors"
    with pytest.raises(Refused):
        mentors.get("another cycle", 0, lambda: over.wait(60))
    answer = city.get(path, city.headers(ana))
    assert (answer.status, answer.body["code"]) == (409, "look_again")
    over.set()
    monkeypatch.setattr(waiting, "WAIT_S", 60)
    assert len(look(city, ana).body["items"]) == 1


def test_what_could_not_be_read_is_read_again() -> None:
    kept = waiting.Kept[int]()
    with pytest.raises(ZeroDivisionError):
        kept.get("a cycle", 0, lambda: 1 // 0)
    assert kept.get("a cycle", 0, lambda: 1) == 1
    assert kept.get("a cycle", 0, lambda: 2) == 1
    assert kept.get("a cycle", 1, lambda: 3) == 3


def test_few_cycles_are_kept_and_the_one_used_longest_ago_makes_room() -> None:
    kept = waiting.Kept[int]()
    for cycle in range(waiting.CYCLES_KEPT):
        kept.get(str(cycle), 0, lambda: 1)
    kept.get("0", 0, lambda: 2), kept.get("one more", 0, lambda: 2)
    assert [kept.get(cycle, 0, lambda: 3) for cycle in ("0", "one more", "1")] == [1, 2, 3]
