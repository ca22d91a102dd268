"""Importing a coordinator's sheet: upload, say what each column feeds, dry run with every problem row, and the run with its progress."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web.apis import LONG_READ_TIMEOUT_S, Problem, Upload
from services.web.pages.details import DAYS
from services.web.people import areas
from services.web.sentences import faults, told
from services.web.sheet_columns import chosen, columns_by_sheet, whole
from services.web.sheet_words import field_label, trouble
from services.web.visitor import change, fetch, get, signed_in
from services.web.words import N_, gettext

pages = Blueprint("imports", __name__, url_prefix="/coordinator")

MAX_FILE_BYTES = 5 * 1024 * 1024
#: The file, and what a multipart form puts around it.
MAX_UPLOAD_BYTES = MAX_FILE_BYTES + 64 * 1024
PROBLEMS_ON_PAGE = 100
#: Pages of the service that one page here is made of, at most.
PAGES_AT_ONCE = 10
SHEETS_LISTED = 20
#: A guess below this is shown as one to look at.
SURE = 0.75
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROLE_SOURCES = (
    ("column", N_("in a column")),
    ("sheet", N_("in the name of each sheet")),
    ("file", N_("in the name of the file")),
    ("fixed", N_("nowhere: all are the same")),
)
ROLES_OF_ROW = (("mentor", N_("Mentor")), ("mentee", N_("Mentee")), ("both", N_("Both")))
STAGES = (N_("Sheet"), N_("Columns"), N_("Dry run"), N_("Import"))


@pages.get("/import")
@signed_in("coordinator")
def start() -> ResponseReturnValue:
    return _upload_page({})


@pages.post("/import")
@signed_in("coordinator")
def upload() -> ResponseReturnValue:
    file = request.files.get("file")
    if file is None or not file.filename:
        return _upload_page({"file": gettext("Choose a file first.")})
    sheet = Upload(
        file.filename[-200:],
        file.stream.read(MAX_FILE_BYTES + 1),
        file.mimetype or "application/octet-stream",
    )
    try:
        made = change("POST", "profiles", "/imports", upload=sheet, timeout_s=LONG_READ_TIMEOUT_S)
    except Problem as problem:
        return _upload_page({"file": told(problem)})
    return redirect(url_for("imports.show", sheet=made["id"]), 303)


@pages.get("/imports/<id:sheet>")
@signed_in("coordinator")
def show(sheet: str) -> ResponseReturnValue:
    found = get("profiles", f"/imports/{sheet}")
    if found["state"] == "mapped" or (found["state"] == "checked" and "columns" in request.args):
        return _mapping_page(found, found["mapping"], {})
    if found["state"] == "checked":
        return _check_page(found)
    return render_template("import_run.html", sheet=found, stages=_stages(4))


@pages.post("/imports/<id:sheet>/mapping")
@signed_in("coordinator")
def remap(sheet: str) -> ResponseReturnValue:
    """Keep what each column feeds, and do the dry run with it."""
    found = get("profiles", f"/imports/{sheet}")
    mapping, errors = chosen(request.form, found)
    if not errors:
        try:
            change("PUT", "profiles", f"/imports/{sheet}/mapping", {"mapping": mapping}, part="mapping")
            _dry_run(sheet)
            return redirect(url_for("imports.show", sheet=sheet), 303)
        except Problem as problem:
            errors = faults(problem)
    return _mapping_page(found, mapping, errors)


@pages.post("/imports/<id:sheet>/trust")
@signed_in("coordinator")
def trust(sheet: str) -> ResponseReturnValue:
    """An address is right although it looks mistyped; the dry run is done again with that."""
    found = get("profiles", f"/imports/{sheet}")
    trusted = sorted({*found["trusted_mails"], request.form.get("mail", "").strip().lower()})
    try:
        change(
            "PUT",
            "profiles",
            f"/imports/{sheet}/mapping",
            {"mapping": found["mapping"], "trusted_mails": trusted},
            part="mapping",
        )
        _dry_run(sheet)
        flash(gettext("Taken as it is written. The dry run was done again."), "good")
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("imports.show", sheet=sheet), 303)


@pages.post("/imports/<id:sheet>/run")
@signed_in("coordinator")
def run(sheet: str) -> ResponseReturnValue:
    try:
        change("POST", "profiles", f"/imports/{sheet}/run", {"take": request.form.get("take", "good_rows")})
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("imports.show", sheet=sheet), 303)


@pages.post("/imports/<id:sheet>/discard")
@signed_in("coordinator")
def discard(sheet: str) -> ResponseReturnValue:
    try:
        change("DELETE", "profiles", f"/imports/{sheet}")
        flash(gettext("The sheet is forgotten here."), "good")
    except Problem as problem:
        flash(told(problem), "bad")
    return redirect(url_for("imports.start"), 303)


@pages.get("/imports/<id:sheet>/progress")
@signed_in("coordinator")
def progress(sheet: str) -> ResponseReturnValue:
    """How far a run is, for the page's script; without scripts the page loads itself anew."""
    found = get("profiles", f"/imports/{sheet}")
    return jsonify(state=found["state"], **found["progress"])


@pages.get("/imports/<id:sheet>/problems.xlsx")
@signed_in("coordinator")
def problems_sheet(sheet: str) -> ResponseReturnValue:
    answer = Response(fetch("GET", "profiles", f"/imports/{sheet}/problems.xlsx").content, mimetype=XLSX)
    answer.headers["Content-Disposition"] = 'attachment; filename="problems.xlsx"'
    return answer


def _dry_run(sheet: str) -> None:
    change("POST", "profiles", f"/imports/{sheet}/dry-run", part="check", timeout_s=LONG_READ_TIMEOUT_S)


def _upload_page(errors: dict[str, str]) -> ResponseReturnValue:
    earlier = get("profiles", "/imports", limit=SHEETS_LISTED)["items"]
    page = render_template("import_new.html", errors=errors, earlier=earlier, stages=_stages(1))
    return page, 422 if errors else 200


def _mapping_page(
    found: Mapping[str, Any], mapping: Mapping[str, Any], errors: dict[str, str]
) -> ResponseReturnValue:
    page = render_template(
        "import_columns.html",
        sheet=found,
        mapping=whole(mapping),
        shown=columns_by_sheet(found, mapping),
        rows={each["name"]: each["rows"] for each in found["sheets"]},
        sheets=[
            (f"sheet-{number}", each["key"], each["name"])
            for number, each in enumerate(found["sheets"])
            if each["rows"]
        ],
        fields=[
            (field["name"], field_label(field["name"], field["label"]), field["needs"])
            for field in found["fields"]
        ],
        areas=list(areas().items()),
        days=[(str(number), gettext(text)) for number, text in enumerate(DAYS)],
        questions=[(one["key"], (one.get("labels") or [one["key"]])[0]) for one in found["questions"]],
        sources=[(name, gettext(text)) for name, text in ROLE_SOURCES],
        roles=[(name, gettext(text)) for name, text in ROLES_OF_ROW],
        sure=SURE,
        errors=errors,
        stages=_stages(2),
    )
    return page, 422 if errors else 200


def _check_page(found: Mapping[str, Any]) -> ResponseReturnValue:
    check = found["check"]
    problems, following = _problems(found["id"], max(-1, request.args.get("after", -1, type=int)))
    return render_template(
        "import_check.html",
        sheet=found,
        check=check,
        merged=check["rows_read"] - check["people"] - check["rows_left_out"],
        problems=[one | trouble(one) for one in problems],
        following=following,
        several_sheets=len(found["sheets"]) > 1,
        stages=_stages(3),
    )


def _problems(sheet: str, after: int) -> tuple[list[dict[str, Any]], int | None]:
    """A page of problems, and where the next one starts. That somebody is in the chapter already is counted, not listed."""
    found: list[dict[str, Any]] = []
    for _ in range(PAGES_AT_ONCE):
        listed = get("profiles", f"/imports/{sheet}/problems", after=after, limit=PROBLEMS_ON_PAGE)
        found += [one for one in listed["items"] if one["code"] != "already_known"]
        if listed["next"] is None:
            return found, None
        after = listed["next"]
        if len(found) >= PROBLEMS_ON_PAGE:
            break
    return found, after


def _stages(here: int) -> list[tuple[str, str]]:
    return [
        (gettext(text), "done" if place < here else "now" if place == here else "ahead")
        for place, text in enumerate(STAGES, 1)
    ]
