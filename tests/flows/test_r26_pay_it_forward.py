"""R26: lineage grows with every completed relationship: a tree with names only by consent, counts otherwise, and never a cycle."""

from collections.abc import Iterator
from typing import Any

import pytest

from shared.events.profiles import AreaOffered, AreaWanted
from tests.flows.matching_people import City, Couple, a_city
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def both(city: City) -> str:
    """Somebody who is a mentee here and a mentor there."""
    (id,) = city.people("mentee", 1)
    areas = {"areas_offered": (AreaOffered("python", 9),), "areas_wanted": (AreaWanted("python", 2),)}
    city.hear((id, city.profile("mentee", "mentor", capacity=3, **areas)))
    return id


def guided(city: City, mentor: str, mentee: str) -> Couple:
    return Couple(city, mentee, mentor, city.introduced(mentee, mentor)).until_completed()


def tree(city: City, member: str) -> Any:
    return city.get("/me/lineage", city.headers(member)).body


def test_lineage_counts_everybody_and_names_only_who_agreed(city: City) -> None:
    ana, bea, cleo, dora = (both(city) for _ in range(4))
    for mentor, mentee in ((ana, bea), (bea, cleo), (cleo, dora)):
        guided(city, mentor, mentee)
    down = tree(city, ana)["guides"]
    assert (down["depth"], down["people"], down["cut"]) == (3, 3, False)
    assert bea not in str(down)
    assert cleo not in str(down)
    named = city.ask("PUT", "/me/lineage", city.headers(cleo), json={"named": True})
    assert named.body["named"] is True
    (first,) = tree(city, ana)["guides"]["branches"]
    assert (first["member"], first["beyond"][0]["member"], first["beyond"][0]["steps"]) == (None, cleo, 2)
    assert tree(city, dora)["guided_by"]["people"] == 3
    city.ask("PUT", "/me/lineage", city.headers(cleo), json={"named": False})
    assert cleo not in str(tree(city, ana))


def test_guiding_somebody_who_guided_me_closes_no_cycle(city: City) -> None:
    ana, bea, cleo = (both(city) for _ in range(3))
    for mentor, mentee in ((ana, bea), (bea, cleo), (cleo, ana)):
        guided(city, mentor, mentee)
    shown = tree(city, ana)
    assert (shown["guides"]["people"], shown["guided_by"]["people"]) == (2, 0)
    assert tree(city, cleo)["guides"]["people"] == 0


def test_only_a_completed_relationship_counts(city: City) -> None:
    ana, bea = both(city), both(city)
    couple = Couple(city, bea, ana, city.introduced(bea, ana)).until_active()
    assert tree(city, ana)["guides"]["people"] == 0
    couple.ask("ending", {}, ana)
    assert tree(city, ana)["guides"]["people"] == 0
    assert city.events(couple.id)[-1] == "ended"


def test_completion_is_announced_so_that_the_mentee_can_be_invited(city: City) -> None:
    ana, bea = both(city), both(city)
    couple = guided(city, ana, bea)
    (event,) = [
        one
        for one in city.stack.announced("matching", "cairn.relationship.completed.v1")
        if one["aggregate"] == couple.id
    ]
    assert bea in str(event["data"])
