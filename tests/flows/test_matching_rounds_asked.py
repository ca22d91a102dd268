"""What a coordinator asks a round for: pairs that stay, points for groups and for the draft before; refused at once where it cannot be."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.matching.commands.jobs import Jobs
from services.matching.engine import EngineError, Options, Rules, snapshot, solve
from services.matching.kinds import ROUNDS
from shared.events.profiles import Answer
from shared.ids import new_id
from tests.flows.matching_people import City, a_city
from tests.flows.matching_rounds import a_draft, asked, until, work
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here
        for one in made_here.stack.running["matching"].room.store.reader(made_here.chapter).find(ROUNDS, {}):
            if one.to_compute:  # nobody else's worker is to have it
                assert made_here.post(f"/rounds/{one.id}/cancellation").status == 200


def test_a_calm_round_says_which_points_it_was_made_by_where_none_were_asked_for(city: City) -> None:
    cycle, _ = a_draft(city)
    made_here = city.post(f"/cycles/{cycle}/rounds", {"kind": "calm"}).body
    given = city.post(f"/cycles/{cycle}/rounds", {"kind": "calm", "calm": 0}).body
    assert (made_here["options"]["calm"], given["options"]["calm"]) == (Options().calm, 0)
    assert city.get(f"/rounds/{made_here['id']}").body["options"]["calm"] == Options().calm
    described = city.stack.ask("GET", "/api/matching/openapi.json", {}).get_json()
    told = described["components"]["schemas"]["NewRound"]["properties"]["calm"]["description"]
    assert f"{Options().calm} where none is given" in told


def test_what_was_asked_for_and_cannot_be_is_named(city: City) -> None:
    cycle, draft = a_draft(city, 2)
    elsewhere = city.cycle()
    one = city.get(f"/rounds/{draft}").body["proposals"][0]
    stranger = new_id("mem")
    for body, pointer in (
        ({"locked": [one_pair(one), {"mentee": stranger, "mentor": one["mentor"]}]}, "/locked/1/mentee"),
        ({"locked": [{"mentee": one["mentee"], "mentor": stranger}]}, "/locked/0/mentor"),
        ({"before": "rnd_x", "stay": 5}, "/before"),
        ({"bonus": {"industry/care": 5}}, "/bonus/industry~1care"),
        ({"bonus": {"chapter": 5}}, "/bonus/chapter"),
        ({"bonus": {"chapter/nowhere": 5}}, "/bonus/chapter~1nowhere"),
    ):
        answer = city.post(f"/cycles/{cycle}/rounds", body)
        assert (answer.status, [error["pointer"] for error in answer.body["errors"]]) == (422, [pointer])
    other = city.post(f"/cycles/{elsewhere}/rounds", {"before": draft, "stay": 5})
    assert [error["pointer"] for error in other.body["errors"]] == ["/before"]


def test_a_bonus_for_a_group_of_a_private_question_is_refused_at_once(city: City) -> None:
    asking = [
        {"key": "faith", "match": "same", "mentee": 5, "mentor": 5, "sensitive": True},
        {"key": "industry", "match": "same", "mentee": 5, "mentor": 5},
    ]
    given = (Answer("faith", "none"), Answer("industry", "care"))
    city.mentee(answers=given), city.mentor(answers=given)
    cycle = city.cycle(city.programme(matching={"questions": asking}))
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    at_once = city.staff
    for headers, drafted in ((at_once, 201), (at_once | {"Prefer": "respond-async"}, 202)):
        assert (
            city.post(f"/cycles/{cycle}/rounds", {"bonus": {"industry/care": 5}}, headers).status == drafted
        )
        refused = city.post(f"/cycles/{cycle}/rounds", {"bonus": {"faith/none": 5}}, headers)
        assert (refused.status, refused.body["errors"]) == (
            422,
            [
                {
                    "pointer": "/bonus/faith~1none",
                    "code": "bad_value",
                    "detail": "name a chapter, or a choice of one of the programme's questions",
                }
            ],
        )


@pytest.mark.parametrize("without_effect", ["stay", "bonus", "tolerance_ppm"])
def test_what_a_stable_round_does_not_count_is_refused_at_once_in_the_engines_words(
    city: City, without_effect: str
) -> None:
    cycle, draft = a_draft(city)
    points: dict[str, Any] = {
        without_effect: {f"chapter/{city.chapter}": 5} if without_effect == "bonus" else 5
    }
    asked = points | ({"before": draft} if without_effect == "stay" else {})
    with pytest.raises(EngineError) as engines:
        solve(snapshot([], Rules()), "stable", Options(**points))
    for headers in (city.staff, city.staff | {"Prefer": "respond-async"}):
        refused = city.post(f"/cycles/{cycle}/rounds", asked | {"kind": "stable"}, headers)
        assert (refused.status, refused.body["errors"]) == (
            422,
            [
                {
                    "pointer": f"/{without_effect}",
                    "code": "option_without_effect",
                    "detail": engines.value.detail,
                }
            ],
        )
    assert [one["id"] for one in city.get(f"/cycles/{cycle}/rounds").body["items"]] == [draft]


@pytest.mark.parametrize(
    ("preferred", "status"),
    [
        ("respond-async", 202),
        ("Respond-Async", 202),
        ("return=minimal,respond-async; wait=10", 202),
        ("respond-async;q=1", 202),
        ("wait=10", 201),
        ("", 201),
    ],
)
def test_who_would_rather_not_wait_says_so_as_http_has_it(city: City, preferred: str, status: int) -> None:
    answer = city.post(f"/cycles/{city.cycle()}/rounds", {}, city.staff | {"Prefer": preferred})
    assert answer.status == status


def one_pair(proposal: dict[str, Any]) -> dict[str, str]:
    return {"mentee": proposal["mentee"], "mentor": proposal["mentor"]}


def test_a_locked_pair_is_proposed_and_what_was_asked_for_is_shown(city: City) -> None:
    cycle, draft = a_draft(city, 4)
    pairs = city.get(f"/rounds/{draft}").body["proposals"]
    crossed = [
        {"mentee": pairs[0]["mentee"], "mentor": pairs[1]["mentor"]},
        {"mentee": pairs[1]["mentee"], "mentor": pairs[0]["mentor"]},
    ]
    asked = {
        "locked": crossed,
        "floor": 1,
        "before": draft,
        "stay": 7,
        "tolerance_ppm": 10,
        "bonus": {f"chapter/{city.chapter}": 3},
    }
    made_here = city.post(f"/cycles/{cycle}/rounds", asked).body
    assert [one_pair(one) for one in made_here["proposals"] if one_pair(one) in crossed] == crossed
    assert made_here["options"] == asked | {"calm": None}


@pytest.mark.parametrize("at", ["pinned", "draft"])
def test_an_answer_to_a_question_that_was_asked_since_the_round_was_counts_no_more_once_taken_back(
    city: City, at: str
) -> None:
    care = (Answer("industry", "care"),)
    ana, _ = city.mentee(answers=care), city.mentor(answers=care)
    programme = city.programme()
    cycle = city.cycle(programme)
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    this, one = asked(city, cycle), Jobs()
    asking = {"questions": [{"key": "industry", "match": "same", "mentee": 5, "mentor": 5}]}
    assert city.patch(f"/programmes/{programme}", {"rules": {"matching": asking}}).status == 200
    until(city, one, lambda job: at == "pinned" and bool(job.digest), this)
    city.hear((ana, city.profile("mentee")))
    work(city, one)
    shown = city.get(f"/rounds/{this}").body
    assert (shown["state"], shown["outdated"]) == ("draft", at == "draft")
    assert "answer" not in {
        reason["code"] for pair in shown["proposals"] for reason in pair["reasons_mentee"]
    }


def test_a_round_that_waited_is_of_when_its_people_were_read(city: City) -> None:
    cycle, before = a_draft(city)
    (ana,) = [one["mentee"] for one in city.get(f"/rounds/{before}").body["proposals"]]
    city.stack.clock.advance(minutes=1)
    this = asked(city, cycle)
    city.stack.clock.advance(minutes=1)
    assert city.post(f"/rounds/{before}/publication").body["published"] == 1
    (mine,) = city.get("/me/relationships", city.headers(ana)).body["items"]
    for member, says in ((mine["mentor"], "accept"), (ana, "decline")):
        assert city.answer(mine["id"], member, says).status == 200
    city.stack.clock.advance(minutes=1)
    work(city)
    shown = city.get(f"/rounds/{this}").body
    assert (shown["proposals_total"], shown["overtaken_by"]) == (0, None)
    city.post(f"/rounds/{this}/publication")
    (application,) = city.get("/me/applications", city.headers(ana)).body["items"]
    assert application["standing"] == "not_this_time"
