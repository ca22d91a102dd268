"""What a spreadsheet's columns can feed, and what can be wrong with a row, in the page's language.

Profiles tells both in English, with the cell's own words filled in. In another language the page says the same by its stable code.
"""

from collections.abc import Mapping
from typing import Any

from services.web.words import N_, SOURCE, gettext, language

FIELDS: Mapping[str, str] = {
    "ignore": N_("Do not use"),
    "mail": N_("Mail address"),
    "name": N_("Full name"),
    "first_name": N_("First name"),
    "last_name": N_("Last name"),
    "role": N_("Role (mentor, mentee, both)"),
    "is_mentor": N_("Is a mentor? (yes or no)"),
    "is_mentee": N_("Is a mentee? (yes or no)"),
    "is_both": N_("Is both mentor and mentee? (yes or no)"),
    "areas": N_("Areas (offered by mentors, wanted by mentees)"),
    "areas_offered": N_("Areas offered"),
    "areas_wanted": N_("Areas wanted"),
    "area_tick": N_("One area, ticked (yes or no)"),
    "area_years": N_("Years in one area"),
    "seniority_years": N_("Years of experience"),
    "languages": N_("Languages"),
    "hours": N_("Free hours of the week"),
    "hours_on_day": N_("Free hours of one day"),
    "hours_tick": N_("The free hours in the heading, ticked"),
    "capacity": N_("How many mentees at a time"),
    "pledge_hours_per_month": N_("Hours a month"),
    "organisation": N_("Organisation"),
    "unit": N_("Department or unit"),
    "reports_to": N_("Reports to"),
    "about": N_("About (free text)"),
    "terms": N_("Agrees to the terms (yes or no)"),
    "consent": N_("Agrees to the use of sensitive answers (yes or no)"),
    "question": N_("Answer to a question of the programme"),
    "submitted_at": N_("When the form was sent"),
}

_CORRECT = N_("Correct it in the sheet.")
_YES_NO = N_("Write yes or no.")
_ROLE = N_("Write mentor, mentee or both.")
_SHORTEN = N_("Shorten it.")
_NOTHING = N_("Nothing to do.")
_OTHER_FIELD = N_("Choose another field for it.")

#: What is wrong, and what to do.
TROUBLES: Mapping[str, tuple[str, str]] = {
    "no_mail_column": (
        N_("No column holds mail addresses."),
        N_("Choose the column with the mail addresses."),
    ),
    "no_name_column": (N_("No column holds names."), N_("Choose the column with the names.")),
    "no_role": (
        N_("Nothing says who is a mentor and who is a mentee."),
        N_("Choose the column with the role, or say what all people of this file are."),
    ),
    "column_used_twice": (
        N_("Another column feeds the same already; this one is not read."),
        N_("Choose one of the two."),
    ),
    "unknown_field": (N_("The column feeds nothing that we know; it is not read."), _OTHER_FIELD),
    "unknown_question": (
        N_("The column feeds a question that the programme does not have; it is not read."),
        _OTHER_FIELD,
    ),
    "unknown_area_column": (
        N_("The column feeds an area that the programme does not have; it is not read."),
        _OTHER_FIELD,
    ),
    "sensitive_without_consent": (
        N_("The column feeds a sensitive question, and no column says who agreed to that; it is not read."),
        N_("Choose the column with the consent, or leave this column out."),
    ),
    "mail_missing": (N_("The mail address is missing."), N_("Fill it in, or delete the row.")),
    "mail_no_at": (N_("The mail address has no @."), _CORRECT),
    "mail_space": (N_("There is a space inside the mail address."), _CORRECT),
    "mail_trailing_dot": (
        N_("There is a dot at the end of the mail address, or before the @."),
        N_("Remove the dot."),
    ),
    "mail_wide_characters": (
        N_("The mail address is typed with full-width characters."),
        N_("Type it again with the English keyboard."),
    ),
    "mail_domain_typo": (
        N_("The part after the @ looks mistyped."),
        N_("Correct it in the sheet, or confirm that it is right."),
    ),
    "mail_several": (
        N_("There are several mail addresses in one cell."),
        N_("Leave the one that the person reads."),
    ),
    "mail_not_ascii": (
        N_("The mail address has letters before the @ that mail servers do not take."),
        N_("Ask the person for another address."),
    ),
    "mail_invalid": (N_("This is not a mail address."), _CORRECT),
    "name_missing": (N_("The name is missing."), N_("Fill it in.")),
    "name_too_long": (N_("The name is too long."), _SHORTEN),
    "role_missing": (N_("The row does not say mentor or mentee."), _ROLE),
    "role_unclear": (N_("It is not clear whether this means mentor or mentee."), _ROLE),
    "terms_declined": (
        N_("The person did not agree to the terms."),
        N_("Leave the row out, or ask the person and correct the sheet."),
    ),
    "duplicate_differs": (
        N_("The same person is in another row with something different."),
        N_("Keep one of the two rows, with what is right."),
    ),
    "mail_shared": (
        N_("Another row has the same mail address with another name."),
        N_("Give each person an address of their own, or delete one of the two rows."),
    ),
    "formula": (
        N_("The cell holds a formula without a stored result; formulas are never run here."),
        N_("Replace the formula by its result (copy, then paste values)."),
    ),
    "error_value": (
        N_("The cell shows an error of the spreadsheet."),
        N_("Correct the formula, or clear the cell."),
    ),
    "too_long": (N_("The text is too long."), _SHORTEN),
    "yes_no_unclear": (N_("This is neither yes nor no."), _YES_NO),
    "consent_unclear": (
        N_("It is not clear whether the person agreed; nothing sensitive is taken."),
        _YES_NO,
    ),
    "unknown_area": (
        N_("The programme does not have this area; the other areas of the cell are taken."),
        N_("Use one of the programme's areas."),
    ),
    "too_many_areas": (
        N_("There are too many areas; the first ones are taken."),
        N_("Leave the most important."),
    ),
    "unknown_language": (
        N_("This is not a language that we know; the others are taken."),
        N_("Write its name in English."),
    ),
    "too_many_languages": (
        N_("There are too many languages; the first ones are taken."),
        N_("Shorten the list."),
    ),
    "hours_unclear": (N_("The times are not clear."), N_("Write for example: Mon 18-20.")),
    "hours_without_day": (
        N_("The times do not say on which day."),
        N_("Write the day as well, for example Mon 18-20."),
    ),
    "hours_without_time": (
        N_("The days do not say at what time."),
        N_("Write the hours as well, for example Mon 18-20."),
    ),
    "number_unclear": (N_("This is not a number."), N_("Write a number.")),
    "out_of_range": (N_("The number is out of range."), _CORRECT),
    "looks_like_date": (
        N_("The spreadsheet has turned this into a date."),
        N_("Format the column as text and type the value again."),
    ),
    "not_an_option": (
        N_("This is not one of the answers that the programme offers."),
        N_("Write one of the programme's answers."),
    ),
    "date_unclear": (N_("This is not a date that we can read."), N_("Write it as 2026-03-31 18:20.")),
    "language_basic": (
        N_("A language known a little only is left out, since a pair must be able to talk in it."),
        _NOTHING,
    ),
    "already_known": (N_("This person is in the chapter already."), _NOTHING),
    "later_answer_taken": (
        N_("The same person sent the form more than once; the latest one is taken."),
        _NOTHING,
    ),
}


def field_label(name: str, label: str) -> str:
    """What a column can feed; the service's own label where this page does not know the field."""
    return gettext(FIELDS[name]) if name in FIELDS else label


def trouble(problem: Mapping[str, Any]) -> dict[str, str]:
    """`message` and `what_to_do` of a problem row."""
    if language() == SOURCE or problem["code"] not in TROUBLES:
        return {"message": problem["message"], "what_to_do": problem["what_to_do"]}
    message, what_to_do = TROUBLES[problem["code"]]
    advice = gettext(what_to_do)
    if problem.get("suggestion"):
        advice = gettext("Did you mean “%(suggestion)s”?", suggestion=problem["suggestion"]) + advice
    return {"message": gettext(message), "what_to_do": advice}
