"""Outcomes: one's own questions; for coordinators the report, as JSON and as a sheet (R27, R21)."""

import io

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from openpyxl import Workbook

from services.sessions.api.lists import NewestQuery, newest
from services.sessions.api.reading import PREFIX, Json, listed, reader
from services.sessions.commands import outcomes as commands
from services.sessions.domain import cohorts
from services.sessions.domain.cohorts import PEOPLE_A_BLOCK
from services.sessions.domain.outcomes import (
    LATEST_MONTH,
    QUESTIONS,
    ROLES,
    USUAL_MONTHS,
    Moment,
    Outcome,
    Role,
    later,
    months_of,
    wilson,
)
from services.sessions.kinds import COHORTS, OUTCOMES
from shared.auth import COORDINATOR
from shared.errors import NotThere
from shared.http import Body, asker, call, open_to, room

BLP = Blueprint("outcomes", __name__, url_prefix=PREFIX, description="What became of people")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHARES, SCALES_OF_SEVEN = QUESTIONS[:2], QUESTIONS[2:]
#: Two groups, two roles, and each moment of `outcomes`.
MOST_ROWS = 2 * 2 * (2 + LATEST_MONTH)
NOTE = (
    "The groups were not formed by chance and differ in many ways. The figures describe each group; they do not explain the differences"
    f" between them. Answers are counted in blocks of {PEOPLE_A_BLOCK} people. Intervals are Wilson intervals at 95 %."
)


class OutcomeIn(Body):
    """What has become of somebody since she was asked before."""

    promoted = fields.Boolean(required=True, truthy={True}, falsy={False})
    new_role = fields.Boolean(required=True, truthy={True}, falsy={False})
    satisfaction = fields.Integer(required=True, strict=True, validate=validate.Range(1, 7))
    gained = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, 7),
        metadata={"description": "How much she herself gained from taking part, in whichever role (R21)."},
    )


class OutcomeOut(Schema):
    """One asking; `values` is null until it is answered. `moment` is `start`, `end`, or `months_<n>`: so many months after the end."""

    id = fields.String()
    role = fields.String()
    matched = fields.Boolean()
    moment = fields.String()
    asked_at = fields.AwareDateTime(format="iso")
    answered_at = fields.AwareDateTime(format="iso", allow_none=True)
    values = fields.Dict(keys=fields.String(), values=fields.Integer(), allow_none=True)


class ShareOut(Schema):
    """`count` of `of` people, and the 95 % interval of that share."""

    count = fields.Integer()
    of = fields.Integer()
    interval = fields.List(fields.Float(), allow_none=True)


class CellOut(Schema):
    """One role in one group at one moment. `counted` answers are in closed blocks, and the figures are about these alone."""

    asked = fields.Integer()
    answered = fields.Integer()
    response = fields.Nested(ShareOut)
    counted = fields.Integer()
    promoted = fields.Nested(ShareOut, allow_none=True)
    new_role = fields.Nested(ShareOut, allow_none=True)
    satisfaction = fields.Float(allow_none=True)
    gained = fields.Float(allow_none=True)


class RowOut(Schema):
    """One moment of one group, both halves side by side."""

    moment = fields.String()
    group = fields.String(validate=validate.OneOf(("matched", "not_matched")))
    mentee = fields.Nested(CellOut)
    mentor = fields.Nested(CellOut)


class OutcomeReportOut(Schema):
    note = fields.String()
    least_people = fields.Integer()
    items = fields.List(fields.Nested(RowOut))


OutcomesOut = listed(OutcomeOut)


@BLP.route("/me/outcomes", methods=["GET"])
@open_to()
@BLP.arguments(NewestQuery, location="query")
@BLP.response(200, OutcomesOut)
def mine(query: Json) -> Json:
    """What I was asked and what I answered, the newest first."""
    where = {"member": asker().member}
    return newest(reader(), OUTCOMES, where, query, by="asked_at", show=show_outcome)


@BLP.route("/outcomes/<id>/answer", methods=["POST"])
@open_to()
@BLP.arguments(OutcomeIn)
@BLP.response(200, OutcomeOut)
def answer(asked: Json, id: str) -> Json:
    """Answer; it is counted with others' and shown to nobody else."""
    if reader().get(OUTCOMES, id).member != asker().member:
        raise NotThere("outcome")
    values = tuple(int(asked[name]) for name in QUESTIONS)
    room().store.change(call(), lambda tx: commands.answer(tx, id, values=values))
    return show_outcome(reader().get(OUTCOMES, id))


@BLP.route("/outcome-report", methods=["GET"])
@open_to(COORDINATOR)
@BLP.response(200, OutcomeReportOut)
def report() -> Json:
    """Matched people and applicants who were not matched, side by side, with denominators, response rates and intervals."""
    rows = [
        {
            "moment": moment,
            "group": "matched" if matched else "not_matched",
            **{role: _cell(role, moment, matched=matched) for role in ROLES},
        }
        for moment in _moments()
        for matched in (True, False)
    ]
    return {"note": NOTE, "least_people": PEOPLE_A_BLOCK, "items": rows}


@BLP.route("/outcome-report.xlsx", methods=["GET"])
@open_to(COORDINATOR)
@BLP.response(200, content_type=XLSX)
def sheet() -> Response:
    """The same report as a spreadsheet: one row for each moment, group and role."""
    book = Workbook(write_only=True)
    page = book.create_sheet("Outcomes")
    page.append(
        [
            "moment",
            "group",
            "role",
            "asked",
            "answered",
            "response",
            "response from",
            "response to",
            "counted",
        ]
        + [f"{name}{part}" for name in SHARES for part in ("", " from", " to")]
        + list(SCALES_OF_SEVEN)
    )
    for row in report_rows():
        page.append(row)
    about = book.create_sheet("About")
    about.append([NOTE])
    written = io.BytesIO()
    book.save(written)
    return Response(
        written.getvalue(),
        mimetype=XLSX,
        headers={"Content-Disposition": 'attachment; filename="outcomes.xlsx"'},
    )


def report_rows() -> list[list[str | int | float | None]]:
    """The report as rows of a sheet; what is not known is an empty cell."""
    rows: list[list[str | int | float | None]] = []
    for moment in _moments():
        for matched in (True, False):
            for role in ROLES:
                cell = _cell(role, moment, matched=matched)
                rows.append(
                    [moment, "matched" if matched else "not_matched", role, cell["asked"], cell["answered"]]
                    + _share(cell["response"])
                    + [cell["counted"]]
                    + [part for name in SHARES for part in _share(cell[name])]
                    + [cell[name] for name in SCALES_OF_SEVEN]
                )
    return rows


def _moments() -> list[Moment]:
    """The start, the end, and the months after it: the usual ones, and every other at which somebody was asked."""
    rows = cohorts.id_of(asker().chapter, "outcome", "")
    asked = reader().find(COHORTS, {"_id": {"$gte": rows, "$lt": rows + "\uffff"}}, limit=MOST_ROWS)
    months = {months_of(row.id.rpartition(":")[2]) for row in asked} - {0}
    return ["start", "end", *(later(one) for one in sorted({*USUAL_MONTHS, *months}))]


def _share(share: Json | None) -> list[float | None]:
    if share is None or not share["of"]:
        return [None, None, None]
    return [round(share["count"] / share["of"], 4), *share["interval"]]


def _cell(role: Role, moment: Moment, *, matched: bool) -> Json:
    where = {"role": role, "moment": moment, "matched": matched}
    asked = reader().count(OUTCOMES, where)
    answered = reader().count(OUTCOMES, {**where, "answered_at": {"$ne": None}})
    words = commands.cohort_words(role, moment, matched=matched)
    cohort = reader().load(COHORTS, cohorts.id_of(asker().chapter, *words))
    people = cohort.people if cohort else 0
    sums = dict(zip(QUESTIONS, cohort.sums, strict=True)) if cohort and people else {}
    return {
        "asked": asked,
        "answered": answered,
        "response": _of(answered, asked),
        "counted": people,
        **{name: _of(sums[name], people) if sums else None for name in SHARES},
        **{name: round(sums[name] / people, 1) if sums else None for name in SCALES_OF_SEVEN},
    }


def _of(count: int, of: int) -> Json:
    interval = wilson(count, of)
    return {"count": count, "of": of, "interval": interval and [round(end, 4) for end in interval]}


def show_outcome(outcome: Outcome) -> Json:
    """An asking as the one who was asked sees it."""
    return {
        "id": outcome.id,
        "role": outcome.role,
        "matched": outcome.matched,
        "moment": outcome.moment,
        "asked_at": outcome.asked_at,
        "answered_at": outcome.answered_at,
        "values": dict(zip(QUESTIONS, outcome.values, strict=True)) if outcome.values else None,
    }
