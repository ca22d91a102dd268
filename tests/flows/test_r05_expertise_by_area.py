"""R5: the experience gap is judged for each area, so that a junior can be the expert in one."""

from typing import Any

from shared.events.profiles import AreaOffered, AreaWanted
from tests.flows.matching_people import City, a_city
from tests.stack import Stack


def drafted(city: City, programme: str) -> set[tuple[str, str]]:
    cycle = city.cycle(programme)
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    body = city.post(f"/cycles/{cycle}/rounds", {}).body
    return {(one["mentee"], one["mentor"]) for one in body["proposals"]}


def person(city: City, side: str, wants: dict[str, int], offers: dict[str, int]) -> str:
    (id,) = city.people(side, 1)
    areas: dict[str, Any] = {
        "areas_wanted": tuple(AreaWanted(area, weight) for area, weight in wants.items()),
        "areas_offered": tuple(AreaOffered(area, years) for area, years in offers.items()),
    }
    city.hear((id, city.profile(side, **areas)))
    return id


def test_a_junior_is_the_expert_in_the_one_area_where_she_is_ahead(stack: Stack) -> None:
    with a_city(stack) as city:
        senior = person(city, "mentee", {"video": 3}, {"sales": 20, "video": 0})
        junior = person(city, "mentor", {}, {"video": 4, "sales": 1})
        assert drafted(city, city.programme(matching={"min_gap_years": 2})) == {(senior, junior)}


def test_nobody_is_proposed_who_is_not_far_enough_ahead_in_the_area_wanted(stack: Stack) -> None:
    with a_city(stack) as city:
        senior = person(city, "mentee", {"sales": 3}, {"sales": 20})
        person(city, "mentor", {}, {"video": 4, "sales": 21})
        assert drafted(city, city.programme(matching={"min_gap_years": 2})) == set()
        by_area = {"min_gap_years": 2, "min_gap_years_by_area": {"sales": 1}}
        assert {mentee for mentee, _ in drafted(city, city.programme(matching=by_area))} == {senior}
