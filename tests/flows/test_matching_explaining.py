"""Why a round proposes two people, or does not; what would help those left over; two rounds side by side."""

import json
from typing import Any

import pytest

from services.matching.commands import discovering, drafting, explaining, kept, waiting
from shared.events.profiles import Answer, AreaWanted, MemberErased, MemberKeptApart
from shared.ids import new_id
from tests.flows.matching_people import City, a_city
from tests.flows.matching_rounds import asked, work


def a_draft(city: City, **body: Any) -> dict[str, Any]:
    cycle = city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    answer = city.post(f"/cycles/{cycle}/rounds", body)
    assert answer.status == 201, answer.text
    return dict(answer.body)


def why(city: City, draft: str, mentee: str, mentor: str) -> dict[str, Any]:
    answer = city.get(f"/rounds/{draft}/explanation?mentee={mentee}&mentor={mentor}")
    assert answer.status == 200, answer.text
    return dict(answer.body)


def test_a_proposal_is_explained_by_its_own_parts_and_reasons(city: City) -> None:
    city.people("mentee", 2), city.people("mentor", 2)
    draft = a_draft(city)
    for published in (False, True):
        one = draft["proposals"][0]
        told = why(city, draft["id"], one["mentee"], one["mentor"])
        assert (told["proposed"], told["stops"], told["price"]) == (True, [], None)
        assert (told["u"], told["v"], told["w"]) == (one["u"], one["v"], one["w"])
        assert sum(part["points"] for part in told["parts_mentee"]) == one["u"]
        assert told["reasons_mentor"] == one["reasons_mentor"]
        if not published:
            assert city.post(f"/rounds/{draft['id']}/publication").status == 200


def test_a_pair_that_a_rule_stops_is_explained_by_its_code_and_not_by_whose_wish_it_was(city: City) -> None:
    ana, bo, cy = city.mentee(), city.mentor(), city.mentor(languages=("xx",))
    city.hear((bo, MemberKeptApart((ana,), ())))
    draft = a_draft(city)
    assert draft["proposals"] == []
    assert why(city, draft["id"], ana, bo)["stops"] == [{"code": "exclusion", "by": "pair"}]
    assert why(city, draft["id"], ana, cy)["stops"] == [{"code": "language", "by": "pair"}]


def test_two_who_were_brought_together_before_are_explained_by_that_and_not_by_a_wish(city: City) -> None:
    ana, bo = city.mentee(), city.mentor(capacity=2)
    pair = city.introduced(ana, bo)
    draft = a_draft(city)["id"]
    assert why(city, draft, ana, bo)["stops"] == [{"code": "already_paired", "by": "pair"}]
    for member in (ana, bo):
        assert city.answer(pair, member, "decline").status == 200
    assert why(city, draft, ana, bo)["stops"] == [{"code": "paired_before", "by": "pair"}]
    city.hear((bo, MemberKeptApart((ana,), ())))
    assert why(city, draft, ana, bo)["stops"] == [{"code": "exclusion", "by": "pair"}]
    city.hear((bo, MemberKeptApart((), ())))
    for member in (ana, bo):
        assert city.post(f"/relationships/{pair}/again", {}, city.headers(member)).status == 200
    assert why(city, draft, ana, bo)["stops"] == []


def test_a_pair_that_others_are_worth_more_than_is_explained_by_what_its_places_bring_them(
    city: City,
) -> None:
    keen = city.mentee(areas_wanted=(AreaWanted("python", 3),), hours=(10, 11, 12, 13))
    other = city.mentee(areas_wanted=(AreaWanted("python", 1),), hours=(10,))
    mentor = city.mentor(hours=(10, 11, 12, 13))
    draft = a_draft(city)
    assert [(one["mentee"], one["mentor"]) for one in draft["proposals"]] == [(keen, mentor)]
    told = why(city, draft["id"], other, mentor)
    (seat,) = draft["prices"]
    assert (told["proposed"], told["eligible"], told["stops"]) == (False, True, [])
    assert seat == {"mentor": mentor, "points": told["w"]}
    price = told["price"]
    assert price["missing"] == price["mentee_price"] + price["mentor_price"] - told["w"] - price["extra"] >= 0
    assert price["mentor_price"] == seat["points"]


def test_no_price_argues_where_nobody_can_tell_any_more_who_was_a_pair_before(city: City) -> None:
    keen = city.mentee(areas_wanted=(AreaWanted("python", 3),), hours=(10, 11, 12, 13))
    other = city.mentee(areas_wanted=(AreaWanted("python", 1),), answers=(Answer("industry", "care"),))
    mentor = city.mentor(hours=(10, 11, 12, 13))
    cycle = city.cycle(city.programme(matching={"questions": [{"key": "industry", "match": "same"}]}))
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    before = city.post(f"/cycles/{cycle}/rounds", {}).body["id"]
    wanted = {"before": before, "stay": 7, "bonus": {"industry/care": 100}}
    draft = city.post(f"/cycles/{cycle}/rounds", wanted).body
    assert [(one["mentee"], one["mentor"]) for one in draft["proposals"]] == [(other, mentor)]
    price = why(city, draft["id"], keen, mentor)["price"]
    assert (price["extra"], price["missing"]) == (7, 0)
    stored = city.stack.running["matching"].room.store.db["rounds"]
    stored.update_one({"_id": before}, {"$set": {"outdated": True}})
    assert why(city, draft["id"], keen, mentor)["price"] is None
    assert city.delete(f"/rounds/{before}").status == 204
    assert why(city, draft["id"], keen, mentor)["price"] is None


FAITH = {"key": "faith", "match": "same", "mentee": 50, "mentor": 50, "sensitive": True}


def read_by_a_coordinator(city: City, faith: str) -> dict[str, Any]:
    """All that she reads of single pairs where the one mentor has answered this, and both mentees "one"; with names in the place of ids."""
    believe = (Answer("faith", "one"),)
    keen = city.mentee(hours=(10, 11, 12, 13), answers=believe)
    other = city.mentee(areas_wanted=(AreaWanted("python", 1),), hours=(10,), answers=believe)
    mentor = city.mentor(hours=(10, 11, 12, 13), answers=(Answer("faith", faith),))
    cycle = city.cycle(city.programme(matching={"questions": [FAITH]}))
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    draft = city.post(f"/cycles/{cycle}/rounds", {}).body
    locked = [{"mentee": other, "mentor": mentor}]
    beside = city.post(f"/cycles/{cycle}/rounds", {"locked": locked}).body["id"]
    read = {
        "proposals": city.get(f"/rounds/{draft['id']}/proposals").text,
        "looked at": json.dumps([draft["proposals"], draft["prices"], draft["report"]["seats"]]),
        "of all rounds": json.dumps(
            [one["prices"] for one in city.get(f"/cycles/{cycle}/rounds").body["items"]]
        ),
        "why": city.get(f"/rounds/{draft['id']}/explanation?mentee={keen}&mentor={mentor}").text,
        "why not": city.get(f"/rounds/{draft['id']}/explanation?mentee={other}&mentor={mentor}").text,
        "help": city.get(f"/rounds/{draft['id']}/help?member={other}&side=mentee").text,
        "comparison": json.dumps(city.get(f"/rounds/{draft['id']}/comparison?with={beside}").body["changes"]),
        "discovery": city.get(f"/cycles/{cycle}/discovery?mentee={other}").text,
    }
    names = {keen: "keen", other: "other", mentor: "mentor"}
    for id, name in names.items():
        read = {what: text.replace(id, name) for what, text in read.items()}
    return {what: _in_order(json.loads(text)) for what, text in read.items()}


def _in_order(read: Any) -> Any:
    """Lists that follow ids, which are drawn."""
    return sorted(read, key=str) if isinstance(read, list) else read


def test_no_points_tell_a_coordinator_what_one_of_two_answered_to_a_sensitive_question(city: City) -> None:
    with a_city(city.stack) as elsewhere:
        alike, unlike = read_by_a_coordinator(city, "one"), read_by_a_coordinator(elsewhere, "another")
    assert alike == unlike
    why_not = alike["why not"]
    assert (why_not["private"], why_not["proposed"]) == (True, False)
    assert why_not["price"] == {
        "w": why_not["w"], "mentee_price": None, "mentor_price": None, "extra": 0, "missing": None,
    }  # fmt: skip
    assert why_not["u"] == sum(part["points"] for part in why_not["parts_mentee"])
    (proposal,) = alike["proposals"]["items"]
    assert (proposal["u"], proposal["v"], proposal["w"]) == tuple(alike["why"][of] for of in "uvw")
    assert alike["looked at"][1:] == [[{"mentor": "mentor", "points": None}]] * 2
    assert [one["w"] for one in alike["help"]["seats"]] == [why_not["w"]]
    assert [(one["w"], one["price"]) for one in alike["discovery"]["items"]] == [(why_not["w"], None)]
    assert [len(one["one"]) + len(one["other"]) for one in alike["comparison"]] == [1, 1]


def test_an_open_question_moves_points_and_prices_as_before(city: City) -> None:
    asking = [FAITH | {"sensitive": False}, FAITH | {"key": "home", "mentee": 0, "mentor": 0}]
    given = (Answer("faith", "one"), Answer("home", "north"))
    ana, bo = city.mentee(answers=given), city.mentor(answers=given)
    city.mentee(answers=given)
    cycle = city.cycle(city.programme(matching={"questions": asking}))
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    draft = city.post(f"/cycles/{cycle}/rounds", {}).body
    told = why(city, draft["id"], ana, bo)
    assert [part["points"] for part in told["parts_mentee"] if part["key"] == "faith"] == [50]
    assert (told["private"], draft["prices"]) == (False, [{"mentor": bo, "points": told["w"]}])


def test_a_round_of_the_worker_tells_no_more_points_by_the_rules_that_it_was_computed_by(city: City) -> None:
    given = (Answer("faith", "one"),)
    ana, bo = city.mentee(answers=given), city.mentor(answers=given)
    city.mentee(answers=given)
    cycle = city.cycle(programme := city.programme())
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    open_to_all = city.post(f"/cycles/{cycle}/rounds", {}).body
    later = asked(city, cycle)
    assert (
        city.patch(f"/programmes/{programme}", {"rules": {"matching": {"questions": [FAITH]}}}).status == 200
    )
    work(city)
    computed = city.get(f"/rounds/{later}").body
    worth = [(one["u"], one["v"], one["w"]) for one in computed["proposals"]]
    assert worth == [(one["u"], one["v"], one["w"]) for one in open_to_all["proposals"]]
    assert computed["prices"] == [{"mentor": bo, "points": None}]
    assert why(city, later, ana, bo)["private"] is True


def test_a_round_of_before_whose_pages_hold_what_sensitive_answers_add_shows_no_points(city: City) -> None:
    given = (Answer("faith", "one"),)
    city.mentee(answers=given), city.mentor(answers=given)
    cycle = city.cycle(city.programme(matching={"questions": [FAITH]}))
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    draft, empty = (city.post(f"/cycles/{cycle}/rounds", {"floor": floor}).body for floor in (0, 10_000))
    stored = city.stack.running["matching"].room.store.db["rounds"]
    stored.update_one({"_id": draft["id"]}, {"$unset": {"private": ""}})
    (shown,) = city.get(f"/rounds/{draft['id']}/proposals").body["items"]
    assert (shown["u"], shown["v"], shown["w"]) == (None, None, None)
    (gone,) = city.get(f"/rounds/{draft['id']}/comparison?with={empty['id']}").body["changes"]
    assert [one["w"] for one in gone["one"]] == [None]


def test_who_has_not_applied_is_not_explained(city: City) -> None:
    ana, bo = city.mentee(), city.mentor()
    draft = a_draft(city)["id"]
    later = city.mentor()
    for mentee, mentor in ((ana, later), (bo, ana), (new_id("mem"), bo)):
        assert city.get(f"/rounds/{draft}/explanation?mentee={mentee}&mentor={mentor}").status == 404
    assert city.get(f"/rounds/{draft}/explanation?mentee={ana}").status == 422


@pytest.mark.parametrize("kind", ["stable", "calm"])
def test_a_round_without_prices_says_who_of_the_two_has_somebody_better(city: City, kind: str) -> None:
    keen = city.mentee(areas_wanted=(AreaWanted("python", 3),), hours=(10, 11, 12, 13))
    other = city.mentee(areas_wanted=(AreaWanted("python", 1),), hours=(10,))
    mentor = city.mentor(hours=(10, 11, 12, 13))
    draft = a_draft(city, kind=kind)
    assert [(one["mentee"], one["mentor"]) for one in draft["proposals"]] == [(keen, mentor)]
    told = why(city, draft["id"], other, mentor)
    assert (told["eligible"], told["price"], told["better"]) == (True, None, ["mentor"])
    assert why(city, draft["id"], keen, mentor)["better"] == []
    total = city.post(f"/cycles/{draft['cycle']}/rounds", {}).body["id"]
    assert why(city, total, other, mentor)["better"] == []


def test_a_round_without_prices_says_nothing_of_who_is_better_where_sensitive_answers_count(
    city: City,
) -> None:
    city.mentee(hours=(10, 11, 12, 13)), city.mentor(hours=(10, 11, 12, 13))
    city.mentee(areas_wanted=(AreaWanted("python", 1),), hours=(10,))
    cycle = city.cycle(city.programme(matching={"questions": [FAITH]}))
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    draft = city.post(f"/cycles/{cycle}/rounds", {"kind": "stable"}).body
    (taken,) = draft["proposals"]
    (other,) = [one["member"] for one in draft["left_over"]]
    assert why(city, draft["id"], other, taken["mentor"])["better"] == []


def test_what_would_help_somebody_left_over_is_said_of_three_people_or_more(city: City) -> None:
    lonely = city.mentee(languages=("xx",))
    city.people("mentor", 3)
    draft = a_draft(city)["id"]
    help_for = city.get(f"/rounds/{draft}/help?member={lonely}&side=mentee").body
    assert help_for["changes"] == [
        {"code": "language", "people": 3, "name": "en", "value": None, "free": 3},
    ]
    assert city.get(f"/rounds/{draft}/help?member={lonely}&side=mentor").status == 404
    assert city.get(f"/rounds/{draft}/help?member={lonely}&side=boss").status == 422


def test_what_would_help_is_the_same_in_a_cycle_whose_mentors_are_kept(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.mentee(hours=(10, 11, 12, 13)), city.mentor(hours=(10, 11, 12, 13))
    other = city.mentee(areas_wanted=(AreaWanted("python", 1),), hours=(10,))
    apart = city.mentor(hours=(10,), capacity=0)
    city.people("mentor", 3, languages=("xx",), hours=(10,))
    draft = a_draft(city)
    seat = draft["prices"][0]
    path = f"/rounds/{draft['id']}/help?member={other}&side=mentee"
    told = city.get(path).body
    assert [(one["code"], one["people"], one["free"]) for one in told["changes"]] == [("language", 3, 3)]
    assert [(one["mentor"], one["points"]) for one in told["seats"]] == [(seat["mentor"], seat["points"])]
    monkeypatch.setattr(discovering, "MENTORS_AT_ONCE", 0)
    monkeypatch.setattr(waiting, "PAGES_AT_ONCE", 0)
    assert city.get(path).body == told
    assert apart not in str(told)
    city.hear((seat["mentor"], MemberKeptApart((other,), ())))
    assert city.get(path).body == told | {"seats": []}


def test_what_would_help_uses_no_price_of_a_draft_that_rests_on_an_answer_taken_back(city: City) -> None:
    asking = [{"key": "faith", "match": "same", "mentee": 5, "mentor": 5}]
    given = (Answer("faith", "none"),)
    keen = city.mentee(hours=(10, 11, 12, 13), answers=given)
    other = city.mentee(areas_wanted=(AreaWanted("python", 1),), hours=(10,))
    city.mentor(hours=(10, 11, 12, 13), answers=given)
    cycle = city.cycle(city.programme(matching={"questions": asking}))
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    draft = city.post(f"/cycles/{cycle}/rounds", {}).body["id"]
    path = f"/rounds/{draft}/help?member={other}&side=mentee"
    assert len(city.get(path).body["seats"]) == 1
    city.hear((keen, city.profile("mentee", hours=(10, 11, 12, 13))))
    assert city.get(path).body["seats"] == []


def test_a_market_too_large_to_look_through_says_so(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    lonely, mentor = city.mentee(languages=("xx",)), city.mentor()
    draft = a_draft(city)["id"]
    monkeypatch.setattr(waiting, "MENTORS_MOST", 0)
    monkeypatch.setattr(explaining, "MENTEES_AT_ONCE", 0)
    for member, side in ((lonely, "mentee"), (mentor, "mentor")):
        answer = city.get(f"/rounds/{draft}/help?member={member}&side={side}")
        assert (answer.status, answer.body["code"]) == (409, "too_large_to_look")


def test_two_rounds_are_set_side_by_side_also_after_somebody_left(city: City) -> None:
    city.people("mentee", 6), city.people("mentor", 6)
    one = a_draft(city)
    other = city.post(f"/cycles/{one['cycle']}/rounds", {"seed": 9, "floor": 1}).body
    beside = city.get(f"/rounds/{one['id']}/comparison?with={other['id']}").body
    pairs = [{(each["mentee"], each["mentor"]) for each in draft["proposals"]} for draft in (one, other)]
    assert beside["kept"] == len(pairs[0] & pairs[1])
    assert beside["moved"] == len(pairs[0] - pairs[1])
    figures = {figure["name"]: (figure["one"], figure["other"]) for figure in beside["figures"]}
    assert figures["seed"] == (0, 9)
    assert figures["total"][0] == figures["total"][1]
    gone = one["proposals"][-1]["mentee"]
    city.hear((gone, MemberErased()))
    again = city.get(f"/rounds/{one['id']}/comparison?with={other['id']}")
    assert again.status == 200
    assert gone not in again.text
    elsewhere = a_draft(city)
    assert city.get(f"/rounds/{one['id']}/comparison?with={elsewhere['id']}").status == 404


def test_rounds_are_compared_some_pages_at_a_time_and_up_to_a_size(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting, "PROPOSALS_A_PAGE", 1)
    monkeypatch.setattr(kept, "PAGES_AT_ONCE", 2)
    city.people("mentee", 5), city.people("mentor", 5)
    one = a_draft(city)
    other = city.post(f"/cycles/{one['cycle']}/rounds", {}).body["id"]
    path = f"/rounds/{one['id']}/comparison?with={other}"
    assert city.get(path).body["kept"] == 5
    monkeypatch.setattr(explaining, "COMPARED_MOST", 9)
    answer = city.get(path)
    assert (answer.status, answer.body["code"]) == (409, "too_large_to_look")


def test_a_round_that_is_not_drafted_yet_explains_nothing(city: City) -> None:
    city.mentee(), city.mentor()
    draft = a_draft(city)
    waiting = city.post(
        f"/cycles/{draft['cycle']}/rounds", {}, city.staff | {"Prefer": "respond-async"}
    ).body["id"]
    one = draft["proposals"][0]
    for path in (
        f"/rounds/{waiting}/explanation?mentee={one['mentee']}&mentor={one['mentor']}",
        f"/rounds/{waiting}/help?member={one['mentee']}&side=mentee",
        f"/rounds/{draft['id']}/comparison?with={waiting}",
    ):
        assert city.get(path).body["code"] == "no_draft"
    assert city.post(f"/rounds/{waiting}/cancellation").status == 200


def test_mentors_are_found_by_what_she_gains_less_what_their_places_are_worth_to_others(city: City) -> None:
    ana = city.mentee(hours=(10, 11))
    wanted, quiet = city.mentor(hours=(10, 11, 12, 13)), city.mentor(hours=(10, 11))
    city.people("mentee", 3, hours=(12, 13))
    cycle = city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    before = city.get(f"/cycles/{cycle}/discovery?mentee={ana}").body["items"]
    assert {one["mentor"]: one["price"] for one in before} == {wanted: 0, quiet: 0}
    draft = city.post(f"/cycles/{cycle}/rounds", {}).body
    prices = {one["mentor"]: one["points"] for one in draft["prices"]}
    assert prices.keys() == {wanted}
    found = city.get(f"/cycles/{cycle}/discovery?mentee={ana}").body["items"]
    assert [one["mentor"] for one in found] == [quiet, wanted]
    assert [(one["price"], one["rank_by"]) for one in found] == [
        (0, found[0]["w"]),
        (prices[wanted], found[1]["w"] - prices[wanted]),
    ]
    assert found[0]["reasons"]
    for kind in ("stable", "calm"):
        assert city.post(f"/cycles/{cycle}/rounds", {"kind": kind}).status == 201
    assert city.get(f"/cycles/{cycle}/discovery?mentee={ana}").body["items"] == found
    stranger = city.mentee()
    assert city.get(f"/cycles/{cycle}/discovery?mentee={stranger}").status == 404
