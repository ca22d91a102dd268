"""A mapping applied to one sheet: which column is read as what, and what is wrong with the choice.

`check_mapping` can be asked without reading any row, so that the mapping page shows its answer at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.profiles.areas import Area
from services.profiles.spreadsheet.cells import Trouble
from services.profiles.spreadsheet.cells.roles import roles_meant, roles_of_name
from services.profiles.spreadsheet.mapping import FIELDS, ColumnUse, Mapping, taken_sheets
from services.profiles.spreadsheet.normal import fold
from services.profiles.spreadsheet.troubles import problem
from services.profiles.spreadsheet.values import Column, Problem, Question, Role, Sheet, Workbook

_ROLE_FIELDS = frozenset(("role", "is_mentor", "is_mentee", "is_both"))
_CONSENT_FIELDS = frozenset(("terms", "consent"))
_NAME_FIELDS = frozenset(("name", "first_name", "last_name"))


@dataclass(frozen=True, slots=True)
class Read:
    """One column, and what it is read as."""

    column: Column
    use: ColumnUse


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is needed to read the rows of one sheet. `role`: of every row, where no column tells.

    The columns come in the order in which they are read: roles, consents, the others.
    """

    sheet: Sheet
    role_reads: tuple[Read, ...]
    consent_reads: tuple[Read, ...]
    other_reads: tuple[Read, ...]
    role: tuple[Role, ...]
    problems: tuple[Problem, ...]

    @property
    def is_readable(self) -> bool:
        return all(found.severity != "sheet" for found in self.problems)

    def columns(self, *fields: str) -> tuple[Read, ...]:
        reads = (*self.role_reads, *self.consent_reads, *self.other_reads)
        return tuple(read for read in reads if read.use.field in fields)


def check_mapping(
    workbook: Workbook, mapping: Mapping, *, areas: Sequence[Area], questions: Sequence[Question]
) -> tuple[Problem, ...]:
    """What is wrong with the mapping for this workbook; nothing of a sheet with a `sheet` problem is read."""
    plans = make_plans(workbook, mapping, areas=areas, questions=questions)
    return tuple(found for plan in plans for found in plan.problems)


def make_plans(
    workbook: Workbook, mapping: Mapping, *, areas: Sequence[Area], questions: Sequence[Question]
) -> tuple[Plan, ...]:
    """A plan for each sheet that is read."""
    slugs = {area.slug for area in areas}
    by_key = {question.key: question for question in questions}
    return tuple(_plan(workbook, sheet, mapping, slugs, by_key) for sheet in taken_sheets(workbook, mapping))


def _plan(
    workbook: Workbook, sheet: Sheet, mapping: Mapping, slugs: set[str], questions: dict[str, Question]
) -> Plan:
    reads: list[Read] = []
    problems: list[Problem] = []
    used: set[str] = set()
    uses = {use.key: use for use in mapping.columns}
    consented = _consented(sheet, uses, questions)
    for column in sheet.columns:
        use = uses.get(column.key)
        if use is None or use.field == "ignore":
            continue
        code = _column_trouble(use, used, slugs, questions, consented)
        if code:
            other = FIELDS[use.field].label if use.field in FIELDS else ""
            problems.append(_about(sheet, code, column.heading, other))
            continue
        used.add(use.field)
        reads.append(Read(column, use))
    role = _role_of_all(workbook, sheet, mapping)
    problems.extend(_about(sheet, code) for code in _missing(used, mapping, role))
    role_fields = _ROLE_FIELDS if mapping.role_from == "column" else {"is_both"}
    return Plan(
        sheet,
        role_reads=tuple(read for read in reads if read.use.field in role_fields),
        consent_reads=tuple(read for read in reads if read.use.field in _CONSENT_FIELDS),
        other_reads=tuple(read for read in reads if read.use.field not in _ROLE_FIELDS | _CONSENT_FIELDS),
        role=role,
        problems=tuple(problems),
    )


def _consented(sheet: Sheet, uses: dict[str, ColumnUse], questions: dict[str, Question]) -> set[str]:
    """The questions about which some column of the sheet says who agreed."""
    found: set[str] = set()
    for column in sheet.columns:
        use = uses.get(column.key)
        if use is not None and use.field == "consent":
            found.update(questions if use.question is None else (use.question,))
    return found


def _column_trouble(
    use: ColumnUse, used: set[str], slugs: set[str], questions: dict[str, Question], consented: set[str]
) -> str:
    field = FIELDS.get(use.field)
    if field is None:
        return "unknown_field"
    if field.once and use.field in used:
        return "column_used_twice"
    if field.needs == "area" and use.area not in slugs:
        return "unknown_area_column"
    if field.needs == "weekday" and use.weekday is None:
        return "unknown_field"
    if field.needs == "question":
        question = questions.get(use.question or "")
        if question is None:
            return "unknown_question"
        if question.sensitive and question.key not in consented:
            return "sensitive_without_consent"
    return ""


def _role_of_all(workbook: Workbook, sheet: Sheet, mapping: Mapping) -> tuple[Role, ...]:
    fixed = roles_meant(mapping.fixed_role)
    if mapping.role_from == "sheet":
        return roles_meant(mapping.sheet_roles.get(fold(sheet.name))) or roles_of_name(sheet.name) or fixed
    if mapping.role_from == "file":
        return roles_of_name(workbook.filename) or fixed
    return fixed


def _missing(used: set[str], mapping: Mapping, role: tuple[Role, ...]) -> list[str]:
    codes = []
    if "mail" not in used:
        codes.append("no_mail_column")
    if not used & _NAME_FIELDS:
        codes.append("no_name_column")
    by_column = mapping.role_from == "column" and used & _ROLE_FIELDS
    if not by_column and not role and "is_both" not in used:
        codes.append("no_role")
    return codes


def _about(sheet: Sheet, code: str, column: str = "", other: str = "") -> Problem:
    return problem(Trouble(code), sheet=sheet.name, row=0, column=column, value="", other=other)
