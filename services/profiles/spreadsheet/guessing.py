"""The mapping that is offered: for each column a field, how sure that is, and why, in words for the coordinator.

A remembered choice wins over everything. Then a column is judged by its heading and by its cells together: a heading
alone may mislead ("Mentor" above names of other people), and so may cells.
"""

import re
from collections.abc import Iterator, Sequence

import msgspec.structs
from rapidfuzz import fuzz

from services.profiles.areas import Area
from services.profiles.spreadsheet.cells.dates import guess_date_order
from services.profiles.spreadsheet.cells.hours import read_hours
from services.profiles.spreadsheet.cells.hours_words import DAY_WORDS
from services.profiles.spreadsheet.evidence import Evidence, Values, values_by_key
from services.profiles.spreadsheet.heading_words import PERMISSION, SENSITIVE
from services.profiles.spreadsheet.headings import BARE, CERTAIN, field_of_heading
from services.profiles.spreadsheet.mapping import FIELDS, ColumnUse, Mapping
from services.profiles.spreadsheet.normal import fold, has_han, shown
from services.profiles.spreadsheet.role_source import with_role_source
from services.profiles.spreadsheet.values import Question, Workbook

_BY_CELLS_ONLY = (
    ("role", 0.8),
    ("hours", 0.6),
    ("languages", 0.8),
    ("areas", 0.6),
)  # field, share of cells needed
_MIN_SHARE = {
    "mail": 0.3,
    "role": 0.5,
    "is_mentor": 0.5,
    "is_mentee": 0.5,
    "is_both": 0.5,
    "terms": 0.5,
    "submitted_at": 0.5,
    "seniority_years": 0.3,
    "capacity": 0.3,
    "languages": 0.3,
    "hours": 0.2,
}  # below it the heading is hardly believed, or not at all
_BELIEVED_BY_CELLS = frozenset(("mail", "role", "is_mentor", "is_mentee", "is_both", "terms", "submitted_at"))
_BRACKETS = re.compile(r".*\[(.+)\]\s*$", re.DOTALL)  # how form programs name the rows of a grid
_REMEMBERED = "as chosen last time"
_SURE, _LIKELY, _MAYBE = 0.95, 0.75, 0.5


def guess_mapping(
    workbook: Workbook,
    *,
    areas: Sequence[Area],
    questions: Sequence[Question] = (),
    remembered: Mapping | None = None,
) -> Mapping:
    """The mapping to offer for this workbook. Raises nothing; what cannot be guessed is offered as `ignore`."""
    evidence = Evidence(areas, questions)
    columns = values_by_key([sheet for sheet in workbook.sheets if not sheet.hidden] or workbook.sheets)
    offers = {key: _offer(values, evidence, remembered) for key, values in columns.items()}
    uses = _beside_each_other(_settled(offers, columns), columns)
    uses = _without_unconsented(uses, evidence)
    stamp_keys = {key for key, use in uses.items() if use.field == "submitted_at"}
    order = guess_date_order(_texts(workbook, stamp_keys))
    base = remembered or Mapping()
    mapping = msgspec.structs.replace(
        base,
        columns=tuple(uses.values()),
        date_order=base.date_order if order == "ymd" and remembered else order,
    )
    return with_role_source(workbook, mapping, remembered)


def _texts(workbook: Workbook, keys: set[str]) -> Iterator[str]:
    """Every text of these columns: one clear date among thousands settles the order of day and month."""
    for sheet in workbook.sheets:
        for index in [column.index for column in sheet.columns if column.key in keys]:
            cells = (row.cells[index] for row in sheet.rows if index < len(row.cells))
            yield from (cell for cell in cells if isinstance(cell, str))


def _offer(values: Values, evidence: Evidence, remembered: Mapping | None) -> list[ColumnUse]:
    """What the column may feed, best first."""
    last_time = remembered.use_of(values.column.key) if remembered else None
    if last_time is not None:
        heading = shown(values.column.heading)
        return [msgspec.structs.replace(last_time, heading=heading, confidence=1.0, why=_REMEMBERED)]
    found = [
        *_by_question(values, evidence),
        *_by_consent(values, evidence),
        *_by_area_or_day(values, evidence),
        *_by_heading(values, evidence),
        *_by_cells(values, evidence),
    ]
    return sorted(found, key=lambda use: -use.confidence)


def _use(values: Values, field: str, confidence: float, why: str, **more: str | int | None) -> ColumnUse:
    use = ColumnUse(key=values.column.key, field=field, heading=shown(values.column.heading), why=why)
    return msgspec.structs.replace(use, confidence=round(confidence, 2), **more)


def _by_question(values: Values, evidence: Evidence) -> list[ColumnUse]:
    heading = _plain_key(values)
    found = []
    for question in evidence.questions.values():
        wordings = [fold(wording) for wording in (*question.labels, question.key)]
        likeness = max((fuzz.ratio(heading, wording) for wording in wordings), default=0.0)
        share = evidence.options_share(question.key, values)
        why = f'worded like the question "{shown((*question.labels, question.key)[0], 60)}"'
        if heading in wordings:
            found.append(_use(values, "question", 0.99, why, question=question.key))
        elif likeness >= 88 or (likeness >= 60 and share >= 0.8):
            found.append(_use(values, "question", _LIKELY + 0.1, why, question=question.key))
        elif share >= 0.9 and len(set(values.texts)) >= 3:
            why = "its cells are answers that the question offers"
            found.append(_use(values, "question", _MAYBE + 0.1, why, question=question.key))
    return found


def _by_area_or_day(values: Values, evidence: Evidence) -> list[ColumnUse]:
    heading = values.column.heading
    inner = _BRACKETS.fullmatch(heading)
    heading = inner[1] if inner else heading
    slug = evidence.areas.slug_of(heading)
    if slug and inner and not values.texts:
        return [_use(values, "area_tick", _SURE, "the heading is an area of a grid", area=slug)]
    if slug:
        ticked = evidence.share("area_tick", values)
        if evidence.share("area_years", values) > ticked or any(
            text not in ("0", "1") and text.isdigit() for text in values.texts
        ):
            return [
                _use(
                    values, "area_years", _LIKELY, "the heading is an area, its cells are numbers", area=slug
                )
            ]
        if ticked > 0.5:
            return [
                _use(values, "area_tick", _SURE, "the heading is an area, its cells say yes or no", area=slug)
            ]
    days = DAY_WORDS.get(fold(heading), ())
    if len(days) == 1 and evidence.share("hours_on_day", values) > 0.3:
        return [
            _use(values, "hours_on_day", _SURE, "the heading is a day, its cells are times", weekday=days[0])
        ]
    if (
        read_hours(heading).hours
        and not read_hours(heading).troubles
        and evidence.share("hours_tick", values) > 0.5
    ):
        return [
            _use(values, "hours_tick", _SURE, "the heading is a time of the week, its cells say yes or no")
        ]
    return []


def _by_heading(values: Values, evidence: Evidence) -> list[ColumnUse]:
    found = field_of_heading(_plain_key(values))
    if found is None:
        return []
    field, confidence = found
    why = "the heading is worded like that" if confidence < CERTAIN else "by its heading"
    share = evidence.share(field, values)
    if values.texts and share < _MIN_SHARE.get(field, 0.0):
        if field in _BELIEVED_BY_CELLS or confidence < BARE:
            return []
        return [_use(values, field, _MAYBE, f"{why}, though hardly any of its cells reads like that")]
    if values.texts and field.startswith("areas") and share < 0.2:
        confidence = min(confidence, _MAYBE)
        why += "; hardly any of its cells is an area of the programme"
    return [_use(values, field, confidence, why)]


def _by_consent(values: Values, evidence: Evidence) -> list[ColumnUse]:
    """A column of yes and no whose heading asks to use a sensitive question's answer, or sensitive answers."""
    heading = _plain_key(values)
    if not PERMISSION.search(heading) or evidence.share("consent", values) < 0.5:
        return []
    for question in evidence.questions.values():
        words = [fold(wording) for wording in (*question.labels, question.key)]
        if question.sensitive and heading not in words and any(_mentions(heading, word) for word in words):
            return [
                _use(values, "consent", 0.98, "the heading speaks of that question", question=question.key)
            ]
    if SENSITIVE.search(heading):
        return [_use(values, "consent", 0.98, "the heading speaks of sensitive answers")]
    return []


def _mentions(heading: str, word: str) -> bool:
    return bool(word) and (
        word in heading if has_han(word) else re.search(rf"\b{re.escape(word)}\b", heading) is not None
    )


def _by_cells(values: Values, evidence: Evidence) -> list[ColumnUse]:
    if evidence.share("mail", values) >= 0.6:
        named = field_of_heading(_plain_key(values))
        confidence = 0.9 if named is None else 0.99 if named[0] == "mail" else _LIKELY
        return [_use(values, "mail", confidence, "its cells hold mail addresses")]
    for field, needed in _BY_CELLS_ONLY:
        if len(values.texts) > 1 and evidence.share(field, values) >= needed:
            return [_use(values, field, _MAYBE + 0.05, "by its cells")]
    return []


def _plain_key(values: Values) -> str:
    return re.sub(r" #\d+$", "", values.column.key)


def _settled(offers: dict[str, list[ColumnUse]], columns: dict[str, Values]) -> dict[str, ColumnUse]:
    """One use for each column: a field that a sheet feeds once goes to the column that fits it best."""
    taken: dict[str, ColumnUse] = {}
    used: set[tuple[str, str]] = set()
    ranked = sorted((use for uses in offers.values() for use in uses), key=lambda use: -use.confidence)
    for use in ranked:
        places = {(sheet, use.field) for sheet in columns[use.key].sheets}
        if use.key in taken or (FIELDS[use.field].once and places & used):
            continue
        taken[use.key] = use
        used |= places
    return {key: taken.get(key) or _ignored(columns[key], bool(uses)) for key, uses in offers.items()}


def _ignored(values: Values, is_outdone: bool) -> ColumnUse:
    return _use(values, "ignore", _MAYBE, "another column fits better" if is_outdone else "not recognised")


def _beside_each_other(uses: dict[str, ColumnUse], columns: dict[str, Values]) -> dict[str, ColumnUse]:
    """Beside a first name, a column "Name" or "Nom" holds the last name; two area columns share the two sides."""
    return {key: _beside(use, _neighbours(key, uses, columns)) for key, use in uses.items()}


def _neighbours(key: str, uses: dict[str, ColumnUse], columns: dict[str, Values]) -> set[str]:
    mine = columns[key].sheets
    return {use.field for other, use in uses.items() if other != key and mine & columns[other].sheets}


def _beside(use: ColumnUse, neighbours: set[str]) -> ColumnUse:
    field = use.field
    if field == "name" and "first_name" in neighbours and "last_name" not in neighbours:
        field = "last_name"
    if field == "areas" and "areas_wanted" in neighbours and "areas_offered" not in neighbours:
        field = "areas_offered"
    if field == "areas" and "areas_offered" in neighbours and "areas_wanted" not in neighbours:
        field = "areas_wanted"
    if field == use.field or use.why == _REMEMBERED:
        return use
    why = f"{use.why}, beside the other columns"
    return msgspec.structs.replace(use, field=field, confidence=min(use.confidence, _LIKELY), why=why)


def _without_unconsented(uses: dict[str, ColumnUse], evidence: Evidence) -> dict[str, ColumnUse]:
    """Sensitive questions are offered only where a column says who agreed (R7)."""
    consents = [use.question for use in uses.values() if use.field == "consent"]

    def is_open(use: ColumnUse) -> bool:
        question = evidence.questions.get(use.question or "")
        return (
            use.field != "question"
            or not question
            or not question.sensitive
            or None in consents
            or use.question in consents
        )

    why = "sensitive: a column must say who agreed to its use"
    return {
        key: use
        if is_open(use)
        else ColumnUse(key=key, field="ignore", heading=use.heading, why=why, confidence=_SURE)
        for key, use in uses.items()
    }
