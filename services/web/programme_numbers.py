"""The numbers of a programme as its form shows them: those that have words here, and any other that matching has, by its own name.

What a number may be is matching's to say; the bounds here only spare a coordinator a refusal.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.web.numbers import whole_number
from services.web.words import N_, gettext

#: A number that has no words here yet is asked for without bounds of its own.
LEAST, MOST = 0, 9_999
LISTED = ("outcome_months",)
MAX_LISTED = 4
#: Rules that are no numbers, and have their own places in the form.
ELSEWHERE = ("matching", "eligibility")


@dataclass(frozen=True, slots=True)
class Number:
    """One rule: what it is called in words, its usual value, and what it may be."""

    name: str
    text: str
    usual: int
    least: int = LEAST
    most: int = MOST


GROUPS: tuple[tuple[str, tuple[Number, ...]], ...] = (
    (
        N_("How long each stage lasts"),
        (
            Number("answer_days", N_("Days to answer a proposal"), 7, 1, 60),
            Number("question_days", N_("Days left at least, once a mentor's question is answered"), 3, 1, 14),
            Number("meet_days", N_("Days to hold the introduction"), 21, 1, 180),
            Number("vote_days", N_("Days to vote after the introduction"), 7, 1, 60),
            Number("trial_days", N_("Days of the trial term"), 42, 7, 365),
            Number("term_days", N_("Days of a full term"), 182, 28, 730),
            Number("review_days", N_("Days to look back at half term"), 14, 1, 60),
            Number("renew_days", N_("Last days of a term, in which it can be renewed"), 42, 7, 180),
            Number("pause_days", N_("Days of pause in a term, in all"), 60, 1, 180),
        ),
    ),
    (
        N_("When two have not met for long"),
        (
            Number("nudge_days", N_("Days until both are nudged"), 21, 7, 180),
            Number("ask_days", N_("Days until each is asked whether to go on"), 28, 8, 200),
            Number("flag_days", N_("Days until you see them on your list"), 35, 9, 220),
            Number("close_days", N_("Days until it closes, without fault"), 42, 10, 240),
        ),
    ),
    (
        N_("Sessions, steps and afterwards"),
        (
            Number("word_hours", N_("Hours after which one side's word on a session is enough"), 48, 12, 336),
            Number("certificate_sessions", N_("Sessions that a certificate takes"), 4, 1, 52),
            Number("remind_days", N_("Days between reminders of a step, where a pair wants any"), 7, 1, 60),
            Number("reminders_most", N_("Reminders of a step, at most"), 4, 1, 20),
        ),
    ),
)
KNOWN = tuple(number for _, numbers in GROUPS for number in numbers)
OUTCOME_MONTHS_TEXT = N_("Months after the end at which people are asked what became of them")
USUAL_MONTHS = (6, 12)
SWITCHES: Mapping[str, str] = {"offer_on": N_("A proposal that lapses is offered on to the next who fits")}


def numbers_of(rules: Mapping[str, Any]) -> tuple[Number, ...]:
    """Every number of these rules: those known here, and any other."""
    known = {number.name for number in KNOWN}
    others = [
        Number(name, name.replace("_", " "), value)
        for name, value in sorted(rules.items())
        if name not in known and isinstance(value, int) and not isinstance(value, bool)
    ]
    return (*KNOWN, *others)


def shown(rules: Mapping[str, Any]) -> dict[str, Any]:
    """The values as the form shows them, by field; usual ones for a programme that is still to be made."""
    months = rules.get("outcome_months", USUAL_MONTHS)
    return {number.name: rules.get(number.name, number.usual) for number in numbers_of(rules)} | {
        "outcome_months": ", ".join(str(one) for one in months),
        "switched": [name for name in SWITCHES if rules.get(name, True)],
    }


def groups(rules: Mapping[str, Any]) -> Iterator[tuple[str, list[Number]]]:
    """What the form asks for, under its headings; at the end what has no words here."""
    for title, numbers in GROUPS:
        yield gettext(title), [_translated(number) for number in numbers]
    if others := list(numbers_of(rules)[len(KNOWN) :]):
        yield gettext("More rules"), others


def faults(given: Mapping[str, str], rules: Mapping[str, Any]) -> dict[str, str]:
    """What cannot be understood, by field. What a form does not hold is left as it is."""
    errors = {
        number.name: gettext(
            "Give a whole number from %(least)d to %(most)d.", least=number.least, most=number.most
        )
        for number in numbers_of(rules)
        if number.name in given and not whole_number(given[number.name], number.most, number.least)
    }
    if "outcome_months" in given and not _months(given["outcome_months"]):
        errors["outcome_months"] = gettext("Give one to four whole numbers from 1 to 60, such as 6, 12.")
    return errors


def asked(given: Mapping[str, str], rules: Mapping[str, Any]) -> dict[str, Any]:
    """The rules that the form means."""
    found: dict[str, Any] = {
        number.name: int(given[number.name]) for number in numbers_of(rules) if number.name in given
    }
    if "outcome_months" in given:
        found["outcome_months"] = _months(given["outcome_months"])
    return found


def _translated(number: Number) -> Number:
    return Number(number.name, gettext(number.text), number.usual, number.least, number.most)


def _months(text: str) -> list[int]:
    """The months in a text such as `6, 12`; none where it is something else."""
    parts = [
        part.strip() for part in text.replace(";", ",").replace("\uff0c", ",").split(",") if part.strip()
    ]
    if not 1 <= len(parts) <= MAX_LISTED or not all(whole_number(part, 60, least=1) for part in parts):
        return []
    return [int(part) for part in parts]
