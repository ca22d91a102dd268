"""What people wish for, as values: categories, channels, quiet hours and digests on a person's own clock; and links that switch off."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.notifications.domain.catalogue import DIGEST, TEMPLATES
from services.notifications.domain.preferences import (
    _TEMPLATES,
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
from services.notifications.unsubscribing import Unsubscription, read_token, token_of
from shared.keys import Keys, make_keys, read_keys

SHANGHAI, ZURICH = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Zurich")
EVERYTHING = QuietHours(21, 8, "everything")
ALL_OFF = switched_off(Preferences(), CATEGORIES)


def at(zone: ZoneInfo, day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    """A moment of 2026 on the zone's clock."""
    return datetime(2026, month, day, hour, minute, tzinfo=zone).astimezone(UTC)


def test_a_category_names_only_mails_that_there_are_and_each_of_them_once() -> None:
    named = [template for templates in _TEMPLATES.values() for template in templates]
    assert len(named) == len(set(named))
    assert set(named) <= set(TEMPLATES)


def test_what_can_be_off_is_named_here() -> None:
    off = {template for template in TEMPLATES if channel_of(ALL_OFF, template) == "off"}
    assert off == {
        "session_scheduled", "session_moved", "session_cancelled", "session_disputed", "session_missed", "step_agreed", "step_done",
        "step_reminder", "goal_set", "goal_commented", "silence_nudged", "kudos", "certificate", "pulse_due", "outcome_due",
        "silence_flagged",
    }  # fmt: skip


@pytest.mark.parametrize("template", [one for one in TEMPLATES if category_of(one) in ESSENTIAL])
def test_what_is_essential_is_told_by_mail_at_once_whatever_she_chose(template: str) -> None:
    odd = Preferences(dict.fromkeys(CATEGORIES, "off"), digest="weekly", chat=b"hidden")
    assert channel_of(odd, template) == "mail"
    assert not digested(odd, template)


def test_a_digest_is_no_category_of_its_own_and_cannot_be_off() -> None:
    assert channel_of(ALL_OFF, DIGEST) == "mail"


def test_what_should_go_to_a_chat_goes_by_mail_without_one() -> None:
    wishes = chosen(Preferences(), {"steps": "chat"})
    assert channel_of(wishes, "step_done") == "mail"
    assert channel_of(Preferences(wishes.channels, chat=b"hidden"), "step_done") == "chat"


def test_choosing_changes_what_is_named_and_switching_off_what_is_essential_changes_nothing() -> None:
    wishes = chosen(chosen(Preferences(), {"steps": "off", "goals": "chat"}), {"steps": "mail"})
    assert wishes.channels == {"goals": "chat"}
    assert switched_off(Preferences(), ("relationship", "account", "nonsense")) == Preferences()
    assert set(ALL_OFF.channels) == set(OPTIONAL)


@pytest.mark.parametrize(
    ("hour", "ends"),
    [
        (20, None),
        (21, at(SHANGHAI, 11, 8)),
        (23, at(SHANGHAI, 11, 8)),
        (0, at(SHANGHAI, 10, 8)),
        (7, at(SHANGHAI, 10, 8)),
        (8, None),
    ],
)
def test_quiet_hours_begin_and_end_on_her_own_clock(hour: int, ends: datetime | None) -> None:
    assert quiet_until(EVERYTHING, "mail", SHANGHAI, at(SHANGHAI, 10, hour)) == ends


def test_quiet_hours_within_one_day_and_all_day_long() -> None:
    noon = QuietHours(12, 14, "everything")
    assert quiet_until(noon, "mail", SHANGHAI, at(SHANGHAI, 10, 13)) == at(SHANGHAI, 10, 14)
    assert quiet_until(noon, "mail", SHANGHAI, at(SHANGHAI, 10, 14)) is None
    always = QuietHours(9, 9, "everything")
    assert quiet_until(always, "mail", SHANGHAI, at(SHANGHAI, 10, 9)) == at(SHANGHAI, 11, 9)


def test_quiet_hours_count_for_what_she_said() -> None:
    night = at(SHANGHAI, 10, 23)
    assert quiet_until(QuietHours(), "mail", SHANGHAI, night) is None
    assert quiet_until(QuietHours(), "chat", SHANGHAI, night) == at(SHANGHAI, 11, 8)
    assert quiet_until(QuietHours(of="nothing"), "chat", SHANGHAI, night) is None


def test_the_night_in_which_the_clock_changes_ends_at_the_same_hour_there() -> None:
    before = at(ZURICH, 28, 23)  # summer time begins on 29 March
    ends = quiet_until(EVERYTHING, "mail", ZURICH, before)
    assert ends is not None
    assert ends.astimezone(ZURICH).hour == 8
    assert ends - before == timedelta(hours=8)
    skipped = quiet_until(QuietHours(22, 2, "everything"), "mail", ZURICH, before)
    assert skipped == datetime(2026, 3, 29, 1, tzinfo=UTC)  # 02:00 is skipped there: 03:00 it is


def test_digests_go_out_at_eight_each_day_or_each_monday() -> None:
    daily, weekly = Preferences(digest="daily"), Preferences(digest="weekly")
    assert next_digest(daily, SHANGHAI, at(SHANGHAI, 10, 7)) == at(SHANGHAI, 10, 8)
    assert next_digest(daily, SHANGHAI, at(SHANGHAI, 10, 8)) == at(SHANGHAI, 11, 8)
    assert next_digest(weekly, SHANGHAI, at(SHANGHAI, 10, 7)) == at(SHANGHAI, 16, 8)
    assert next_digest(weekly, SHANGHAI, at(SHANGHAI, 16, 7)) == at(SHANGHAI, 16, 8)
    assert next_digest(weekly, SHANGHAI, at(SHANGHAI, 16, 9)) == at(SHANGHAI, 23, 8)


def test_sessions_are_never_in_a_digest_and_what_is_off_or_in_a_chat_neither() -> None:
    daily = Preferences({"goals": "off", "steps": "chat"}, digest="daily", chat=b"hidden")
    told = [one for one in ("session_moved", "goal_set", "step_done", "kudos") if digested(daily, one)]
    assert told == ["kudos"]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder: Path = tmp_path_factory.mktemp("keys")
    make_keys(folder)
    return read_keys(folder, signing=False)


def test_a_token_says_who_where_and_what_and_cannot_be_changed(keys: Keys) -> None:
    asked = Unsubscription("mem_1", "shanghai", ("goals", "steps"))
    token = token_of(asked, keys)
    assert read_token(token, keys) == asked
    other = token_of(Unsubscription("mem_2", "shanghai", ("goals", "steps")), keys)
    said, signature = other.split(".")[0], token.split(".")[1]
    for wrong in (
        f"{said}.{signature}",
        token + "x",
        token[1:],
        "",
        ".",
        "a.b",
        "é.é",
        token.replace(".", ""),
    ):
        assert read_token(wrong, keys) is None
