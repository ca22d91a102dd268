"""R27: matched people and applicants who were not matched are asked the same; reports have denominators, response rates and intervals."""

import io
import re
from typing import Any

import pytest
from openpyxl import load_workbook

from services.sessions.domain.outcomes import wilson
from shared.events.matching import ApplicationNotMatched, RelationshipCompleted, RelationshipStarted
from shared.ids import new_id
from tests.flows.sessions_people import DAY, AMatchedPair, APair, announce, pairs_of_a_chapter
from tests.stack import Stack

WELL = {"promoted": True, "new_role": False, "satisfaction": 6, "gained": 5}


@pytest.fixture
def pair(stack: Stack) -> APair:
    return APair(stack).start()


def moments(pair: APair, by: Any) -> list[tuple[bool, str]]:
    return [(one["matched"], one["moment"]) for one in reversed(pair.did("GET", "me/outcomes", by)["items"])]


def not_matched(pair: APair, role: Any = "mentee", **rules: Any) -> tuple[str, Any]:
    member = new_id("mem")
    left_over(pair, member, role, **rules)
    return member, lambda: pair.stack.sign_in(member, pair.chapter, role)


def left_over(pair: APair, member: str, role: Any = "mentee", **rules: Any) -> None:
    """A round left her over, under a programme with these rules."""
    told = ApplicationNotMatched("cyc_1", member, role, "nobody_fits", **rules)
    announce(pair.stack, pair.chapter, new_id("app"), told)
    pair.stack.quiet()


def answers(pair: APair, by: Any, values: dict[str, Any] = WELL) -> Any:
    newest = pair.did("GET", "me/outcomes", by)["items"][0]
    return pair.ask("POST", f"outcomes/{newest['id']}/answer", by, values)


def row(pair: APair, moment: str, group: str) -> Any:
    found = pair.did("GET", "outcome-report", pair.as_staff)["items"]
    return next(one for one in found if (one["moment"], one["group"]) == (moment, group))


def test_matched_people_are_asked_at_start_end_and_twice_later(pair: APair) -> None:
    assert moments(pair, pair.as_mentor) == [(True, "start")]
    pair.stack.clock.advance(days=200)
    pair.told(RelationshipCompleted(pair.mentee, pair.mentor, 1))
    for days, expected in ((0, 2), (181, 2), (1, 3), (182, 3), (1, 4), (400, 4)):
        pair.stack.clock.advance(days=days)
        pair.stack.quiet()
        for by in (pair.as_mentee, pair.as_mentor):
            assert (
                moments(pair, by)
                == [(True, "start"), (True, "end"), (True, "months_6"), (True, "months_12")][:expected]
            )


def test_applicants_who_were_not_matched_are_asked_the_same_at_the_same_distances(pair: APair) -> None:
    _, by = not_matched(pair)
    for days, expected in ((0, 1), (224, 2), (182, 3), (183, 4), (400, 4)):
        pair.stack.clock.advance(days=days)
        pair.stack.quiet()
        assert (
            moments(pair, by())
            == [(False, "start"), (False, "end"), (False, "months_6"), (False, "months_12")][:expected]
        )


def test_a_programme_says_how_many_months_later_and_a_pair_keeps_what_it_began_with(stack: Stack) -> None:
    pair = AMatchedPair(
        stack, outcome_months=[1, 3, 9], nudge_days=100, ask_days=110, flag_days=120, close_days=130
    )
    pair.programme_changes(outcome_months=[2])
    pair.stack.clock.advance(days=43)  # not renewed: the trial is over
    pair.stack.quiet()
    expected = [(True, "start"), (True, "end"), (True, "months_1"), (True, "months_3"), (True, "months_9")]
    for days, asked in ((0, 2), (30, 3), (61, 4), (181, 4), (1, 5), (700, 5)):
        pair.stack.clock.advance(days=days)
        pair.stack.quiet()
        assert moments(pair, pair.as_mentee) == expected[:asked], days


def test_applicants_who_were_not_matched_are_asked_at_their_programmes_distances_and_keep_them(
    pair: APair,
) -> None:
    member, by = not_matched(pair, outcome_months=(2, 5), outcome_end_days=100)
    left_over(
        pair, member, outcome_months=(1,), outcome_end_days=10
    )  # another round, and other rules by then
    expected = [(False, "start"), (False, "end"), (False, "months_2"), (False, "months_5")]
    for days, asked in ((99, 1), (1, 2), (59, 2), (1, 3), (91, 3), (1, 4), (700, 4)):
        pair.stack.clock.advance(days=days)
        pair.stack.quiet()
        assert moments(pair, by()) == expected[:asked], days


def test_the_report_names_every_moment_at_which_somebody_was_asked(pair: APair) -> None:
    not_matched(pair, outcome_months=(2, 18), outcome_end_days=10)
    pair.stack.clock.advance(days=80)
    pair.stack.quiet()
    found = pair.did("GET", "outcome-report", pair.as_staff)["items"]
    named = list(dict.fromkeys(one["moment"] for one in found))
    assert named == ["start", "end", "months_2", "months_6", "months_12"]
    asked = row(pair, "months_2", "not_matched")["mentee"]
    assert (asked["asked"], asked["response"]["count"]) == (1, 0)


def test_who_is_matched_later_is_no_longer_asked_as_one_who_was_not(pair: APair) -> None:
    member, by = not_matched(pair)
    later = new_id("rel")
    announce(
        pair.stack,
        pair.chapter,
        later,
        RelationshipStarted(member, new_id("mem"), pair.stack.clock() + 42 * DAY),
    )
    pair.stack.quiet()
    pair.stack.clock.advance(days=700)
    pair.stack.quiet()
    assert sorted(moments(pair, by())) == [(False, "start"), (True, "start")]


def test_an_answer_is_ones_own_and_given_once(pair: APair) -> None:
    asked = pair.did("GET", "me/outcomes", pair.as_mentee)["items"][0]["id"]
    for by in (pair.as_mentor, pair.as_staff):
        assert pair.ask("POST", f"outcomes/{asked}/answer", by, WELL).status_code == 404
    assert answers(pair, pair.as_mentee, WELL | {"satisfaction": 8}).status_code == 422
    assert answers(pair, pair.as_mentee).json["values"]["promoted"] == 1
    again = answers(pair, pair.as_mentee)
    assert (again.status_code, again.json["code"]) == (409, "outcome_answered")


def test_the_report_has_both_groups_both_halves_denominators_rates_and_intervals(stack: Stack) -> None:
    pairs = pairs_of_a_chapter(stack, 8)
    first = pairs[0]
    for pair in pairs[:7]:
        answers(pair, pair.as_mentee, WELL | {"promoted": pair is not first})
    _, by = not_matched(first)
    answers(first, by())
    matched, others = row(first, "start", "matched"), row(first, "start", "not_matched")
    assert (matched["mentee"]["asked"], matched["mentee"]["answered"]) == (8, 7)
    assert matched["mentee"]["response"] == {"count": 7, "of": 8, "interval": [0.5291, 0.9776]}
    assert matched["mentee"]["promoted"] == {"count": 6, "of": 7, "interval": [0.4869, 0.9743]}
    assert (matched["mentee"]["satisfaction"], matched["mentee"]["gained"]) == (6.0, 5.0)
    assert (matched["mentor"]["asked"], matched["mentor"]["answered"], matched["mentor"]["promoted"]) == (
        8,
        0,
        None,
    )
    assert (others["mentee"]["asked"], others["mentee"]["answered"], others["mentee"]["promoted"]) == (
        1,
        1,
        None,
    )
    assert first.ask("GET", "outcome-report", first.as_mentee).status_code == 403


def test_the_sheet_holds_the_same_figures(stack: Stack) -> None:
    pairs = pairs_of_a_chapter(stack, 7)
    for pair in pairs:
        answers(pair, pair.as_mentor)
    answer = pairs[0].ask("GET", "outcome-report.xlsx", pairs[0].as_staff)
    assert answer.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    book = load_workbook(io.BytesIO(answer.data))
    head, *rows = list(book["Outcomes"].iter_rows(values_only=True))
    assert len(rows) == 4 * 2 * 2
    mentors = dict(
        zip(head, next(one for one in rows if one[:3] == ("start", "matched", "mentor")), strict=True)
    )
    assert (mentors["asked"], mentors["answered"], mentors["response"], mentors["promoted"]) == (7, 7, 1, 1)


def test_no_word_of_the_report_claims_a_cause(pair: APair) -> None:
    report = pair.did("GET", "outcome-report", pair.as_staff)
    claims = r"\b(effects?|impacts?|caus\w*|because|thanks to|led to|leads? to|due to|improv\w*|works?)\b"
    assert re.findall(claims, str(report), re.IGNORECASE) == []
    assert "not formed by chance" in report["note"]


def test_the_interval_is_wilsons() -> None:
    assert wilson(0, 0) is None
    low, high = wilson(0, 10) or (1, 0)
    assert (low, round(high, 4)) == (0.0, 0.2775)
    low, high = wilson(50, 100) or (1, 0)
    assert (round(low, 4), round(high, 4)) == (0.4038, 0.5962)
