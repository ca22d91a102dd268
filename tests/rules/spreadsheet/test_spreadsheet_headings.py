"""Which row holds the headings, and what a heading says by itself."""

import io

import pytest
from openpyxl import load_workbook

from services.profiles.spreadsheet import read_workbook
from services.profiles.spreadsheet.headings import field_of_heading
from services.profiles.spreadsheet.normal import fold
from tests.rules.spreadsheet.makers import ANNA, BEN, HEAD, Rows, an_xlsx, opened

TITLE = ("Mentoring programme 2026: mentors and mentees",)


def header_of(rows: Rows) -> tuple[int | None, tuple[str, ...], list[int]]:
    """Row of the headings, the headings, the rows below."""
    sheet = opened(rows).sheets[0]
    return (
        sheet.header_row,
        tuple(column.heading for column in sheet.columns),
        [row.number for row in sheet.rows],
    )


def test_title_rows_above_the_headings_are_skipped() -> None:
    assert header_of([TITLE, ("as of March",), (), HEAD, ANNA, (), BEN]) == (4, HEAD, [5, 7])


def test_the_title_is_kept_to_show_it() -> None:
    assert opened([TITLE, HEAD, ANNA]).sheets[0].title == TITLE[0]


def test_group_headings_above_the_headings_are_skipped() -> None:
    groups = ("Person", "", "Programme")
    assert header_of([TITLE, groups, HEAD, ANNA, BEN]) == (3, HEAD, [4, 5])


def test_merged_title_rows_of_a_workbook_are_skipped() -> None:

    book = load_workbook(io.BytesIO(an_xlsx([TITLE, [], HEAD, ANNA])))
    book.worksheets[0].merge_cells("A1:C2")
    out = io.BytesIO()
    book.save(out)
    sheet = read_workbook(out.getvalue(), "x.xlsx").sheets[0]
    assert (sheet.header_row, [row.number for row in sheet.rows]) == (3, [4])


def test_headings_in_words_that_nobody_knows_are_found_by_what_stands_below() -> None:
    assert header_of([("Quoi", "Qui", "Où"), ANNA, BEN]) == (1, ("Quoi", "Qui", "Où"), [2, 3])


def test_a_sheet_without_headings_has_columns_named_by_their_letters() -> None:
    assert header_of([ANNA, BEN]) == (None, ("Column A", "Column B", "Column C"), [1, 2])


def test_a_title_above_a_sheet_without_headings_is_no_heading() -> None:
    assert header_of([("Mentors and mentees",), ANNA, BEN])[0] is None


def test_headings_repeated_in_the_middle_are_no_people() -> None:
    assert header_of([HEAD, ANNA, HEAD, BEN])[2] == [2, 4]


def test_two_columns_with_one_heading_are_told_apart() -> None:
    columns = (
        opened([("Name", "Areas", "Areas", "", "E-Mail"), ("Anna", "Law", "HR", "x", "anna@example.org")])
        .sheets[0]
        .columns
    )
    assert [column.key for column in columns] == ["name", "areas", "areas #2", "column d", "e mail"]


def test_a_column_without_heading_and_values_is_left_out() -> None:
    columns = opened([("Name", "", "E-Mail"), ("Anna", "", "anna@example.org")]).sheets[0].columns
    assert [column.letter for column in columns] == ["A", "C"]


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("E-Mail-Adresse", "mail"),
        ("Adresse électronique", "mail"),
        ("邮箱", "mail"),
        ("What is your name?", "name"),
        ("Mentor name", "name"),
        ("Vor- und Nachname", "name"),
        ("Prénom", "first_name"),
        ("Familienname", "last_name"),
        ("Mentor/Mentee", "role"),
        ("Do you want to sign up as a mentor, mentee or both?", "role"),
        ("Do you want to sign up as a mentor?", "is_mentor"),
        ("Möchten Sie Mentor*in werden?", "is_mentor"),
        ("Souhaitez-vous être mentor ?", "is_mentor"),
        ("是否愿意担任导师？", "is_mentor"),  # noqa: RUF001
        ("I'd like to find a mentor", "is_mentee"),
        ("Möchten Sie Mentee werden?", "is_mentee"),
        ("Both mentor and mentee", "is_both"),
        ("In which areas could you support a mentee?", "areas_offered"),
        ("Areas you would like to develop", "areas_wanted"),
        ("擅长领域", "areas_offered"),
        ("想学习的领域", "areas_wanted"),
        ("Domaines d'expertise", "areas"),
        ("Wie viele Jahre Berufserfahrung haben Sie?", "seniority_years"),
        ("Spoken languages (please list)", "languages"),
        ("When are you available during the week?", "hours"),
        ("Disponibilités", "hours"),
        ("How many mentees can you take?", "capacity"),
        ("Heures par mois", "pledge_hours_per_month"),
        ("Vorgesetzte", "reports_to"),
        ("Your line manager's e-mail", "reports_to"),
        ("I agree to the processing of my data", "terms"),
        ("Why do you want to be a mentor?", "about"),
        ("Timestamp", "submitted_at"),
        ("Seniorty", "seniority_years"),
        ("Programming languages", None),
        ("Username", None),
        ("T-shirt size", None),
    ],
)
def test_a_heading_says_what_it_means_in_many_languages(heading: str, field: str | None) -> None:
    found = field_of_heading(fold(heading))
    assert (found[0] if found else None) == field
