"""Which column feeds what: the choice that a coordinator makes once and that a chapter remembers.

A mapping refers to columns by their key (the folded heading), to sheets by their folded name and to nothing of
one particular file, so that it serves the chapter's next sheet as well. It is data: `to_dict` gives plain
JSON-able values, `from_dict` takes only what fits and raises ValueError with the place otherwise.
"""

from collections.abc import Mapping as Dict
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
import msgspec.structs

from services.profiles.spreadsheet.limits import MAX_COLUMNS, MAX_HEADING_CHARS, MAX_SHEETS
from services.profiles.spreadsheet.normal import fold
from services.profiles.spreadsheet.values import Sheet, Workbook

DEFAULT_AREA_SEPARATORS = ",;/|\n\t，；、／｜•·"  # noqa: RUF001 - the wide ones are meant

RoleSource = Literal["column", "sheet", "file", "fixed"]
SheetRole = Literal["mentor", "mentee", "both", "skip"]
DateOrder = Literal["ymd", "dmy", "mdy"]


@dataclass(frozen=True, slots=True)
class Field:
    """A thing that a column can feed. `once`: by one column of a sheet only. `needs`: what else a use names."""

    name: str
    label: str
    once: bool = True
    needs: Literal["", "question", "area", "weekday"] = ""


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field("ignore", "Do not use", once=False),
        Field("mail", "Mail address"),
        Field("name", "Full name"),
        Field("first_name", "First name"),
        Field("last_name", "Last name"),
        Field("role", "Role (mentor, mentee, both)"),
        Field("is_mentor", "Is a mentor? (yes or no)"),
        Field("is_mentee", "Is a mentee? (yes or no)"),
        Field("is_both", "Is both mentor and mentee? (yes or no)"),
        Field("areas", "Areas (offered by mentors, wanted by mentees)", once=False),
        Field("areas_offered", "Areas offered", once=False),
        Field("areas_wanted", "Areas wanted", once=False),
        Field("area_tick", "One area, ticked (yes or no)", once=False, needs="area"),
        Field("area_years", "Years in one area", once=False, needs="area"),
        Field("seniority_years", "Years of experience"),
        Field("languages", "Languages", once=False),
        Field("hours", "Free hours of the week", once=False),
        Field("hours_on_day", "Free hours of one day", once=False, needs="weekday"),
        Field("hours_tick", "The free hours in the heading, ticked", once=False),
        Field("capacity", "How many mentees at a time"),
        Field("pledge_hours_per_month", "Hours a month"),
        Field("organisation", "Organisation"),
        Field("unit", "Department or unit"),
        Field("reports_to", "Reports to"),
        Field("about", "About (free text)", once=False),
        Field("terms", "Agrees to the terms (yes or no)"),
        Field("consent", "Agrees to the use of sensitive answers (yes or no)", once=False),
        Field("question", "Answer to a question of the programme", once=False, needs="question"),
        Field("submitted_at", "When the form was sent"),
    )
}

_Key = Annotated[str, msgspec.Meta(max_length=MAX_HEADING_CHARS + 20)]
_Text = Annotated[str, msgspec.Meta(max_length=400)]
_Short = Annotated[str, msgspec.Meta(max_length=100)]


class ColumnUse(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the column with this key feeds. For `consent`, `question` may name the one that it covers (None: all)."""

    key: _Key
    field: Annotated[str, msgspec.Meta(max_length=40)]
    heading: _Text = ""
    question: _Short | None = None
    area: _Short | None = None
    weekday: Annotated[int, msgspec.Meta(ge=0, le=6)] | None = None  # 0 = Monday
    confidence: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    why: _Text = ""


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The whole choice.

    role_from: where the role stands: a column, the name of the sheet, the name of the file, or nowhere
    (`fixed`). fixed_role: the role of every row for `fixed`; for the other sources the role of a row about
    which the source says nothing (None: such a row is a problem).
    sheet_roles: by folded sheet name; `skip` leaves the sheet out, whatever the role source.
    """

    columns: Annotated[tuple[ColumnUse, ...], msgspec.Meta(max_length=MAX_COLUMNS * MAX_SHEETS)] = ()
    role_from: RoleSource = "column"
    fixed_role: Literal["mentor", "mentee", "both"] | None = None
    sheet_roles: Annotated[dict[_Short, SheetRole], msgspec.Meta(max_length=MAX_SHEETS * 10)] = {}
    area_separators: Annotated[str, msgspec.Meta(max_length=40)] = DEFAULT_AREA_SEPARATORS
    date_order: DateOrder = "ymd"
    version: Literal[1] = 1

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON-able values."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built | {"version": self.version}

    @staticmethod
    def from_dict(value: Dict[str, Any]) -> "Mapping":
        """The mapping that `to_dict` gave. Raises ValueError, with the place, for anything else."""
        try:
            mapping = msgspec.convert(value, Mapping)
        except msgspec.ValidationError as refused:
            raise ValueError(str(refused)) from None
        for use in mapping.columns:
            _check_use(use)
        return mapping

    def over(self, older: "Mapping | None") -> "Mapping":
        """What to remember: this choice, and the older one's for columns and sheets that this file does not have."""
        if older is None:
            return self
        keys = {use.key for use in self.columns}
        columns = (*self.columns, *(use for use in older.columns if use.key not in keys))
        return msgspec.structs.replace(
            self,
            columns=columns[: MAX_COLUMNS * MAX_SHEETS],
            sheet_roles=dict(list((older.sheet_roles | self.sheet_roles).items())[: MAX_SHEETS * 10]),
        )

    def use_of(self, key: str) -> ColumnUse | None:
        """The use of the column with this key, if the mapping knows it."""
        return next((use for use in self.columns if use.key == key), None)


def _check_use(use: ColumnUse) -> None:
    field = FIELDS.get(use.field)
    if field is None:
        raise ValueError(f"there is no field {use.field!r} - at `$.columns` for {use.key!r}")
    if field.needs and getattr(use, field.needs) is None:
        raise ValueError(f"the field {use.field!r} needs {field.needs} - at `$.columns` for {use.key!r}")


def is_taken(sheet: Sheet, mapping: Mapping) -> bool:
    """Whether the sheet's rows are read at all: hidden sheets only where the mapping names them."""
    role = mapping.sheet_roles.get(fold(sheet.name))
    if role == "skip":
        return False
    return bool(sheet.rows) and (not sheet.hidden or role is not None)


def taken_sheets(workbook: Workbook, mapping: Mapping) -> tuple[Sheet, ...]:
    """The sheets that `read_people` reads, in their order."""
    return tuple(sheet for sheet in workbook.sheets if is_taken(sheet, mapping))
