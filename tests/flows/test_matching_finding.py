"""A mentee finds mentors who could be hers: with her own reasons and the ways to meet, in an order that gives nothing private away."""

from datetime import timedelta
from typing import Any

import pytest

from services.matching.kinds import APPLICATIONS
from shared.ids import new_id
from tests.flows.matching_finding import (
    applied,
    entered,
    everything,
    languages_found,
    look,
    sharing_an_answer,
    speaking,
)
from tests.flows.matching_people import City, made

pytestmark = pytest.mark.usefixtures("read_anew_and_kept")


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


@pytest.mark.parametrize(("sensitive", "first"), [(False, ["fr", "de"]), (True, ["de", "fr"])])
def test_an_answer_moves_the_order_unless_it_is_sensitive(
    city: City, sensitive: bool, first: list[str]
) -> None:
    ana, fr = sharing_an_answer(city, sensitive=sensitive)
    assert languages_found(city, ana) == first
    assert ("faith" in look(city, ana).text) is not sensitive
    city.hear((fr, city.profile("mentor", languages=("en", "fr"), hours=(10,))))
    assert languages_found(city, ana) == ["de", "fr"]


def test_a_coordinator_finds_the_same_for_her(city: City) -> None:
    ana = city.mentee(**everything())
    speaking(city, "de", hours=(10,)), speaking(city, "fr", "it")
    cycle = entered(city)
    found = city.get(f"/cycles/{cycle}/discovery?mentee={ana}").body["items"]
    assert [one["reasons"] for one in found] == [one["reasons"] for one in look(city, ana).body["items"]]
    assert len(found) == 3


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
