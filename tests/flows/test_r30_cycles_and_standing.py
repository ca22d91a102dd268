"""R30: applications are taken inside the window only; an applicant sees where she stands, withdraws, comes back, and is matched again."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from services.matching.kinds import APPLICATIONS
from shared.events.profiles import MemberConfirmed, MemberKeptApart
from tests.flows.matching_people import City, Couple, a_city, made
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def apply(city: City, member: str, cycle: str, role: str = "mentee") -> Any:
    if role == "mentee":
        city.compass(member)
    return city.post("/applications", {"cycle": cycle, "role": role}, city.headers(member, role))


def standing(city: City, member: str) -> tuple[str, str | None]:
    (mine,) = city.get("/me/applications", city.headers(member)).body["items"]
    return mine["standing"], mine["why"]


def a_pair_of_the_round(city: City) -> tuple[Couple, str]:
    """A trial that came from a round of a cycle, and the cycle."""
    ana, bo, cycle = city.mentee(), city.mentor(), city.cycle(closes_in_days=3)
    apply(city, ana, cycle)
    apply(city, bo, cycle, "mentor")
    publish(city, cycle)
    (mine,) = city.get("/me/relationships", city.headers(ana)).body["items"]
    return Couple(city, ana, bo, mine["id"]).until_trial(), cycle


def publish(city: City, cycle: str) -> Any:
    draft = made(city.post(f"/cycles/{cycle}/rounds", {}))
    published = city.post(f"/rounds/{draft}/publication").body
    assert published["state"] == "published"
    return published


def left_over_told(city: City) -> list[str]:
    """Who was told that a round found nobody for them, once for each time."""
    events = city.stack.announced("matching", "cairn.application.not_matched.v1")
    return [json.loads(one["data"])["member"] for one in events if one["chapter"] == city.chapter]


def test_applying_outside_the_window_is_refused_with_the_next_opening(city: City) -> None:
    ana, cycle = city.mentee(), city.cycle(closes_in_days=1)
    city.stack.clock.advance(days=2)
    late = apply(city, ana, cycle)
    assert (late.status, late.body["code"], late.body["next_opens_at"]) == (409, "cycle_closed", None)
    following = city.cycle(opens_in_days=10, closes_in_days=20)
    refused = apply(city, ana, cycle).body
    assert refused["next_cycle"] == following
    assert datetime.fromisoformat(refused["next_opens_at"]) > city.stack.clock()


def test_an_applicant_sees_where_she_stands_from_waiting_to_matched(city: City) -> None:
    ana, bo, cycle = city.mentee(), city.mentor(), city.cycle()
    apply(city, ana, cycle)
    apply(city, bo, cycle, "mentor")
    assert standing(city, ana) == ("waiting", None)
    publish(city, cycle)
    assert standing(city, ana) == ("proposed", None)
    (mine,) = city.get("/me/relationships", city.headers(ana)).body["items"]
    Couple(city, ana, bo, mine["id"]).until_trial()
    assert (standing(city, ana), standing(city, bo)) == (("matched", None), ("matched", None))


def test_whom_a_round_leaves_over_is_told_why_once_and_waits_on(city: City) -> None:
    lucky, second, odd = city.mentee(), city.mentee(), city.mentee(languages=("fr",))
    city.mentor()
    cycle = city.cycle(city.programme(outcome_months=[3, 9], trial_days=50, term_days=100))
    for member in (lucky, second, odd):
        apply(city, member, cycle)
    assert city.post(f"/cycles/{cycle}/applications", {"everyone": True}).status == 200
    publish(city, cycle)
    stand = sorted((standing(city, member) for member in (lucky, second)), key=str)
    assert stand == [("not_this_time", "no_place"), ("proposed", None)]
    assert standing(city, odd) == ("not_this_time", "nobody_fits")
    (mine,) = city.get("/me/applications", city.headers(odd)).body["items"]
    assert "fitted" in mine["why_text"]
    told = [
        event
        for event in city.stack.announced("matching", "cairn.application.not_matched.v1")
        if event["chapter"] == city.chapter
    ]
    assert len(told) == 2
    assert all('"outcome_months":[3,9],"outcome_end_days":150' in one["data"] for one in told)
    city.mentor(languages=("fr",))
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    publish(city, cycle)
    assert standing(city, odd) == ("proposed", None)


@pytest.mark.parametrize("side", ["mentee", "mentor"])
@pytest.mark.parametrize("declined", [False, True])
def test_an_older_draft_tells_nobody_for_whom_a_round_since_found_somebody(
    city: City, side: str, declined: bool
) -> None:
    other = "mentor" if side == "mentee" else "mentee"
    ada, ana = city.people(side, 2)
    (bo,) = city.people(other, 1)
    cycle = city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    older, newer = (
        made(city.post(f"/cycles/{cycle}/rounds", {"locked": [{side: one, other: bo}]})) for one in (ada, ana)
    )
    city.stack.clock.advance(minutes=1)
    assert city.post(f"/rounds/{newer}/publication").body["published"] == 1
    if declined:
        (mine,) = city.get("/me/relationships", city.headers(ana)).body["items"]
        for member, says in ((bo, "accept"), (ana, "decline")):
            assert city.answer(mine["id"], member, says).status == 200
    assert left_over_told(city) == [ada]
    city.post(f"/rounds/{older}/publication")
    assert left_over_told(city) == [ada]
    assert standing(city, ana)[0] == ("waiting" if declined else "proposed")


def test_drafts_of_one_day_tell_those_left_over_once_and_a_later_one_tells_them_anew(city: City) -> None:
    odd, cycle = city.mentee(languages=("fr",)), city.cycle()
    city.people("mentee", 2), city.mentor()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    older, newer = (made(city.post(f"/cycles/{cycle}/rounds", {})) for _ in range(2))
    for draft in (newer, older):
        city.stack.clock.advance(minutes=1)
        assert city.post(f"/rounds/{draft}/publication").body["state"] == "published"
        assert (len(left_over_told(city)), left_over_told(city).count(odd)) == (2, 1)
    city.stack.clock.advance(minutes=1)
    publish(city, cycle)
    assert (len(left_over_told(city)), left_over_told(city).count(odd)) == (4, 2)


@pytest.mark.parametrize("since", ["no place", "no mentor", "withdrawn", "declared a conflict"])
def test_whose_drafted_mentor_is_gone_when_the_round_goes_out_is_told_so_once(city: City, since: str) -> None:
    ada, bo, cycle = city.mentee(), city.mentor(), city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    drafts = [made(city.post(f"/cycles/{cycle}/rounds", {})) for _ in range(2)]
    gone = {
        "no place": (bo, city.profile("mentor", capacity=0)),
        "no mentor": (bo, city.profile("mentor", roles=())),
        "declared a conflict": (ada, MemberKeptApart((bo,), (bo,))),
    }
    if since == "withdrawn":
        (mine,) = city.get("/me/applications", city.headers(bo, "mentor")).body["items"]
        assert city.delete(f"/applications/{mine['id']}", city.headers(bo, "mentor")).status == 204
    else:
        city.hear(gone[since])
    city.stack.clock.advance(minutes=1)
    for draft in drafts:
        published = city.post(f"/rounds/{draft}/publication").body
        assert (published["state"], published["published"], published["skipped"]) == ("published", 0, 1)
        assert left_over_told(city) == ([ada, bo] if since in ("no mentor", "declared a conflict") else [ada])
    assert standing(city, ada) == ("not_this_time", "no_place")


def test_who_still_has_another_proposal_of_the_round_is_told_nothing(city: City) -> None:
    cycle = city.cycle(city.programme(matching={"proposals_per_mentee": 2}))
    ada, bo, _ = city.mentee(), city.mentor(), city.mentor()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    draft = made(city.post(f"/cycles/{cycle}/rounds", {}))
    city.hear((bo, city.profile("mentor", capacity=0)))
    published = city.post(f"/rounds/{draft}/publication").body
    assert (published["published"], published["skipped"]) == (1, 1)
    assert (standing(city, ada)[0], left_over_told(city)) == ("proposed", [])


def test_nobody_is_told_a_reason_that_does_not_hold_any_more(city: City) -> None:
    programme = city.programme(eligibility={"mentee": {"languages_any": ["en"]}})
    cycle = city.cycle(programme)
    city.mentor(capacity=3)
    late, never = city.people("mentee", 2, confirmed=False)
    changed, fixed = city.people("mentee", 2)
    gone, back = city.people("mentee", 2)
    apply(city, city.mentee(), cycle)
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    city.hear(
        *((one, city.profile("mentee", languages=("fr",))) for one in (changed, fixed)),
        *((one, city.profile("mentor", capacity=0)) for one in (gone, back)),
    )
    draft = made(city.post(f"/cycles/{cycle}/rounds", {}))
    city.hear(
        (late, MemberConfirmed(city.stack.clock())),
        (fixed, city.profile("mentee")),
        (back, city.profile("mentee")),
    )
    city.post(f"/rounds/{draft}/publication")
    stand = {one: standing(city, one) for one in (late, fixed, back, never, changed, gone)}
    assert stand == dict.fromkeys((late, fixed, back), ("waiting", None)) | {
        never: ("not_this_time", "not_confirmed"),
        changed: ("not_this_time", "not_eligible"),
        gone: ("not_this_time", "not_in_role"),
    }


def test_she_withdraws_and_comes_back_while_the_window_is_open(city: City) -> None:
    ana, cycle = city.mentee(), city.cycle()
    id = made(apply(city, ana, cycle))
    assert city.delete(f"/applications/{id}", city.headers(ana)).status == 204
    assert standing(city, ana) == ("withdrawn", None)
    assert made(apply(city, ana, cycle)) == id
    assert standing(city, ana) == ("waiting", None)


def test_a_pair_that_ends_goes_back_to_the_pool_in_one_step_with_its_place_in_the_queue(city: City) -> None:
    couple, cycle = a_pair_of_the_round(city)
    reader = city.stack.running["matching"].room.store.reader(city.chapter)
    (before,) = reader.find(APPLICATIONS, {"member": couple.mentee})
    assert before.state == "matched"
    city.stack.clock.advance(days=20)  # the window has closed long ago
    assert couple.ask("return", {}, couple.mentor).status == 403
    back = couple.ask("return", {}, couple.mentee)
    assert (back.status, back.body["state"]) == (200, "ended")
    (after,) = reader.find(APPLICATIONS, {"member": couple.mentee})
    assert (after.state, after.applied_at) == ("waiting", before.applied_at)
    assert standing(city, couple.mentee) == ("waiting", None)
    assert city.post(f"/cycles/{cycle}/rounds", {}).body["proposals"] == []  # the two alone: not again
    bea = city.mentor()
    other = city.cycle()
    assert couple.ask("return", {"cycle": other}, couple.mentee).status == 200
    apply(city, bea, other, "mentor")
    assert [one["mentor"] for one in city.post(f"/cycles/{other}/rounds", {}).body["proposals"]] == [bea]


def test_a_coordinator_rematches_in_one_step_with_a_reason(city: City) -> None:
    couple, _ = a_pair_of_the_round(city)
    assert couple.ask("return").body["code"] == "reason_needed"
    assert couple.ask("return", {"reason": "by_coordinator"}).body["state"] == "ended"
    assert standing(city, couple.mentee) == ("waiting", None)


def test_an_ended_pair_is_proposed_again_only_if_both_say_so(city: City) -> None:
    couple, cycle = a_pair_of_the_round(city)
    couple.ask("return", {}, couple.mentee)
    for number, member in enumerate((couple.mentee, couple.mentor)):
        assert len(city.post(f"/cycles/{cycle}/rounds", {}).body["proposals"]) == 0, number
        before = couple.seen_by(couple.mentor if member == couple.mentee else couple.mentee)
        assert couple.ask("again", {}, member).body["again"] is True
        assert couple.seen_by(couple.mentor if member == couple.mentee else couple.mentee) == before
    assert publish(city, cycle)["published"] == 1
    # and if that comes to nothing, both would have to say so once more
    (running,) = [
        one
        for one in city.get("/me/relationships", city.headers(couple.mentee)).body["items"]
        if one["state"] == "proposed"
    ]
    city.later(days=7)
    assert city.state(running["id"]) == "lapsed"
    assert city.post(f"/cycles/{cycle}/rounds", {}).body["proposals"] == []


def test_an_end_without_return_leaves_her_out_of_the_pool(city: City) -> None:
    couple, cycle = a_pair_of_the_round(city)
    couple.ask("ending", {}, couple.mentee)
    city.mentor()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    draft = city.post(f"/cycles/{cycle}/rounds", {})
    assert draft.body["proposals"] == []
