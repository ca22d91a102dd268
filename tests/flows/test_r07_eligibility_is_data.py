"""R7: who is admitted is data of each programme; an answer taken back moves nothing any more: no score, reason, list, draft or report."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.matching.commands import drafting as commands
from services.matching.commands import kept
from services.matching.engine import solve
from shared.events.profiles import Answer, AreaOffered
from tests.flows.matching_people import City, a_city, made
from tests.stack import Stack

ASKED = {"questions": [{"key": "industry", "match": "same", "mentee": 4, "mentor": 4}]}


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def draft(city: City, cycle: str) -> Any:
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    answer = city.post(f"/cycles/{cycle}/rounds", {})
    assert answer.status == 201
    return answer.body


def industry(value: str = "care") -> tuple[Answer, ...]:
    return (Answer("industry", value),)


def test_two_programmes_with_different_rules_admit_different_people_from_one_pool(city: City) -> None:
    young, old = (
        city.mentee(answers=(Answer("stage", "student"),)),
        city.mentee(answers=(Answer("stage", "lead"),)),
    )
    junior, senior = city.mentor(), city.mentor(areas_offered=(AreaOffered("python", 25),))
    first = city.programme(eligibility={"mentee": {"answers": {"stage": ["student"]}}})
    second = city.programme(
        eligibility={"mentee": {"answers": {"stage": ["lead"]}}, "mentor": {"years_at_least": 20}}
    )
    one, two = draft(city, city.cycle(first)), draft(city, city.cycle(second))
    assert {pair["mentee"] for pair in one["proposals"]} == {young}
    assert {(pair["mentee"], pair["mentor"]) for pair in two["proposals"]} == {(old, senior)}
    left = {(one["member"], one["code"]) for one in two["left_over"]}
    assert left == {(young, "not_eligible"), (junior, "not_eligible")}


def test_eligibility_is_checked_again_when_the_round_goes_out(city: City) -> None:
    ana, _ = city.mentee(languages=("en", "fr")), city.mentor()
    made_here = draft(city, city.cycle(city.programme(eligibility={"mentee": {"languages_any": ["fr"]}})))
    assert len(made_here["proposals"]) == 1
    city.hear((ana, city.profile("mentee", languages=("en",))))
    assert city.post(f"/rounds/{made_here['id']}/publication").body["skipped"] == 1


@pytest.mark.parametrize(
    ("eligibility", "pointer", "code"),
    [
        ([], "", "bad_value"),
        ({"boss": {}}, "/boss", "unknown_rule"),
        ({"mentee": {"star_sign": ["lion"]}}, "/mentee/star_sign", "unknown_rule"),
        ({"mentee": {"years_at_least": -1}}, "/mentee/years_at_least", "out_of_bounds"),
        ({"mentor": {"answers": {"health": ["good"]}}}, "/mentor/answers/health", "sensitive_question"),
        ({"mentor": {"languages_any": []}}, "/mentor/languages_any", "bad_value"),
    ],
)
def test_rules_that_cannot_be_accepted_are_pointed_at(
    city: City, eligibility: Any, pointer: str, code: str
) -> None:
    health = {"questions": [{"key": "health", "match": "same", "sensitive": True}]}
    body = {"name": "n", "rules": {"matching": health, "eligibility": eligibility}}
    (error,) = city.post("/programmes", body).body["errors"]
    assert (error["pointer"], error["code"]) == (f"/rules/eligibility{pointer}", code)


def test_an_answer_taken_back_moves_no_score_any_more(city: City) -> None:
    ana, bo = city.mentee(answers=industry()), city.mentor(answers=industry())
    cycle = city.cycle(city.programme(matching=ASKED))
    (before,) = draft(city, cycle)["proposals"]
    assert "answer" in {reason["code"] for reason in before["reasons_mentee"]}
    city.hear((ana, city.profile("mentee")))
    (after,) = draft(city, cycle)["proposals"]
    assert (after["mentee"], after["mentor"]) == (ana, bo)
    assert (before["u"] - after["u"], before["v"] - after["v"]) == (4, 4)
    assert "answer" not in {reason["code"] for reason in after["reasons_mentee"]}


def test_a_draft_made_with_it_is_refused_and_hides_what_depended_on_it(city: City) -> None:
    ana = city.mentee(answers=industry())
    city.mentor(answers=industry())
    city.mentee()  # one is left over
    cycle = city.cycle(city.programme(matching=ASKED))
    id = draft(city, cycle)["id"]
    assert city.get(f"/rounds/{id}").body["left_over"]
    city.hear((ana, city.profile("mentee")))
    hidden = city.get(f"/rounds/{id}").body
    assert (hidden["outdated"], hidden["proposals"], hidden["left_over"], hidden["report"]) == (
        True,
        [],
        [],
        {},
    )
    assert city.get(f"/rounds/{id}/proposals").body["items"] == []
    refused = city.post(f"/rounds/{id}/publication")
    assert (refused.status, refused.body["code"]) == (409, "draft_outdated")
    assert city.get("/me/relationships", city.headers(ana)).body["items"] == []
    anew = made(city.post(f"/cycles/{cycle}/rounds", {}))
    assert city.post(f"/rounds/{anew}/publication").status == 200


def test_all_drafts_made_with_it_are_refused_however_many_there_are(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "ROUNDS_AT_ONCE", 2)
    ana, _ = city.mentee(answers=industry()), city.mentor(answers=industry())
    programme = city.programme(matching=ASKED)
    cycles = [city.cycle(programme) for _ in range(2)]
    made_here = []
    for number in range(7):
        made_here.append(draft(city, cycles[number // 5])["id"])
        city.stack.clock.advance(seconds=number % 2)
    city.hear((ana, city.profile("mentee")))
    assert [city.get(f"/rounds/{id}").body["outdated"] for id in made_here] == [True] * 7


def test_reasons_and_scores_of_what_went_out_before_do_not_name_it_any_more(city: City) -> None:
    ana, bo = city.mentee(answers=industry()), city.mentor(answers=industry())
    id = draft(city, city.cycle(city.programme(matching=ASKED)))["id"]
    assert city.post(f"/rounds/{id}/publication").body["published"] == 1

    def codes(member: str) -> set[str]:
        (mine,) = city.get("/me/relationships", city.headers(member)).body["items"]
        return {reason["code"] for reason in mine["reasons"]}

    assert "answer" in codes(ana) & codes(bo)
    city.hear((bo, city.profile("mentor")))
    assert "answer" not in codes(ana) | codes(bo)
    assert codes(ana)
    seen = city.get(f"/rounds/{id}").body
    (pair,) = seen["proposals"]
    assert (pair["mentee"], pair["u"], pair["reasons_mentee"], seen["report"]) == (ana, None, [], {})


def test_an_answer_that_a_programme_does_not_ask_for_outdates_nothing(city: City) -> None:
    ana, _ = city.mentee(answers=(*industry(), Answer("hobby", "chess"))), city.mentor(answers=industry())
    id = draft(city, city.cycle(city.programme(matching=ASKED)))["id"]
    city.hear((ana, city.profile("mentee", answers=industry())))
    assert city.get(f"/rounds/{id}").body["outdated"] is False
    elsewhere = city.mentee(answers=industry())  # she never applied to that cycle
    city.hear((elsewhere, city.profile("mentee")))
    assert city.post(f"/rounds/{id}/publication").body["published"] == 1


def test_an_answer_taken_back_while_the_round_is_computed_leaves_no_draft(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = city.mentee(answers=industry())
    city.mentor(answers=industry())
    cycle = city.cycle(city.programme(matching=ASKED))
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})

    def slowly(*args: Any) -> Any:
        city.hear((ana, city.profile("mentee")))
        return solve(*args)

    monkeypatch.setattr(commands, "solve", slowly)
    busy = city.post(f"/cycles/{cycle}/rounds", {})
    assert (busy.status, busy.body["code"]) == (503, "try_again")
    assert city.get(f"/cycles/{cycle}/rounds").body["items"] == []
