"""Whom a programme admits, as data (R7): conditions on what members say of themselves, for each side.

    {"mentee": {"languages_any": ["en"], "areas_any": ["python"], "answers": {"stage": ["student", "first_job"]}},
     "mentor": {"years_at_least": 5}}

Invariants:
1. All conditions that are given hold together; a side without any admits everybody.
2. No condition is on a sensitive question: withholding such an answer, or taking it back, costs nobody a place. So what is told of
   conditions that are not met speaks of none either.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Unmet:
    """A condition that a member does not meet: the rule's name, its question where it is on one, and what it wants: one of these."""

    rule: str
    wanted: tuple[str, ...]
    question: str = ""


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
    return not unmet(rules, member, side)


def unmet(rules: Rules, member: Member, side: str) -> tuple[Unmet, ...]:
    """The conditions of this side that the member does not meet by what she has said so far."""
    conditions = rules.get(side, {})
    areas = member.areas_wanted if side == "mentee" else member.areas_offered
    hers = {"languages_any": set(member.languages), "areas_any": {one.area for one in areas}}
    missed = [
        Unmet(name, tuple(conditions[name]))
        for name in LISTS
        if name in conditions and not hers[name] & set(conditions[name])
    ]
    years = max((one.years for one in member.areas_offered), default=0)
    if years < (least := conditions.get("years_at_least", 0)):
        missed.append(Unmet("years_at_least", (str(least),)))
    given = {answer.question: answer.value for answer in member.answers}
    missed += [
        Unmet("answers", tuple(values), key)
        for key, values in conditions.get("answers", {}).items()
        if given.get(key, "") not in values
    ]
    return tuple(missed)


def in_words(one: Unmet, side: str) -> str:
    """What she can do about it, in one plain sentence or two."""
    wanted = ", ".join(one.wanted)
    match one.rule:
        case "languages_any":
            return f"It works in: {wanted}. Add one of these languages to your details if you speak it."
        case "areas_any" if side == "mentee":
            return f"It is about: {wanted}. Add one of these areas to what you look for."
        case "areas_any":
            return f"It is about: {wanted}. Add one of these areas to what you can share."
        case "years_at_least":
            return f"It asks for {wanted} years of experience in one area. Add your years to your details if you have them."
    return f"It is for those who answer {one.question} with: {wanted}. Answer this question in your details if it is true of you."


def questions_in(rules: Rules) -> set[str]:
    """The questions that some condition is on."""
    return {key for conditions in rules.values() for key in conditions.get("answers", {})}


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
