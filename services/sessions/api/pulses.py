"""The pulse: one's own askings and history; for coordinators sums over whole blocks of people."""

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.sessions.api.lists import NewestQuery, newest
from services.sessions.api.reading import PREFIX, Json, listed, reader
from services.sessions.commands import pulses as commands
from services.sessions.domain import cohorts
from services.sessions.domain.cohorts import PEOPLE_A_BLOCK
from services.sessions.domain.pulses import HIGHEST, LOWEST, MOMENTS, ROLES, SCALES, Pulse
from services.sessions.kinds import COHORTS, PULSES
from shared.auth import COORDINATOR
from shared.errors import NotThere
from shared.http import Body, asker, call, open_to, room

BLP = Blueprint("pulses", __name__, url_prefix=PREFIX, description="The pulse of both roles")


def scale() -> fields.Integer:
    """One step of a scale from 1 (none of it) to 7 (very much of it)."""
    return fields.Integer(required=True, strict=True, validate=validate.Range(LOWEST, HIGHEST))


class PulseIn(Body):
    """Where somebody stands now, on four scales from 1 to 7."""

    stress = scale()
    resilience = scale()
    purpose = scale()
    accomplishment = scale()


class PulseOut(Schema):
    """One asking; `values` is null until it is answered."""

    id = fields.String()
    relationship = fields.String()
    role = fields.String()
    moment = fields.String()
    asked_at = fields.AwareDateTime(format="iso")
    answered_at = fields.AwareDateTime(format="iso", allow_none=True)
    values = fields.Dict(keys=fields.String(), values=fields.Integer(), allow_none=True)


class PulseCellOut(Schema):
    """Means over `people` answers of closed blocks; null where fewer than seven people are behind them."""

    role = fields.String()
    moment = fields.String()
    people = fields.Integer()
    means = fields.Dict(keys=fields.String(), values=fields.Float(), allow_none=True)


class PulseReportOut(Schema):
    least_people = fields.Integer()
    items = fields.List(fields.Nested(PulseCellOut))


PulsesOut = listed(PulseOut)


@BLP.route("/me/pulses", methods=["GET"])
@open_to()
@BLP.arguments(NewestQuery, location="query")
@BLP.response(200, PulsesOut)
def mine(query: Json) -> Json:
    """What I was asked and what I answered, the newest first."""
    where = {"member": asker().member}
    return newest(reader(), PULSES, where, query, by="asked_at", show=show_pulse)


@BLP.route("/pulses/<id>/answer", methods=["POST"])
@open_to()
@BLP.arguments(PulseIn)
@BLP.response(200, PulseOut)
def answer(asked: Json, id: str) -> Json:
    """Answer; nobody else sees it but as a part of a sum over seven people or more."""
    if reader().get(PULSES, id).member != asker().member:
        raise NotThere("pulse")
    values = tuple(asked[name] for name in SCALES)
    room().store.change(call(), lambda tx: commands.answer(tx, id, values=values))
    return show_pulse(reader().get(PULSES, id))


@BLP.route("/pulse-report", methods=["GET"])
@open_to(COORDINATOR)
@BLP.response(200, PulseReportOut)
def report() -> Json:
    """How both roles are, at start, middle and end: means over whole blocks of people. There is nothing to filter by."""
    return {
        "least_people": PEOPLE_A_BLOCK,
        "items": [_cell(role, moment) for moment in MOMENTS for role in ROLES],
    }


def _cell(role: str, moment: str) -> Json:
    cohort = reader().load(COHORTS, cohorts.id_of(asker().chapter, "pulse", role, moment))
    people = cohort.people if cohort else 0
    means = None
    if cohort is not None and people:
        means = {name: round(total / people, 1) for name, total in zip(SCALES, cohort.sums, strict=True)}
    return {"role": role, "moment": moment, "people": people, "means": means}


def show_pulse(pulse: Pulse) -> Json:
    """An asking as the one who was asked sees it."""
    return {
        "id": pulse.id,
        "relationship": pulse.relationship,
        "role": pulse.role,
        "moment": pulse.moment,
        "asked_at": pulse.asked_at,
        "answered_at": pulse.answered_at,
        "values": dict(zip(SCALES, pulse.values, strict=True)) if pulse.values else None,
    }
