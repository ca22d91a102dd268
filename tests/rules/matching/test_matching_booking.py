"""The introduction is booked by sessions' news, in whatever order those of two meetings come."""

from datetime import timedelta

import pytest

from services.matching.domain import relationships
from services.matching.domain.booking import book, call_off
from services.matching.domain.lasting import fall_due
from services.matching.domain.relationships import Relationship
from tests.rules.matching.makers import NOON, a_proposal, a_term, a_vote, an_introduction, some_places

LATER = NOON + timedelta(days=2)


def test_a_planned_meeting_books_the_introduction_and_its_end_opens_it_again() -> None:
    booked = book(an_introduction()[0], "ses_1", now=LATER)
    assert (booked.state, booked.since, booked.booked) == ("booked", LATER, ("ses_1",))
    assert (booked.history[-1].move, booked.history[-1].by) == ("book", "session")
    again = call_off(booked, "ses_1", now=LATER)
    assert (again.state, again.booked, again.deadline) == ("introduction", (), an_introduction()[0].deadline)


def test_the_news_of_a_second_meeting_may_come_before_the_end_of_the_first() -> None:
    both = book(book(an_introduction()[0], "ses_1", now=NOON), "ses_2", now=LATER)
    assert (both.since, both.booked) == (NOON, ("ses_1", "ses_2"))
    one = call_off(both, "ses_1", now=LATER)
    assert (one.state, one.booked) == ("booked", ("ses_2",))
    assert book(one, "ses_2", now=LATER) == one
    assert call_off(one, "ses_1", now=LATER) == one


@pytest.mark.parametrize("pair", [a_proposal(), a_vote(), a_term(), a_proposal(state="lapsed", open=False)])
def test_news_of_a_meeting_change_nothing_before_and_after_the_introduction(pair: Relationship) -> None:
    assert book(pair, "ses_1", now=LATER) == pair
    assert call_off(pair, "ses_1", now=LATER) == pair


def test_a_booked_introduction_is_held_or_lapses_like_any_other() -> None:
    introduced, places = an_introduction()
    booked = book(introduced, "ses_1", now=LATER)
    held, _ = relationships.meet(booked, now=LATER)
    assert (held.state, held.booked) == ("voting", ())
    assert booked.meet_by is not None
    assert fall_due(booked, places, now=booked.meet_by - timedelta(seconds=1)) is None
    lapsed = fall_due(booked, places, now=booked.meet_by)
    assert lapsed is not None
    assert (lapsed[0].state, lapsed[1]) == ("lapsed", some_places(1))
