"""From rows to people: roles, duplicates, consent, and the list of everything that was wrong."""

import io

import pytest
from openpyxl import load_workbook

from services.profiles.areas import DEFAULT_AREAS
from services.profiles.spreadsheet import (
    ColumnUse,
    Mapping,
    PersonRow,
    Problem,
    guess_mapping,
    read_people,
    read_workbook,
)
from tests.rules.spreadsheet.makers import (
    ANNA,
    BEN,
    GENDER,
    GRADE,
    HEAD,
    WISH,
    Rows,
    a_csv,
    an_xlsx,
    codes,
    dry_run,
    opened,
    text_cells,
    xlsx_parts,
)


def test_a_full_row_becomes_a_person() -> None:
    head = (
        "Timestamp",
        *HEAD,
        *("Strengths", "Needs", "Languages", "Years", "Hours", "Capacity", "Grade"),
        *("Company", "Department", "Boss", "Bio", "Terms"),
    )
    row = (
        "2026-03-14 18:20",
        " Anna  Lindquarz ",
        "Anna@Example.org",
        "both",
        "Law (12 years), Sales",
        "Design",
        "EN/DE",
        "14+",
        "Mon 18-20",
        "2",
        "Grade 7",
        "Kieselbank",
        "People",
        "Ben F.",
        "Long walks.\nGood  questions.",
        "yes",
    )
    reading = dry_run([head, row], questions=(GRADE,))
    assert reading.problems == ()
    assert reading.people == (
        PersonRow(
            sheet="people",
            row=2,
            name="Anna Lindquarz",
            mail="anna@example.org",
            roles=("mentee", "mentor"),
            areas_offered=("law", "sales"),
            areas_wanted=("design",),
            languages=("en", "de"),
            seniority_years=14,
            area_years={"law": 12},
            hours=(18, 19),
            capacity=2,
            organisation="Kieselbank",
            unit="People",
            reports_to="Ben F.",
            about="Long walks.\nGood questions.",
            answers={"grade": "g7"},
            consents={"terms": True},
            submitted_at="2026-03-14T18:20:00",
        ),
    )


def test_a_problem_names_the_row_the_column_the_value_and_what_to_do() -> None:
    reading = dry_run([("List of 2026",), (), HEAD, ANNA, ("Ben", "ben@gmial.com", "mentee")])
    assert reading.problems == (
        Problem(
            sheet="people",
            row=5,
            column="E-Mail",
            value="ben@gmial.com",
            code="mail_domain_typo",
            severity="row",
            message="The part after the @ looks mistyped.",
            what_to_do='Did you mean "ben@gmail.com"? Correct it in the sheet, or confirm that it is right as it stands.',
            suggestion="ben@gmail.com",
        ),
    )
    assert (reading.rows_read, reading.rows_left_out, len(reading.people)) == (2, 1, 1)


def test_every_problem_of_a_row_is_listed_at_once() -> None:
    rows = [(*HEAD, "Years", "Capacity"), ANNA, ("", "ben@", "perhaps", "many", "999")]
    assert codes(dry_run(rows)) == [
        (3, "role_unclear"),
        (3, "mail_invalid"),
        (3, "number_unclear"),
        (3, "out_of_range"),
        (3, "name_missing"),
    ]


def test_a_cell_that_is_not_understood_does_not_cost_the_row() -> None:
    reading = dry_run([(*HEAD, "Capacity"), (*ANNA, "2"), (*BEN, "lots")])
    assert [person.capacity for person in reading.people] == [2, None]
    assert [found.severity for found in reading.problems] == ["cell"]


def test_a_shown_value_is_cut_and_on_one_line() -> None:
    reading = dry_run([HEAD, ANNA, ("Ben", "b\n" * 200, "mentee")])
    assert len(reading.problems[0].value) == 80
    assert "\n" not in reading.problems[0].value


def test_spoiled_cells_cost_the_row_only_where_the_row_needs_them() -> None:
    raw = a_csv([(*HEAD, "Capacity"), (*ANNA, "=1+1"), ("Ben", "=A1", "mentee", "#N/A")])
    reading = dry_run(read_workbook(raw, "x.csv"))
    assert [(p.row, p.code, p.severity) for p in reading.problems] == [
        (2, "formula", "cell"),
        (3, "formula", "row"),
        (3, "error_value", "cell"),
    ]
    assert [person.mail for person in reading.people] == ["anna@example.org"]


def test_a_number_that_the_spreadsheet_turned_into_a_date_is_said_to_be_one() -> None:
    raw = xlsx_parts(text_cells(1, (*HEAD, "Years")) + text_cells(2, (*ANNA, "2026-05-03")))
    assert codes(dry_run(read_workbook(raw, "x.xlsx"))) == [(2, "looks_like_date")]


SIGN_UP = "Do you want to sign up as a mentor?"


@pytest.mark.parametrize(
    ("head", "cells", "roles"),
    [
        (("Role",), ("Mentorin",), ("mentor",)),
        (("Role",), ("both mentor and mentee",), ("mentee", "mentor")),
        ((SIGN_UP,), ("Ja",), ("mentor",)),
        ((SIGN_UP,), ("Nein",), ("mentee",)),
        ((SIGN_UP,), ("Yes, both",), ("mentee", "mentor")),
        (("As mentor", "As mentee"), ("x", "x"), ("mentee", "mentor")),
        (("As mentor", "As mentee"), ("no", "yes"), ("mentee",)),
        (("mentor only", "mentee only", "both mentor and mentee"), ("no", "no", "yes"), ("mentee", "mentor")),
    ],
)
def test_the_role_is_read_from_columns_of_any_shape(
    head: tuple[str, ...], cells: tuple[str, ...], roles: tuple[str, ...]
) -> None:
    both = ("yes",) * len(cells) if len(cells) > 1 else ("mentor",)
    reading = dry_run([("Name", "E-Mail", *head), (*ANNA[:2], *cells), (*BEN[:2], *both)])
    assert reading.people[0].roles == roles


def test_the_role_is_read_from_the_name_of_the_file() -> None:
    rows = [("Name", "E-Mail", "Both mentor and mentee"), (*ANNA[:2], "no"), (*BEN[:2], "yes")]
    assert [p.roles for p in dry_run(opened(rows, "mentors.csv")).people] == [
        ("mentor",),
        ("mentee", "mentor"),
    ]
    assert [p.roles for p in dry_run(opened(rows, "mentees.csv")).people] == [
        ("mentee",),
        ("mentee", "mentor"),
    ]


def test_one_memory_reads_the_role_of_either_file() -> None:
    rows = [("Name", "E-Mail"), ANNA[:2]]
    memory = guess_mapping(opened(rows, "mentors.csv"), areas=DEFAULT_AREAS)
    assert dry_run(opened(rows, "mentees.csv"), mapping=memory).people[0].roles == ("mentee",)


def test_the_same_area_column_is_offered_by_mentors_and_wanted_by_mentees() -> None:
    rows = [(*HEAD, "Areas"), (*ANNA, "Law"), (*BEN, "Sales"), ("Cleo", "cleo@example.org", "both", "Design")]
    people = dry_run(rows).people
    assert [(p.areas_offered, p.areas_wanted) for p in people] == [
        (("law",), ()),
        ((), ("sales",)),
        (("design",), ("design",)),
    ]


def test_a_person_is_read_though_unknown_areas_are_named() -> None:
    reading = dry_run([(*HEAD, "Areas"), (*ANNA, "Law, Falconry, Mrkting"), BEN])
    assert reading.people[0].areas_offered == ("law",)
    assert reading.problems[0].message == (
        'There is no area "Falconry" in this programme; the other areas of the cell are taken.'
    )
    assert [found.what_to_do for found in reading.problems] == [  # nobody can give a programme further areas
        "Use one of the programme's areas.",
        'Did you mean "Marketing"? Correct it in the sheet.',
    ]


def test_chinese_names_in_two_columns_are_put_together_without_a_space() -> None:
    rows = [
        ("姓", "名", "邮箱", "角色"),
        ("山", "问渠", "shan@example.org", "导师"),
        ("Fernwhistle", "Jago", "jago@example.org", "学员"),
    ]
    assert [person.name for person in dry_run(rows).people] == ["山问渠", "Jago Fernwhistle"]


# duplicates

WIDE = (*HEAD, "Areas", "Capacity")


def twice(second: tuple[str, ...], first: tuple[str, ...] = (*ANNA, "Law", "2")) -> Rows:
    return [WIDE, first, second, BEN]


def test_the_same_row_twice_is_one_person() -> None:
    reading = dry_run(twice((*ANNA, "Law", "2")))
    assert reading.problems == ()
    assert [(p.mail, p.also_rows) for p in reading.people] == [
        ("anna@example.org", (("people", 3),)),
        ("ben@example.org", ()),
    ]


def test_one_row_as_mentor_and_one_as_mentee_are_one_person_with_both_roles() -> None:
    reading = dry_run(twice(("Lindquarz Anna", "ANNA@example.org", "mentee", "Sales", "")))
    assert reading.problems == ()
    anna = reading.people[0]
    assert (anna.roles, anna.areas_offered, anna.areas_wanted, anna.capacity) == (
        ("mentee", "mentor"),
        ("law",),
        ("sales",),
        2,
    )


def test_two_rows_that_contradict_each_other_are_reported_and_the_first_is_taken() -> None:
    reading = dry_run(twice((*ANNA, "Law", "3")))
    assert codes(reading) == [(3, "duplicate_differs")]
    assert reading.problems[0].message == "The same person is in row 2 with something different here."
    assert (reading.people[0].capacity, reading.rows_left_out) == (2, 1)


def test_two_people_with_one_address_are_reported() -> None:
    assert codes(dry_run(twice(("Zacharias Doppelgang", ANNA[1], "mentor", "Law", "2")))) == [
        (3, "mail_shared")
    ]


def test_of_a_form_sent_twice_the_later_one_counts_wherever_it_stands() -> None:
    head = ("Timestamp", *HEAD, "Capacity")
    late, early = ("2026-03-15 08:00", *ANNA, "3"), ("2026-03-14 08:00", *ANNA, "2")
    for rows in ([head, late, early], [head, early, late]):
        reading = dry_run(rows)
        assert codes(reading) == [(3, "later_answer_taken")]
        assert [p.capacity for p in reading.people] == [3]


def test_duplicates_are_found_across_sheets() -> None:
    rows = {"Mentors": [("Name", "Mail"), ANNA[:2]], "Mentees": [("Name", "Mail"), ("Other", ANNA[1])]}
    reading = dry_run(read_workbook(an_xlsx(rows), "all.xlsx"))
    assert [(p.sheet, p.message) for p in reading.problems] == [
        ("Mentees", 'Row 2 of "Mentors" has the same mail address with another name.')
    ]


def test_people_already_known_are_noted_and_taken() -> None:
    reading = dry_run([HEAD, ANNA, BEN], known=["ben@example.org"])
    assert [(p.mail, p.known) for p in reading.people] == [
        ("anna@example.org", False),
        ("ben@example.org", True),
    ]
    assert [(p.row, p.code, p.severity) for p in reading.problems] == [(3, "already_known", "note")]


def test_an_address_that_the_coordinator_confirmed_is_taken() -> None:
    assert (
        dry_run([HEAD, ("Ben", "ben@gmial.com", "mentee")], trusted=["ben@gmial.com"]).people[0].mail
        == "ben@gmial.com"
    )


# consent

ASKED = "May we use your gender for matching?"


@pytest.mark.parametrize(
    ("said", "answers", "consents", "withheld", "found"),
    [
        ("yes", {"gender": "female"}, {"gender": True}, 0, []),
        ("no", {}, {"gender": False}, 1, []),
        ("", {}, {}, 1, []),
        ("perhaps", {}, {"gender": False}, 1, ["consent_unclear"]),
    ],
)
def test_a_sensitive_answer_is_taken_only_after_a_yes(
    said: str, answers: dict[str, str], consents: dict[str, bool], withheld: int, found: list[str]
) -> None:
    rows = [
        (*HEAD, "Gender", ASKED),
        (*ANNA, "f", said),
        (*BEN, "", "yes"),
        ("Cleo", "c@example.org", "mentee", "", "no"),
    ]
    reading = dry_run(rows, questions=(GENDER,))
    anna = reading.people[0]
    assert (anna.answers, anna.consents, reading.answers_withheld) == (answers, consents, withheld)
    assert [p.code for p in reading.problems] == found


def test_a_sensitive_answer_is_never_taken_without_a_column_of_consent() -> None:
    workbook = opened([(*HEAD, "Gender"), (*ANNA, "f")])
    uses = (
        ColumnUse("name", "name"),
        ColumnUse("e mail", "mail"),
        ColumnUse("role", "role"),
        ColumnUse("gender", "question", question="gender"),
    )
    reading = dry_run(workbook, questions=(GENDER,), mapping=Mapping(columns=uses))
    assert reading.people[0].answers == {}
    assert [p.code for p in reading.problems] == ["sensitive_without_consent"]


def test_a_sensitive_or_confidential_value_is_not_repeated_in_a_problem() -> None:
    rows = [
        (*HEAD, "Gender", ASKED, "About me"),
        (*ANNA, "secretword", "yes", "secretword " * 300),
        (*BEN, "f", "yes", ""),
    ]
    reading = dry_run(rows, questions=(GENDER,))
    assert [p.code for p in reading.problems] == ["not_an_option", "too_long"]
    assert "secretword" not in repr(reading.problems)


def test_who_did_not_agree_to_the_terms_is_left_out() -> None:
    rows = [(*HEAD, "I agree to the terms"), (*ANNA, "yes"), (*BEN, "no")]
    reading = dry_run(rows)
    assert codes(reading) == [(3, "terms_declined")]
    assert [p.consents for p in reading.people] == [{"terms": True}]


# questions, hours, limits


def test_answers_to_the_programmes_questions_are_kept_by_key() -> None:
    rows = [(*HEAD, "Grade", "Your wish"), (*ANNA, "7", "Peace,\n and tea"), (*BEN, "Grade 42", "")]
    reading = dry_run(rows, questions=(GRADE, WISH))
    assert [p.answers for p in reading.people] == [{"grade": "g7", "wish": "Peace,\nand tea"}, {}]
    assert reading.problems[0].what_to_do == "Write one of: Grade 5, Grade 6, Grade 7, Grade 8."


def test_hours_come_together_from_columns_of_days_and_ticked_times() -> None:
    rows = [(*HEAD, "Monday", "Wed 18-20"), (*ANNA, "18-19", "x"), (*BEN, "no", "")]
    reading = dry_run(rows)
    assert [p.hours for p in reading.people] == [(18, 66, 67), ()]
    assert reading.problems == ()


def test_ticked_areas_and_years_by_area_are_read() -> None:
    rows = [(*HEAD, "Skills [Law]", "Finance"), (*ANNA, "x", "12"), (*BEN, "yes", "0")]
    people = dry_run(rows).people
    assert [(p.areas_offered, p.areas_wanted, p.area_years) for p in people] == [
        (("law",), (), {"finance": 12}),
        ((), ("law",), {}),
    ]


def test_more_areas_than_anybody_has_are_cut_with_a_word() -> None:
    labels = ", ".join(area.labels["en"] for area in DEFAULT_AREAS[:25])
    reading = dry_run([(*HEAD, "Areas"), (*ANNA, labels), (*BEN, "Law")])
    assert len(reading.people[0].areas_offered) == 20
    assert codes(reading) == [(2, "too_many_areas")]


def test_a_hidden_sheet_is_not_read() -> None:
    book = load_workbook(io.BytesIO(an_xlsx({"People": [HEAD, ANNA], "Old": [HEAD, BEN]})))
    book["Old"].sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    assert [p.name for p in dry_run(read_workbook(out.getvalue(), "x.xlsx")).people] == ["Anna Lindquarz"]


def test_progress_is_told_while_reading_and_at_the_end() -> None:
    workbook = opened([HEAD, *((f"P{n}", f"p{n}@example.org", "mentor") for n in range(600))])
    told: list[tuple[int, int]] = []
    mapping = guess_mapping(workbook, areas=DEFAULT_AREAS)
    read_people(
        workbook, mapping, areas=DEFAULT_AREAS, progress=lambda done, total: told.append((done, total))
    )
    assert told == [(250, 600), (500, 600), (600, 600)]


def test_the_list_of_problems_has_an_end_and_the_rest_is_counted() -> None:
    rows = [(*HEAD, "Years", "Capacity"), *(("", "", "", "many", "many") for _ in range(5_000))]
    reading = dry_run(rows)
    assert len(reading.problems) == 20_000
    assert reading.problems_not_listed > 0
    assert reading.rows_left_out == 5_000
