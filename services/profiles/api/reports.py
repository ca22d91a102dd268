"""Reports: a member tells the coordinators of her chapter about somebody, with exactly what she chooses to show them."""

import json
from dataclasses import asdict
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.profiles.api import PREFIX
from services.profiles.api import fields as ours
from services.profiles.api.bodies import Page
from services.profiles.api.chapters import paged
from services.profiles.commands import reports
from services.profiles.domain.reports import (
    MAX_SHOWN,
    MAX_TEXT_CHARS,
    MAX_WHAT_CHARS,
    STATES,
    Report,
    seen_by_staff,
)
from services.profiles.kinds import REPORTS
from shared.auth import COORDINATOR
from shared.http import Body, asker, call, open_to, room
from shared.ids import new_id

blp = Blueprint("reports", __name__, url_prefix=PREFIX, description="Reports to the coordinators")


class ShownBody(Body):
    """Something that she chooses to show, copied by her: what it is, and its words."""

    what = ours.line(MAX_WHAT_CHARS, required=True)
    text = ours.text(MAX_TEXT_CHARS, required=True)


class ReportBody(Body):
    """Whom the report is about, what she has to say, and what she opens of her own or the pair's writing."""

    about = ours.id(required=True)
    text = ours.text(MAX_TEXT_CHARS, required=True)
    shown = fields.List(fields.Nested(ShownBody), load_default=list, validate=validate.Length(max=MAX_SHOWN))


class Move(Body):
    """How far the report is."""

    state = fields.String(required=True, validate=validate.OneOf(STATES))


class ReportsPage(Page):
    """Which reports: all, or those in one state."""

    state = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(STATES))


class ReportRow(Schema):
    """A report in a list: who, about whom, when, how far; not what it says."""

    id = fields.String()
    by = fields.String()
    about = fields.String()
    filed_at = fields.DateTime()
    state = fields.String(metadata={"enum": list(STATES)})
    state_at = fields.DateTime(allow_none=True)


class ShownShape(Schema):
    """Something that its author chose to show."""

    what = fields.String()
    text = fields.String()


class ReportShape(ReportRow):
    """A report with its words; None once its author was erased."""

    text = fields.String(allow_none=True)
    shown = fields.List(fields.Nested(ShownShape))


class ReportRows(Schema):
    """A page of reports; `next` is None on the last one."""

    items = fields.List(fields.Nested(ReportRow))
    next = fields.String(allow_none=True)


class OwnReports(Schema):
    """A page of her own reports, with their words."""

    items = fields.List(fields.Nested(ReportShape))
    next = fields.String(allow_none=True)


@blp.route("/me/reports", methods=["POST"])
@open_to()
@blp.arguments(ReportBody)
@blp.response(201, ReportShape)
def file_report(asked: dict[str, Any]) -> Any:
    """Report somebody to the coordinators of your chapter. They see what you write here, and nothing else of what is yours."""
    here, id = room(), new_id("rpt")
    words = json.dumps({"text": asked["text"], "shown": asked["shown"]}, ensure_ascii=False)
    hidden = here.vault.hide(id, words)
    filed = here.store.change(call(), lambda tx: reports.file_report(tx, id, asked["about"], hidden))
    return told(here.store.reader(asker().chapter).get(REPORTS, filed["report"]))


@blp.route("/me/reports", methods=["GET"])
@open_to()
@blp.arguments(Page, location="query")
@blp.response(200, OwnReports)
def my_reports(page: dict[str, Any]) -> dict[str, Any]:
    """Your own reports, and how far they are."""
    where = {"by": asker().member, "_id": {"$gt": page["after"]}}
    reader = room().store.reader(asker().chapter)
    answer = paged(reader.find(REPORTS, where, sort=[("_id", 1)], limit=page["limit"] + 1), page["limit"])
    answer["items"] = [told(report) for report in answer["items"]]
    return answer


@blp.route("/reports", methods=["GET"])
@open_to(COORDINATOR)
@blp.arguments(ReportsPage, location="query")
@blp.response(200, ReportRows)
def list_reports(page: dict[str, Any]) -> dict[str, Any]:
    """The chapter's reports, the oldest first, but those about yourself."""
    where: dict[str, Any] = {"_id": {"$gt": page["after"]}, "about": {"$ne": asker().member}}
    if page["state"] is not None:
        where["state"] = page["state"]
    reader = room().store.reader(asker().chapter)
    return paged(reader.find(REPORTS, where, sort=[("_id", 1)], limit=page["limit"] + 1), page["limit"])


@blp.route("/reports/<report>", methods=["GET"])
@open_to(COORDINATOR)
@blp.response(200, ReportShape)
def report(report: str) -> Any:
    """One report, with what its author chose to show."""
    return told(_seen(report))


@blp.route("/reports/<report>", methods=["PATCH"])
@open_to(COORDINATOR)
@blp.arguments(Move)
@blp.response(200, ReportShape)
def move(asked: dict[str, Any], report: str) -> Any:
    """Say how far the report is; its author sees that."""
    room().store.change(call(), lambda tx: reports.move(tx, report, asked["state"]))
    return told(_seen(report))


def told(report: Report) -> dict[str, Any]:
    """The report with its words, where there still are any."""
    words = room().vault.show(report.hidden) if report.hidden else None
    said = json.loads(words) if words is not None else {"text": None, "shown": []}
    return {**asdict(report), **said}


def _seen(id: str) -> Report:
    who = asker()
    return seen_by_staff(room().store.reader(who.chapter).get(REPORTS, id), who.member)
