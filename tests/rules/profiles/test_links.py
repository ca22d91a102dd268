"""Links and sessions: once, in time, by the right account."""

from datetime import timedelta

import pytest

from services.profiles.domain import sign_in
from shared.errors import NotAllowed, NotThere, Refused
from tests.rules.profiles.makers import NOON, a_member

MOMENT = timedelta(milliseconds=1)


def test_a_confirmation_link_works_for_seven_days() -> None:
    link = sign_in.new_link("lnk_1", a_member(), "confirmation", NOON)
    in_time, too_late = link.expires_at - MOMENT, link.expires_at

    used = sign_in.follow_confirmation(link, a_member(), by=None, now=in_time)

    assert link.expires_at == NOON + timedelta(days=7)
    assert used is not None
    assert used.used_at == in_time
    with pytest.raises(Refused) as refused:
        sign_in.follow_confirmation(link, a_member(), by=None, now=too_late)
    assert refused.value.code == "link_expired"


def test_a_confirmed_member_is_confirmed_by_no_link_again_however_late() -> None:
    link = sign_in.new_link("lnk_1", a_member(), "confirmation", NOON)

    again = sign_in.follow_confirmation(
        link, a_member(confirmed_at=NOON), by="mem_anna", now=link.expires_at + timedelta(days=1)
    )

    assert again is None


def test_a_link_fails_for_another_account_even_when_it_would_do_no_harm() -> None:
    link = sign_in.new_link("lnk_1", a_member(), "confirmation", NOON)

    for member in (a_member(), a_member(confirmed_at=NOON)):
        with pytest.raises(NotAllowed) as refused:
            sign_in.follow_confirmation(link, member, by="mem_bea", now=NOON)
        assert refused.value.code == "link_of_another_account"


def test_a_sign_in_link_works_once_for_twenty_minutes() -> None:
    link = sign_in.new_link("lnk_1", a_member(), "sign_in", NOON)

    used = sign_in.follow_sign_in(link, link.expires_at - MOMENT)

    assert link.expires_at == NOON + timedelta(minutes=20)
    for tried, now, code in ((used, NOON, "link_used"), (link, link.expires_at, "link_expired")):
        with pytest.raises(Refused) as refused:
            sign_in.follow_sign_in(tried, now)
        assert refused.value.code == code


def test_a_link_serves_only_its_own_purpose() -> None:
    with pytest.raises(NotThere):
        sign_in.follow_sign_in(sign_in.new_link("lnk_1", a_member(), "confirmation", NOON), NOON)
    with pytest.raises(NotThere):
        sign_in.follow_confirmation(
            sign_in.new_link("lnk_1", a_member(), "sign_in", NOON), a_member(), by=None, now=NOON
        )


def test_a_session_lasts_fourteen_days_or_until_she_signs_out() -> None:
    session = sign_in.begin_session("ses_1", a_member(), NOON)

    ended = sign_in.end_session(session, NOON)

    assert session.lasts(NOON + timedelta(days=14) - MOMENT)
    assert not session.lasts(NOON + timedelta(days=14))
    assert not ended.lasts(NOON)
    assert sign_in.end_session(ended, NOON + timedelta(days=1)) == ended
