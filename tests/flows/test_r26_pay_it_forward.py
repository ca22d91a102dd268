"""R26: lineage grows with every completed relationship: a tree with names only by consent, counts otherwise, and never a cycle."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from services.profiles.kinds import NAMED
from shared.events.matching import LineageConsented
from shared.events.profiles import AreaOffered, AreaWanted
from shared.ids import new_id
from tests.flows import profiles_people as people
from tests.flows.matching_people import City, Couple, Headers, a_city
from tests.flows.sessions_people import announce
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


@dataclass(frozen=True)
class Somebody:
    """A member of profiles' own, who is both mentee and mentor."""

    stack: Stack
    city: City
    id: str
    name: str

    @property
    def headers(self) -> Headers:
        return self.city.headers(self.id)

    def agrees(self, named: bool) -> None:
        answer = self.city.ask("PUT", "/me/lineage", self.headers, json={"named": named})
        assert answer.status == 200
        self.stack.quiet(timers=False)

    def leaves(self) -> None:
        gone = people.ask(self.stack, "DELETE", f"{people.V1}/me", self.headers, json={"confirm": True})
        assert gone.status_code < 300, gone.text
        self.stack.quiet(timers=False)


@pytest.fixture
def line(city_of_names: City) -> list[Somebody]:
    """Three generations, whom profiles knows by name: each guided the next; and one whom none of them guided."""
    city, made = city_of_names, []
    for name in ("Ana Roth", "Bea Stein", "Cleo Thal", "Dora Uhl"):
        roles = {"roles": ["mentee", "mentor"], "name": name}
        id, headers = people.a_member(city.stack, city.chapter, f"{new_id('p')}@example.org", **roles)
        profile = {
            "languages": ["en"],
            "hours": [10, 11],
            "capacity": 3,
            "areas_offered": [{"area": "leadership", "years": 9}],
            "areas_wanted": [{"area": "leadership", "weight": 3}],
        }
        assert people.ask(city.stack, "PATCH", f"{people.V1}/me", headers, json=profile).status_code == 200
        made.append(Somebody(city.stack, city, id, name))
    city.stack.quiet(timers=False)
    ana, bea, cleo, _ = made
    for mentor, mentee in ((ana, bea), (bea, cleo)):
        guided(city, mentor.id, mentee.id)
    city.stack.quiet(timers=False)
    return made


def names(city: City, by: Headers, *asked: Somebody) -> list[str]:
    """The names that profiles tells this asker of these people."""
    ids = ",".join(one.id for one in asked)
    answer = city.stack.get(f"{people.V1}/me/lineage/names?ids={ids}", by)
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.get_json()["items"]]


@pytest.fixture
def city_of_names(stack: Stack) -> Iterator[City]:
    chapter = people.a_chapter(stack)
    stack.quiet(timers=False)
    yield City(stack, chapter=chapter)
    stack.running["matching"].room.store.db["timers"].delete_many({"chapter": chapter})


def test_a_name_is_told_two_generations_away_while_its_bearer_agrees(line: list[Somebody]) -> None:
    ana, bea, cleo, _ = line
    city = ana.city
    assert names(city, ana.headers, bea, cleo) == []
    cleo.agrees(True)
    assert names(city, ana.headers, bea, cleo) == ["Cleo Thal"]
    assert names(city, bea.headers, cleo) == ["Cleo Thal"]
    assert tree(city, ana.id)["guides"]["branches"][0]["beyond"][0]["member"] == cleo.id
    ana.agrees(True)
    assert names(city, cleo.headers, ana, bea) == ["Ana Roth"]
    cleo.agrees(False)
    assert names(city, ana.headers, bea, cleo) == []
    assert names(city, bea.headers, cleo, ana) == ["Ana Roth"]


def test_consent_names_nobody_outside_her_lineage_or_her_chapter(line: list[Somebody]) -> None:
    ana, bea, cleo, dora = line
    city = ana.city
    for one in line:
        one.agrees(True)
    everybody = (ana, bea, cleo, dora)
    assert names(city, ana.headers, *everybody) == ["Bea Stein", "Cleo Thal"]
    assert names(city, dora.headers, *everybody) == []
    assert names(city, city.staff, *everybody) == []
    elsewhere = city.stack.sign_in(ana.id, people.a_chapter(city.stack), "mentee", "mentor")
    assert names(city, elsewhere, *everybody) == []


def test_two_who_were_guided_by_one_are_not_named_to_each_other(line: list[Somebody]) -> None:
    ana, _, cleo, dora = line
    city = ana.city
    guided(city, ana.id, dora.id)
    for one in (cleo, dora):
        one.agrees(True)
    assert names(city, ana.headers, cleo, dora) == ["Cleo Thal", "Dora Uhl"]
    assert names(city, dora.headers, cleo) == []
    assert names(city, cleo.headers, dora) == []


def test_saying_the_same_again_announces_nothing(line: list[Somebody]) -> None:
    cleo = line[2]
    for named in (True, True, False, False):
        cleo.agrees(named)
    told = [
        one
        for one in cleo.stack.announced("matching", "cairn.lineage.consented.v1")
        if cleo.id in str(one["data"])
    ]
    assert [(one["aggregate"], one["seq"]) for one in told] == [
        (cleo.id.replace("mem_", "lin_"), 1),
        (cleo.id.replace("mem_", "lin_"), 2),
    ]


def test_an_erased_person_has_no_name_in_any_lineage_and_nobody_is_named_beyond_her(
    line: list[Somebody],
) -> None:
    ana, bea, cleo, _ = line
    city = ana.city
    for one in (ana, cleo):
        one.agrees(True)
    bea.leaves()
    assert names(city, ana.headers, bea, cleo) == []
    assert tree(city, ana.id)["guides"]["people"] == 2
    reader = city.stack.running["profiles"].room.store.reader(city.chapter)
    announce(city.stack, city.chapter, bea.id.replace("mem_", "lin_"), LineageConsented(bea.id, named=True))
    city.stack.quiet(timers=False)
    assert reader.load(NAMED, bea.id) is None
    late = city.ask("PUT", "/me/lineage", bea.headers, json={"named": True})
    assert (late.status, late.body["code"]) == (404, "not_found")
    assert reader.load(NAMED, cleo.id) is not None
    cleo.leaves()
    assert reader.load(NAMED, cleo.id) is None
