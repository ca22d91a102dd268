"""R17: a silent pair is nudged after three weeks, asked after four, shown to the coordinator after five, and closed after six."""

from datetime import timedelta

import pytest

from shared.events.matching import RelationshipCompleted, RelationshipPaused, RelationshipResumed
from tests.flows.sessions_people import AMatchedPair, APair
from tests.stack import Stack

STEPS = ("clock.nudged", "clock.asked", "clock.flagged", "clock.ran_out")


@pytest.fixture
def pair(stack: Stack) -> APair:
    return APair(stack).start()


def after(pair: APair, days: float) -> list[str]:
    """The steps taken once so many days more have passed."""
    pair.stack.clock.advance(days=days)
    pair.stack.quiet()
    return pair.events(*STEPS)


def test_each_step_is_taken_on_its_day_and_once(pair: APair) -> None:
    assert after(pair, 20.9) == []
    for days, taken in ((0.1, 1), (6.9, 1), (0.1, 2), (7, 3), (6.9, 3), (0.1, 4), (60, 4)):
        assert after(pair, days) == list(STEPS[:taken])


def test_a_session_in_between_sets_the_clock_back(pair: APair) -> None:
    assert after(pair, 30) == list(STEPS[:2])
    pair.meet()
    assert after(pair, 20) == list(STEPS[:2])
    assert after(pair, 1) == [*STEPS[:2], STEPS[0]]


def test_a_session_that_was_only_planned_or_missed_does_not(pair: APair) -> None:
    session = pair.plan().json["id"]
    pair.stack.clock.advance(days=2)
    for by in (pair.as_mentee, pair.as_mentor):
        pair.says(session, by, held=False)
    pair.plan(starts_at=(pair.stack.clock() + timedelta(days=30)).isoformat())
    assert after(pair, 19) == ["clock.nudged"]


def test_no_step_is_taken_while_a_word_about_a_session_may_still_count(pair: APair) -> None:
    session = pair.plan(starts_at=(pair.stack.clock() + timedelta(days=19)).isoformat()).json["id"]
    pair.stack.clock.advance(days=20)
    pair.says(session, pair.as_mentee, held=True)
    assert after(pair, 1.5) == []
    assert after(pair, 1) == []
    assert pair.did("GET", f"sessions/{session}", pair.as_mentor)["state"] == "held"


def test_a_pause_stops_the_clock_and_afterwards_it_goes_on_where_it_stood(pair: APair) -> None:
    assert after(pair, 20) == []
    pair.told(RelationshipPaused(pair.mentee, pair.mentor, pair.stack.clock() + timedelta(days=60)))
    assert pair.plan().json["code"] == "relationship_paused"
    assert after(pair, 59) == []
    pair.told(RelationshipResumed(pair.mentee, pair.mentor, pair.stack.clock() + timedelta(days=60)))
    assert after(pair, 0.9) == []
    assert after(pair, 0.2) == ["clock.nudged"]


def test_whoever_is_asked_can_say_go_on_which_is_recorded_and_changes_nothing_else(pair: APair) -> None:
    answer = {"answer": "go_on"}
    early = pair.ask("POST", f"pairs/{pair.id}/check-in", pair.as_mentee, answer)
    assert (early.status_code, early.json["code"]) == (409, "not_asked")
    after(pair, 28)
    assert pair.seen()["asked_to_go_on"]
    assert pair.ask("POST", f"pairs/{pair.id}/check-in", pair.as_mentee, answer).status_code == 204
    for by in (pair.as_mentee, pair.as_mentor):
        seen = pair.seen(by)
        assert (seen["go_on_mentee"] is not None, seen["go_on_mentor"]) == (True, None)
    assert after(pair, 7) == list(STEPS[:3])


def test_the_coordinator_sees_a_pair_after_five_weeks_and_of_her_chapter_only(pair: APair) -> None:
    after(pair, 34)
    assert pair.did("GET", "quiet-pairs", pair.as_staff)["items"] == []
    after(pair, 1)
    [quiet] = pair.did("GET", "quiet-pairs", pair.as_staff)["items"]
    assert (quiet["relationship"], quiet["mentee"]) == (pair.id, pair.mentee)
    assert APair(pair.stack).did("GET", "quiet-pairs", APair(pair.stack).as_staff)["items"] == []
    pair.meet()
    assert pair.did("GET", "quiet-pairs", pair.as_staff)["items"] == []


def test_the_clock_of_a_relationship_that_is_over_stands_still(pair: APair) -> None:
    pair.told(RelationshipCompleted(pair.mentee, pair.mentor, 1))
    assert after(pair, 60) == []


def test_what_fell_due_while_nothing_ran_is_made_up_for_once_and_in_order(pair: APair) -> None:
    pair.stack.clock.advance(days=30)
    running = pair.stack.running["sessions"]
    pair.stack.stop("sessions")
    pair.stack.open("sessions")
    assert pair.stack.running["sessions"] is not running
    assert after(pair, 15) == list(STEPS)
    assert after(pair, 1) == list(STEPS)


def test_a_programme_has_a_clock_of_its_own_and_a_pair_keeps_the_one_it_began_with(stack: Stack) -> None:
    pair = AMatchedPair(stack, trial_days=100, nudge_days=7, ask_days=9, flag_days=11, close_days=13)
    for days, steps in ((6.9, 0), (0.2, 1), (2, 2), (2, 3), (2, 4)):
        after(pair, days)
        assert pair.events(*STEPS) == list(STEPS[:steps])
    assert pair.state() == "ended"


def test_the_whole_way_from_a_silent_pair_to_a_place_that_is_free_again(stack: Stack) -> None:
    pair = AMatchedPair(stack, trial_days=100)
    for days, state in ((27, "trial"), (7, "trial"), (7.9, "trial"), (0.2, "ended")):
        after(pair, days)
        assert pair.state() == state
    assert pair.events(*STEPS) == list(STEPS)
    assert pair.seen()["stage"] == "over"
    [ended] = [
        event
        for event in stack.announced("matching", "cairn.relationship.ended.v1")
        if event["aggregate"] == pair.id
    ]
    assert '"reason":"silent"' in ended["data"]
    places = stack.get("/api/matching/v1/me/export", pair.as_mentor).json
    assert places["places"] == {"capacity": 1, "taken": []}  # type: ignore[index]
