"""Where the role stands, as far as it can be guessed: a column, the sheets' names, the file's name, or nowhere."""

import msgspec.structs

from services.profiles.spreadsheet.cells.roles import roles_of_name
from services.profiles.spreadsheet.mapping import ColumnUse, Mapping, RoleSource, SheetRole
from services.profiles.spreadsheet.normal import fold
from services.profiles.spreadsheet.values import Role, Sheet, Workbook

_BELIEVED = 0.5


def with_role_source(workbook: Workbook, mapping: Mapping, remembered: Mapping | None) -> Mapping:
    """The mapping with `role_from`, `fixed_role` and `sheet_roles` filled in. A remembered source that fits stays."""
    fields = {use.field for use in mapping.columns if use.confidence >= _BELIEVED}
    mapping = msgspec.structs.replace(mapping, sheet_roles=_sheet_roles(workbook, mapping))
    if remembered is not None and _still_fits(workbook, mapping, fields):
        return mapping
    source = _source(workbook, mapping, fields)
    return msgspec.structs.replace(mapping, role_from=source, fixed_role=_otherwise(workbook, source, fields))


def _still_fits(workbook: Workbook, mapping: Mapping, fields: set[str]) -> bool:
    if mapping.role_from == "column":
        return bool(fields & {"role", "is_mentor", "is_mentee"})
    if mapping.role_from == "sheet":
        return any(role != "skip" for role in _named_roles(workbook, mapping).values())
    if mapping.role_from == "file":
        return bool(roles_of_name(workbook.filename)) or mapping.fixed_role is not None
    return mapping.fixed_role is not None


def _source(workbook: Workbook, mapping: Mapping, fields: set[str]) -> RoleSource:
    if fields & {"role", "is_mentor", "is_mentee"}:
        return "column"
    if any(role != "skip" for role in _named_roles(workbook, mapping).values()):
        return "sheet"
    if roles_of_name(workbook.filename):
        return "file"
    return "column" if "is_both" in fields else "fixed"


def _otherwise(workbook: Workbook, source: RoleSource, fields: set[str]) -> Role | None:
    """The role of a row about which the source says nothing: with one question only, "no" means the other role."""
    if source != "column" or "role" in fields:
        return None
    if "is_mentor" in fields and "is_mentee" not in fields:
        return "mentee"
    if "is_mentee" in fields and "is_mentor" not in fields:
        return "mentor"
    named = roles_of_name(workbook.filename)
    return named[0] if named else None


def _named_roles(workbook: Workbook, mapping: Mapping) -> dict[str, SheetRole]:
    if workbook.format != "xlsx":
        return {}
    names = {fold(sheet.name) for sheet in workbook.sheets}
    return {name: role for name, role in mapping.sheet_roles.items() if name in names}


def _sheet_roles(workbook: Workbook, mapping: Mapping) -> dict[str, SheetRole]:
    """What the names of the sheets say; sheets without mail addresses are skipped where others have them."""
    if workbook.format != "xlsx":
        return mapping.sheet_roles
    uses = {use.key: use for use in mapping.columns}
    with_mail = {sheet.name for sheet in workbook.sheets if _has_mail(sheet, uses)}
    found: dict[str, SheetRole] = {}
    for sheet in workbook.sheets:
        if sheet.hidden or not sheet.rows:
            continue
        if with_mail and sheet.name not in with_mail:
            found[fold(sheet.name)] = "skip"
        elif named := roles_of_name(sheet.name):
            found[fold(sheet.name)] = named[0]
    return found | mapping.sheet_roles


def _has_mail(sheet: Sheet, uses: dict[str, ColumnUse]) -> bool:
    return any(column.key in uses and uses[column.key].field == "mail" for column in sheet.columns)
