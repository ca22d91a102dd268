"""R16: staff see their chapter only, and nothing crosses chapters but somebody who was lent with both chapters' consent."""

from collections.abc import Iterator
from typing import Any

import pytest

from shared.events.profiles import MemberConfirmed, MemberJoined, MemberKeptApart
from shared.events.sessions import ClockFlagged
from shared.ids import new_id
from tests.flows.matching_people import City, Couple, a_city, a_couple, made
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def ids(answer: Any) -> list[str]:
    assert answer.status == 200
    return [one["id"] for one in answer.body["items"]]


def a_draft(city: City) -> tuple[str, str]:
    """A cycle with one applicant on each side, and its draft."""
    city.mentee(), city.mentor()
    cycle = city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    return cycle, made(city.post(f"/cycles/{cycle}/rounds", {}))


def test_another_chapters_staff_read_nothing_by_its_id(city: City) -> None:
    couple, elsewhere = a_couple(city).until_trial(), City(city.stack)
    cycle, draft = a_draft(city)
    for path in (
        f"/relationships/{couple.id}",
        f"/cycles/{cycle}",
        f"/cycles/{cycle}/applications",
        f"/cycles/{cycle}/rounds",
        f"/rounds/{draft}",
        f"/rounds/{draft}/proposals",
        f"/rounds/{draft}/left-over",
    ):
        assert city.get(path).status == 200, f"{path} is not there at home: it could hide nothing"
        assert city.get(path, elsewhere.staff).status == 404, path


def test_another_chapters_staff_find_nothing_in_any_list(city: City) -> None:
    elsewhere = City(city.stack)
    a_draft(city)
    ana, bo = city.mentee(), city.mentor()
    city.hear((ana, MemberKeptApart((bo,), ())))
    city.introduced(ana, bo, override="They know.")
    city.post("/touchpoints", {"kind": "event", "name": "Walk", "members": [ana]})
    for path in ("/relationships", "/overrides", "/programmes", "/cycles", "/touchpoints"):
        assert ids(city.get(path)), f"{path} is empty at home: it could hide nothing"
        assert ids(elsewhere.get(path)) == [], path


def test_the_mondays_lists_are_of_ones_own_chapter(city: City) -> None:
    elsewhere = City(city.stack)
    a_draft(city)
    a_couple(city).until_voting()
    quiet = a_couple(city).until_trial()
    city.stack.clock.advance(days=1)
    since = city.stack.clock()
    city.hear((new_id("clk"), ClockFlagged(quiet.id, quiet.mentee, quiet.mentor, since)))
    city.hear((quiet.mentor, city.profile("mentor", capacity=0)))
    here, there = city.get("/coordinator").body, elsewhere.get("/coordinator").body
    for name in ("waiting", "votes_due", "quiet", "overloaded"):
        assert here[name], f"{name} is empty at home: it could hide nothing"
        assert there[name] == [], name
    assert (there["waiting_total"], there["votes_due_total"]) == (0, 0)


def test_another_chapters_staff_change_nothing(city: City) -> None:
    couple, elsewhere = a_couple(city).until_trial(), City(city.stack)
    cycle, draft = a_draft(city)
    walk = made(city.post("/touchpoints", {"kind": "group", "name": "Walk"}))
    before = seen(city, couple, cycle, draft)
    for path, body in (
        (f"/relationships/{couple.id}/ending", {"reason": "for_cause"}),
        (f"/relationships/{couple.id}/return", {"reason": "for_cause"}),
        (f"/cycles/{cycle}/rounds", {}),
        (f"/cycles/{cycle}/applications", {"everyone": True}),
        (f"/rounds/{draft}/publication", {}),
        (f"/touchpoints/{walk}/members", {"members": [elsewhere.staff_id]}),
        ("/introductions", {"mentee": couple.mentee, "mentor": elsewhere.mentor(), "reason": "Across."}),
        ("/introductions", {"mentee": elsewhere.mentee(), "mentor": couple.mentor, "reason": "Across."}),
    ):
        assert elsewhere.post(path, body).status == 404, path
    assert elsewhere.delete(f"/rounds/{draft}").status == 404
    event = {"kind": "event", "name": "Walk", "members": [couple.mentee]}
    assert elsewhere.post("/touchpoints", event).status == 422
    assert seen(city, couple, cycle, draft) == before


def seen(city: City, couple: Couple, cycle: str, draft: str) -> list[Any]:
    paths = (f"/relationships/{couple.id}", f"/cycles/{cycle}/rounds", f"/rounds/{draft}", "/touchpoints")
    return [city.get(path).body for path in paths]


def test_a_round_looks_at_nobody_of_another_chapter(city: City) -> None:
    elsewhere = City(city.stack)
    stranger, cycle = elsewhere.mentor(), city.cycle()
    ana = city.mentee()
    city.compass(ana)
    assert city.post("/applications", {"cycle": cycle, "role": "mentee"}, city.headers(ana)).status == 201
    across = {"cycle": cycle, "role": "mentor"}
    assert city.post("/applications", across, elsewhere.headers(stranger)).status == 404
    body = {"members": [{"member": stranger, "role": "mentor"}]}
    assert city.post(f"/cycles/{cycle}/applications", body).status == 422
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    drafted = city.post(f"/cycles/{cycle}/rounds", {}).body
    assert drafted["proposals"] == []
    assert {one["member"] for one in drafted["left_over"]} == {ana}


def test_whom_another_chapter_lent_is_matched_here_like_anybody(city: City) -> None:
    """Profiles makes her a member here once both coordinators consented (`via` crossing); matching needs to know no more."""
    guest = new_id("mem")
    city.hear(
        (guest, MemberJoined(("mentor",), "crossing")),
        (guest, MemberConfirmed(city.stack.clock())),
        (guest, city.profile("mentor", capacity=1)),
    )
    ana, cycle = city.mentee(), city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    (pair,) = city.post(f"/cycles/{cycle}/rounds", {}).body["proposals"]
    assert (pair["mentee"], pair["mentor"]) == (ana, guest)
