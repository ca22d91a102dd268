"""Every problem that a sheet can have, in plain words: what is wrong, and what to do about it.

The codes are stable. `{value}` is what was typed, `{part}` the piece that is meant, `{suggestion}` what was probably
meant, `{allowed}` what would be understood, `{column}` the heading; `{other}` is explained where it is used.
"""

from dataclasses import dataclass

from services.profiles.spreadsheet.cells import Trouble
from services.profiles.spreadsheet.limits import MAX_CELL_CHARS
from services.profiles.spreadsheet.normal import shown
from services.profiles.spreadsheet.values import Problem, Severity


@dataclass(frozen=True, slots=True)
class Wording:
    """severity: the usual one; a cell that a row cannot do without makes it `row`."""

    severity: Severity
    message: str
    what_to_do: str
    with_suggestion: str = ""  # instead of `what_to_do`, where there is a suggestion


_DID_YOU_MEAN = 'Did you mean "{suggestion}"? Correct it in the sheet.'

TROUBLES: dict[str, Wording] = {
    # about the sheet: nothing of it can be read
    "no_mail_column": Wording(
        "sheet", "No column holds mail addresses.", "Choose the column with the mail addresses."
    ),
    "no_name_column": Wording("sheet", "No column holds names.", "Choose the column with the names."),
    "no_role": Wording(
        "sheet",
        "Nothing says who is a mentor and who is a mentee.",
        "Choose the column with the role, or say that all people of this file are mentors, mentees or both.",
    ),
    # about a column: it is not read, the others are
    "column_used_twice": Wording(
        "note",
        'Another column feeds "{other}" already; this one is not read.',
        'Choose one of the two, and set the other to "Do not use".',
    ),
    "unknown_field": Wording(
        "note", "The column feeds nothing that we know; it is not read.", "Choose a field for it."
    ),
    "unknown_question": Wording(
        "note",
        "The column feeds a question that the programme does not have; it is not read.",
        "Choose another field for it.",
    ),
    "unknown_area_column": Wording(
        "note",
        "The column feeds an area that the programme does not have; it is not read.",
        "Choose another field for it.",
    ),
    "sensitive_without_consent": Wording(
        "note",
        "The column feeds a sensitive question, and no column says who agreed to that; it is not read.",
        "Choose the column with the consent, or leave this column out.",
    ),
    # about the row
    "mail_missing": Wording("row", "The mail address is missing.", "Fill it in, or delete the row."),
    "mail_no_at": Wording("row", "The mail address has no @.", "Correct it in the sheet.", _DID_YOU_MEAN),
    "mail_space": Wording(
        "row", "There is a space inside the mail address.", "Correct it in the sheet.", _DID_YOU_MEAN
    ),
    "mail_trailing_dot": Wording(
        "row",
        "There is a dot at the end of the mail address, or before the @.",
        "Remove the dot.",
        _DID_YOU_MEAN,
    ),
    "mail_wide_characters": Wording(
        "row",
        "The mail address is typed with full-width characters.",
        "Type it again with the English keyboard.",
        _DID_YOU_MEAN,
    ),
    "mail_domain_typo": Wording(
        "row",
        "The part after the @ looks mistyped.",
        "Correct it in the sheet.",
        'Did you mean "{suggestion}"? Correct it in the sheet, or confirm that it is right as it stands.',
    ),
    "mail_several": Wording(
        "row",
        "There are several mail addresses in one cell.",
        "Leave the one that the person reads.",
        'Leave the one that the person reads, for example "{suggestion}".',
    ),
    "mail_not_ascii": Wording(
        "row",
        "The mail address has letters before the @ that mail servers do not take.",
        "Ask the person for another address.",
        _DID_YOU_MEAN,
    ),
    "mail_invalid": Wording("row", "This is not a mail address.", "Correct it in the sheet.", _DID_YOU_MEAN),
    "name_missing": Wording("row", "The name is missing.", "Fill it in."),
    "name_too_long": Wording("row", "The name is longer than {allowed}.", "Shorten it."),
    "role_missing": Wording(
        "row", "The row does not say mentor or mentee.", 'Write "mentor", "mentee" or "both".'
    ),
    "role_unclear": Wording(
        "row",
        'It is not clear whether "{part}" means mentor or mentee.',
        'Write "mentor", "mentee" or "both".',
    ),
    "terms_declined": Wording(
        "row",
        "The person did not agree to the terms.",
        "Leave the row out, or ask the person and correct the sheet.",
    ),
    "duplicate_differs": Wording(
        "row",
        "The same person is in row {other} with something different here.",
        "Keep one of the two rows, with what is right.",
    ),
    "mail_shared": Wording(
        "row",
        "Row {other} has the same mail address with another name.",
        "Give each person an address of their own, or delete one of the two rows.",
    ),
    # about the cell
    "formula": Wording(
        "cell",
        "The cell holds a formula without a stored result; formulas are never run here.",
        "Replace the formula by its result (copy, then paste values).",
    ),
    "error_value": Wording(
        "cell", "The cell shows an error of the spreadsheet.", "Correct the formula, or clear the cell."
    ),
    "too_long": Wording("cell", f"The text is longer than {MAX_CELL_CHARS:,} characters.", "Shorten it."),
    "yes_no_unclear": Wording("cell", "This is neither yes nor no.", 'Write "yes" or "no".'),
    "consent_unclear": Wording(
        "cell",
        "It is not clear whether the person agreed; nothing sensitive is taken.",
        'Write "yes" or "no".',
    ),
    "unknown_area": Wording(
        "cell",
        'There is no area "{part}" in this programme; the other areas of the cell are taken.',
        "Use one of the programme's areas.",
        _DID_YOU_MEAN,
    ),
    "too_many_areas": Wording(
        "cell", "There are more than {allowed} areas; the first ones are taken.", "Leave the most important."
    ),
    "unknown_language": Wording(
        "cell",
        '"{part}" is not a language that we know; the others are taken.',
        "Write its name in English.",
        _DID_YOU_MEAN,
    ),
    "too_many_languages": Wording(
        "cell", "There are more than {allowed} languages; the first ones are taken.", "Shorten the list."
    ),
    "hours_unclear": Wording("cell", "The times are not clear{part}.", "Write {allowed}."),
    "hours_without_day": Wording(
        "cell", "The times do not say on which day.", "Write the day as well, for example Mon 18-20."
    ),
    "hours_without_time": Wording(
        "cell", "The days do not say at what time.", "Write the hours as well, for example Mon 18-20."
    ),
    "number_unclear": Wording("cell", "This is not a number.", "Write {allowed}."),
    "out_of_range": Wording("cell", "The number is not in the range {allowed}.", "Correct it in the sheet."),
    "looks_like_date": Wording(
        "cell",
        "The spreadsheet has turned this into a date.",
        'Format the column as text and type the value again ("3-5" becomes a date otherwise).',
    ),
    "not_an_option": Wording(
        "cell",
        "This is not one of the answers that the programme offers.",
        "Write one of: {allowed}.",
        'Did you mean "{suggestion}"? The answers are: {allowed}.',
    ),
    "date_unclear": Wording("cell", "This is not a date that we can read.", "Write it as 2026-03-31 18:20."),
    # worth knowing
    "language_basic": Wording(
        "note",
        '"{part}": a language known a little only is left out, since a pair must be able to talk in it.',
        "Nothing to do.",
    ),
    "already_known": Wording(
        "note", "This person is in the chapter already.", "Decide whether to update or to skip those."
    ),
    "later_answer_taken": Wording(
        "note", "The same person sent the form more than once; the latest one is taken.", "Nothing to do."
    ),
}


def problem(
    trouble: Trouble,
    *,
    sheet: str,
    row: int,
    column: str,
    value: str,
    severity: Severity | None = None,
    other: str = "",
) -> Problem:
    """The trouble as a line of the dry run. `severity` overrides the usual one."""
    wording = TROUBLES[trouble.code]
    words = {
        "part": f': "{trouble.part}"' if trouble.code == "hours_unclear" and trouble.part else trouble.part,
        "suggestion": trouble.suggestion,
        "allowed": trouble.allowed or "for example: Mon 18-20",
        "other": other,
    }
    advice = wording.with_suggestion if trouble.suggestion and wording.with_suggestion else wording.what_to_do
    return Problem(
        sheet=sheet,
        row=row,
        column=column,
        value=shown(value),
        code=trouble.code,
        severity=severity or wording.severity,
        message=wording.message.format(**words),
        what_to_do=advice.format(**words),
        suggestion=trouble.suggestion,
    )
