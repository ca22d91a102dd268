"""Whom a programme admits, as data (R7): conditions on what members say of themselves, for each side.

    {"mentee": {"languages_any": ["en"], "areas_any": ["python"], "answers": {"stage": ["student", "first_job"]}},
     "mentor": {"years_at_least": 5}}

Invariants:
1. All conditions that are given hold together; a side without any admits everybody.
2. No condition is on a sensitive question: withholding such an answer, or taking it back, costs nobody a place.
"""

from collections.abc import Collection, Mapping
from typing import Any

from services.matching.domain.members import Member

SIDES = ("mentee", "mentor")
LISTS = ("languages_any", "areas_any")
KNOWN = (*LISTS, "years_at_least", "answers")
VALUES_MOST = 50
YEARS_MOST = 60
VALUE_CHARS = 100

Rules = dict[str, dict[str, Any]]
#: What is wrong: a JSON pointer below the rules, a code, and words.
Problem = tuple[str, str, str]


def problem_in(given: object, sensitive: Collection[str]) -> Problem | None:
    """The first thing that cannot be accepted, or None."""
    if not isinstance(given, Mapping):
        return "", "bad_value", "give an object with the sides"
    for side, conditions in given.items():
        if side not in SIDES:
            return f"/{side}", "unknown_rule", "known here: mentee, mentor"
        if not isinstance(conditions, Mapping):
            return f"/{side}", "bad_value", "give an object of conditions"
        for name, value in conditions.items():
            if found := _problem_of(str(name), value, sensitive):
                return f"/{side}/{name}{found[0]}", found[1], found[2]
    return None


def plain(given: Mapping[str, Mapping[str, Any]]) -> Rules:
    """The rules as they are kept, after `problem_in` found none."""
    return {side: dict(conditions) for side, conditions in given.items() if conditions}


def admits(rules: Rules, member: Member, side: str) -> bool:
    """Whether the programme admits this member on this side."""
    conditions = rules.get(side, {})
    areas = (
        {one.area for one in member.areas_wanted}
        if side == "mentee"
        else {one.area for one in member.areas_offered}
    )
    years = max((one.years for one in member.areas_offered), default=0)
    given = {answer.question: answer.value for answer in member.answers}
    return (
        _any("languages_any", conditions, set(member.languages))
        and _any("areas_any", conditions, areas)
        and years >= conditions.get("years_at_least", 0)
        and all(given.get(key, "") in values for key, values in conditions.get("answers", {}).items())
    )


def questions_in(rules: Rules) -> set[str]:
    """The questions that some condition is on."""
    return {key for conditions in rules.values() for key in conditions.get("answers", {})}


def _any(name: str, conditions: Mapping[str, Any], hers: set[str]) -> bool:
    return name not in conditions or bool(hers & set(conditions[name]))


def _problem_of(name: str, value: object, sensitive: Collection[str]) -> Problem | None:
    if name not in KNOWN:
        return "", "unknown_rule", f"known here: {', '.join(KNOWN)}"
    if name in LISTS:
        return None if _texts(value) else ("", "bad_value", "give a list of slugs")
    if name == "years_at_least":
        good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= YEARS_MOST
        return None if good else ("", "out_of_bounds", f"give whole years from 0 to {YEARS_MOST}")
    if not isinstance(value, Mapping) or len(value) > VALUES_MOST:
        return "", "bad_value", "give an object of questions, each with the answers that are admitted"
    for key, values in value.items():
        if key in sensitive:
            return f"/{key}", "sensitive_question", "nobody is admitted or left out by a sensitive answer"
        if not _texts(values):
            return f"/{key}", "bad_value", "give a list of answers"
    return None


def _texts(value: object) -> bool:
    return (
        isinstance(value, (list, tuple))
        and 0 < len(value) <= VALUES_MOST
        and all(isinstance(one, str) and 0 < len(one) <= VALUE_CHARS for one in value)
    )
