"""What a row of a spreadsheet makes of a member: a new profile, or another look of one that is there.

Invariants:
1. A sheet adds and replaces; what it does not say stays, and nobody loses a role by it.
2. A sheet never takes back a member's own no: a consent that she withdrew stays withdrawn until she gives it herself (R7).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from services.profiles.domain.profile import (
    UNTOLD_WEIGHT,
    UNTOLD_YEARS,
    Consent,
    GivenAnswer,
    GroupId,
    Profile,
    conflict_groups,
    with_consents,
)
from services.profiles.spreadsheet.values import PersonRow, Question
from shared.events.profiles import AreaOffered, AreaWanted


def profile_from_row(
    before: Profile, row: PersonRow, questions: Iterable[Question], group_id: GroupId
) -> Profile:
    """The profile after the row; `before` is an empty one for somebody new."""
    told = replace(
        before,
        areas_offered=_offered(row) or before.areas_offered,
        areas_wanted=tuple(AreaWanted(area, UNTOLD_WEIGHT) for area in row.areas_wanted)
        or before.areas_wanted,
        languages=row.languages or before.languages,
        hours=row.hours or before.hours,
        capacity=_capacity(before, row),
        pledge_hours_per_month=_told(row.pledge_hours_per_month, before.pledge_hours_per_month),
        seniority_years=_told(row.seniority_years, before.seniority_years),
        organisation=row.organisation or before.organisation,
        unit=row.unit or before.unit,
        reports_to=row.reports_to or before.reports_to,
        about=row.about or before.about,
        answers=_answers(before, row, {question.key: question for question in questions}),
    )
    told = replace(
        told,
        groups=conflict_groups(
            name=row.name, organisation=told.organisation, reports_to=told.reports_to, group_id=group_id
        ),
    )
    own_no = {consent.question for consent in before.consents if not consent.given}
    said = [Consent(question, given) for question, given in row.consents.items() if question not in own_no]
    return with_consents(told, said)


def _offered(row: PersonRow) -> tuple[AreaOffered, ...]:
    untold = row.seniority_years if row.seniority_years is not None else UNTOLD_YEARS
    return tuple(AreaOffered(area, row.area_years.get(area, untold)) for area in row.areas_offered)


def _capacity(before: Profile, row: PersonRow) -> int:
    if row.capacity is not None:
        return row.capacity
    return max(before.capacity, 1) if "mentor" in row.roles else before.capacity


def _told(said: int | None, before: int | None) -> int | None:
    return before if said is None else said


def _answers(before: Profile, row: PersonRow, questions: Mapping[str, Question]) -> tuple[GivenAnswer, ...]:
    answers = {answer.question: answer for answer in before.answers}
    for key, value in row.answers.items():
        question = questions[key]
        values = (value,) if isinstance(value, str) else tuple(value)
        answers[key] = GivenAnswer(key, values, sensitive=question.sensitive, text=question.kind == "text")
    return tuple(answers.values())
