"""R14: what the two of a pair write is readable by the two only; a command proves it, and fails where it is not so."""

import base64
import contextlib
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from operate import verify
from operate.verify.fields import PUBLIC, Field, free_text, why_public
from operate.verify.journey import drive
from operate.verify.markers import Markers
from operate.verify.planting import Garden
from operate.verify.search import answers, pages, search
from operate.verify.system import PIECE_BYTES, files
from shared.vault import Vault
from tests.flows.confidentiality import SteppedSystem, a_stepped_system, found_in

STEP = "POST /api/sessions/v1/sessions/{id}/steps /text"


@pytest.fixture(scope="module")
def garden(parts: Any) -> Iterator[Garden]:
    """The story of a pair, told by a sound build, of which some tests only read."""
    with a_stepped_system(parts) as made:
        yield drive(made, print)


@pytest.fixture
def system(parts: Any) -> Iterator[SteppedSystem]:
    with a_stepped_system(parts) as made:
        yield made


def test_nothing_that_the_two_write_is_found_anywhere_but_with_them(garden: Garden) -> None:
    verdict = search(garden)

    assert found_in(verdict) == {}
    assert verdict.unplanted == [], (
        "plant it (see operate/verify), or declare it public by name, with a reason"
    )
    assert verdict.confidential
    assert verdict.read_by_the_pair > 10, "the search sees what there is to see"
    assert [place.place for place in verdict.looked if place.things == 0] == []


def test_the_search_looks_at_every_page_that_staff_can_open_and_at_the_pages_of_the_two_as_everybody_else(
    garden: Garden,
) -> None:
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


def test_text_that_only_lies_in_a_file_on_the_disk_is_found(tmp_path: Path) -> None:
    markers = Markers()
    marker = markers.new("a field", "pair").encode()
    (tmp_path / "deep").mkdir()
    cut = PIECE_BYTES - len(marker) // 2  # half in one piece, half in the next
    (tmp_path / "deep" / "00.log").write_bytes(b"\0" * cut + marker + b"\0" * PIECE_BYTES)

    found = [where for where, content in files(tmp_path, "deep") if markers.found(content)]

    assert found == ["deep/00.log"]


def test_every_declaration_still_names_a_field_and_says_why(garden: Garden) -> None:
    there = free_text(garden.specs)
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
