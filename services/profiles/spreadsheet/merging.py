"""Two rows with one mail address: one person if they agree or complete each other, a problem otherwise.

Lists (areas, languages) are put together; a single value that only one row has is taken; two different single
values are a contradiction. Where both rows carry the form's time stamp, the later form is simply right.
"""

from collections.abc import Mapping as Dict
from dataclasses import dataclass, replace
from typing import TypeVar

from services.profiles.spreadsheet.normal import fold
from services.profiles.spreadsheet.values import PersonRow

_SINGLE = (
    "seniority_years",
    "capacity",
    "pledge_hours_per_month",
    "organisation",
    "unit",
    "reports_to",
    "about",
)
_V = TypeVar("_V")


@dataclass(frozen=True, slots=True)
class Merge:
    """Either the one `person`, or the `code` of the problem. `replaced`: a later form took the place of an earlier."""

    person: PersonRow | None
    code: str = ""
    replaced: bool = False


def merge(first: PersonRow, second: PersonRow) -> Merge:
    """The two rows as one. `first` stands above `second` in the file."""
    if not _same_name(first.name, second.name):
        return Merge(None, "mail_shared")
    where = (*first.also_rows, (second.sheet, second.row))
    if _agree(first, second):
        return Merge(replace(_put_together(first, second), also_rows=where))
    if first.submitted_at and second.submitted_at and first.submitted_at != second.submitted_at:
        later = max(first, second, key=lambda person: person.submitted_at)
        return Merge(replace(later, sheet=first.sheet, row=first.row, also_rows=where), replaced=True)
    return Merge(None, "duplicate_differs")


def _same_name(one: str, other: str) -> bool:
    return sorted(fold(one).split()) == sorted(fold(other).split())  # "Doe Jane" is Jane Doe


def _agree(first: PersonRow, second: PersonRow) -> bool:
    singles = all(_compatible(getattr(first, name), getattr(second, name)) for name in _SINGLE)
    tables = (
        (first.area_years, second.area_years),
        (first.answers, second.answers),
        (first.consents, second.consents),
    )
    hours = not first.hours or not second.hours or first.hours == second.hours
    return singles and hours and all(_tables_agree(one, other) for one, other in tables)


def _compatible(one: object, other: object) -> bool:
    return one == other or one in (None, "") or other in (None, "")


def _tables_agree(one: Dict[str, _V], other: Dict[str, _V]) -> bool:
    return all(one[key] == other[key] for key in one.keys() & other.keys())


def _put_together(first: PersonRow, second: PersonRow) -> PersonRow:
    singles = {
        name: getattr(first, name) if getattr(first, name) not in (None, "") else getattr(second, name)
        for name in _SINGLE
    }
    return replace(
        first,
        roles=tuple(sorted({*first.roles, *second.roles})),
        areas_offered=tuple(dict.fromkeys(first.areas_offered + second.areas_offered)),
        areas_wanted=tuple(dict.fromkeys(first.areas_wanted + second.areas_wanted)),
        languages=tuple(dict.fromkeys(first.languages + second.languages)),
        hours=first.hours or second.hours,
        area_years={**second.area_years, **first.area_years},
        answers={**second.answers, **first.answers},
        consents={**second.consents, **first.consents},
        submitted_at=max(first.submitted_at, second.submitted_at),
        **singles,
    )
