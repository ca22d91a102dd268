"""What a round reports about itself: spreads, shares of groups that give nobody away, who is left, and seats."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from services.matching.engine import (
    Answer,
    GroupShare,
    Histogram,
    LeftCount,
    Options,
    Person,
    Question,
    Rules,
    SeatPrice,
    Share,
    snapshot,
    solve,
)
from services.matching.engine.distribution import BARS_MAX, histogram
from services.matching.engine.report import of_best_ppm
from tests.rules.engine.makers import a_mentee, a_mentor, some_people, some_rules

COHORT = Question(key="cohort", match="same")


def test_spreads_count_every_proposal_in_the_bar_its_score_lies_in() -> None:
    seen = 0
    for seed in range(20):
        drafted = solve(snapshot(some_people(seed, 30, 20), some_rules(seed)))
        for name in ("u", "v", "w"):
            spread = getattr(drafted.report.spread, name)
            scores = [getattr(one, name) for one in drafted.proposals]
            bars = Counter((score - spread.low) // spread.width for score in scores)
            assert spread.counts == tuple(bars[place] for place in range(len(spread.counts)))
            seen += len(scores)
    assert seen > 200


@pytest.mark.parametrize("highest", [0, 19, 20, 99, 100, 199, 200, 999, 1_000, 123_456_789])
def test_twenty_bars_are_enough_and_each_lies_within_one_of_any_wider_spread(highest: int) -> None:
    spread = histogram(np.array([0, highest]))
    assert len(spread.counts) <= BARS_MAX
    assert spread.counts[0] + spread.counts[-1] == 2 * (len(spread.counts) > 1) + 4 * (
        len(spread.counts) == 1
    )
    widths = [1, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000, 10_000_000]
    assert spread.width in widths
    assert spread.low % spread.width == 0
    assert highest < 200 or len(spread.counts) > BARS_MAX // 5


def test_a_round_without_proposals_has_spreads_without_bars() -> None:
    assert solve(snapshot([], Rules())).report.spread.w == Histogram(low=0, width=1, counts=())


def test_those_left_are_counted_by_side_and_code() -> None:
    for seed in range(20):
        drafted = solve(snapshot(some_people(seed, 30, 20), some_rules(seed)))
        counted = Counter((one.side, one.code) for one in drafted.left_over)
        assert {(one.side, one.code): one.people for one in drafted.report.left} == counted
    full = solve(
        snapshot([a_mentee(), a_mentee("mem_bea"), a_mentor(), a_mentor("mem_no", confirmed=False)], Rules())
    )
    assert full.report.left == (
        LeftCount(side="mentee", code="seats", people=1),
        LeftCount(side="mentor", code="confirmed", people=1),
    )


def _answering(people: Iterable[Person], choice: str, *, consented: bool = True) -> list[Person]:
    said = {"cohort": Answer(value=choice, consented=consented)}
    return [replace(one, answers=said) for one in people]


def _mentees(letter: str, number: int, **changes: Any) -> list[Person]:
    return [a_mentee(f"mem_{letter}{place}", **changes) for place in range(number)]


def _groups(people: list[Person], question: Question = COHORT) -> tuple[GroupShare, ...]:
    return solve(snapshot(people, Rules(questions=(question,)))).report.groups


def test_groups_are_those_who_gave_an_answer_with_those_of_them_who_were_matched() -> None:
    people = _answering(_mentees("a", 8), "first") + _answering(_mentees("b", 9), "second")
    keen = {"python": 3, "law": 3}
    people += _answering(_mentees("k", 2, areas_wanted=keen), "second")
    people += [a_mentor(mentor_seats=2, areas_offered={"python": 9, "law": 9})]
    assert _groups(people) == (
        GroupShare(question="cohort", choice="first", mentees=Share(matched=0, of=8), mentors=None),
        GroupShare(question="cohort", choice="second", mentees=Share(matched=2, of=11), mentors=None),
    )


def test_groups_of_six_or_with_fewer_than_seven_outside_are_not_shown() -> None:
    assert _groups(_answering(_mentees("a", 6), "first") + _mentees("b", 20)) == ()
    assert _groups(_answering(_mentees("a", 20), "first") + _mentees("b", 6)) == ()
    assert _groups(_answering(_mentees("a", 7), "first") + _mentees("b", 7)) == (
        GroupShare(question="cohort", choice="first", mentees=Share(matched=0, of=7), mentors=None),
    )
    everybody = Share(matched=0, of=7)
    assert _groups(_answering(_mentees("a", 7), "first")) == (
        GroupShare(question="cohort", choice="first", mentees=everybody, mentors=None),
    )


def test_those_who_could_not_be_proposed_and_answers_without_consent_make_no_group() -> None:
    unconfirmed = _mentees("a", 9, confirmed=False)
    assert _groups(_answering(unconfirmed, "first")) == ()
    assert _groups(_answering(_mentees("a", 9), "first", consented=False)) == ()


def test_a_sensitive_question_makes_no_groups_however_large() -> None:
    people = _answering(_mentees("a", 20), "first") + _mentees("b", 20)
    assert len(_groups(people)) == 1
    assert _groups(people, replace(COHORT, sensitive=True)) == ()


def test_the_ten_seats_that_would_help_most_come_highest_first() -> None:
    longer = 0
    for seed in range(20):
        drafted = solve(snapshot(some_people(seed, 60, 20), some_rules(seed)))
        highest = sorted(drafted.prices, key=lambda one: (-one.points, one.mentor))
        assert drafted.report.seats == tuple(highest[:10])
        longer += len(highest) > 10
    assert longer > 3
    wanted = solve(snapshot([a_mentee(), a_mentee("mem_bea"), a_mentor()], Rules()))
    assert wanted.report.seats == (SeatPrice(mentor="mem_mo", points=wanted.report.total),)


def test_a_round_says_what_share_of_the_best_it_certainly_reaches() -> None:
    report = solve(snapshot([a_mentee(), a_mentor()], Rules()), options=Options(seed=3)).report
    assert (report.objective, report.of_best_ppm) == (report.total, 1_000_000)
    assert of_best_ppm(999_999, 1_000_000) == 999_999
    assert of_best_ppm(2, 3) == 666_666
    assert of_best_ppm(0, 0) == 1_000_000
