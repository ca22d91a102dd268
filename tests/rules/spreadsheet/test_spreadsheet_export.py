"""What goes out into a file again: nothing in it is a formula."""

# ruff: noqa: RUF001 - wide signs are run as formulas, too

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from services.profiles.spreadsheet import Problem, problems_to_xlsx, safe_cell

NASTY = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM",
    " =1",
    "\u00a0=1",
    "=cmd|' /C calc'!A0",
]


@pytest.mark.parametrize("text", NASTY)
def test_a_text_that_a_program_would_run_gets_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "Anna", "anna@example.org", "1+1", "3-5", "O'Cairnaby", "'quoted", "山问渠", "100%"]
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert safe_cell(text) == text


@given(st.text(max_size=40))
def test_made_safe_twice_is_made_safe_once(text: str) -> None:
    assert safe_cell(safe_cell(text)) == safe_cell(text)


@given(st.text(max_size=40))
def test_no_text_begins_as_a_formula_afterwards(text: str) -> None:
    assert not safe_cell(text).lstrip(" \u00a0").startswith(("=", "+", "-", "@", "\t", "\r"))


def a_problem(text: str) -> Problem:
    return Problem(
        sheet=text,
        row=3,
        column=text,
        value=text,
        code="x",
        severity="row",
        message=text,
        what_to_do=text,
        suggestion=text,
    )


def test_the_list_of_problems_is_a_workbook_without_formulas() -> None:
    raw = problems_to_xlsx([a_problem(text) for text in [*NASTY, "bell \x07", "half \ud800", "山"]])
    sheet = load_workbook(io.BytesIO(raw)).worksheets[0]
    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[0]][:4] == ["Sheet", "Row", "Column", "Value"]
    assert len(rows) == len(NASTY) + 4
    assert {cell.data_type for row in rows for cell in row} == {"s", "n"}
    assert rows[1][3].value == "'=1+1"
    assert [row[1].value for row in rows[1:]] == [3] * (len(rows) - 1)


def test_a_safe_cell_stays_one_cell_in_a_quoted_csv_file() -> None:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerow([safe_cell('=1;"\n,@x'), "b"])
    assert next(csv.reader(io.StringIO(out.getvalue()))) == ["'=1;\"\n,@x", "b"]
