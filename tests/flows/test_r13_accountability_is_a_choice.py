"""R13: reminders about steps are per pair and off by default; off means none, ever."""

import pytest

from shared.events.matching import RelationshipEnded, RelationshipPaused, RelationshipResumed
from tests.flows.sessions_people import DAY, AMatchedPair, APair
from tests.stack import Stack


@pytest.fixture
def pair(stack: Stack) -> APair:
    return APair(stack).start()


def a_step(pair: APair) -> str:
    session = pair.meet()
    step: str = pair.did("POST", f"sessions/{session}/steps", pair.as_mentee, {"text": "Write to Ana"})["id"]
    return step


def remind(pair: APair, *, on: bool) -> None:
    pair.did("PUT", f"pairs/{pair.id}/reminders", pair.as_mentee, {"on": on})


def reminders_after(pair: APair, days: float) -> int:
    pair.stack.clock.advance(days=days)
    pair.stack.quiet()
    return len(pair.events("step.reminder_due"))


def test_nobody_is_reminded_unless_she_asked(pair: APair) -> None:
    a_step(pair)
    assert not pair.seen()["reminders"]
    assert reminders_after(pair, 40) == 0


def test_who_asked_is_reminded_of_an_open_step_weekly_and_four_times_at_most(pair: APair) -> None:
    a_step(pair)
    remind(pair, on=True)
    assert [reminders_after(pair, days) for days in (6.9, 0.1, 7, 7, 7, 7, 30)] == [0, 1, 2, 3, 4, 4, 4]


def test_a_programme_says_how_often_and_a_pair_keeps_that(stack: Stack) -> None:
    pair = AMatchedPair(stack, remind_days=3, reminders_most=2)
    pair.programme_changes(remind_days=1, reminders_most=9)
    a_step(pair)
    remind(pair, on=True)
    assert [reminders_after(pair, days) for days in (2.9, 0.1, 3, 3, 3)] == [0, 1, 2, 2, 2]


def test_a_step_agreed_later_is_reminded_of_too_until_it_is_closed(pair: APair) -> None:
    remind(pair, on=True)
    step = a_step(pair)
    assert reminders_after(pair, 7) == 1
    pair.did("POST", f"steps/{step}/closing", pair.as_mentee, {"outcome": "done"})
    assert reminders_after(pair, 30) == 1


def test_off_means_none_ever(pair: APair) -> None:
    remind(pair, on=True)
    a_step(pair)
    pair.did("PUT", f"pairs/{pair.id}/reminders", pair.as_mentor, {"on": False})
    a_step(pair)
    assert reminders_after(pair, 40) == 0
    assert [row["kind"] for row in _timers(pair)].count("remind") == 0


def test_only_the_mentee_turns_them_on(pair: APair) -> None:
    refused = pair.ask("PUT", f"pairs/{pair.id}/reminders", pair.as_mentor, {"on": True})
    assert (refused.status_code, refused.json["code"]) == (403, "mentee_only")


def test_a_pause_is_without_reminders_and_an_end_is_the_end_of_them(pair: APair) -> None:
    remind(pair, on=True)
    a_step(pair)
    pair.told(RelationshipPaused(pair.mentee, pair.mentor, pair.stack.clock() + 60 * DAY))
    assert reminders_after(pair, 20) == 0
    pair.told(RelationshipResumed(pair.mentee, pair.mentor, pair.stack.clock() + 60 * DAY))
    assert reminders_after(pair, 7) == 1
    pair.told(RelationshipEnded(pair.mentee, pair.mentor, "by_choice"))
    assert reminders_after(pair, 40) == 1


def _timers(pair: APair) -> list[dict[str, object]]:
    return list(pair.stack.running["sessions"].room.store.db["timers"].find({"chapter": pair.chapter}))
