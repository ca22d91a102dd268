"""What people may wish for: quiet hours and digests on their own clocks, and what is told whatever they wish."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.catalogue import CONFIRMATION, SIGN_IN, TEMPLATES
from services.notifications.domain.preferences import (
    CATEGORIES,
    ESSENTIAL,
    OPTIONAL,
    Preferences,
    QuietHours,
    category_of,
    channel_of,
    chosen,
    digested,
    next_digest,
    quiet_until,
    switched_off,
)

ZURICH, SHANGHAI = ZoneInfo("Europe/Zurich"), ZoneInfo("Asia/Shanghai")
NIGHT = QuietHours(21, 8, "everything")
HOURS = st.integers(0, 23)
#: A thousand days, summer and winter time among them.
MOMENTS = st.integers(0, 1_000 * 1_440).map(lambda m: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=m))


def at(text: str, zone: ZoneInfo = ZURICH) -> datetime:
    """A local time, as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-03-03T20:59", None),
        ("2026-03-03T21:00", "2026-03-04T08:00"),
        ("2026-03-03T23:59", "2026-03-04T08:00"),
        ("2026-03-04T00:00", "2026-03-04T08:00"),
        ("2026-03-04T07:59", "2026-03-04T08:00"),
        ("2026-03-04T08:00", None),
    ],
)
def test_quiet_hours_go_over_midnight_and_end_on_the_hour(now: str, ends: str | None) -> None:
    assert quiet_until(NIGHT, "mail", ZURICH, at(now)) == (None if ends is None else at(ends))


def test_quiet_hours_are_on_the_persons_own_clock() -> None:
    now = at("2026-03-03T22:00", SHANGHAI)
    assert quiet_until(NIGHT, "mail", SHANGHAI, now) == at("2026-03-04T08:00", SHANGHAI)
    assert quiet_until(NIGHT, "mail", ZURICH, now) is None


def test_quiet_hours_that_end_in_the_hour_that_the_clock_skips_end_when_it_has_skipped() -> None:
    quiet = QuietHours(22, 2, "everything")
    assert quiet_until(quiet, "mail", ZURICH, at("2026-03-29T01:30")) == datetime(2026, 3, 29, 1, tzinfo=UTC)


@given(first=HOURS, length=st.integers(1, 20), now=MOMENTS)
def test_quiet_hours_always_end_within_a_day_and_are_over_then(
    first: int, length: int, now: datetime
) -> None:
    quiet = QuietHours(first, (first + length) % 24, "everything")
    end = quiet_until(quiet, "mail", ZURICH, now)
    if end is not None:
        assert now < end <= now + timedelta(hours=25)
        assert quiet_until(quiet, "mail", ZURICH, end) is None


@pytest.mark.parametrize(
    ("of", "mail", "chat"), [("nothing", False, False), ("chat", False, True), ("everything", True, True)]
)
def test_quiet_hours_count_for_what_she_says(of: str, *, mail: bool, chat: bool) -> None:
    quiet = QuietHours(21, 8, of)  # type: ignore[arg-type]
    now = at("2026-03-03T22:00")
    assert (quiet_until(quiet, "mail", ZURICH, now) is not None) is mail
    assert (quiet_until(quiet, "chat", ZURICH, now) is not None) is chat


@pytest.mark.parametrize(
    ("digest", "now", "due"),
    [
        ("daily", "2026-03-03T07:59", "2026-03-03T08:00"),
        ("daily", "2026-03-03T08:00", "2026-03-04T08:00"),
        ("daily", "2026-03-28T12:00", "2026-03-29T08:00"),  # summer time begins that night
        ("weekly", "2026-03-02T07:59", "2026-03-02T08:00"),
        ("weekly", "2026-03-02T08:00", "2026-03-09T08:00"),
        ("weekly", "2026-03-08T23:00", "2026-03-09T08:00"),
    ],
)
def test_digests_come_at_eight_each_day_or_each_monday(digest: str, now: str, due: str) -> None:
    wishes = Preferences(digest=digest)  # type: ignore[arg-type]
    assert next_digest(wishes, ZURICH, at(now)) == at(due)


def test_what_is_essential_goes_by_mail_at_once_whatever_she_wishes() -> None:
    everything_off = Preferences(dict.fromkeys(CATEGORIES, "off"), digest="weekly", chat=b"x")
    for template in TEMPLATES:
        if category_of(template) in ESSENTIAL:
            assert channel_of(everything_off, template) == "mail", template
            assert not digested(everything_off, template), template
        else:
            assert channel_of(everything_off, template) == "off", template


def test_what_asks_for_an_answer_or_changes_the_relationship_is_essential() -> None:
    essential = {template for template in TEMPLATES if category_of(template) in ESSENTIAL}
    assert {
        CONFIRMATION,
        SIGN_IN,
        "proposal_of_mentor",
        "vote",
        "started",
        "ended",
        "silence_asked",
    } <= essential
    assert "question_asked" in essential
    assert not {"kudos", "step_done", "silence_nudged", "pulse_due", "session_scheduled"} & essential


def test_every_category_is_told_something_or_nobody_could_choose_it() -> None:
    assert {category_of(template) for template in TEMPLATES} == set(CATEGORIES)


def test_sessions_are_never_in_a_digest_because_calendars_need_them_at_once() -> None:
    wishes = Preferences(digest="daily")
    assert not digested(wishes, "session_scheduled")
    assert digested(wishes, "kudos")


def test_what_should_go_to_a_chat_that_is_not_there_goes_by_mail() -> None:
    wishes = Preferences({"thanks": "chat"})
    assert channel_of(wishes, "kudos") == "mail"
    assert channel_of(Preferences({"thanks": "chat"}, chat=b"x"), "kudos") == "chat"


def test_switching_off_leaves_what_is_essential_and_what_nobody_knows() -> None:
    before = chosen(Preferences(), {"steps": "chat"})
    after = switched_off(before, ["relationship", "thanks", "nonsense"])
    assert after.channels == {"steps": "chat", "thanks": "off"}
    assert switched_off(after, OPTIONAL).channels == dict.fromkeys(OPTIONAL, "off")
