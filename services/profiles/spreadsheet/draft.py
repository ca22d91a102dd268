"""A person while the row is being read: fields fill up column by column, troubles are written down."""

from dataclasses import dataclass, field

from services.profiles.spreadsheet.cells import Trouble
from services.profiles.spreadsheet.normal import has_han
from services.profiles.spreadsheet.troubles import TROUBLES, problem
from services.profiles.spreadsheet.values import (
    Answer,
    Cell,
    PersonRow,
    Problem,
    Role,
    Row,
    Severity,
    Sheet,
    Spoiled,
)


@dataclass(slots=True)
class Draft:
    """What is known of the row so far. `names`: by field (name, first_name, last_name)."""

    sheet: Sheet
    row: Row
    mail: str = ""
    names: dict[str, str] = field(default_factory=dict)
    roles: set[Role] = field(default_factory=set)
    areas_offered: dict[str, None] = field(default_factory=dict)
    areas_wanted: dict[str, None] = field(default_factory=dict)
    area_years: dict[str, int] = field(default_factory=dict)
    languages: dict[str, None] = field(default_factory=dict)
    hours: set[int] = field(default_factory=set)
    numbers: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    about: list[str] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    consents: dict[str, bool] = field(default_factory=dict)
    withheld: int = 0
    problems: list[Problem] = field(default_factory=list)

    def cell(self, index: int) -> Cell:
        return self.row.cells[index] if index < len(self.row.cells) else ""

    def trouble(
        self,
        trouble: Trouble,
        *,
        column: str = "",
        value: str = "",
        severity: Severity | None = None,
        other: str = "",
    ) -> None:
        self.problems.append(
            problem(
                trouble,
                sheet=self.sheet.name,
                row=self.row.number,
                column=column,
                value=value,
                severity=severity,
                other=other,
            )
        )

    def spoiled(self, cell: Spoiled, column: str, *, is_vital: bool) -> None:
        severity: Severity = "row" if is_vital else TROUBLES[cell.code].severity
        self.trouble(Trouble(cell.code), column=column, value=cell.shown, severity=severity)

    @property
    def is_left_out(self) -> bool:
        return any(found.severity == "row" for found in self.problems)

    @property
    def name(self) -> str:
        if "name" in self.names:
            return self.names["name"]
        first, last = self.names.get("first_name", ""), self.names.get("last_name", "")
        if has_han(first + last):
            return last + first
        return f"{first} {last}".strip()

    def person(self, known_mails: frozenset[str]) -> PersonRow:
        """The value, once every column is read."""
        return PersonRow(
            sheet=self.sheet.name,
            row=self.row.number,
            name=self.name,
            mail=self.mail,
            roles=tuple(sorted(self.roles)),
            areas_offered=tuple(self.areas_offered),
            areas_wanted=tuple(self.areas_wanted),
            languages=tuple(self.languages),
            seniority_years=self.numbers.get("seniority_years"),
            area_years=dict(self.area_years),
            hours=tuple(sorted(self.hours)),
            capacity=self.numbers.get("capacity"),
            pledge_hours_per_month=self.numbers.get("pledge_hours_per_month"),
            organisation=self.texts.get("organisation", ""),
            unit=self.texts.get("unit", ""),
            reports_to=self.texts.get("reports_to", ""),
            about="\n\n".join(self.about),
            answers=dict(self.answers),
            consents=dict(self.consents),
            submitted_at=self.texts.get("submitted_at", ""),
            known=self.mail in known_mails,
        )
