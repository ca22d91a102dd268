"""R2: sealed votes. Two yeses open together; a no is never attributed, a yes not returned never shown, and silence is a kind no."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.flows.matching_people import City, Couple, a_city, a_couple
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def after_the_deadline(couple: Couple) -> tuple[object, ...]:
    """What the mentor sees in the end, without what names the couple."""
    seen = couple.seen_by(couple.mentor)
    last = seen["history"][-1]
    return seen["state"], seen["my_vote"], last["by"], last["reason"], couple.city.events(couple.id)


def test_two_yeses_open_together(city: City) -> None:
    couple = a_couple(city).until_voting()
    assert city.vote(couple.id, couple.mentee, "yes").body["state"] == "voting"
    assert couple.seen_by(couple.mentor)["state"] == "voting"
    assert city.vote(couple.id, couple.mentor, "yes").body["state"] == "trial"
    assert couple.seen_by(couple.mentee)["state"] == "trial"


def test_a_yes_not_returned_a_no_and_silence_read_exactly_the_same(city: City) -> None:
    said = {"alone": ("yes", None), "refused": ("yes", "no"), "silent": (None, None), "both no": ("no", "no")}
    couples = {name: a_couple(city).until_voting() for name in said}
    for name, (mentee, mentor) in said.items():
        for member, word in ((couples[name].mentee, mentee), (couples[name].mentor, mentor)):
            if word is not None:
                assert city.vote(couples[name].id, member, word).status == 200
    staff_before = {name: city.state(couple.id) for name, couple in couples.items()}
    assert set(staff_before.values()) == {"voting"}
    city.later(days=7)
    assert len({str(after_the_deadline(couple)) for couple in couples.values()}) == 1
    assert after_the_deadline(couples["refused"])[:2] == ("not_started", None)


def test_a_vote_can_be_changed_until_seven_days_after_the_introduction(city: City) -> None:
    couple = a_couple(city).until_voting()
    vote_by = couple.seen_by(couple.mentee)["vote_by"]
    assert vote_by == (city.stack.clock() + timedelta(days=7)).isoformat()
    for says in ("no", "yes"):
        assert city.vote(couple.id, couple.mentee, says).body["my_vote"] == says
    assert city.vote(couple.id, couple.mentor, "yes").body["state"] == "trial"
    late = a_couple(city).until_voting()
    city.stack.clock.advance(days=7)
    assert city.vote(late.id, late.mentee, "yes").body["code"] == "vote_closed"


def test_a_coordinator_sees_that_votes_are_due_and_never_a_vote(city: City) -> None:
    one, two = a_couple(city).until_voting(), a_couple(city).until_voting()
    empty = city.get("/coordinator").text
    city.vote(one.id, one.mentee, "yes")
    city.vote(two.id, two.mentor, "no")
    assert city.get("/coordinator").text == empty
    due = city.get("/coordinator").body
    assert {pair["relationship"] for pair in due["votes_due"]} == {one.id, two.id}
    assert due["votes_due_total"] == 2
    for couple in (one, two):
        assert "vote" not in str(city.get(f"/relationships/{couple.id}").body).replace("vote_by", "")
    assert city.get("/coordinator", city.headers(one.mentee)).status == 403
