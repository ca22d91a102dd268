"""R7: whoever does not meet a programme's conditions hears it when she applies, with what she can do; who was entered sees it at once."""

from collections.abc import Iterator
from typing import Any

import pytest

from shared.events.profiles import Answer, AreaOffered, AreaWanted
from shared.ids import new_id
from tests.flows.matching_people import City, Reply, a_city
from tests.stack import Stack

FAITH = {"key": "faith", "match": "same", "sensitive": True, "mentee": 4, "mentor": 4}


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def apply(city: City, member: str, cycle: str, role: str = "mentee") -> Reply:
    if role == "mentee":
        city.compass(member)
    return city.post("/applications", {"cycle": cycle, "role": role}, city.headers(member, role))


def in_the_way(city: City, member: str) -> list[dict[str, Any]]:
    (mine,) = city.get("/me/applications", city.headers(member)).body["items"]
    return list(mine["in_the_way"])


CASES: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
    ("mentee", {"languages_any": ["fr", "de"]}, {"languages": ("de",)}, ["fr, de", "languages"]),
    ("mentee", {"areas_any": ["cooking"]}, {"areas_wanted": (AreaWanted("cooking", 1),)}, ["look for"]),
    ("mentor", {"areas_any": ["cooking"]}, {"areas_offered": (AreaOffered("cooking", 2),)}, ["can share"]),
    ("mentor", {"years_at_least": 20}, {"areas_offered": (AreaOffered("python", 20),)}, ["20 years"]),
    ("mentee", {"answers": {"stage": ["new"]}}, {"answers": (Answer("stage", "new"),)}, ["stage", "new"]),
]


@pytest.mark.parametrize(("role", "condition", "mended", "words"), CASES)
def test_a_refused_applicant_hears_which_condition_and_what_to_do_and_then_is_taken(
    city: City, role: str, condition: dict[str, Any], mended: dict[str, Any], words: list[str]
) -> None:
    member, cycle = city.people(role, 1)[0], city.cycle(city.programme(eligibility={role: condition}))
    refused = apply(city, member, cycle, role)
    assert (refused.status, refused.body["code"]) == (409, "not_eligible")
    (missed,) = refused.body["unmet"]
    assert missed["rule"] == next(iter(condition))
    assert all(word in missed["detail"] for word in words)
    assert missed["detail"] in refused.body["detail"]
    assert city.get("/me/applications", city.headers(member)).body["items"] == []
    city.hear((member, city.profile(role, **mended)))
    assert apply(city, member, cycle, role).status == 201
    assert in_the_way(city, member) == []


def test_every_condition_that_is_not_met_is_told_at_once(city: City) -> None:
    rules = {"mentee": {"languages_any": ["fr"], "answers": {"stage": ["new"]}}}
    member, cycle = city.mentee(), city.cycle(city.programme(eligibility=rules))
    unmet = apply(city, member, cycle).body["unmet"]
    assert [(one["rule"], one["question"]) for one in unmet] == [("languages_any", ""), ("answers", "stage")]


def test_whom_a_coordinator_enters_is_kept_and_sees_what_stands_in_the_way_before_any_round(
    city: City,
) -> None:
    rules = {"mentee": {"languages_any": ["fr"]}}
    member, cycle = city.mentee(), city.cycle(city.programme(eligibility=rules))
    unconfirmed = city.mentee(confirmed=False, languages=("fr",))
    body = {"members": [{"member": one, "role": "mentee"} for one in (member, unconfirmed)]}
    assert city.post(f"/cycles/{cycle}/applications", body).body["entered"] == 2
    (missed,) = in_the_way(city, member)
    assert (missed["code"], missed["rule"], missed["wanted"]) == ("not_eligible", "languages_any", ["fr"])
    assert [one["code"] for one in in_the_way(city, unconfirmed)] == ["not_confirmed"]
    city.hear((member, city.profile("mentor", languages=("fr",))))
    assert [one["code"] for one in in_the_way(city, member)] == ["not_in_role"]
    city.hear((member, city.profile("mentee", languages=("fr",))))
    assert in_the_way(city, member) == []


def test_a_withdrawn_application_has_nothing_in_its_way(city: City) -> None:
    rules = {"mentee": {"languages_any": ["fr"]}}
    member, cycle = city.mentee(), city.cycle(city.programme(eligibility=rules))
    city.post(f"/cycles/{cycle}/applications", {"members": [{"member": member, "role": "mentee"}]})
    (mine,) = city.get("/me/applications", city.headers(member)).body["items"]
    assert city.delete(f"/applications/{mine['id']}", city.headers(member)).status == 204
    assert in_the_way(city, member) == []
    assert apply(city, member, cycle).body["code"] == "not_eligible"


def test_whom_matching_has_not_heard_of_yet_is_not_refused_for_what_it_does_not_know(city: City) -> None:
    rules = {"mentor": {"languages_any": ["fr"]}}
    stranger, cycle = new_id("mem"), city.cycle(city.programme(eligibility=rules))
    assert apply(city, stranger, cycle, "mentor").status == 201


def test_a_sensitive_answer_neither_admits_nor_is_named_to_anybody_without_consent(city: City) -> None:
    rules = {"matching": {"questions": [FAITH]}, "eligibility": {"mentee": {"languages_any": ["fr"]}}}
    cycle = city.cycle(city.programme(**rules))
    silent, says = city.mentee(), city.mentee(answers=(Answer("faith", "one"),))
    told = [apply(city, member, cycle) for member in (silent, says)]
    assert told[0].body["unmet"] == told[1].body["unmet"]
    assert "faith" not in told[0].text + told[1].text
    refused = city.post(
        "/programmes",
        {"name": "n", "rules": {**rules, "eligibility": {"mentee": {"answers": {"faith": ["one"]}}}}},
    )
    assert refused.status == 422
