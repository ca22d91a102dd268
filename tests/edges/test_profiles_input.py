"""What bad input gets at the edge of profiles: a plain refusal, and nothing half-written."""

import contextlib
import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.exceptions import TooManyRequests

from services.profiles.rates import PER_ADDRESS, PER_CLIENT, count_client
from shared.http import MAX_BODY_BYTES
from shared.ids import new_id
from shared.settings import Mode
from tests.flows.profiles_people import V1, a_chapter, a_coordinator, a_member, ask, get, post
from tests.stack import Stack


def members_of(stack: Stack, chapter: str) -> int:
    return stack.running["profiles"].room.store.db["members"].count_documents({"chapter": chapter})


def a_registration(chapter: str, **said: Any) -> dict[str, Any]:
    return {"chapter": chapter, "name": "Anna Meier", "mail": "anna@example.org", "roles": ["mentee"]} | said


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"name": "Anna\r\nBcc: all@example.org"}, "/name"),
        ({"name": "Anna\x00"}, "/name"),
        ({"name": "A" * 200_000}, "/name"),
        ({"name": {"$ne": ""}}, "/name"),
        ({"name": "Win at https://evil.example"}, "/name"),
        ({"mail": "anna@example.org\nBcc: all@example.org"}, "/mail"),
        ({"mail": "аnna@example.org"}, "/mail"),  # noqa: RUF001 - a Cyrillic letter
        ({"mail": ["anna@example.org"]}, "/mail"),
        ({"mail": {"$gt": ""}}, "/mail"),
        ({"roles": []}, "/roles"),
        ({"roles": ["coordinator"]}, "/roles/0"),
        ({"roles": ["mentee"] * 1_000}, "/roles"),
        ({"chapter": {"$ne": "x"}}, "/chapter"),
        ({"chapter": "../admin"}, "/chapter"),
        ({"time_zone": "Mars/Olympus"}, "/time_zone"),
        ({"locale": "xx_YY"}, "/locale"),
        ({"confirmed_at": "2026-01-01"}, "/confirmed_at"),
        ({"$where": "1"}, "/$where"),
        ({"_id": "mem_x"}, "/_id"),
    ],
)
def test_a_registration_that_cannot_be_is_refused_with_a_pointer(
    stack: Stack, said: dict[str, Any], pointer: str
) -> None:
    chapter = a_chapter(stack)

    refused = post(stack, f"{V1}/members", a_registration(chapter) | said)

    assert (refused.status_code, refused.mimetype) == (422, "application/problem+json")
    assert pointer in {error["pointer"] for error in refused.json["errors"]}
    assert members_of(stack, chapter) == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"\xff\xfe", 400), (b"[]", 422), (b"null", 422), (b'"text"', 422), (b"[" * 50_000, 400)],
)
def test_a_body_that_is_no_json_object_is_refused(stack: Stack, body: bytes, status: int) -> None:
    refused = ask(stack, "POST", f"{V1}/members", data=body, content_type="application/json")

    assert (refused.status_code, refused.mimetype) == (status, "application/problem+json")


def test_nobody_real_registers_in_a_sandbox(stack: Stack) -> None:
    sandbox = a_chapter(stack, slug=new_id("sandbox-c").replace("_", ""))

    refused = post(stack, f"{V1}/members", a_registration(sandbox))

    assert (refused.status_code, refused.json["code"], members_of(stack, sandbox)) == (404, "not_found", 0)


def test_a_body_that_is_too_long_is_refused(stack: Stack) -> None:
    mei = a_coordinator(stack, a_chapter(stack))

    body, form = b'{"name": "' + b"x" * 300_000 + b'"}', b"x" * 6_000_000
    for path, sent, kind in (
        ("/members", body, "application/json"),
        ("/imports", form, "multipart/form-data; boundary=b"),
    ):
        refused = ask(stack, "POST", V1 + path, mei, data=sent, content_type=kind)
        assert (refused.status_code, refused.json["code"]) == (413, "too_large")


def _zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 80_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"%PDF-1.7", "not_a_spreadsheet"),
        (b"PK\x03\x04 torn", "broken_file"),
        (_zip_bomb(), "zip_bomb"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_and_not_kept(stack: Stack, content: bytes, code: str) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    form = {"file": (io.BytesIO(content), "people.xlsx")}

    refused = ask(stack, "POST", f"{V1}/imports", mei, data=form, content_type="multipart/form-data")

    assert (refused.status_code, refused.json["code"]) == (422, code)
    assert get(stack, f"{V1}/imports", mei).json["items"] == []


def _uploaded(stack: Stack, mei: dict[str, str], filename: str = "p.csv") -> Any:
    form = {"file": (io.BytesIO(b"Name;E-mail;Role\nAnna Meier;anna@example.org;mentee\n"), filename)}
    return ask(stack, "POST", f"{V1}/imports", mei, data=form, content_type="multipart/form-data")


def test_an_upload_without_a_file_says_so(stack: Stack) -> None:
    mei = a_coordinator(stack, a_chapter(stack))

    refused = ask(stack, "POST", f"{V1}/imports", mei, data={"x": "y"}, content_type="multipart/form-data")

    assert refused.status_code == 422
    assert refused.json["errors"][0]["pointer"] == "/file"


@pytest.mark.parametrize(
    "filename", ["../../etc/passwd", "C:\\evil\\p.csv", "\x00", "a\x07b.csv", "ok.csv", "😀" * 300]
)
def test_a_files_name_is_only_a_name(stack: Stack, filename: str) -> None:
    mei = a_coordinator(stack, a_chapter(stack))

    answer = _uploaded(stack, mei, filename)

    assert answer.status_code == 201
    assert answer.json["filename"].isprintable()
    assert not set(answer.json["filename"]) & set("/\\")
    assert len(answer.json["filename"]) <= 200


def test_a_file_may_be_longer_than_other_bodies(stack: Stack) -> None:
    mei = a_coordinator(stack, a_chapter(stack))
    rows = "".join(f"Person {n}x;p{n}@example.org;mentee;{'long ' * 60}\n" for n in range(1_000))
    form = {"file": (io.BytesIO(f"Name;E-mail;Role;About\n{rows}".encode()), "people.csv")}

    answer = ask(stack, "POST", f"{V1}/imports", mei, data=form, content_type="multipart/form-data")

    assert len(rows) > MAX_BODY_BYTES
    assert (answer.status_code, answer.json["sheets"][0]["rows"]) == (201, 1_000)


def test_a_repeated_upload_is_one_import_and_another_file_under_its_key_is_refused(stack: Stack) -> None:
    mei = a_coordinator(stack, a_chapter(stack)) | {"Idempotency-Key": "upload-1"}

    first, second, other = (_uploaded(stack, mei, name) for name in ("p.csv", "p.csv", "q.csv"))

    assert first.json["id"] == second.json["id"]
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    assert len(get(stack, f"{V1}/imports", mei).json["items"]) == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"mapping": {"columns": [{"key": "name", "field": "no_such_field"}]}}, "/mapping"),
        ({"mapping": {"columns": "all"}}, "/mapping"),
        ({"mapping": {"$set": 1}}, "/mapping"),
        ({"mapping": {"columns": [{"key": "x", "field": "mail"}] * 5_000}}, "/mapping"),
        ({"mapping": [1]}, "/mapping"),
        ({"questions": [{"key": "a b", "kind": "text"}]}, "/questions"),
        ({"questions": [{"key": "a", "kind": "text"}] * 2}, "/questions"),
        ({"questions": [{"key": "a", "kind": "essay"}]}, "/questions/0/kind"),
        ({"questions": [{"key": "\ud800", "kind": "text"}]}, "/questions/0/key"),
        ({"questions": [{"key": f"q{n}", "kind": "text"} for n in range(61)]}, "/questions"),
        ({"trusted_mails": ["nobody"]}, "/trusted_mails/0"),
        ({"mapping": {}, "run": True}, "/run"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_with_a_pointer(
    stack: Stack, body: dict[str, Any], pointer: str
) -> None:
    mei = a_coordinator(stack, a_chapter(stack))
    before = _uploaded(stack, mei).json

    refused = ask(stack, "PUT", f"{V1}/imports/{before['id']}/mapping", mei, json=body)

    assert refused.status_code == 422
    assert refused.json["errors"][0]["pointer"] == pointer
    assert get(stack, f"{V1}/imports/{before['id']}", mei).json == before


def test_what_a_dry_run_is_not_asked_is_refused(stack: Stack) -> None:
    mei = a_coordinator(stack, a_chapter(stack))
    path = f"{V1}/imports/{_uploaded(stack, mei).json['id']}"

    refused = post(stack, f"{path}/dry-run", {"run": True}, mei)

    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/run")
    assert get(stack, path, mei).json["state"] == "mapped"


def test_an_address_that_is_asked_about_too_often_must_wait(stack: Stack) -> None:
    chapter = a_chapter(stack)
    body = {"chapter": chapter, "mail": "anna@example.org"}

    answers = [post(stack, f"{V1}/confirmation-links", body) for _ in range(PER_ADDRESS.amount * 2 + 1)]
    other = post(stack, f"{V1}/confirmation-links", {"chapter": chapter, "mail": "bea@example.org"})

    statuses = [answer.status_code for answer in answers]
    assert statuses[: PER_ADDRESS.amount] == [202] * PER_ADDRESS.amount
    assert 429 in statuses
    refused = answers[statuses.index(429)]
    assert (refused.json["code"], refused.headers["Retry-After"]) == ("too_many", "60")
    assert other.status_code == 202


@pytest.mark.parametrize(("mode", "admitted"), [("production", PER_CLIENT.amount), ("local", 310)])
def test_a_client_that_asks_too_often_must_wait_and_on_ones_own_machine_not(
    stack: Stack, mode: Mode, admitted: int
) -> None:
    running = stack.running["profiles"]
    here = replace(running.room, settings=replace(stack.settings, mode=mode))
    client = f"192.0.2.{1 if mode == 'local' else 2}"
    passed = 0

    with running.app.test_request_context(environ_base={"REMOTE_ADDR": client}):
        for _ in range(310):
            with contextlib.suppress(TooManyRequests):
                count_client(here)
                passed += 1

    assert admitted <= passed <= 2 * admitted, "at most two windows were touched"


def test_the_counters_hold_no_address(stack: Stack) -> None:
    post(stack, f"{V1}/confirmation-links", {"chapter": a_chapter(stack), "mail": "hidden.anna@example.org"})

    kept = list(stack.running["profiles"].room.store.db["rate_counters"].find())

    assert kept
    assert "hidden.anna" not in json.dumps(kept, default=str)


@pytest.mark.parametrize(
    "id", ["mem_nobody", "$ne", "%00", "..%2f..%2fmembers", "x" * 500, "%ED%A0%80", "🪨"]
)
def test_an_id_that_is_none_reads_like_an_unknown_one(stack: Stack, id: str) -> None:
    mei = a_coordinator(stack, a_chapter(stack))

    for path in (f"members/{id}", f"imports/{id}", f"imports/{id}/problems", f"chapters/{id}"):
        refused = get(stack, f"{V1}/{path}", mei)
        assert (refused.status_code, refused.mimetype) == (404, "application/problem+json")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "confirmed=perhaps", f"after={'x' * 81}"]
)
def test_a_page_that_cannot_be_is_refused(stack: Stack, query: str) -> None:
    mei = a_coordinator(stack, a_chapter(stack))

    assert get(stack, f"{V1}/members?{query}", mei).status_code == 422


def test_more_cards_than_a_hundred_are_refused(stack: Stack) -> None:
    _, anna = a_member(stack, a_chapter(stack), "anna@example.org")

    for ids in (",".join(f"mem_{n}" for n in range(101)), "x" * 9_000, ""):
        assert get(stack, f"{V1}/cards?ids={ids}", anna).status_code == 422


def test_the_openapi_document_names_every_route(stack: Stack) -> None:
    document = get(stack, "/api/profiles/openapi.json").json

    routes = {
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }
    assert {
        "POST /api/profiles/v1/members",
        "POST /api/profiles/v1/confirmations",
        "PATCH /api/profiles/v1/me",
        "POST /api/profiles/v1/imports",
        "GET /api/profiles/v1/imports/{import_id}/problems.xlsx",
    } <= routes
