"""Cycles stand on the chapter's own clock, on the days when it changes too."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.matching.domain.applications import apply, open_for, withdraw
from services.matching.domain.cycles import Chapter, Cycle, end_of_minute, first_moment, plan_cycle
from shared.errors import Refused
from shared.events.matching import ApplicationReceived, ApplicationWithdrawn, CyclePlanned
from tests.rules.matching.makers import NOON, a_cycle, an_application

SECOND = timedelta(seconds=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return at(text).replace(tzinfo=UTC)


def planned(time_zone: str, opens: str, closes: str) -> Cycle:
    chapter = Chapter("here", "here", time_zone)
    cycle, fact = plan_cycle(
        "cyc_1",
        chapter=chapter,
        programme="prg_1",
        name="Spring",
        opens=at(opens),
        closes=at(closes),
        now=NOON,
    )
    assert fact == CyclePlanned("prg_1", cycle.opens_at, cycle.closes_at)
    return cycle


def test_a_window_is_read_on_the_chapters_clock() -> None:
    cycle = planned("Asia/Shanghai", "2026-11-01T09:00", "2026-11-30T23:59")
    assert (cycle.opens_at, cycle.closes_at) == (utc("2026-11-01T01:00"), utc("2026-11-30T16:00"))
    assert (cycle.opens_local, cycle.closes_local) == ("2026-11-01T09:00", "2026-11-30T23:59")


def test_what_closes_at_23_59_in_shanghai_takes_the_last_second_and_refuses_at_midnight_there() -> None:
    cycle = planned("Asia/Shanghai", "2026-11-01T09:00", "2026-11-30T23:59")
    midnight = at("2026-12-01T00:00").replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    assert [cycle.stage(midnight - SECOND), cycle.stage(midnight)] == ["open", "closed"]
    assert [cycle.stage(cycle.opens_at - SECOND), cycle.stage(cycle.opens_at)] == ["planned", "open"]


# Zurich: 2026-03-29 02:00 jumps to 03:00 (at 01:00 UTC); 2026-10-25 03:00 goes back to 02:00 (at 01:00 UTC).
@pytest.mark.parametrize(
    ("local", "first", "end"),
    [
        ("2026-03-29T01:59", "2026-03-29T00:59", "2026-03-29T01:00"),  # the last minute before the jump
        ("2026-03-29T02:00", "2026-03-29T01:00", "2026-03-29T01:00"),  # never comes
        ("2026-03-29T02:30", "2026-03-29T01:00", "2026-03-29T01:00"),  # never comes
        ("2026-03-29T03:00", "2026-03-29T01:00", "2026-03-29T01:01"),  # the first after it
        ("2026-10-25T01:59", "2026-10-24T23:59", "2026-10-25T00:00"),  # before the hour that comes twice
        ("2026-10-25T02:30", "2026-10-25T00:30", "2026-10-25T01:31"),  # comes twice
        ("2026-10-25T03:00", "2026-10-25T02:00", "2026-10-25T02:01"),  # after it
    ],
)
def test_a_minute_that_never_comes_or_comes_twice_takes_no_time_from_an_applicant(
    local: str, first: str, end: str
) -> None:
    zurich = ZoneInfo("Europe/Zurich")
    assert (first_moment(at(local), zurich), end_of_minute(at(local), zurich)) == (utc(first), utc(end))


def test_a_clock_that_changes_by_half_an_hour_is_read_right() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")  # 2026-10-04 02:00 jumps to 02:30, at 15:30 UTC
    assert first_moment(at("2026-10-04T02:15"), lord_howe) == utc("2026-10-03T15:30")
    assert end_of_minute(at("2026-10-04T02:29"), lord_howe) == utc("2026-10-03T15:30")


@pytest.mark.parametrize(
    ("opens", "closes", "why"),
    [
        ("2026-11-02T09:00", "2026-11-01T09:00", "closes before it opens"),
        ("2026-11-01T09:00", "2027-11-30T09:00", "366 days"),
        ("2026-01-01T09:00", "2026-02-01T09:00", "passed"),
    ],
)
def test_an_impossible_window_is_refused_with_a_pointer(opens: str, closes: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        planned("Asia/Shanghai", opens, closes)
    assert refused.value.status == 422
    assert refused.value.more["errors"][0]["pointer"] == "/closes_local"
    assert why in refused.value.more["errors"][0]["detail"]


# -- applications ---------------------------------------------------------------------------------------------------


def test_an_application_is_taken_from_the_first_moment_until_before_the_last() -> None:
    open_for(a_cycle(), NOON, None)
    open_for(a_cycle(), NOON + timedelta(days=7) - SECOND, None)
    for moment in (NOON - SECOND, NOON + timedelta(days=7)):
        with pytest.raises(Refused, match="cycle_closed"):
            open_for(a_cycle(), moment, None)


def test_before_the_window_the_refusal_says_when_it_opens() -> None:
    with pytest.raises(Refused) as refused:
        open_for(a_cycle(), NOON - SECOND, None)
    assert refused.value.more == {"next_opens_at": "2026-03-02T12:00:00+00:00", "next_cycle": "cyc_1"}


def test_after_the_window_the_refusal_names_the_next_cycle_if_there_is_one() -> None:
    following = a_cycle(id="cyc_2", opens_at=NOON + timedelta(days=90))
    late = NOON + timedelta(days=8)
    with pytest.raises(Refused) as refused:
        open_for(a_cycle(), late, following)
    assert refused.value.more == {"next_opens_at": "2026-05-31T12:00:00+00:00", "next_cycle": "cyc_2"}
    with pytest.raises(Refused) as refused:
        open_for(a_cycle(), late, None)
    assert refused.value.more == {"next_opens_at": None, "next_cycle": None}


def test_an_application_is_made_once_taken_back_once_and_can_come_back() -> None:
    made, fact = apply(None, "app_ana_mentee", cycle=a_cycle(), member="ana", role="mentee", now=NOON)
    assert (made, fact) == (an_application("ana", "mentee"), ApplicationReceived("cyc_1", "ana", "mentee"))
    with pytest.raises(Refused, match="already_applied"):
        apply(made, "app_ana_mentee", cycle=a_cycle(), member="ana", role="mentee", now=NOON)
    gone, withdrawn = withdraw(made)
    assert (gone.state, withdrawn) == ("withdrawn", ApplicationWithdrawn("cyc_1", "ana", "mentee"))
    with pytest.raises(Refused, match="already_withdrawn"):
        withdraw(gone)
    later = NOON + timedelta(days=1)
    back, _ = apply(gone, "app_ana_mentee", cycle=a_cycle(), member="ana", role="mentee", now=later)
    assert (back.state, back.applied_at) == ("waiting", later)
