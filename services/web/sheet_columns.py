"""The form in which a coordinator says what each column of her sheet holds, and the mapping that it means.

Invariant: what the form does not change stays as it was guessed or remembered, with its reasons.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.web.numbers import whole_number
from services.web.words import N_, gettext

MAX_HEADING_CHARS = 400
SUNDAY = 6  # Monday is 0
#: What a mapping leaves out, it has like this.
_DEFAULTS: dict[str, Any] = {"columns": [], "role_from": "column", "fixed_role": None, "sheet_roles": {}}
_ASKS = {
    "area": N_("Say which area the column “%(heading)s” means."),
    "weekday": N_("Say which day the column “%(heading)s” means."),
    "question": N_("Say which question the column “%(heading)s” answers."),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A column of the form: its number there, and what it feeds (`use`, as in the mapping)."""

    number: int
    key: str
    letter: str
    heading: str
    samples: tuple[str, ...]
    use: Mapping[str, Any]


def whole(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping with its defaults written out."""
    return _DEFAULTS | dict(mapping)


def columns_by_sheet(found: Mapping[str, Any], mapping: Mapping[str, Any]) -> dict[str, list[Choice]]:
    """The columns of an import under the names of their sheets."""
    shown: dict[str, list[Choice]] = {}
    for sheet, choice in _columns(found, mapping):
        shown.setdefault(sheet, []).append(choice)
    return shown


def chosen(form: Mapping[str, str], found: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The mapping that the form means for an import, and by field what it leaves open."""
    errors: dict[str, str] = {}
    needs = {field["name"]: field["needs"] for field in found["fields"]}
    before = whole(found["mapping"])
    columns = []
    for _, choice in _columns(found, before):
        field = form.get(f"use-{choice.number}", choice.use["field"])
        changed = {"key": choice.key, "field": field, "heading": choice.heading[:MAX_HEADING_CHARS]}
        use = dict(choice.use) if field == choice.use["field"] else changed
        if needed := needs.get(field):
            name = f"{needed}-{choice.number}"
            value = form.get(name, "") or use.get(needed, "")
            if value == "" or (needed == "weekday" and not whole_number(str(value), SUNDAY)):
                errors[name] = gettext(_ASKS[needed], heading=choice.heading)
            else:
                use[needed] = int(value) if needed == "weekday" else value
        columns.append(use)
    here = {use["key"] for use in columns}
    mapping = before | {
        "columns": [*columns, *(use for use in before["columns"] if use["key"] not in here)],
        "role_from": form.get("role_from", before["role_from"]),
        "fixed_role": form.get("fixed_role") or None,
        "sheet_roles": _sheet_roles(form, found, before["sheet_roles"]),
    }
    if mapping["role_from"] == "fixed" and not mapping["fixed_role"]:
        errors["fixed_role"] = gettext("Say what all of them are: mentors, mentees or both.")
    return mapping, errors


def _sheet_roles(
    form: Mapping[str, str], found: Mapping[str, Any], before: Mapping[str, str]
) -> dict[str, str]:
    roles = dict(before)
    for number, sheet in enumerate(found["sheets"]):
        said = form.get(f"sheet-{number}")
        if said:
            roles[sheet["key"]] = said
        elif said == "":
            roles.pop(sheet["key"], None)
    return roles


def _columns(found: Mapping[str, Any], mapping: Mapping[str, Any]) -> Iterator[tuple[str, Choice]]:
    """Each different column of the file once, with the sheet where it stands first."""
    used = {use["key"]: use for use in whole(mapping)["columns"]}
    seen: set[str] = set()
    for sheet in found["sheets"]:
        for column in sheet["columns"] if sheet["rows"] else ():
            key = column["key"]
            if key in seen:
                continue
            seen.add(key)
            use = used.get(key, {"key": key, "field": "ignore"})
            sample = tuple(column["sample"])
            yield sheet["name"], Choice(len(seen), key, column["letter"], column["heading"], sample, use)
