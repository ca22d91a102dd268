"""The form for a sheet's columns: what it means, what it leaves open, what stays as it was guessed."""

from typing import Any

from services.web.sheet_columns import chosen, columns_by_sheet

FIELDS = [
    {"name": "ignore", "needs": ""},
    {"name": "mail", "needs": ""},
    {"name": "name", "needs": ""},
    {"name": "area_tick", "needs": "area"},
    {"name": "hours_on_day", "needs": "weekday"},
]


def column(key: str) -> dict[str, Any]:
    return {"key": key, "letter": "A", "heading": key.title(), "sample": ["x"]}


def an_import(**mapping: Any) -> dict[str, Any]:
    """Two sheets with people and an empty one before them; both have the column `mail`."""
    return {
        "fields": FIELDS,
        "mapping": mapping,
        "sheets": [
            {"key": "notes", "name": "Notes", "rows": 0, "columns": []},
            {"key": "mentors", "name": "Mentors", "rows": 3, "columns": [column("mail"), column("monday")]},
            {
                "key": "mentees",
                "name": "Mentees",
                "rows": 2,
                "columns": [column("mail"), column("leadership")],
            },
        ],
    }


GUESS = {"key": "mail", "field": "mail", "heading": "Mail", "confidence": 0.9, "why": "addresses"}


def test_a_column_of_several_sheets_is_asked_about_once() -> None:
    shown = columns_by_sheet(an_import(), {})
    assert {name: [choice.key for choice in choices] for name, choices in shown.items()} == {
        "Mentors": ["mail", "monday"],
        "Mentees": ["leadership"],
    }


def test_a_guess_that_is_left_as_it_is_keeps_its_reasons() -> None:
    mapping, errors = chosen({"use-1": "mail"}, an_import(columns=[GUESS]))
    assert (mapping["columns"][0], errors) == (GUESS, {})


def test_another_choice_replaces_the_guess() -> None:
    mapping, _ = chosen({"use-1": "name"}, an_import(columns=[GUESS]))
    assert mapping["columns"][0] == {"key": "mail", "field": "name", "heading": "Mail"}


def test_a_choice_that_needs_more_is_asked_for_it() -> None:
    _, errors = chosen({"use-2": "hours_on_day", "use-3": "area_tick"}, an_import())
    assert set(errors) == {"weekday-2", "area-3"}
    for no_day in ("7", "Monday", "1" * 5_000):
        _, errors = chosen({"use-2": "hours_on_day", "weekday-2": no_day}, an_import())
        assert set(errors) == {"weekday-2"}
    mapping, errors = chosen(
        {"use-2": "hours_on_day", "weekday-2": "0", "use-3": "area_tick", "area-3": "leadership"}, an_import()
    )
    assert errors == {}
    assert [use.get("weekday", use.get("area")) for use in mapping["columns"]] == [None, 0, "leadership"]


def test_what_other_sheets_had_is_remembered() -> None:
    other = {"key": "telefon", "field": "ignore"}
    mapping, _ = chosen({}, an_import(columns=[GUESS, other]))
    assert mapping["columns"][-1] == other


def test_a_sheet_gets_the_role_that_was_chosen_for_it() -> None:
    before = an_import(sheet_roles={"mentors": "mentor", "mentees": "mentee", "last year": "skip"})
    mapping, _ = chosen({"role_from": "sheet", "sheet-1": "skip", "sheet-2": ""}, before)
    assert (mapping["role_from"], mapping["sheet_roles"]) == (
        "sheet",
        {"mentors": "skip", "last year": "skip"},
    )


def test_the_same_role_for_all_has_to_be_named() -> None:
    assert set(chosen({"role_from": "fixed", "fixed_role": ""}, an_import())[1]) == {"fixed_role"}
    assert chosen({"role_from": "fixed", "fixed_role": "both"}, an_import())[0]["fixed_role"] == "both"
