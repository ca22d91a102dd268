"""What a dry run found wrong: as pages of problems, and as a workbook."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.profiles import sheets
from services.profiles.api import PREFIX
from services.profiles.api.import_shapes import Problems, ProblemsPage
from services.profiles.domain.imports import PROBLEMS_ON_PAGE, Check, Import, part_id
from services.profiles.kinds import IMPORTS, PROBLEM_PAGES
from services.profiles.problem_sheet import write_problems
from services.profiles.spreadsheet.values import Problem
from shared.auth import COORDINATOR
from shared.http import asker, open_to, room
from shared.transaction import Reader

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

blp = Blueprint(
    "import-problems", __name__, url_prefix=PREFIX, description="What is wrong with a spreadsheet"
)


@blp.route("/imports/<import_id>/problems", methods=["GET"])
@open_to(COORDINATOR)
@blp.arguments(ProblemsPage, location="query")
@blp.response(200, Problems)
def problems(page: dict[str, Any], import_id: str) -> dict[str, Any]:
    """The problems that the dry run found, in the order of the file."""
    reader = room().store.reader(asker().chapter)
    sheet = reader.get(IMPORTS, import_id)
    listed = sheet.check.problems_listed if sheet.check else 0
    first = page["after"] + 1
    last = min(first + page["limit"], listed)
    return page_of(sheet.check, _problems(reader, sheet, first, last), first)


@blp.route("/imports/<import_id>/problems.xlsx", methods=["GET"])
@open_to(COORDINATOR)
@blp.response(200, {"type": "string", "format": "binary"}, content_type=XLSX)
def problems_sheet(import_id: str) -> Response:
    """The same as a workbook."""
    reader = room().store.reader(asker().chapter)
    sheet = reader.get(IMPORTS, import_id)
    listed = sheet.check.problems_listed if sheet.check else 0
    answer = Response(write_problems(_problems(reader, sheet, 0, listed)), mimetype=XLSX)
    answer.headers["Content-Disposition"] = 'attachment; filename="problems.xlsx"'
    return answer


def _problems(reader: Reader, sheet: Import, first: int, last: int) -> list[Problem]:
    """The listed problems with the numbers from `first` to before `last`."""
    pages = range(first // PROBLEMS_ON_PAGE, -(-last // PROBLEMS_ON_PAGE))
    found = reader.find(PROBLEM_PAGES, {"_id": {"$in": [part_id(sheet.id, page) for page in pages]}})
    by_id = {page.id: sheets.unpack_problems(page.packed) for page in found}
    listed = [each for page in pages for each in by_id.get(part_id(sheet.id, page), ())]
    start = pages.start * PROBLEMS_ON_PAGE
    return listed[first - start : last - start]


def page_of(check: Check | None, problems: Sequence[Problem], first: int) -> dict[str, Any]:
    """A page of problems with their numbers, from `first` on; `next` is the number after which the next page goes on."""
    items = [{"id": number, **asdict(each)} for number, each in enumerate(problems, first)]
    more = check is not None and bool(items) and items[-1]["id"] + 1 < check.problems_listed
    return {
        "items": items,
        "next": items[-1]["id"] if more else None,
        "total": check.problems if check else 0,
    }
