"""Importing a coordinator's sheet: upload, say what each column feeds, dry run with every problem row, and the run with its progress."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web.apis import LONG_READ_TIMEOUT_S, Problem, Upload
from services.web.pages.details import DAYS
from services.web.people import areas
from services.web.sentences import faults, told
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
#: What a mapping leaves out, it has like this.
_NOTHING_CHOSEN: dict[str, Any] = {
    "columns": [],
    "role_from": "column",
    "fixed_role": None,
    "sheet_roles": {},
}
STAGES = (N_("Sheet"), N_("Columns"), N_("Dry run"), N_("Import"))


@dataclass(frozen=True, slots=True)
class Choice:
    """A column of the form: its number there, and what it feeds."""

    number: int
    key: str
    letter: str
    heading: str
    samples: tuple[str, ...]
    use: Mapping[str, Any]


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
        return _upload_page(faults(problem, "file"))
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
    mapping, errors = _chosen(found)
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
    mapping = _NOTHING_CHOSEN | dict(mapping)
    used = {use["key"]: use for use in mapping["columns"]}
    shown: dict[str, list[Choice]] = {}
    for sheet_name, choice in _columns(found, used):
        shown.setdefault(sheet_name, []).append(choice)
    page = render_template(
        "import_columns.html",
        sheet=found,
        mapping=mapping,
        shown=shown,
        rows={each["name"]: each["rows"] for each in found["sheets"]},
        sheet_keys=[
            (each["key"], each["name"]) for each in found["sheets"] if each["rows"] and "key" in each
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
    problems, following = _problems(found["id"], max(-1, request.args.get("after", -1, type=int)))
    return render_template(
        "import_check.html",
        sheet=found,
        check=found["check"],
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


def _columns(found: Mapping[str, Any], used: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Choice]]:
    """Each different column of the file once, with the sheet where it stands first."""
    seen: set[str] = set()
    for sheet in found["sheets"]:
        for column in sheet["columns"] if sheet["rows"] else ():
            if column["key"] not in seen:
                seen.add(column["key"])
                use = used.get(column["key"], {"key": column["key"], "field": "ignore"})
                yield (
                    sheet["name"],
                    Choice(
                        len(seen),
                        column["key"],
                        column["letter"],
                        column["heading"],
                        tuple(column["sample"]),
                        use,
                    ),
                )


def _chosen(found: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The mapping that the form means, and what it leaves open. What was not changed stays as it was guessed."""
    form, errors = request.form, dict[str, str]()
    needs = {field["name"]: field["needs"] for field in found["fields"]}
    before = _NOTHING_CHOSEN | found["mapping"]
    used = {use["key"]: use for use in before["columns"]}
    columns = []
    for _, choice in _columns(found, used):
        field = form.get(f"use-{choice.number}", choice.use["field"])
        kept = field == choice.use["field"]
        use = (
            dict(choice.use) if kept else {"key": choice.key, "field": field, "heading": choice.heading[:400]}
        )
        if needed := needs.get(field):
            value = form.get(f"{needed}-{choice.number}", "") or use.get(needed, "")
            if value == "":
                errors[f"{needed}-{choice.number}"] = _ask_for(needed, choice.heading)
            else:
                use[needed] = int(value) if needed == "weekday" else value
        columns.append(use)
    here = {use["key"] for use in columns}
    mapping = before | {
        "columns": [*columns, *(use for use in before["columns"] if use["key"] not in here)],
        "role_from": form.get("role_from", before["role_from"]),
        "fixed_role": form.get("fixed_role") or None,
        "sheet_roles": dict(before["sheet_roles"]),
    }
    for number, sheet in enumerate(found["sheets"]):
        if said := form.get(f"sheet-{number}", ""):
            mapping["sheet_roles"][sheet["key"]] = said
        elif f"sheet-{number}" in form:
            mapping["sheet_roles"].pop(sheet["key"], None)
    if mapping["role_from"] == "fixed" and not mapping["fixed_role"]:
        errors["fixed_role"] = gettext("Say what all of them are: mentors, mentees or both.")
    return mapping, errors


def _ask_for(needed: str, heading: str) -> str:
    asks = {
        "area": N_("Say which area the column “%(heading)s” means."),
        "weekday": N_("Say which day the column “%(heading)s” means."),
        "question": N_("Say which question the column “%(heading)s” answers."),
    }
    return gettext(asks[needed], heading=heading)


def _stages(here: int) -> list[tuple[str, str]]:
    return [
        (gettext(text), "done" if place < here else "now" if place == here else "ahead")
        for place, text in enumerate(STAGES, 1)
    ]
