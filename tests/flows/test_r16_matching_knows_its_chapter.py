"""R16: staff see their chapter only, and nothing crosses chapters but somebody who was lent with both chapters' consent."""

from collections.abc import Iterator

import pytest

from shared.events.profiles import MemberConfirmed, MemberJoined
from shared.ids import new_id
from tests.flows.matching_people import City, a_city, a_couple
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def test_another_chapters_staff_find_nothing(city: City) -> None:
    couple, elsewhere = a_couple(city).until_trial(), City(city.stack)
    for path in (f"/relationships/{couple.id}", f"/relationships/{couple.id}/goals"):
        assert city.get(path, elsewhere.staff).status == 404
    assert elsewhere.get("/relationships").body["items"] == []
    assert (
        city.post(f"/relationships/{couple.id}/ending", {"reason": "for_cause"}, elsewhere.staff).status
        == 404
    )
    assert elsewhere.get("/coordinator").body["votes_due"] == []
    body = {"mentee": couple.mentee, "mentor": elsewhere.mentor(), "reason": "Across."}
    assert elsewhere.post("/introductions", body).status == 404
    event = {"kind": "event", "name": "Walk", "members": [couple.mentee]}
    assert elsewhere.post("/touchpoints", event).status == 422


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
