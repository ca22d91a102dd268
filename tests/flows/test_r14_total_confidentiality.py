"""R14: what the two of a pair write is readable by the two only; a command proves it, and fails where it is not so."""

import base64
import contextlib
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from operate import verify
from operate.verify.asking import SERVICES
from operate.verify.fields import PUBLIC, Field, free_text, why_public
from operate.verify.journey import drive
from operate.verify.markers import Markers
from operate.verify.search import Verdict, answers, pages, search
from operate.verify.system import PIECE_BYTES, Reply, files
from services.sessions.api import reading
from services.web.apis import Answer, Apis
from shared import transaction
from shared.telemetry import log
from shared.vault import Vault
from tests.flows.confidentiality import SteppedSystem, a_stepped_system

STEP = "POST /api/sessions/v1/sessions/{id}/steps /text"


@pytest.fixture
def system(parts: Any) -> Iterator[SteppedSystem]:
    with a_stepped_system(parts) as made:
        yield made


def verdict_of(system: SteppedSystem) -> Verdict:
    return search(drive(system, print))


def found_in(verdict: Verdict) -> dict[str, list[str]]:
    return {place.place: place.findings for place in verdict.looked if place.findings}


def test_nothing_that_the_two_write_is_found_anywhere_but_with_them(system: SteppedSystem) -> None:
    verdict = verdict_of(system)

    assert found_in(verdict) == {}
    assert verdict.unplanted == [], (
        "plant it (see operate/verify), or declare it public by name, with a reason"
    )
    assert verdict.confidential
    assert verdict.read_by_the_pair > 10, "the search sees what there is to see"
    assert [place.place for place in verdict.looked if place.things == 0] == []


def test_the_search_looks_at_every_page_that_staff_can_open_and_at_the_pages_of_the_two_as_everybody_else(
    system: SteppedSystem,
) -> None:
    garden = drive(system, print)
    places = pages(garden)
    seen = {place.name: [where for where, _ in place.things] for place in places}

    rel = garden.things["relationships"][0]
    for address in (
        "/coordinator", "/coordinator/monday", "/coordinator/demand", "/coordinator/outcomes", "/coordinator/outcomes.xlsx",
        "/coordinator/reports", "/coordinator/members", "/coordinator/pairs", "/me/export.zip",
        f"/coordinator/members/{garden.people['mentee'].member}?reason=A+look", f"/coordinator/rounds/{garden.things['rounds'][0]}",
        f"/coordinator/reports/{garden.things['reports'][0]}", f"/relationships/{rel}",
    ):  # fmt: skip
        assert f"{address} (200)" in seen["staff, pages"]
    read = dict.fromkeys(where for where, _ in answers(garden, "integrator") if where.endswith("(200)"))
    assert any("/relationship-events?" in where or "/relationship-events as" in where for where in read)
    for name, status in (("another member", 404), ("another chapter", 404), ("nobody", 200)):
        looked = seen[f"{name}, pages"]
        assert f"/relationships/{rel} ({status})" in looked
        assert any(f"/relationships/{rel}/goals/" in where for where in looked)


def test_a_build_whose_pages_keep_an_answer_for_whoever_asks_next_fails(
    system: SteppedSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, kept = Apis.ask, dict[str, Answer]()

    def forgetful(self: Apis, method: str, service: str, path: str, **more: Any) -> Answer:
        answer = kept.get(path) or ask(self, method, service, path, **more)
        if method == "GET" and b'"completed"' in answer.content:  # nothing shows before the pair's end
            kept[path] = answer
        return answer

    monkeypatch.setattr(Apis, "ask", forgetful)

    verdict = verdict_of(system)

    assert not verdict.confidential
    found = found_in(verdict)
    assert {"staff, pages", "another member, pages"} <= set(found)
    assert all(place.endswith(", pages") for place in found)


def test_a_build_that_logs_text_fails(system: SteppedSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    hide = Vault.hide

    def talkative(self: Vault, relationship: str, text: str) -> bytes:
        log().info("hidden", text=base64.b64encode(text.encode()))
        return hide(self, relationship, text)

    monkeypatch.setattr(Vault, "hide", talkative)

    verdict = verdict_of(system)

    assert not verdict.confidential
    assert set(found_in(verdict)) == {"logs"}


def test_a_build_that_announces_text_fails(system: SteppedSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    hide, event, written = Vault.hide, transaction._event, [""]

    def remembering(self: Vault, relationship: str, text: str) -> bytes:
        written[0] = text
        return hide(self, relationship, text)

    def telling(*about: Any) -> dict[str, Any]:
        made = event(*about)
        return {**made, "data": json.dumps({**json.loads(made["data"]), "text": written[0]})}

    monkeypatch.setattr(Vault, "hide", remembering)
    monkeypatch.setattr(transaction, "_event", telling)

    verdict = verdict_of(system)

    assert not verdict.confidential
    assert {"databases", "events on every topic"} <= set(found_in(verdict))


def test_text_that_only_lies_in_a_file_on_the_disk_is_found(tmp_path: Path) -> None:
    markers = Markers()
    marker = markers.new("a field", "pair").encode()
    (tmp_path / "deep").mkdir()
    cut = PIECE_BYTES - len(marker) // 2  # half in one piece, half in the next
    (tmp_path / "deep" / "00.log").write_bytes(b"\0" * cut + marker + b"\0" * PIECE_BYTES)

    found = [where for where, content in files(tmp_path, "deep") if markers.found(content)]

    assert found == ["deep/00.log"]


def test_a_build_that_shows_a_pairs_text_to_another_member_fails(
    system: SteppedSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "of_pair", lambda *_args: "mentee")

    verdict = verdict_of(system)

    assert not verdict.confidential
    assert "another member" in found_in(verdict)


class WithAField(SteppedSystem):
    """The same system, a version later: sessions take one text more, which nobody thought of here."""

    def ask(self, method: str, path: str, **sent: Any) -> Reply:
        reply = super().ask(method, path, **sent)
        if path != "/api/sessions/openapi.json":
            return reply
        spec = json.loads(reply.content)
        spec["paths"]["/api/sessions/v1/later"] = {
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {"type": "object", "properties": {"words": {"type": "string"}}}
                        }
                    }
                }
            }
        }
        return replace(reply, content=json.dumps(spec).encode())


def test_a_new_field_that_was_forgotten_fails(system: SteppedSystem) -> None:
    system.__class__ = WithAField

    verdict = verdict_of(system)

    assert verdict.unplanted == ["POST /api/sessions/v1/later /words"]
    assert not verdict.confidential


def test_every_declaration_still_names_a_field_and_says_why(system: SteppedSystem) -> None:
    specs = {name: json.loads(system.ask("GET", f"/api/{name}/openapi.json").content) for name in SERVICES}
    there = free_text(specs)
    for declared in PUBLIC:
        named = [each for each in there if fnmatchcase(str(each), declared[0])]
        assert named, f"{declared[0]} names no field any longer"
        assert declared[1]
    assert why_public(Field("POST", "/api/sessions/v1/sessions/{id}/steps", "/text")) == ""


def test_what_a_schema_binds_is_no_free_text() -> None:
    bound = [
        {"type": "string", "enum": ["yes"]},
        {"type": "integer"},
        {"type": "boolean"},
        {"type": "string", "format": "date-time"},
    ]
    free = [{"type": "string"}, {}, {"type": "string", "maxLength": 9}, {"type": "string", "pattern": ".*"}]
    properties = {f"bound{number}": schema for number, schema in enumerate(bound)}
    properties |= {f"free{number}": schema for number, schema in enumerate(free)}
    properties["list"] = {"type": "array", "items": {"$ref": "#/components/schemas/Inner"}}
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": properties}}}}
    spec = {
        "paths": {"/x": {"post": {"requestBody": body}}},
        "components": {"schemas": {"Inner": {"properties": {"text": {"type": "string"}}}}},
    }

    assert {field.pointer for field in free_text({"x": spec})} == {
        "/free0",
        "/free1",
        "/free2",
        "/free3",
        "/list/*/text",
    }


def test_a_marker_is_found_in_every_disguise() -> None:
    markers = Markers()
    marker = markers.new("a field", "pair")
    text = f"Some words {marker} and more.".encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("sheet.xml", text * 3)
    pdf = b"%PDF-1.4\nstream\n" + zlib.compress(text) + b"\nendstream"

    for content in (text, text.upper(), json.dumps(text.decode()).encode(), packed.getvalue(), pdf):
        assert [found and found.marker for found in markers.found(content)] == [marker]
    assert markers.found(gzip.compress(text)) == [markers.planted[marker]]
    for lead in range(3):
        assert markers.found(b"x" + base64.b64encode(b"=" * lead + text)) == [None]
    assert markers.found(text.hex().encode()) == [None]
    assert markers.found(b"other words") == []


@pytest.mark.parametrize("leaky", [False, True])
def test_the_command_says_where_it_looked_and_exits_with_an_error_on_a_leak(
    system: SteppedSystem, monkeypatch: pytest.MonkeyPatch, leaky: bool
) -> None:
    if leaky:
        monkeypatch.setattr(Vault, "hide", lambda *about: about[-1].encode())
        monkeypatch.setattr(Vault, "show", lambda *about: bytes(about[-1]).decode())
    monkeypatch.setattr(verify, "some_system", lambda _console: contextlib.nullcontext((None, {})))
    monkeypatch.setattr(verify, "LocalSystem", lambda *_about: system)

    done = CliRunner().invoke(verify.verify_confidentiality, ["--fields"])

    assert done.exit_code == (1 if leaky else 0), done.output
    assert "staff APIs: " in done.output
    assert ("Not confidential" in done.output) == leaky
    assert (f"text of {STEP}" in done.output) == leaky, "kept as it is, it is found in the database"
    assert f"{STEP}: planted" in done.output
