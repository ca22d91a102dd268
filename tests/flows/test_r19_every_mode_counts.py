"""R19: calls, meetings in person and letters count alike, once the two say that they took place."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.flows.sessions_people import AMatchedPair, APair
from tests.stack import Stack


@pytest.fixture
def pair(stack: Stack) -> APair:
    return APair(stack).start()


@pytest.mark.parametrize("mode", ["call", "in_person", "letters"])
def test_a_session_in_any_mode_is_held_once_both_say_so(pair: APair, mode: str) -> None:
    session = pair.plan(mode=mode).json["id"]
    pair.stack.clock.advance(days=1)
    first = pair.says(session, pair.as_mentor, held=True)
    assert (first.json["state"], first.json["said_mentor"], first.json["said_mentee"]) == (
        "planned",
        True,
        None,
    )
    assert "session.held" not in pair.events()
    assert pair.says(session, pair.as_mentee, held=True).json["state"] == "held"
    pair.stack.quiet()
    assert pair.events("session.held") == ["session.held"]
    assert pair.seen()["held"] == 1


def test_letters_have_no_time_slot(pair: APair) -> None:
    planned = pair.plan(mode="letters", starts_at=None)
    assert (planned.status_code, planned.json["minutes"]) == (201, 0)


def test_a_disagreement_is_shown_to_both_and_counts_for_nothing_until_one_changes_her_word(
    pair: APair,
) -> None:
    session = pair.plan(mode="letters").json["id"]
    pair.says(session, pair.as_mentee, held=False)
    pair.says(session, pair.as_mentor, held=True)
    for by in (pair.as_mentee, pair.as_mentor):
        seen = pair.did("GET", f"sessions/{session}", by)
        assert (seen["state"], seen["said_mentee"], seen["said_mentor"]) == ("disputed", False, True)
    pair.stack.clock.advance(days=5)
    pair.stack.quiet()
    assert pair.events("session.held", "session.missed", "session.disputed") == ["session.disputed"]
    step = pair.ask("POST", f"sessions/{session}/steps", pair.as_mentee, {"text": "Write to Ana"})
    assert (step.status_code, step.json["code"]) == (409, "session_not_held")
    assert pair.says(session, pair.as_mentee, held=True).json["state"] == "held"
    pair.stack.quiet()
    assert pair.events("session.held", "session.missed", "session.disputed") == [
        "session.disputed",
        "session.held",
    ]


@pytest.mark.parametrize(("held", "state"), [(True, "held"), (False, "missed")])
def test_one_word_counts_when_the_other_says_nothing_for_two_days(
    pair: APair, held: bool, state: str
) -> None:
    session = pair.plan(mode="letters").json["id"]
    pair.says(session, pair.as_mentor, held=held)
    pair.stack.clock.advance(hours=47)
    pair.stack.quiet()
    assert pair.did("GET", f"sessions/{session}", pair.as_mentee)["state"] == "planned"
    pair.stack.clock.advance(hours=1)
    pair.stack.quiet()
    assert pair.did("GET", f"sessions/{session}", pair.as_mentee)["state"] == state
    late = pair.says(session, pair.as_mentee, held=not held)
    assert (late.status_code, late.json["code"]) == (409, f"session_{state}")


def test_a_programme_says_how_long_the_other_word_is_waited_for_and_a_pair_keeps_its_hours(
    stack: Stack,
) -> None:
    pair = AMatchedPair(stack, word_hours=12)
    pair.programme_changes(word_hours=100)
    session = pair.plan(mode="letters").json["id"]
    pair.says(session, pair.as_mentor, held=True)
    assert pair.seen()["rules"]["word_hours"] == 12
    for hours, state in ((11, "planned"), (1, "held")):
        pair.stack.clock.advance(hours=hours)
        pair.stack.quiet()
        assert pair.did("GET", f"sessions/{session}", pair.as_mentee)["state"] == state


def test_the_word_on_an_introduction_waits_as_long_as_the_programme_says(stack: Stack) -> None:
    pair = APair(stack, word_hours=20)
    introduction = pair.plan(mode="letters").json["id"]
    pair.says(introduction, pair.as_mentor, held=True)
    for hours, state in ((19, "planned"), (1, "held")):
        pair.stack.clock.advance(hours=hours)
        pair.stack.quiet()
        assert pair.did("GET", f"sessions/{introduction}", pair.as_mentee)["state"] == state


def test_a_session_that_nobody_came_to_is_recorded_without_blame(pair: APair) -> None:
    session = pair.plan().json["id"]
    pair.stack.clock.advance(days=1)
    pair.says(session, pair.as_mentee, held=False)
    assert pair.says(session, pair.as_mentor, held=False).json["state"] == "missed"
    pair.stack.quiet()
    [missed] = [
        event
        for event in pair.stack.announced("sessions", "cairn.session.missed.v1")
        if pair.id in event["data"]
    ]
    assert not json.loads(missed["data"]).keys() & {"reason", "by"}


def test_nobody_says_that_a_session_took_place_before_it_began(pair: APair) -> None:
    session = pair.plan().json["id"]
    for held in (True, False):
        early = pair.says(session, pair.as_mentee, held=held)
        assert (early.status_code, early.json["code"]) == (409, "not_begun")
    moved = pair.ask(
        "PATCH",
        f"sessions/{session}",
        pair.as_mentor,
        {"starts_at": (pair.stack.clock() + timedelta(days=2)).isoformat()},
    )
    assert (moved.status_code, moved.json["revision"]) == (200, 1)


#: Monday to Friday, 9 to 12 in Shanghai; and Tuesday evening.
MORNINGS = tuple(day * 24 + hour for day in range(5) for hour in (9, 10, 11))
TUESDAY_EVENING = (24 + 19, 24 + 20)


def test_times_are_proposed_that_suit_both_and_told_on_each_ones_clock(pair: APair) -> None:
    pair.hours(
        mentee=MORNINGS + TUESDAY_EVENING, mentor=TUESDAY_EVENING, zones=("Asia/Shanghai", "Africa/Lagos")
    )
    found = pair.did("GET", f"pairs/{pair.id}/times", pair.as_mentee)["items"]
    assert [one["mentee_local"][11:] for one in found[:2]] == ["19:00:00+08:00", "20:00:00+08:00"]
    assert [one["mentor_local"][11:] for one in found[:2]] == ["12:00:00+01:00", "13:00:00+01:00"]
    planned = pair.plan(starts_at=found[0]["starts_at"])
    assert planned.status_code == 201


def test_summer_time_in_one_place_only_moves_that_clock(pair: APair) -> None:
    pair.hours(mentee=TUESDAY_EVENING, mentor=TUESDAY_EVENING, zones=("Asia/Shanghai", "Europe/Berlin"))
    # In every year there is a Tuesday evening between here and the last Sunday of March, and one in the three weeks that are looked at.
    pair.stack.clock.now = datetime(pair.stack.clock().year + 1, 3, 18, 12, tzinfo=UTC)
    found = pair.did("GET", f"pairs/{pair.id}/times", pair.as_mentee)["items"]
    assert {one["mentee_local"][11:16] for one in found} == {"19:00", "20:00"}
    assert {one["mentor_local"][11:16] for one in found} >= {"12:00", "13:00", "14:00"}


def test_a_longer_session_needs_hours_in_a_row_and_none_at_all_is_explained(pair: APair) -> None:
    assert pair.did("GET", f"pairs/{pair.id}/times", pair.as_mentee)["why_none"] == "hours_unknown"
    pair.hours(mentee=MORNINGS, mentor=TUESDAY_EVENING, zones=("Asia/Shanghai", "Asia/Shanghai"))
    assert pair.did("GET", f"pairs/{pair.id}/times", pair.as_mentee) == {
        "items": [],
        "why_none": "no_shared_hours",
    }
    pair.hours(mentee=MORNINGS, mentor=MORNINGS, zones=("Asia/Shanghai", "Asia/Shanghai"))
    found = pair.did("GET", f"pairs/{pair.id}/times?minutes=180", pair.as_mentee)["items"]
    assert {one["mentee_local"][11:16] for one in found} == {"09:00"}
