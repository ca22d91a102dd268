"""The plots of a round: every score is drawn once, two drafts share an axis, and numbers stand beside their bars."""

from typing import Any, get_args

import numpy as np
import pytest

from services.matching.domain.market import Met
from services.matching.domain.rounds import Skipped
from services.matching.engine import KINDS, STOPS, snapshot, solve
from services.matching.engine.distribution import histogram
from services.web import rounds_plots
from services.web.plots import WIDTH, Plot
from services.web.rounds_plots import COLUMN_WIDTH_MAX, SPREAD_HEIGHT, SPREAD_WIDTH
from services.web.rounds_words import (
    PAIR_STOPS,
    PAIR_STOPS_IN_SHORT,
    SKIPPED,
    asked_in_words,
    change_in_words,
    progress_in_words,
    stopped_by,
)
from tests.edges.web import NOTHING_ASKED
from tests.rules.engine.makers import some_people, some_rules


def a_histogram(scores: list[int]) -> dict[str, Any]:
    """As a report holds it."""
    found = histogram(np.array(scores))
    return {"low": found.low, "width": found.width, "counts": list(found.counts)}


def a_share(matched: int, of: int) -> dict[str, int]:
    return {"matched": matched, "of": of}


def a_report(**changes: Any) -> dict[str, Any]:
    everybody = {"mentees": a_share(3, 4), "mentors": a_share(1, 2)}
    return {**everybody, "chapters": [{"chapter": "bern", **everybody}], **changes}


def shares_of(report: dict[str, Any], **chapters: str) -> Plot:
    drawn = rounds_plots.shares("Who", report, chapters)
    assert drawn is not None
    return drawn


def test_a_spread_draws_every_score_once_and_the_most_frequent_the_tallest() -> None:
    scores = [10, 10, 11, 47, 99, 100]
    drawn = rounds_plots.spread("w", "Both", a_histogram(scores))
    assert drawn is not None
    assert sum(column.count for column in drawn.columns) == len(scores)
    tallest = max(drawn.columns, key=lambda column: column.count)
    assert (tallest.height, (drawn.low, drawn.high)) == (SPREAD_HEIGHT, (10, 104))
    assert all(low <= 10 <= high for low, high, (count,) in drawn.rows if count == 3)
    assert all(column.x >= 0 and column.x + column.width <= SPREAD_WIDTH for column in drawn.columns)


def test_a_single_bar_is_no_wall() -> None:
    drawn = rounds_plots.spread("w", "Both", a_histogram([7]))
    assert drawn is not None
    assert [(column.width < COLUMN_WIDTH_MAX, column.bears) for column in drawn.columns] == [(True, "1")]


def test_nothing_is_drawn_where_there_are_no_scores() -> None:
    assert rounds_plots.spread("w", "Both", a_histogram([])) is None


@pytest.mark.parametrize("wide", [range(0, 400, 7), range(1_000, 1_003), range(95, 96)])
def test_two_drafts_share_one_axis_and_keep_their_own_counts(wide: range) -> None:
    narrow = list(range(90, 99))
    drawn = rounds_plots.spread("w", "Both", a_histogram(narrow), a_histogram(list(wide)))
    assert drawn is not None
    for which, scores in enumerate((narrow, list(wide))):
        for low, high, counts in drawn.rows:
            assert counts[which] == sum(low <= score <= high for score in scores)
        assert sum(column.count for column in drawn.columns if column.other == bool(which)) == len(scores)


def test_a_draft_without_scores_stands_beside_one_with_some() -> None:
    drawn = rounds_plots.spread("w", "Both", a_histogram([]), a_histogram([5, 6]))
    assert drawn is not None
    assert drawn.rows == [(5, 5, [0, 1]), (6, 6, [0, 1])]


def test_shares_are_listed_by_side_chapter_and_group_where_they_may_be_shown() -> None:
    shown = {"question": "cohort", "choice": "first", "mentees": a_share(5, 9), "mentors": None}
    both = [
        {"chapter": name, "mentees": a_share(1, 2), "mentors": a_share(0, 0)} for name in ("bern", "zurich")
    ]
    drawn = shares_of(a_report(groups=[shown], chapters=both), bern="Bern")
    assert [heading.text for heading in drawn.headings] == ["Mentees", "Mentors"]
    assert [(bar.label, bar.words, bar.end) for bar in drawn.bars] == [
        ("All", "3 of 4: 75%", 0.75 * WIDTH),
        ("Bern", "1 of 2: 50%", 0.5 * WIDTH),
        ("zurich", "1 of 2: 50%", 0.5 * WIDTH),
        ("cohort: first", "5 of 9: 56%", 5 / 9 * WIDTH),
        ("All", "1 of 2: 50%", 0.5 * WIDTH),
    ]


def test_those_left_are_listed_by_what_stopped_them_most_first() -> None:
    counts = [
        {"side": "mentee", "code": "hour", "people": 1},
        {"side": "mentee", "code": "language", "people": 4},
        {"side": "mentor", "code": "seats", "people": 2},
    ]
    drawn = rounds_plots.left("Who", a_report(left=counts), 9)
    assert drawn is not None
    assert [(bar.label, bar.words, bar.end) for bar in drawn.bars] == [
        ("no common language", "4 people", WIDTH),
        ("no common free hour", "1 person", WIDTH / 4),
        ("pairs were possible; others were chosen", "2 people", WIDTH / 2),
        ("not confirmed, no place, or not eligible", "2 people", WIDTH / 2),
    ]
    assert [heading.text for heading in drawn.headings] == ["Mentees", "Mentors", "Not in the round at all"]
    inside = rounds_plots.left("Who", a_report(left=counts), 7)
    assert inside is not None
    assert len(inside.bars) == 3


@pytest.mark.parametrize(
    ("choice", "drawn"),
    [
        ("short", "cohort: short"),
        ("long " * 20, "cohort: long long long long long long long long l…"),
        ("很" * 40, f"cohort: {'很' * 20}…"),
    ],
)
def test_a_group_with_a_long_name_ends_where_the_drawing_does(choice: str, drawn: str) -> None:
    group = {"question": "cohort", "choice": choice, "mentees": a_share(5, 9), "mentors": None}
    (_, bar, _) = shares_of(a_report(groups=[group])).bars
    assert bar.label == drawn


def test_a_report_of_before_there_were_such_figures_is_drawn_without_them() -> None:
    assert [bar.label for bar in shares_of(a_report()).bars] == ["All", "All"]
    assert rounds_plots.left("Who", a_report(), 5) is None
    assert rounds_plots.left("Who", a_report(left=[]), 0) is None
    assert rounds_plots.seats("Where", [], {}) is None


@pytest.mark.parametrize(
    ("millionths", "said"), [(1_000_000, "100%"), (999_999, "99.99%"), (985_049, "98.5%"), (0, "0%")]
)
def test_only_the_best_is_called_all_of_it(millionths: int, said: str) -> None:
    assert rounds_plots.of_best(millionths) == said


@pytest.mark.parametrize(
    ("progress", "said"),
    [
        ({"step": "waiting", "done": 0, "of": 0}, "It begins in a moment."),
        ({"step": "waiting", "done": 0, "of": 2}, "2 rounds come first."),
        ({"step": "scan", "done": 3, "of": 9}, "Looking at all pairs: 3 of 9"),
        ({"step": "scan 2", "done": 3, "of": 9}, "Looking at all pairs: 3 of 9"),
        ({"step": "flow", "done": 0, "of": 1}, "Choosing the best pairs"),
        ({"step": "something new", "done": 1, "of": 2}, "something new: 1 of 2"),
    ],
)
def test_progress_is_a_phrase_whatever_the_step(progress: dict[str, Any], said: str) -> None:
    assert progress_in_words(progress) == said


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("most", [-1, 300_000])
def test_every_step_of_the_engine_has_words(kind: str, most: int) -> None:
    market, steps = snapshot(some_people(1, 30, 20), some_rules(1)), set()
    told: dict[str, Any] = {"progress": lambda step, _done, _of: steps.add(step), "plain_pairs_most": most}
    solve(market, kind, **told, full_report=kind == "stable")
    assert {"report"} | ({"stops", "bound"} if kind == "stable" and most < 0 else set()) <= steps
    assert {step for step in steps if progress_in_words({"step": step, "done": 0, "of": 0}) == step} == set()


def test_seats_whose_points_nobody_is_told_are_not_drawn() -> None:
    assert rounds_plots.seats("Seats", [{"mentor": "mem_1", "points": None}], {}) is None


def test_what_stands_between_two_is_told_once_and_never_of_whom() -> None:
    stops = [
        {"code": "exclusion", "by": "mentee"},
        {"code": "exclusion", "by": "mentor"},
        {"code": "new", "by": "pair"},
    ]
    assert stopped_by(stops) == [
        "One of the two would rather not meet the other. Who it is, nobody else is told.",
        "new",
    ]


def test_two_who_have_met_are_not_told_of_as_if_one_kept_the_other_away() -> None:
    stops = [{"code": code, "by": "pair"} for code in get_args(Met)]
    assert stopped_by(stops) == [
        "They have been brought together already, and that is still under way.",
        "They have been brought together before. A round proposes them again once both say that they would like it.",
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"code": "language", "name": "de", "value": None}, "Speaking German as well"),
        ({"code": "hour", "name": None, "value": 42}, "Being free for one more hour: Tuesday, 18:00"),
        (
            {"code": "chapter", "name": "bern", "value": None},
            "An agreement with the chapter bern to share people",
        ),
    ],
)
def test_a_change_that_would_help_is_half_a_sentence(change: dict[str, Any], said: str) -> None:
    assert change_in_words(change, "mentee") == said


@pytest.mark.parametrize(
    ("side", "said"),
    [
        ("mentee", "Fewer proposals or pairs: she has as many as may be"),
        ("mentor", "A free place; a proposal without an answer takes one as well"),
    ],
)
def test_who_holds_as_much_as_she_may_is_not_said_to_take_no_proposal(side: str, said: str) -> None:
    assert change_in_words({"code": "no_seat", "name": None, "value": None}, side) == said


def test_two_drafts_of_one_minute_are_told_apart_by_what_was_asked_for() -> None:
    assert asked_in_words({"kind": "welfare", "seed": 0, "options": NOTHING_ASKED}) == "Best total"
    asked = NOTHING_ASKED | {
        "floor": 20,
        "tolerance_ppm": 10,
        "calm": 5,
        "stay": 3,
        "locked": [{}, {}],
        "bonus": {"cohort/first": 9},
    }
    assert asked_in_words({"kind": "calm", "seed": 7, "options": asked}) == (
        "Calm · at most 5 points · from 20 points on · to within 10 millionths · 2 pairs stay"
        " · a pair of the draft before: +3 · points for 1 group · seed 7"
    )


@pytest.mark.parametrize(
    ("some", "of", "said"),
    [
        (10_000, 10_000, "100%"),
        (9_985, 10_000, "99.8%"),
        (2_499_999_999, 2_500_000_000, "99.9%"),
        (199, 201, "99%"),
        (1, 201, "0.4%"),
        (1, 200, "0.5%"),
        (1, 2_500_000_000, "less than 0.1%"),
        (0, 10, "0%"),
        (1, 3, "33%"),
    ],
)
def test_a_share_is_never_rounded_to_all_or_to_nothing(some: int, of: int, said: str) -> None:
    assert rounds_plots.part(some, of) == said


def test_what_stops_pairs_is_drawn_in_the_order_in_which_rules_are_asked() -> None:
    stops = [
        {"code": "chapter", "pairs": 1_000},
        {"code": "same_person", "pairs": 0},
        {"code": "hour", "pairs": 2_400},
        {"code": "new", "pairs": 80},
    ]
    report = a_report(pairs=4_000, eligible_pairs=520, stopped=stops)
    drawn = rounds_plots.stopped("What", report)
    assert drawn is not None
    assert [(bar.label, bar.words, bar.end) for bar in drawn.bars] == [
        ("possible", "520: 13%", WIDTH * 0.13),
        ("chapters that do not share people", "1,000: 25%", WIDTH / 4),
        ("too few common free hours", "2,400: 60%", WIDTH * 0.6),
        ("new", "80: 2%", WIDTH / 50),
    ]
    assert [bar.other for bar in drawn.bars] == [False, True, True, True]
    assert rounds_plots.stopped("What", report | {"stopped": None}) is None
    assert rounds_plots.stopped("What", a_report(pairs=0, eligible_pairs=0, stopped=stops)) is None
    assert rounds_plots.stopped("What", a_report()) is None


def test_every_rule_that_stops_a_pair_has_words() -> None:
    assert set(PAIR_STOPS) == set(PAIR_STOPS_IN_SHORT) == set(STOPS)


def test_nobody_has_no_share() -> None:
    nobody = {"mentees": a_share(0, 0), "mentors": a_share(0, 0)}
    assert rounds_plots.shares("Who", a_report(**nobody), {}) is None
    assert rounds_plots.shares("Who", a_report(**nobody | {"mentors": a_share(0, 1)}), {}) is not None


def test_whatever_kept_a_proposal_back_has_words() -> None:
    assert set(SKIPPED) == set(get_args(Skipped))
