"""A coordinator's spreadsheet, from the upload to the people in it."""

import io
import json
import time
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from services.profiles import chores
from services.profiles.kinds import IMPORTS
from tests.flows.profiles_people import (
    V1,
    a_chapter,
    a_coordinator,
    a_member,
    announced_about,
    ask,
    get,
    member_document,
    post,
    register,
    secrets_mailed,
)
from tests.stack import Stack

HEADINGS = ["Name", "E-mail", "Role", "Areas", "Languages", "Years of experience"]
ANNA = ["Anna Meier", "anna@example.org", "mentee", "Leadership; Law", "English, German", 4]
BEA = ["Bea Frei", "bea@example.org", "mentor", "Finance", "German", 20]
CARLA = ["Carla Rossi", "Carla.Rossi@Example.org", "both", "Law", "French", 11]

Headers = dict[str, str]


def an_xlsx(*rows: list[Any], title: str = "") -> bytes:
    """A workbook with these rows under the usual headings."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    if title:
        sheet.append([title])
        sheet.append([])
    for row in (HEADINGS, *rows):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def a_csv(*rows: list[Any]) -> bytes:
    """The same as text."""
    return (
        "\n".join(";".join(str(cell) for cell in row) for row in (HEADINGS, *rows))
        .replace("; ", ", ")
        .encode()
    )


def upload(stack: Stack, mei: Headers, content: bytes, filename: str = "people.xlsx", **form: str) -> Any:
    """Upload the file."""
    sent = {"file": (io.BytesIO(content), filename), **form}
    return ask(stack, "POST", f"{V1}/imports", mei, data=sent, content_type="multipart/form-data")


def checked(stack: Stack, mei: Headers, content: bytes, filename: str = "people.xlsx") -> tuple[str, Any]:
    """The path of an import after its dry run, and what that found."""
    path = f"{V1}/imports/{upload(stack, mei, content, filename).json['id']}"
    return path, post(stack, f"{path}/dry-run", headers=mei).json


def imported(stack: Stack, mei: Headers, content: bytes, filename: str = "people.xlsx") -> Any:
    """The import after all its people were taken."""
    path, _ = checked(stack, mei, content, filename)
    assert post(stack, f"{path}/run", {"take": "good_rows"}, mei).status_code == 202
    work(stack)
    return get(stack, path, mei).json


def work(stack: Stack) -> None:
    """Let the worker take chunks until there is nothing left."""
    while chores.take_people(stack.running["profiles"].room):
        pass


@pytest.mark.parametrize(
    ("content", "filename"),
    [(an_xlsx(ANNA, BEA, CARLA, title="Our mentees 2026"), "a.xlsx"), (a_csv(ANNA, BEA, CARLA), "a.csv")],
)
def test_the_people_of_a_sheet_become_members_with_one_confirmation_mail_each(
    stack: Stack, content: bytes, filename: str
) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)

    done = imported(stack, mei, content, filename)

    assert (done["state"], done["progress"], done["counts"]) == (
        "done",
        {"done": 3, "total": 3},
        {"new": 3, "known": 0},
    )
    for mail in ("anna@example.org", "bea@example.org", "carla.rossi@example.org"):
        assert announced_about(stack, chapter, mail) == [
            "joined",
            "contact_changed",
            "profile_changed",
            "confirmation_requested",
        ]
    carla = member_document(stack, chapter, "carla.rossi@example.org")
    assert (carla["name"], carla["roles"], carla["via"]) == ("Carla Rossi", ["mentee", "mentor"], "import")
    assert carla["profile"]["areas_offered"] == [{"area": "law", "years": 11}]
    assert carla["profile"]["languages"] == ["fr"]
    [secret] = secrets_mailed(stack, chapter, "bea@example.org")
    assert post(stack, f"{V1}/confirmations", {"token": secret}).json["roles"] == ["mentor"]


def test_the_upload_shows_columns_samples_and_a_guess(stack: Stack) -> None:
    mei = a_coordinator(stack, a_chapter(stack))

    answer = upload(stack, mei, an_xlsx(ANNA, BEA), "mentors & mentees.xlsx")

    assert answer.status_code == 201
    [sheet] = answer.json["sheets"]
    assert (answer.json["filename"], answer.json["state"]) == ("mentors & mentees.xlsx", "mapped")
    assert sheet["key"] == "sheet"
    assert (sheet["rows"], [column["heading"] for column in sheet["columns"]]) == (2, HEADINGS)
    assert sheet["columns"][1]["sample"] == ["anna@example.org", "bea@example.org"]
    guessed = {use["key"]: use["field"] for use in answer.json["mapping"]["columns"]}
    assert (guessed["name"], guessed["e mail"], guessed["role"]) == ("name", "mail", "role")
    assert "capacity" in [field["name"] for field in answer.json["fields"]]


def test_a_dry_run_lists_what_is_wrong_and_writes_nobody(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    wrong = ["Dora Keller", "dora@example,org", "mentee", "", "", ""]

    path, found = checked(stack, mei, an_xlsx(ANNA, wrong, BEA))

    assert (found["people"], found["new"], found["known"], found["rows_left_out"]) == (2, 2, 0, 1)
    [problem] = [each for each in found["problems"] if each["severity"] == "row"]
    assert (problem["row"], problem["column"], problem["value"]) == (3, "E-mail", "dora@example,org")
    assert problem["suggestion"] == "dora@example.org"
    assert get(stack, f"{V1}/counts", mei).json["members"] == 1
    assert get(stack, f"{path}/problems", mei).json["items"] == found["problems"]


def test_all_or_nothing_takes_nobody_where_a_row_is_wrong(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    path, _ = checked(stack, mei, an_xlsx(ANNA, ["Dora Keller", "dora", "mentee", "", "", ""]))

    refused = post(stack, f"{path}/run", {"take": "all_or_nothing"}, mei)
    work(stack)

    assert (refused.status_code, refused.json["code"], refused.json["rows_left_out"]) == (
        409,
        "problem_rows",
        1,
    )
    assert get(stack, f"{V1}/counts", mei).json["members"] == 1
    assert post(stack, f"{path}/run", {"take": "good_rows"}, mei).status_code == 202
    work(stack)
    assert get(stack, f"{V1}/counts", mei).json["members"] == 2


def test_somebody_known_keeps_name_and_confirmation_and_gets_the_sheets_profile(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    a_member(stack, chapter, "anna@example.org", name="Anna M.")
    register(stack, chapter, "bea@example.org", name="Bea F.")
    before = announced_about(stack, chapter, "anna@example.org")

    done = imported(stack, mei, an_xlsx([*ANNA[:2], "mentor", *ANNA[3:]], BEA, CARLA))

    assert done["counts"] == {"new": 1, "known": 2}
    anna = member_document(stack, chapter, "anna@example.org")
    assert (anna["name"], anna["roles"]) == ("Anna M.", ["mentee", "mentor"])
    assert anna["confirmed_at"] is not None
    assert announced_about(stack, chapter, "anna@example.org") == [*before, "profile_changed"]
    assert announced_about(stack, chapter, "bea@example.org").count("confirmation_requested") == 1


def test_the_same_sheet_again_changes_nothing(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    imported(stack, mei, an_xlsx(ANNA, BEA))
    before = announced_about(stack, chapter, "anna@example.org")

    path, found = checked(stack, mei, an_xlsx(ANNA, BEA))
    post(stack, f"{path}/run", {}, mei)
    work(stack)

    assert (found["new"], found["known"]) == (0, 2)
    assert {each["code"] for each in found["problems"]} == {"already_known"}
    assert announced_about(stack, chapter, "anna@example.org") == before


def test_a_mapping_once_made_is_offered_for_the_next_sheet(stack: Stack) -> None:
    mei = a_coordinator(stack, a_chapter(stack))
    first = upload(stack, mei, an_xlsx(ANNA)).json
    mapping = first["mapping"]
    for use in mapping["columns"]:
        if use["key"] == "areas":
            use["field"] = "areas_wanted"
    put = ask(stack, "PUT", f"{V1}/imports/{first['id']}/mapping", mei, json={"mapping": mapping})

    second = upload(stack, mei, an_xlsx(BEA)).json
    elsewhere = upload(stack, a_coordinator(stack, a_chapter(stack)), an_xlsx(BEA)).json

    assert put.status_code == 200
    assert (first["remembered"], second["remembered"], elsewhere["remembered"]) == (False, True, False)
    assert {use["key"]: use["field"] for use in second["mapping"]["columns"]}["areas"] == "areas_wanted"
    assert {use["key"]: use["field"] for use in elsewhere["mapping"]["columns"]}["areas"] == "areas"


def test_a_sheet_none_of_whose_columns_is_known_remembers_nothing(stack: Stack) -> None:
    mei = a_coordinator(stack, a_chapter(stack))
    first = upload(stack, mei, an_xlsx(ANNA)).json
    ask(stack, "PUT", f"{V1}/imports/{first['id']}/mapping", mei, json={"mapping": first["mapping"]})
    strange = b"Vorname Nachname,Mailadresse\nBea Frei,bea@example.org\n"
    assert upload(stack, mei, strange, "other.csv").json["remembered"] is False
    assert upload(stack, mei, an_xlsx(BEA)).json["remembered"] is True


def test_a_new_mapping_asks_for_a_new_dry_run(stack: Stack) -> None:
    mei = a_coordinator(stack, a_chapter(stack))
    path, _ = checked(stack, mei, an_xlsx(ANNA))
    mapping = get(stack, path, mei).json["mapping"]

    ask(stack, "PUT", f"{path}/mapping", mei, json={"mapping": mapping})

    refused = post(stack, f"{path}/run", {}, mei)
    assert (refused.status_code, refused.json["code"]) == (409, "not_checked")
    kept = stack.running["profiles"].room.store.db["import_people"]
    assert kept.count_documents({"_id": {"$regex": f"^{path.rpartition('/')[2]}:"}}) == 0
    assert get(stack, f"{path}/problems", mei).json == {"items": [], "next": None, "total": 0}


def test_a_sensitive_answer_is_taken_only_from_those_who_agreed(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    questions = [
        {
            "key": "gender",
            "kind": "choice",
            "sensitive": True,
            "labels": ["Gender"],
            "options": [{"key": "woman"}, {"key": "man"}],
        },
        {
            "key": "grade",
            "kind": "scale",
            "labels": ["Grade"],
            "options": [{"key": "junior"}, {"key": "senior"}],
        },
    ]
    book = (
        "Name;E-mail;Role;Gender;I agree to the use of my gender;Grade\n"
        "Anna Meier;anna@example.org;mentee;woman;yes;senior\n"
        "Bea Frei;bea@example.org;mentor;woman;no;junior\n"
    )
    sheet = upload(stack, mei, book.encode(), "people.csv", questions=json.dumps(questions)).json
    path = f"{V1}/imports/{sheet['id']}"

    found = post(stack, f"{path}/dry-run", headers=mei).json
    post(stack, f"{path}/run", {}, mei)
    work(stack)

    assert found["answers_withheld"] == 1
    answers = {
        mail: member_document(stack, chapter, mail)["profile"]["answers"]
        for mail in ("anna@example.org", "bea@example.org")
    }
    assert [(each["question"], each["values"]) for each in answers["anna@example.org"]] == [
        ("gender", ["woman"]),
        ("grade", ["senior"]),
    ]
    assert [each["question"] for each in answers["bea@example.org"]] == ["grade"]


def test_withdrawn_consent_takes_the_answer_away_and_no_sheet_brings_it_back(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    questions = json.dumps(
        [
            {
                "key": "gender",
                "kind": "choice",
                "sensitive": True,
                "labels": ["Gender"],
                "options": [{"key": "woman"}],
            }
        ]
    )
    book = b"Name;E-mail;Role;Gender;I agree to the use of my gender\nAnna Meier;anna@example.org;mentee;woman;yes\n"

    def bring() -> None:
        path = f"{V1}/imports/{upload(stack, mei, book, 'a.csv', questions=questions).json['id']}"
        post(stack, f"{path}/dry-run", headers=mei)
        post(stack, f"{path}/run", {}, mei)
        work(stack)

    bring()
    member = member_document(stack, chapter, "anna@example.org")
    assert [each["values"] for each in member["profile"]["answers"]] == [["woman"]]
    assert get(stack, f"{V1}/members/{member['_id']}", mei).json["answers"] == []
    anna = stack.sign_in(member["_id"], chapter, "mentee")

    mine = ask(stack, "PATCH", f"{V1}/me", anna, json={"consents": [{"question": "gender", "given": False}]})
    bring()

    assert mine.json["answers"] == []
    assert member_document(stack, chapter, "anna@example.org")["profile"]["answers"] == []
    assert '"value":"woman"' not in stack.announced("profiles", "cairn.member.profile_changed.v1")[-1]["data"]


def test_problems_come_as_pages_and_as_a_workbook_without_formulas(stack: Stack) -> None:
    mei = a_coordinator(stack, a_chapter(stack))
    rows = [[f"Person {chr(65 + n % 26)}", f"=cmd|' /C calc'!A{n}", "mentee", "", "", ""] for n in range(250)]
    path, found = checked(stack, mei, a_csv(ANNA, *rows), "people.csv")

    first = get(stack, f"{path}/problems?limit=100", mei).json
    last = get(stack, f"{path}/problems?limit=100&after={found['problems_total'] - 51}", mei).json
    answer = get(stack, f"{path}/problems.xlsx", mei)

    assert (len(found["problems"]), found["problems_total"]) == (200, first["total"])
    assert (len(first["items"]), first["next"], len(last["items"]), last["next"]) == (100, 99, 50, None)
    assert last["items"][-1]["id"] == found["problems_total"] - 1
    sheet = load_workbook(io.BytesIO(answer.data))["Problems"]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert sheet.max_row == found["problems_total"] + 1
    assert not [cell for cell in cells if cell.data_type == "f" or str(cell.value).startswith("=")]


def test_a_worker_that_dies_is_followed_by_one_that_goes_on(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    rows = [[f"Person {n}x", f"p{n}@example.org", "mentee", "", "", ""] for n in range(250)]
    path, _ = checked(stack, mei, a_csv(*rows), "people.csv")
    post(stack, f"{path}/run", {}, mei)
    here = stack.running["profiles"].room

    assert chores.take_people(here) == 100
    assert get(stack, path, mei).json["progress"] == {"done": 100, "total": 250}
    fresh = stack.room("profiles")
    sheet = here.store.reader().find(IMPORTS, {"state": "running"})[0]
    for room in (fresh, here, fresh):  # the same chunk, asked for by several
        chores._take_chunk(room, sheet)
    assert get(stack, path, mei).json["progress"] == {"done": 200, "total": 250}
    work(stack)

    assert get(stack, path, mei).json["counts"] == {"new": 250, "known": 0}
    calls = [f"import:{sheet.id}:{number}" for number in range(3)]
    assert here.store.db["changes"].count_documents({"_id": {"$in": calls}}) == 3
    mails = stack.announced("profiles", "cairn.member.confirmation_requested.v1")
    members = [event["aggregate"] for event in mails]
    ours = [
        document["_id"] for document in here.store.db["members"].find({"chapter": chapter, "via": "import"})
    ]
    assert len(ours) == 250
    assert [members.count(member) for member in ours] == [1] * 250


def test_five_thousand_rows_are_taken_within_a_minute_and_progress_is_seen(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    rows = [
        [f"Person {n}x", f"p{n}@example.org", "mentee", "Law; Finance", "English", n % 30]
        for n in range(5_000)
    ]
    content = an_xlsx(*rows)
    seen: list[int] = []
    started_s = time.monotonic()

    path, found = checked(stack, mei, content)
    post(stack, f"{path}/run", {"take": "all_or_nothing"}, mei)
    while chores.take_people(stack.running["profiles"].room):
        seen.append(get(stack, path, mei).json["progress"]["done"])

    assert time.monotonic() - started_s < 60
    assert found["people"] == 5_000
    assert seen == list(range(100, 5_001, 100))
    # Here is no mail server: who moves the clock afterwards would wait until each of these letters is withheld, its link expired.
    stack.quiet()
    stack.running["notifications"].room.store.db["mails"].delete_many({"chapter": chapter})


def test_a_sheet_and_what_was_read_from_it_are_forgotten_when_the_import_is_done(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    db = stack.running["profiles"].room.store.db

    done = imported(stack, mei, an_xlsx(ANNA, ["Dora Keller", "dora", "mentee", "", "", ""]))

    assert db["import_uploads"].count_documents({"chapter": chapter}) == 0
    assert db["import_people"].count_documents({"chapter": chapter}) == 0
    assert db["import_problems"].count_documents({"chapter": chapter}) == 1
    stack.clock.advance(days=7)
    stack.running["profiles"].timers.step()
    mei = a_coordinator(stack, chapter)
    assert db["import_problems"].count_documents({"chapter": chapter}) == 0
    assert get(stack, f"{V1}/imports/{done['id']}", mei).json["counts"] == {"new": 1, "known": 0}


def test_an_import_that_nobody_runs_is_forgotten_after_a_week(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    path, _ = checked(stack, mei, an_xlsx(ANNA))
    stack.clock.advance(days=7)

    stack.running["profiles"].timers.step()

    mei = a_coordinator(stack, chapter)
    assert get(stack, path, mei).status_code == 404
    db = stack.running["profiles"].room.store.db
    left = [
        name
        for name in db.list_collection_names()
        if name.startswith("import") and db[name].count_documents({"chapter": chapter})
    ]
    assert left == []


def test_an_import_is_only_for_coordinators_of_its_chapter(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei, other = a_coordinator(stack, chapter), a_coordinator(stack, a_chapter(stack))
    _, anna = a_member(stack, chapter, "anna@example.org")
    path, _ = checked(stack, mei, an_xlsx(BEA))

    asked = [
        ("GET", ""),
        ("GET", "/problems"),
        ("GET", "/problems.xlsx"),
        ("POST", "/dry-run"),
        ("POST", "/run"),
        ("DELETE", ""),
    ]
    for method, tail in asked:
        body: dict[str, Any] = {"json": {}} if method == "POST" else {}
        assert ask(stack, method, path + tail, other, **body).status_code == 404
        assert ask(stack, method, path + tail, anna, **body).status_code == 403
    assert upload(stack, anna, an_xlsx(BEA)).status_code == 403
    assert [each["id"] for each in get(stack, f"{V1}/imports", mei).json["items"]] == [
        path.rpartition("/")[2]
    ]
    assert get(stack, f"{V1}/imports", other).json["items"] == []
    assert ask(stack, "DELETE", path, mei).status_code == 204
    assert get(stack, path, mei).status_code == 404
