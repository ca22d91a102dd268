"""R22: four scales at start, middle and end for both roles; one's own history; sums from seven people up that nothing takes apart."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sessions.domain.cohorts import PEOPLE_A_BLOCK, Cohort, Said, hear
from shared.events.matching import (
    RelationshipCompleted,
    RelationshipEnded,
    RelationshipRenewed,
    RelationshipReviewDue,
)
from tests.flows.sessions_people import DAY, APair, pairs_of_a_chapter
from tests.stack import Stack

FINE = {"stress": 2, "resilience": 6, "purpose": 5, "accomplishment": 4}


@pytest.fixture
def pair(stack: Stack) -> APair:
    return APair(stack).start()


def asked(pair: APair, by: Any) -> list[tuple[str, str]]:
    return [(one["role"], one["moment"]) for one in pair.did("GET", "me/pulses", by)["items"]]


def answers(pair: APair, by: Any, values: dict[str, int] = FINE) -> Any:
    [newest, *_] = pair.did("GET", "me/pulses", by)["items"]
    return pair.ask("POST", f"pulses/{newest['id']}/answer", by, values)


def cell(pair: APair, role: str, moment: str) -> Any:
    found = pair.did("GET", "pulse-report", pair.as_staff)["items"]
    return next(one for one in found if (one["role"], one["moment"]) == (role, moment))


def test_both_are_asked_at_start_middle_and_end_and_once_each(pair: APair) -> None:
    assert asked(pair, pair.as_mentee) == [("mentee", "start")]
    ends_at = pair.stack.clock() + 182 * DAY
    for term in (1, 2):
        pair.told(RelationshipRenewed(pair.mentee, pair.mentor, term, ends_at, ends_at))
        pair.stack.clock.advance(days=1)
        pair.told(RelationshipReviewDue(pair.mentee, pair.mentor, ends_at))
    pair.stack.clock.advance(days=1)
    pair.told(RelationshipCompleted(pair.mentee, pair.mentor, 2))
    for role, by in (("mentee", pair.as_mentee), ("mentor", pair.as_mentor)):
        assert asked(pair, by) == [(role, "end"), (role, "middle"), (role, "start")]
    assert pair.events("pulse.due") == ["pulse.due"] * 6


def test_ones_history_is_ones_own(pair: APair) -> None:
    assert answers(pair, pair.as_mentor).status_code == 200
    [mine] = pair.did("GET", "me/pulses", pair.as_mentor)["items"]
    assert mine["values"] == FINE
    for by in (pair.as_mentee, pair.as_staff, pair.as_stranger):
        assert pair.ask("POST", f"pulses/{mine['id']}/answer", by, FINE).status_code == 404
        assert str(FINE) not in str(pair.did("GET", "me/pulses", by))
    again = answers(pair, pair.as_mentor)
    assert (again.status_code, again.json["code"]) == (409, "pulse_answered")


@pytest.mark.parametrize("wrong", [{"stress": 0}, {"stress": 8}, {"stress": "3"}, {"mood": 3}])
def test_a_scale_goes_from_one_to_seven(pair: APair, wrong: dict[str, Any]) -> None:
    assert answers(pair, pair.as_mentee, FINE | wrong).status_code == 422


def test_a_late_answer_says_little_and_is_refused(pair: APair) -> None:
    pair.stack.clock.advance(days=43)
    late = answers(pair, pair.as_mentee)
    assert (late.status_code, late.json["code"]) == (409, "pulse_closed")


def test_nobody_is_asked_after_an_end_that_was_not_kind(pair: APair) -> None:
    pair.told(RelationshipEnded(pair.mentee, pair.mentor, "for_cause"))
    assert asked(pair, pair.as_mentee) == [("mentee", "start")]


def test_a_coordinator_sees_means_from_seven_people_up_and_never_the_eighth_alone(stack: Stack) -> None:
    pairs = pairs_of_a_chapter(stack, 8)
    for pair in pairs[:6]:
        answers(pair, pair.as_mentor)
    assert cell(pairs[0], "mentor", "start") == {
        "role": "mentor",
        "moment": "start",
        "people": 0,
        "means": None,
    }
    answers(pairs[6], pairs[6].as_mentor, FINE | {"stress": 7})
    seven = cell(pairs[0], "mentor", "start")
    assert (seven["people"], seven["means"]["stress"]) == (7, 2.7)
    answers(pairs[7], pairs[7].as_mentor)
    assert cell(pairs[0], "mentor", "start") == seven, "what the eighth said waits for six more"
    assert cell(pairs[0], "mentee", "start")["people"] == 0
    assert (
        pairs[0].ask("GET", "pulse-report?role=mentor", pairs[0].as_staff).json["items"]
        == (pairs[0].did("GET", "pulse-report", pairs[0].as_staff)["items"])
    ), "there is nothing to filter by"
    assert pairs[0].ask("GET", "pulse-report", pairs[0].as_mentor).status_code == 403


def test_that_all_say_the_same_does_not_say_what_each_of_them_said(stack: Stack) -> None:
    pairs = pairs_of_a_chapter(stack, 7)
    for pair in pairs:
        answers(pair, pair.as_mentee, FINE | {"stress": 7})
    assert cell(pairs[0], "mentee", "start")["means"]["stress"] < 6.6


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(1, 7)), max_size=80))
def test_whatever_is_subtracted_is_about_seven_people_or_more(said: list[tuple[int, int]]) -> None:
    shown = [Cohort("coh", "shanghai")]
    for member, value in said:
        shown.append(hear(shown[-1], Said(f"mem_{member}", (value,)), ((1, 7),), guarded=True))
    for before, after in pairwise(shown):
        fresh = after.people - before.people
        assert fresh == 0 or fresh >= PEOPLE_A_BLOCK
        if fresh:
            rise = after.sums[0] - (before.sums[0] if before.sums else 0)
            assert fresh < rise < 7 * fresh, (
                "a block's sum needs nobody to have said the lowest or the highest"
            )
        else:
            assert after.sums == before.sums
        assert len({one.member for one in after.waiting}) < PEOPLE_A_BLOCK
