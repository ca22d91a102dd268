"""A programme's rules are data: within bounds, known by name, shown as they were given."""

from typing import Any

import pytest

from services.matching.domain.programmes import Terms, change_programme, plan_programme
from shared.errors import Refused
from tests.rules.matching.makers import a_programme


def test_what_is_left_out_has_its_default() -> None:
    programme = a_programme()
    assert programme.terms == Terms(7, 21, 7, 42)
    assert programme.rules["matching"]["weights"]["mentee"]["wants"] == 10


def test_rules_are_shown_in_the_form_in_which_they_can_be_given() -> None:
    programme = a_programme(
        trial_days=30,
        outcome_months=[3, 9],
        offer_on=False,
        matching={"weights": {"mentee": {"gap": 3}}, "rules": {"hour": False}},
    )
    assert programme.terms == Terms(trial_days=30, outcome_months=(3, 9))
    assert not programme.offer_on
    assert plan_programme("prg_1", chapter="shanghai", name="Spring", rules=programme.rules) == programme


@pytest.mark.parametrize(
    ("rules", "pointer", "code"),
    [
        ({"trial_dayz": 42}, "/rules/trial_dayz", "unknown_rule"),
        ({"a/b~c": 1}, "/rules/a~1b~0c", "unknown_rule"),
        ({"trial_days": 6}, "/rules/trial_days", "out_of_bounds"),
        ({"nudge_days": 28}, "/rules/ask_days", "out_of_order"),
        ({"close_days": 35}, "/rules/close_days", "out_of_order"),
        ({"trial_days": 366}, "/rules/trial_days", "out_of_bounds"),
        ({"answer_days": 0}, "/rules/answer_days", "out_of_bounds"),
        ({"answer_days": 61}, "/rules/answer_days", "out_of_bounds"),
        ({"meet_days": 181}, "/rules/meet_days", "out_of_bounds"),
        ({"vote_days": 61}, "/rules/vote_days", "out_of_bounds"),
        ({"vote_days": True}, "/rules/vote_days", "out_of_bounds"),
        ({"vote_days": 7.0}, "/rules/vote_days", "out_of_bounds"),
        ({"vote_days": "7"}, "/rules/vote_days", "out_of_bounds"),
        ({"word_hours": 11}, "/rules/word_hours", "out_of_bounds"),
        ({"word_hours": 337}, "/rules/word_hours", "out_of_bounds"),
        ({"certificate_sessions": 0}, "/rules/certificate_sessions", "out_of_bounds"),
        ({"certificate_sessions": 53}, "/rules/certificate_sessions", "out_of_bounds"),
        ({"remind_days": 61}, "/rules/remind_days", "out_of_bounds"),
        ({"reminders_most": 21}, "/rules/reminders_most", "out_of_bounds"),
        ({"outcome_months": 6}, "/rules/outcome_months", "bad_value"),
        ({"outcome_months": "6"}, "/rules/outcome_months", "bad_value"),
        ({"outcome_months": []}, "/rules/outcome_months", "bad_value"),
        ({"outcome_months": [1, 2, 3, 4, 5]}, "/rules/outcome_months", "bad_value"),
        ({"outcome_months": [6, True]}, "/rules/outcome_months/1", "out_of_bounds"),
        ({"outcome_months": [0, 6]}, "/rules/outcome_months/0", "out_of_bounds"),
        ({"outcome_months": [6, 61]}, "/rules/outcome_months/1", "out_of_bounds"),
        ({"outcome_months": [6, 12, 12]}, "/rules/outcome_months/2", "out_of_order"),
        ({"offer_on": 1}, "/rules/offer_on", "bad_value"),
        ({"offer_on": "no"}, "/rules/offer_on", "bad_value"),
        ({"matching": []}, "/rules/matching", "bad_value"),
        ({"matching": 3}, "/rules/matching", "bad_value"),
        ({"matching": {"astrology": 1}}, "/rules/matching/astrology", "unknown_rule"),
        ({"matching": {"rules": {"astrology": True}}}, "/rules/matching/rules/astrology", "unknown_rule"),
        (
            {"matching": {"weights": {"mentee": {"wants": 1001}}}},
            "/rules/matching/weights/mentee/wants",
            "out_of_bounds",
        ),
        ({"matching": {"proposals_per_mentee": 4}}, "/rules/matching/proposals_per_mentee", "out_of_bounds"),
        ({"matching": {"chapter_consents": {}}}, "/rules/matching/chapter_consents", "unknown_rule"),
        ({"matching": {"cross_chapter": "both_consent"}}, "/rules/matching/cross_chapter", "unknown_rule"),
        (
            {"matching": {"min_gap_years_by_area": {"$where": 1}}},
            "/rules/matching/min_gap_years_by_area/$where",
            "bad_value",
        ),
        (
            {"matching": {"questions": [{"key": "k", "match": "horoscope"}]}},
            "/rules/matching/questions/k/match",
            "bad_value",
        ),
    ],
)
def test_a_rule_unknown_or_out_of_bounds_is_refused_with_a_pointer(
    rules: dict[str, Any], pointer: str, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        a_programme(**rules)
    assert refused.value.status == 422
    assert [(error["pointer"], error["code"]) for error in refused.value.more["errors"]] == [(pointer, code)]


def test_a_change_leaves_the_other_rules_alone_and_null_brings_a_default_back() -> None:
    programme = a_programme(
        trial_days=30, vote_days=5, matching={"min_common_hours": 4, "weights": {"mentee": {"gap": 3}}}
    )
    changed = change_programme(
        programme,
        name="Autumn",
        rules={"trial_days": None, "matching": {"weights": {"mentee": {"wants": 7}}}},
    )
    assert changed == plan_programme(
        "prg_1",
        chapter="shanghai",
        name="Autumn",
        rules={
            "vote_days": 5,
            "matching": {"min_common_hours": 4, "weights": {"mentee": {"gap": 3, "wants": 7}}},
        },
    )


def test_a_refused_change_says_which_rule_it_was() -> None:
    with pytest.raises(Refused) as refused:
        change_programme(a_programme(), name=None, rules={"matching": {"weights": 3}})
    assert refused.value.more["errors"][0]["pointer"] == "/rules/matching/weights"
