"""A coordinator's spreadsheet: upload, choose what each column feeds, dry run, take the people, and see how it goes."""

import functools
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any, TypeVar, cast

from flask import request
from flask_smorest import Blueprint
from werkzeug.exceptions import UnprocessableEntity

from services.profiles import sheets
from services.profiles.api import PREFIX
from services.profiles.api.bodies import Page
from services.profiles.api.chapters import paged
from services.profiles.api.import_shapes import (
    DryRun,
    Imports,
    ImportShape,
    MappingBody,
    Nothing,
    RunBody,
    SheetFile,
    SheetForm,
)
from services.profiles.api.problems import page_of
from services.profiles.areas import DEFAULT_AREAS
from services.profiles.commands import imports
from services.profiles.domain import words
from services.profiles.domain.imports import PEOPLE_IN_CHUNK, Check, Import
from services.profiles.kinds import IMPORTS, SHEET_MEMORIES, UPLOADS
from services.profiles.spreadsheet.guessing import guess_mapping
from services.profiles.spreadsheet.limits import MAX_FILE_BYTES, MAX_FILENAME_CHARS
from services.profiles.spreadsheet.mapping import FIELDS, Mapping
from services.profiles.spreadsheet.values import Question, Workbook
from shared.auth import COORDINATOR
from shared.call import Call
from shared.errors import Refused
from shared.http import asker, call, open_to, room
from shared.ids import new_id
from shared.transaction import Reader

View = TypeVar("View", bound=Callable[..., Any])

#: The file, and what a multipart form puts around it.
MAX_UPLOAD_BYTES = MAX_FILE_BYTES + 128 * 1024
PROBLEMS_SHOWN = 200

blp = Blueprint("imports", __name__, url_prefix=PREFIX, description="Importing people from spreadsheets")


def body_up_to(most_bytes: int) -> Callable[[View], View]:
    """Let this route take a longer body than others."""

    def mark(view: View) -> View:
        @functools.wraps(view)
        def limited(*args: Any, **kwargs: Any) -> Any:
            request.max_content_length = most_bytes
            return view(*args, **kwargs)

        return cast(View, limited)

    return mark


@blp.route("/imports", methods=["POST"])
@open_to(COORDINATOR)
@body_up_to(MAX_UPLOAD_BYTES)
@blp.arguments(SheetFile, location="files")
@blp.arguments(SheetForm, location="form")
@blp.response(201, ImportShape)
def upload(files: dict[str, Any], form: dict[str, Any]) -> dict[str, Any]:
    """Upload a sheet, and get its columns with what each probably feeds, or fed last time. Nobody is taken yet."""
    here, who = room(), asker()
    content = files["file"].read(MAX_FILE_BYTES + 1)
    workbook = sheets.open_workbook(content, files["file"].filename or "")
    memory = _reader().load(SHEET_MEMORIES, who.chapter)
    questions = _questions(form["questions"] or (memory.questions if memory else "[]"))
    last = _mapping(memory.mapping) if memory else None
    guess = guess_mapping(workbook, areas=DEFAULT_AREAS, questions=questions, remembered=last)
    made = Import(
        id=new_id("imp"),
        chapter=who.chapter,
        by=who.member,
        filename=_filename(workbook),
        uploaded_at=here.now(who.chapter),
        sheets=sheets.seen(workbook),
        mapping=sheets.write_mapping(guess),
        questions=sheets.write_questions(questions),
        remembered=last is not None and any(last.use_of(use.key) for use in guess.columns),
    )
    once = _call_with(content, made.filename, form["questions"])
    kept = here.store.change(once, lambda tx: imports.keep_upload(tx, made, content))
    return _shown(_reader().get(IMPORTS, kept["import"]))


@blp.route("/imports", methods=["GET"])
@open_to(COORDINATOR)
@blp.arguments(Page, location="query")
@blp.response(200, Imports)
def list_imports(page: dict[str, Any]) -> dict[str, Any]:
    """The chapter's imports, newest first."""
    where = {"_id": {"$lt": page["after"]}} if page["after"] else {}
    found = _reader().find(IMPORTS, where, sort=[("_id", -1)], limit=page["limit"] + 1)
    answer = paged(found, page["limit"])
    answer["items"] = [asdict(each) | _counted(each) for each in answer["items"]]
    return answer


@blp.route("/imports/<import_id>", methods=["GET"])
@open_to(COORDINATOR)
@blp.response(200, ImportShape)
def show(import_id: str) -> dict[str, Any]:
    """How far an import is."""
    return _shown(_reader().get(IMPORTS, import_id))


@blp.route("/imports/<import_id>", methods=["DELETE"])
@open_to(COORDINATOR)
@blp.response(204)
def delete(import_id: str) -> None:
    """Forget an import. The people whom it brought stay members."""
    room().store.change(call(), lambda tx: imports.delete(tx, import_id))


@blp.route("/imports/<import_id>/mapping", methods=["PUT"])
@open_to(COORDINATOR)
@blp.arguments(MappingBody)
@blp.response(200, ImportShape)
def remap(asked: dict[str, Any], import_id: str) -> dict[str, Any]:
    """Say what each column feeds; the chapter's next sheet begins with it."""
    sheet = _reader().get(IMPORTS, import_id)
    questions = _questions(json.dumps(asked["questions"]) if "questions" in asked else sheet.questions)
    if asked["mapping"] is None:
        workbook = sheets.open_workbook(_upload(sheet), sheet.filename)
        mapping = guess_mapping(workbook, areas=DEFAULT_AREAS, questions=questions)
    else:
        mapping = _mapping(json.dumps(asked["mapping"]))
    trusted = tuple(asked.get("trusted_mails", sheet.trusted))
    kept = sheets.write_mapping(mapping), sheets.write_questions(questions), trusted
    room().store.change(call(), lambda tx: imports.remap(tx, import_id, *kept))
    return _shown(_reader().get(IMPORTS, import_id))


@blp.route("/imports/<import_id>/dry-run", methods=["POST"])
@open_to(COORDINATOR)
@blp.arguments(Nothing)
@blp.response(200, DryRun)
def dry_run(_asked: dict[str, Any], import_id: str) -> dict[str, Any]:
    """Read every row, and say who would be taken and what is wrong. Nothing but this result is written."""
    here, reader = room(), _reader()
    sheet = reader.get(IMPORTS, import_id)
    found = sheets.dry_run(
        sheets.open_workbook(_upload(sheet), sheet.filename),
        sheets.read_mapping(sheet.mapping),
        sheets.read_questions(sheet.questions),
        known_mails=_known_mails(),
        trusted_mails=frozenset(sheet.trusted),
    )
    known = sum(1 for person in found.people if person.known)
    check = Check(
        checked_at=here.clock(),
        rows_read=found.rows_read,
        rows_left_out=found.rows_left_out,
        sheets_left_out=found.sheets_left_out,
        answers_withheld=found.answers_withheld,
        people=len(found.people),
        new=len(found.people) - known,
        known=known,
        problems=len(found.problems) + found.problems_not_listed,
        problems_listed=len(found.problems),
    )
    pages, chunks = sheets.pack_problems(found.problems), sheets.pack_people(found.people)
    here.store.change(
        call(), lambda tx: imports.record_check(tx, import_id, check, sheet.revision, pages, chunks)
    )
    return {**asdict(check), "listed": page_of(check, found.problems[:PROBLEMS_SHOWN], 0)["items"]}


@blp.route("/imports/<import_id>/run", methods=["POST"])
@open_to(COORDINATOR)
@blp.arguments(RunBody)
@blp.response(202, ImportShape)
def run(asked: dict[str, Any], import_id: str) -> dict[str, Any]:
    """Take the people whom the dry run found; ask again how far it is. A run that stopped goes on."""
    room().store.change(call(), lambda tx: imports.run(tx, import_id, asked["take"]))
    return _shown(_reader().get(IMPORTS, import_id))


def _call_with(content: bytes, *fields: str) -> Call:
    """This request as a call that is known again by what was sent: a client that repeats a form writes it with other bytes."""
    asked = call()
    if not asked.fingerprint:
        return asked
    digest = hashlib.sha256("\n".join((request.path, *fields, "")).encode() + content)
    return replace(asked, fingerprint=digest.hexdigest())


def _reader() -> Reader:
    return room().store.reader(asker().chapter)


def _upload(sheet: Import) -> bytes:
    upload = _reader().load(UPLOADS, sheet.id)
    if upload is None:
        raise Refused("file_forgotten", "The file is no longer kept. Upload it again.")
    return upload.content


def _known_mails() -> frozenset[str]:
    """The addresses of all members of the chapter; the one read here that is as long as the chapter."""
    known = room().store.db["members"].find({"chapter": asker().chapter}, {"_id": 0, "mail": 1})
    return frozenset(each["mail"] for each in known)


def _mapping(text: str) -> Mapping:
    try:
        return sheets.read_mapping(text)
    except ValueError as wrong:
        raise _unfit("mapping", wrong) from wrong


def _questions(text: str) -> tuple[Question, ...]:
    try:
        return sheets.read_questions(text)
    except ValueError as wrong:
        raise _unfit("questions", wrong) from wrong


def _unfit(field: str, wrong: ValueError) -> UnprocessableEntity:
    """A 422 that points at the field, as a schema's would."""
    refused = UnprocessableEntity()
    refused.data = {"messages": {"json": {field: [str(wrong)[:300]]}}}  # type: ignore[attr-defined]
    return refused


def _filename(workbook: Workbook) -> str:
    try:
        return words.line(workbook.filename, MAX_FILENAME_CHARS)
    except Refused:
        return f"sheet.{workbook.format}"


def _counted(sheet: Import) -> dict[str, Any]:
    total = sheet.check.people if sheet.check else 0
    done = min(sheet.chunks_taken * PEOPLE_IN_CHUNK, total)
    return {
        "progress": {"done": done, "total": total},
        "counts": {"new": sheet.taken_new, "known": sheet.taken_known},
    }


def _shown(sheet: Import) -> dict[str, Any]:
    return {
        **asdict(sheet),
        **_counted(sheet),
        "mapping": json.loads(sheet.mapping),
        "questions": json.loads(sheet.questions),
        "fields_": [asdict(field) for field in FIELDS.values()],
    }
