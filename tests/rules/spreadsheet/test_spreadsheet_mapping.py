"""The mapping that is offered, the one that is remembered, and what is said about one that does not fit."""

import json

import pytest

from services.profiles.areas import DEFAULT_AREAS
from services.profiles.spreadsheet import (
    ColumnUse,
    Mapping,
    Workbook,
    check_mapping,
    guess_mapping,
    read_workbook,
)
from tests.rules.spreadsheet.makers import (
    ANNA,
    BEN,
    GENDER,
    GRADE,
    HEAD,
    WISH,
    an_xlsx,
    dry_run,
    fields_of,
    opened,
)


def offered(workbook: Workbook, remembered: Mapping | None = None) -> Mapping:
    return guess_mapping(workbook, areas=DEFAULT_AREAS, questions=(), remembered=remembered)


def wrong(workbook: Workbook, mapping: Mapping) -> list[tuple[str, str]]:
    """(heading, code) of everything that is wrong with the mapping."""
    return [
        (p.column, p.code)
        for p in check_mapping(workbook, mapping, areas=DEFAULT_AREAS, questions=(GENDER, GRADE))
    ]


def test_columns_in_any_order_and_language_are_recognised() -> None:
    workbook = opened(
        [
            ("可用时间", "Sprachen", "Nom", "Courriel", "Areas you can teach", "Rolle"),
            ("周一 18-20", "Deutsch", "Anna", "anna@example.org", "Law", "mentor"),
        ]
    )
    assert fields_of(workbook) == {
        "可用时间": "hours",
        "Sprachen": "languages",
        "Nom": "name",
        "Courriel": "mail",
        "Areas you can teach": "areas_offered",
        "Rolle": "role",
    }


def test_every_guess_says_how_sure_it_is_and_why() -> None:
    uses = offered(opened([HEAD, ANNA, BEN])).columns
    assert all(use.why and 0 < use.confidence <= 1 for use in uses)
    assert {use.heading: use.why for use in uses}["E-Mail"] == "its cells hold mail addresses"


def test_mail_addresses_are_found_under_any_heading() -> None:
    assert fields_of(opened([("Name", "Kontakt"), ("Anna", "anna@example.org")]))["Kontakt"] == "mail"


def test_a_heading_mentor_above_names_of_other_people_is_no_role() -> None:
    workbook = opened(
        [
            ("Name", "E-Mail", "Mentor"),
            ("Ben", "ben@example.org", "Anna L."),
            ("Cleo", "cleo@example.org", "Jo M."),
        ]
    )
    assert fields_of(workbook)["Mentor"] == "ignore"


def test_a_known_heading_above_cells_that_do_not_fit_is_offered_with_doubt() -> None:
    use = offered(opened([(*HEAD, "Years"), (*ANNA, "many"), (*BEN, "few")])).columns[3]
    assert (use.field, use.confidence) == ("seniority_years", 0.5)


def test_of_two_mail_columns_the_better_one_is_taken() -> None:
    people = [("Name", "Contact", "E-Mail"), ("Ben", "x@example.org", "ben@example.org")]
    assert fields_of(opened(people)) == {"Name": "name", "Contact": "ignore", "E-Mail": "mail"}
    managers = [("Name", "Contact of manager", "E-Mail"), ("Ben", "x@example.org", "ben@example.org")]
    assert fields_of(opened(managers))["Contact of manager"] == "reports_to"


def test_beside_a_first_name_a_name_is_the_last_name() -> None:
    workbook = opened([("Nom", "Prénom", "Mail"), ("Sentierbois", "Anaïs", "a@example.org")])
    assert fields_of(workbook)["Nom"] == "last_name"


def test_beside_wanted_areas_plain_areas_are_offered() -> None:
    workbook = opened([("Name", "Mail", "Areas", "Areas wanted"), ("Anna", "a@example.org", "Law", "Sales")])
    assert fields_of(workbook)["Areas"] == "areas_offered"


def test_a_grid_of_areas_to_tick_is_recognised() -> None:
    workbook = opened(
        [
            ("Name", "Mail", "Expertise [Law]", "Expertise [Sales]", "Finance"),
            ("Anna", "a@example.org", "x", "", "12"),
        ]
    )
    mapping = offered(workbook)
    found = [(use.field, use.area) for use in mapping.columns[2:]]
    assert found == [("area_tick", "law"), ("area_tick", "sales"), ("area_years", "finance")]


def test_columns_of_days_and_of_times_are_recognised() -> None:
    workbook = opened(
        [
            ("Name", "Mail", "Monday", "Wed 18-20"),
            ("Anna", "a@example.org", "18-20", "x"),
            ("Ben", "b@example.org", "no", ""),
        ]
    )
    assert [(use.field, use.weekday) for use in offered(workbook).columns[2:]] == [
        ("hours_on_day", 0),
        ("hours_tick", None),
    ]


def test_the_programmes_own_questions_are_recognised_by_wording_or_by_their_answers() -> None:
    workbook = opened(
        [
            ("Name", "Mail", "Level", "Your wish?"),
            ("Anna", "a@example.org", "Grade 5", "peace"),
            ("Ben", "b@example.org", "G6", "tea"),
            ("Cleo", "c@example.org", "Grade 7", "-"),
        ]
    )
    mapping = guess_mapping(workbook, areas=DEFAULT_AREAS, questions=(GRADE, WISH))
    assert [use.question for use in mapping.columns[2:]] == ["grade", "wish"]


def test_a_sensitive_question_is_offered_only_beside_a_column_of_consent() -> None:
    people = ("Name", "Mail", "Gender"), ("Anna", "a@example.org", "f")
    assert fields_of(opened(people), (GENDER,))["Gender"] == "ignore"
    heading = "May we use your gender for matching?"
    asked = opened([(*people[0], heading), (*people[1], "yes")])
    assert fields_of(asked, (GENDER,)) == {
        "Name": "name",
        "Mail": "mail",
        "Gender": "question",
        heading: "consent",
    }


@pytest.mark.parametrize(
    ("rows", "source", "otherwise"),
    [
        ([HEAD, ANNA, BEN], "column", None),
        (
            [("Name", "Mail", "Do you want to sign up as a mentor?"), ("Anna", "a@example.org", "no")],
            "column",
            "mentee",
        ),
        (
            [("Name", "Mail", "As mentor", "As mentee"), ("Anna", "a@example.org", "yes", "no")],
            "column",
            None,
        ),
        ([("Name", "Mail"), ("Anna", "a@example.org")], "fixed", None),
    ],
)
def test_the_role_comes_from_the_columns_that_speak_of_it(
    rows: list[tuple[str, ...]], source: str, otherwise: str | None
) -> None:
    mapping = offered(opened(rows))
    assert (mapping.role_from, mapping.fixed_role) == (source, otherwise)


def test_the_role_comes_from_the_file_where_its_name_speaks_of_one() -> None:
    rows = [("Name", "Mail"), ("Anna", "a@example.org")]
    assert offered(opened(rows, "Mentors 2026.csv")).role_from == "file"


def test_the_role_comes_from_the_sheets_and_sheets_without_people_are_skipped() -> None:
    rows = [("Name", "Mail"), ("Anna", "a@example.org")]
    raw = an_xlsx(
        {"Read me": [("How to", "fill in"), ("Please", "carefully")], "Mentors": rows, "Mentees 2026": rows}
    )
    mapping = offered(read_workbook(raw, "all.xlsx"))
    assert mapping.role_from == "sheet"
    assert mapping.sheet_roles == {"read me": "skip", "mentors": "mentor", "mentees 2026": "mentee"}


def test_sheets_may_word_the_same_field_differently() -> None:
    sheets = {
        "Mentors": [("Name", "E-Mail"), ("Anna", "anna@example.org")],
        "Mentees": [("Full name", "Courriel"), ("Ben", "ben@example.org")],
    }
    reading = dry_run(read_workbook(an_xlsx(sheets), "all.xlsx"))
    assert [(person.name, person.roles) for person in reading.people] == [
        ("Anna", ("mentor",)),
        ("Ben", ("mentee",)),
    ]


def test_a_remembered_choice_wins_over_every_guess() -> None:
    first = opened(
        [("Name", "Spitzname", "E-Mail", "Rolle"), ("Anna Lindquarz", "Anni", "anna@example.org", "mentor")]
    )
    chosen = Mapping(
        columns=(ColumnUse("name", "about"), ColumnUse("spitzname", "name")),
        role_from="fixed",
        fixed_role="mentee",
    )
    mapping = offered(first, remembered=chosen)
    assert {use.key: use.field for use in mapping.columns} == {
        "name": "about",
        "spitzname": "name",
        "e mail": "mail",
        "rolle": "role",
    }
    assert (mapping.role_from, mapping.fixed_role) == ("fixed", "mentee")
    assert mapping.columns[0].why == "as chosen last time"


def test_a_remembered_role_source_that_the_file_lacks_is_guessed_again() -> None:
    by_column = offered(opened([HEAD, ANNA]))
    assert (
        offered(opened([("Name", "E-Mail"), ANNA[:2]], "mentees.csv"), remembered=by_column).role_from
        == "file"
    )


def test_one_memory_serves_both_files_of_a_chapter() -> None:
    mentors = offered(
        opened([("Name", "E-Mail", "Strengths"), ("Anna", "a@example.org", "Law")], "mentors.csv")
    )
    mentees = offered(opened([("Name", "E-Mail", "Needs"), ("Ben", "b@example.org", "Law")], "mentees.csv"))
    memory = mentees.over(mentors)
    assert {use.key: use.field for use in memory.columns} == {
        "name": "name",
        "e mail": "mail",
        "needs": "areas_wanted",
        "strengths": "areas_offered",
    }
    assert mentees.over(None) == mentees


def test_a_mapping_survives_json() -> None:
    workbook = opened([("Name", "E-Mail", "Expertise [Law]"), ("Anna", "a@example.org", "x")])
    mapping = offered(workbook)
    assert Mapping.from_dict(json.loads(json.dumps(mapping.to_dict()))) == mapping


@pytest.mark.parametrize(
    "value",
    [
        {"columns": [{"key": "a", "field": "salary"}]},
        {"columns": [{"key": "a", "field": "question"}]},
        {"columns": [{"key": "a", "field": "area_tick"}]},
        {"columns": [{"key": "a", "field": "hours_on_day", "weekday": 7}]},
        {"columns": [{"key": "a", "field": "mail", "colour": "red"}]},
        {"columns": [{"key": "x" * 1_000, "field": "mail"}]},
        {"columns": [{"key": "a", "field": "mail", "confidence": 2}]},
        {"columns": [{"key": f"{n}", "field": "ignore"} for n in range(4_001)]},
        {"role_from": "moon"},
        {"fixed_role": "skip"},
        {"sheet_roles": {"a": "coach"}},
        {"version": 2},
        {"$where": "1"},
        {"columns": 5},
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_with_the_place(value: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"at `\$|unknown field|Invalid"):
        Mapping.from_dict(value)


def test_a_mapping_without_mail_name_or_role_takes_nothing_and_says_so() -> None:
    workbook = opened([HEAD, ANNA])
    empty = Mapping(role_from="fixed")
    assert wrong(workbook, empty) == [("", "no_mail_column"), ("", "no_name_column"), ("", "no_role")]
    reading = dry_run(workbook, mapping=empty)
    assert (reading.people, len(reading.problems), reading.rows_read) == ((), 3, 0)


def test_uses_that_do_not_fit_are_left_out_and_named() -> None:
    workbook = opened(
        [(*HEAD, "Mail 2", "Grade", "Sex", "Area", "Odd"), (*ANNA, "x@example.org", "G5", "f", "Law", "?")]
    )
    uses = (
        ColumnUse("name", "name"),
        ColumnUse("e mail", "mail"),
        ColumnUse("role", "role"),
        ColumnUse("mail 2", "mail"),
        ColumnUse("grade", "question", question="height"),
        ColumnUse("sex", "question", question="gender"),
        ColumnUse("area", "area_tick", area="falconry"),
        ColumnUse("odd", "salary"),
    )
    assert wrong(workbook, Mapping(columns=uses)) == [
        ("Mail 2", "column_used_twice"),
        ("Grade", "unknown_question"),
        ("Sex", "sensitive_without_consent"),
        ("Area", "unknown_area_column"),
        ("Odd", "unknown_field"),
    ]
    assert [person.mail for person in dry_run(workbook, mapping=Mapping(columns=uses)).people] == [
        "anna@example.org"
    ]
