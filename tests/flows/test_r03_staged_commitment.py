"""R3, R17: introduction, trial, full terms, completion; each has an end, and each is renewed by both or closes without fault."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from services.matching.kinds import PLACES
from shared.events.sessions import ClockAsked, ClockFlagged, ClockRanOut, SessionHeld
from shared.ids import new_id
from tests.flows.matching_people import City, Couple, a_city, a_couple
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def taken(couple: Couple) -> list[str]:
    """Which relationships hold the mentor's places."""
    places = couple.city.stack.running["matching"].room.store.reader().get(PLACES, couple.mentor)
    return list(places.taken)


def silence(couple: Couple, fact: Any, since: Any) -> None:
    """Sessions' clock speaks of the pair."""
    clock = couple.id.replace("rel_", "clk_")
    couple.city.hear((clock, fact(couple.id, couple.mentee, couple.mentor, since)))


def test_a_relationship_goes_from_trial_to_term_to_review_to_another_term_to_completion(city: City) -> None:
    couple = a_couple(city).until_trial()
    without = couple.ask("renewal", {"renewal": "yes"}, couple.mentee)
    assert (without.status, without.body["code"]) == (409, "goal_missing")
    assert couple.ask("goals", {"text": "Lead a team."}, couple.mentee).status == 201
    began = city.stack.clock()
    couple.renew()
    active = couple.seen_by(couple.mentee)
    assert (active["state"], active["term"]) == ("active", 1)
    assert active["term_ends_at"] == (began + timedelta(days=182)).isoformat()
    early = couple.ask("renewal", {"renewal": "yes"}, couple.mentor)
    assert (early.status, early.body["code"]) == (409, "renewal_not_open")
    assert early.body["opens_at"] == (began + timedelta(days=140)).isoformat()

    city.later(days=91)
    assert city.state(couple.id) == "review"
    assert couple.ask("review", {}, couple.mentor).body["state"] == "active"
    city.later(days=50)
    couple.renew()
    again = couple.seen_by(couple.mentor)
    assert (again["state"], again["term"]) == ("active", 2)
    assert again["term_ends_at"] == (began + timedelta(days=364)).isoformat()
    assert taken(couple) == [couple.id]

    city.later(days=132)  # half of the second term
    city.later(days=14)  # nobody says that the review is done
    assert city.state(couple.id) == "active"
    city.later(days=77)
    assert city.state(couple.id) == "completed"
    assert taken(couple) == []
    assert city.events(couple.id)[3:] == [
        "started", "renewed", "review_due", "reviewed", "renewed", "review_due", "reviewed", "completed",
    ]  # fmt: skip


@pytest.mark.parametrize(("mentee", "mentor"), [("yes", None), ("yes", "no"), (None, None), ("no", "yes")])
def test_a_trial_that_is_not_renewed_by_both_closes_on_its_day_and_shows_nobodys_word(
    city: City, mentee: str | None, mentor: str | None
) -> None:
    couple = a_couple(city).until_trial()
    couple.ask("goals", {"text": "Lead a team."}, couple.mentee)
    before = couple.seen_by(couple.mentor)
    for member, says in ((couple.mentee, mentee), (couple.mentor, mentor)):
        if says is not None:
            answered = couple.ask("renewal", {"renewal": says}, member)
            assert (answered.status, answered.body["state"]) == (200, "trial")
            assert answered.body["my_renewal"] == says
    assert couple.seen_by(couple.mentor) == before | {"my_renewal": mentor}
    assert "my_renewal" not in city.get(f"/relationships/{couple.id}").body
    city.later(days=42)
    over = couple.seen_by(couple.mentor)
    assert (over["state"], over["my_renewal"]) == ("ended", None)
    assert (over["history"][-1]["reason"], over["history"][-1]["by"]) == ("trial_not_renewed", "clock")
    assert city.events(couple.id)[-2:] == ["started", "ended"]
    assert taken(couple) == []


def test_a_pause_stops_every_date_and_ends_by_itself(city: City) -> None:
    couple = a_couple(city).until_trial()
    ends = city.stack.clock() + timedelta(days=42)
    too_long = couple.ask("pause", {"days": 61}, couple.mentee)
    assert (too_long.status, too_long.body["days_left"]) == (409, 60)
    paused = couple.ask("pause", {"days": 20}, couple.mentee).body
    assert (paused["state"], paused["resumes_at"]) == (
        "paused",
        (city.stack.clock() + timedelta(days=20)).isoformat(),
    )
    city.later(days=20)
    assert couple.seen_by(couple.mentor)["state"] == "trial"
    assert couple.seen_by(couple.mentor)["trial_ends_at"] == (ends + timedelta(days=20)).isoformat()
    assert couple.ask("pause", None, couple.mentor).status == 409  # 60 days in all
    assert couple.ask("pause", {"days": 40}, couple.mentor).status == 200
    city.stack.clock.advance(days=10)
    assert couple.ask("resume", {}, couple.mentee).body["state"] == "trial"
    city.later(days=41)
    assert city.state(couple.id) == "trial"
    city.later(days=1)
    assert city.state(couple.id) == "ended"


def test_either_ends_it_without_a_reason_and_a_coordinator_with_one(city: City) -> None:
    one, two = a_couple(city).until_trial(), a_couple(city).until_active()
    assert one.ask("ending", {"reason": "for_cause"}, one.mentee).status == 403
    ended = one.ask("ending", {}, one.mentee)
    assert (ended.status, ended.body["state"]) == (200, "ended")
    last = one.seen_by(one.mentor)["history"][-1]
    assert (last["by"], last["reason"], last["place"], last["queue"]) == (
        "one",
        "by_choice",
        "returned",
        "held",
    )
    assert one.ask("ending", {}, one.mentor).body["code"] == "wrong_state"
    assert two.ask("ending").body["code"] == "reason_needed"
    assert two.ask("ending", {"reason": "for_cause"}).status == 200
    assert two.seen_by(two.mentee)["history"][-1]["by"] == "coordinator"
    assert (taken(one), taken(two)) == ([], [])


def test_a_silent_pair_is_asked_seen_and_closed_unless_it_meets(city: City) -> None:
    lost, found = a_couple(city).until_active(), a_couple(city).until_active()
    since = city.stack.clock()
    city.stack.clock.advance(days=28)
    for couple in (lost, found):
        silence(couple, ClockAsked, since)
        assert couple.seen_by(couple.mentee)["silent_since"] == since.isoformat()
        assert city.events(couple.id)[-1] == "quiet"
        silence(couple, ClockFlagged, since)
    quiet = city.get("/coordinator").body["quiet"]
    assert {one["relationship"]: one["date"] for one in quiet} == dict.fromkeys(
        (lost.id, found.id), since.isoformat()
    )
    met = SessionHeld(found.id, found.mentee, found.mentor, "regular", "letters", city.stack.clock())
    city.hear((new_id("ses"), met))
    assert found.seen_by(found.mentee)["silent_since"] is None
    assert [one["relationship"] for one in city.get("/coordinator").body["quiet"]] == [lost.id]
    city.stack.clock.advance(days=14)
    for couple in (lost, found):
        silence(couple, ClockRanOut, since)
    assert (city.state(lost.id), city.state(found.id)) == ("ended", "active")
    assert lost.seen_by(lost.mentor)["history"][-1]["reason"] == "silent"
    assert taken(lost) == []


def test_what_a_state_does_not_allow_is_refused_and_changes_nothing(city: City) -> None:
    couple = a_couple(city)
    asks: tuple[tuple[str, Any], ...] = (
        ("renewal", {"renewal": "yes"}), ("pause", {"days": 3}), ("resume", {}), ("review", {}),
        ("ending", {}), ("again", {}), ("vote", {"vote": "yes"}),
    )  # fmt: skip
    before = couple.seen_by(couple.mentee)
    for what, body in asks:
        refused = couple.ask(what, body, couple.mentee)
        assert (refused.status, refused.body["code"], refused.body["state"]) == (
            409,
            "wrong_state",
            "proposed",
        ), what
    assert couple.seen_by(couple.mentee) == before


def test_a_running_relationship_keeps_the_length_of_term_that_it_began_with(city: City) -> None:
    programme = city.programme(term_days=100)
    mentee, mentor = city.mentee(), city.mentor()
    couple = Couple(city, mentee, mentor, city.introduced(mentee, mentor, programme=programme))
    assert city.patch(f"/programmes/{programme}", {"rules": {"term_days": 300}}).status == 200
    couple.until_active()
    ends = city.stack.clock() + timedelta(days=100)
    assert couple.seen_by(mentee)["term_ends_at"] == ends.isoformat()
