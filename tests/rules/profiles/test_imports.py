"""An import's way from the upload to its last row."""

from dataclasses import replace
from typing import Any

import pytest

from services.profiles.domain import imports as rules
from services.profiles.domain.imports import Check, Import
from services.profiles.problem_sheet import harmless
from shared.errors import Refused
from tests.rules.profiles.makers import NOON


def a_check(**said: Any) -> Check:
    usual: dict[str, Any] = {
        "checked_at": NOON,
        "rows_read": 250,
        "rows_left_out": 0,
        "sheets_left_out": 0,
        "answers_withheld": 0,
        "people": 250,
        "new": 250,
        "known": 0,
        "problems": 0,
        "problems_listed": 0,
    }
    return Check(**usual | said)


def an_import(**said: Any) -> Import:
    usual: dict[str, Any] = {
        "id": "imp_1",
        "chapter": "zurich",
        "by": "mem_lea",
        "filename": "people.xlsx",
        "uploaded_at": NOON,
        "sheets": (),
        "mapping": "{}",
        "questions": "[]",
    }
    return Import(**usual | said)


def code_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.code


def test_a_run_takes_every_chunk_in_its_order_and_is_done_with_the_last() -> None:
    sheet = rules.start_run(rules.record_check(an_import(), a_check(), 0), "good_rows")
    assert sheet.chunks == 3

    for number, state in ((0, "running"), (1, "running"), (2, "done")):
        sheet = rules.take_chunk(sheet, number, new=80, known=20, now=NOON)
        assert (sheet.state, sheet.chunks_taken) == (state, number + 1)

    assert (sheet.taken_new, sheet.taken_known, sheet.ended_at) == (240, 60, NOON)


@pytest.mark.parametrize("number", [0, 2])
def test_a_chunk_that_is_not_the_next_one_is_refused(number: int) -> None:
    sheet = an_import(state="running", check=a_check(), chunks_taken=1)

    with pytest.raises(Refused) as refused:
        rules.take_chunk(sheet, number, new=1, known=0, now=NOON)

    assert code_of(refused) == "chunk_not_due"


def test_nothing_is_run_without_a_dry_run() -> None:
    with pytest.raises(Refused) as refused:
        rules.start_run(an_import(), "good_rows")
    assert code_of(refused) == "not_checked"


@pytest.mark.parametrize("wrong", [{"rows_left_out": 1}, {"sheets_left_out": 1}])
def test_all_or_nothing_takes_nothing_where_anything_is_left_out(wrong: dict[str, int]) -> None:
    sheet = an_import(state="checked", check=a_check(**wrong))

    with pytest.raises(Refused) as refused:
        rules.start_run(sheet, "all_or_nothing")

    assert code_of(refused) == "problem_rows"
    assert rules.start_run(sheet, "good_rows").state == "running"
    assert rules.start_run(replace(sheet, check=a_check()), "all_or_nothing").state == "running"


def test_a_sheet_without_anybody_is_not_run() -> None:
    with pytest.raises(Refused) as refused:
        rules.start_run(an_import(state="checked", check=a_check(people=0)), "good_rows")
    assert code_of(refused) == "nobody_to_take"


def test_a_dry_run_under_another_mapping_does_not_count() -> None:
    remapped = rules.remap(an_import(state="checked", check=a_check()), "{}", "[]", ())

    assert (remapped.state, remapped.check, remapped.revision) == ("mapped", None, 1)
    with pytest.raises(Refused) as refused:
        rules.record_check(remapped, a_check(), 0)
    assert code_of(refused) == "mapping_changed"


@pytest.mark.parametrize("state", ["running", "done", "failed"])
def test_what_has_begun_is_not_mapped_or_checked_again(state: rules.State) -> None:
    sheet = an_import(state=state, check=a_check())

    with pytest.raises(Refused) as refused:
        rules.remap(sheet, "{}", "[]", ())
    assert code_of(refused) == f"import_{state}"
    with pytest.raises(Refused) as refused:
        rules.record_check(sheet, a_check(), 0)
    assert code_of(refused) == f"import_{state}"


def test_a_failed_run_goes_on_where_it_stopped() -> None:
    running = an_import(state="running", check=a_check(), chunks_taken=2, take="all_or_nothing")

    failed = rules.fail(running, "internal", NOON)

    assert (failed.state, failed.failure) == ("failed", "internal")
    assert rules.start_run(failed, "good_rows") == running
    done = an_import(state="done", check=a_check())
    assert rules.fail(done, "internal", NOON) == done


def test_an_import_is_not_deleted_under_the_workers_hands() -> None:
    with pytest.raises(Refused) as refused:
        rules.refuse_while_running(an_import(state="running"))
    assert code_of(refused) == "import_running"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_spreadsheet_program_takes_a_value_for_a_formula(text: str) -> None:
    assert harmless(text) == "'" + text
    assert harmless("a" + text.strip()) == "a" + text.strip()
    assert harmless("\x00\x07=1+1") == "'=1+1"
