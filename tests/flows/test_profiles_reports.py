"""A report opens to the chapter's coordinators exactly what its author chose to show, and to nobody else."""

from typing import Any

import pytest

from tests.flows.profiles_people import V1, a_chapter, a_coordinator, a_member, ask, get, post
from tests.stack import Stack

WORDS = "He writes to me at night, and I asked him not to."
SHOWN = {"what": "A letter of the 3rd", "text": "Answer me!\nAt once."}


def filed(stack: Stack, about: str, by: dict[str, str]) -> Any:
    return post(stack, f"{V1}/me/reports", {"about": about, "text": WORDS, "shown": [SHOWN]}, by)


def test_a_coordinator_reads_what_the_author_opened_and_says_how_far_it_is(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    anna_id, anna = a_member(stack, chapter, "anna@example.org")
    bo_id, _ = a_member(stack, chapter, "bo@example.org", roles=["mentor"])

    answer = filed(stack, bo_id, anna)

    assert answer.status_code == 201
    report = answer.json["id"]
    listed = get(stack, f"{V1}/reports?state=open", mei)
    assert [(row["id"], row["by"], row["about"]) for row in listed.json["items"]] == [
        (report, anna_id, bo_id)
    ]
    assert "night" not in listed.get_data(as_text=True), "the list says that there is one, not what it says"
    read = get(stack, f"{V1}/reports/{report}", mei).json
    assert (read["text"], read["shown"]) == (WORDS, [SHOWN])
    moved = ask(stack, "PATCH", f"{V1}/reports/{report}", mei, json={"state": "in_hand"})
    assert moved.json["state"] == "in_hand"
    assert get(stack, f"{V1}/reports?state=open", mei).json["items"] == []
    own = get(stack, f"{V1}/me/reports", anna).json["items"]
    assert [(each["state"], each["text"]) for each in own] == [("in_hand", WORDS)]


def test_the_reported_person_learns_of_nothing_even_as_a_coordinator(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei, lea = a_coordinator(stack, chapter), a_coordinator(stack, chapter, "lea@example.org")
    _, anna = a_member(stack, chapter, "anna@example.org")
    lea_id = get(stack, f"{V1}/me", lea).json["id"]

    report = filed(stack, lea_id, anna).json["id"]

    assert get(stack, f"{V1}/reports", lea).json["items"] == []
    assert get(stack, f"{V1}/reports/{report}", lea).status_code == 404
    assert ask(stack, "PATCH", f"{V1}/reports/{report}", lea, json={"state": "closed"}).status_code == 404
    assert get(stack, f"{V1}/me/reports", lea).json["items"] == []
    assert get(stack, f"{V1}/me/looks", lea).json["items"] == []
    assert get(stack, f"{V1}/reports/{report}", mei).json["text"] == WORDS


def test_other_members_and_other_chapters_see_no_report(stack: Stack) -> None:
    chapter, elsewhere = a_chapter(stack), a_chapter(stack)
    staff_elsewhere = a_coordinator(stack, elsewhere)
    _, anna = a_member(stack, chapter, "anna@example.org")
    bo_id, bo = a_member(stack, chapter, "bo@example.org")

    report = filed(stack, bo_id, anna).json["id"]

    assert get(stack, f"{V1}/reports/{report}", staff_elsewhere).status_code == 404
    assert get(stack, f"{V1}/reports", staff_elsewhere).json["items"] == []
    assert get(stack, f"{V1}/reports/{report}", bo).status_code == 403
    assert get(stack, f"{V1}/me/reports", bo).json["items"] == []


def test_neither_database_nor_event_holds_what_a_report_says(stack: Stack) -> None:
    chapter = a_chapter(stack)
    _, anna = a_member(stack, chapter, "anna@example.org")
    bo_id, _ = a_member(stack, chapter, "bo@example.org")

    report = filed(stack, bo_id, anna).json["id"]

    db = stack.running["profiles"].room.store.db
    kept = [str(row) for name in ("reports", "changes") for row in db[name].find({"chapter": chapter})]
    assert not [row for row in kept if "night" in row or "Answer me" in row]
    told = [event for event in stack.announced("profiles") if event["aggregate"] == report]
    assert [(event["type"], event["data"]) for event in told] == [("cairn.report.filed.v1", "{}")]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"text": " \n"}, "/text"),
        ({"text": "x" * 4_001}, "/text"),
        ({"text": "\ud800"}, "/text"),
        ({"shown": [{"what": "a", "text": "b"}] * 21}, "/shown"),
        ({"shown": [{"what": "a", "text": "b", "more": 1}]}, "/shown/0/more"),
        ({"about": "$ne"}, "/about"),
    ],
)
def test_what_cannot_be_is_refused_with_a_pointer(stack: Stack, body: dict[str, Any], pointer: str) -> None:
    chapter = a_chapter(stack)
    _, anna = a_member(stack, chapter, "anna@example.org")
    bo_id, _ = a_member(stack, chapter, "bo@example.org")

    refused = post(stack, f"{V1}/me/reports", {"about": bo_id, "text": WORDS, **body}, anna)

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]
