"""All that sessions keeps about somebody, for herself: decrypted, her own words and those that are for both."""

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from services.sessions.api.certificates import shown_or_none
from services.sessions.api.kudos import show_kudos
from services.sessions.api.lists import every
from services.sessions.api.outcomes import show_outcome
from services.sessions.api.pulses import show_pulse
from services.sessions.api.reading import PREFIX, Json, reader, shown
from services.sessions.api.steps import show_step
from services.sessions.api.writings import show_note, show_reflection
from services.sessions.commands.meetings import answer
from services.sessions.commands.tally import tally
from services.sessions.domain.pairs import Pair
from services.sessions.domain.writings import may_read
from services.sessions.kinds import (
    CERTIFICATES,
    KUDOS,
    NOTES,
    OUTCOMES,
    PAIRS,
    PEOPLE,
    PULSES,
    REFLECTIONS,
    SESSIONS,
    STEPS,
)  # fmt: skip
from shared.http import asker, open_to, room

BLP = Blueprint("export", __name__, url_prefix=PREFIX, description="One's own data")


class ExportOut(Schema):
    service = fields.String()
    made_at = fields.AwareDateTime(format="iso")
    availability = fields.Dict(allow_none=True)
    pairs = fields.List(fields.Dict())
    pulses = fields.List(fields.Dict())
    outcomes = fields.List(fields.Dict())
    certificates = fields.List(fields.Dict())


@BLP.route("/me/export", methods=["GET"])
@open_to()
@BLP.response(200, ExportOut)
def export() -> Json:
    """Everything about me: hours, pairs with sessions, agendas, steps, notes, reflections and thanks, pulses, outcomes, certificates."""
    me, read = asker().member, reader()
    hers = {"member": me}
    person = read.load(PEOPLE, me)
    ours = [*read.find(PAIRS, {"mentee": me}), *read.find(PAIRS, {"mentor": me})]
    return {
        "service": "sessions",
        "made_at": room().now(asker().chapter),
        "availability": person and {"hours": list(person.hours), "time_zone": person.time_zone},
        "pairs": [_pair(pair, me) for pair in ours],
        "pulses": [show_pulse(one) for one in every(read, PULSES, hers, by="asked_at")],
        "outcomes": [show_outcome(one) for one in every(read, OUTCOMES, hers, by="asked_at")],
        "certificates": [
            said
            for one in every(read, CERTIFICATES, hers, by="issued_at")
            if (said := shown_or_none(one)) is not None
        ],
    }


def _pair(pair: Pair, me: str) -> Json:
    read, ours = reader(), {"relationship": pair.id}
    return {
        "relationship": pair.id,
        "mentee": pair.mentee,
        "mentor": pair.mentor,
        "stage": pair.stage,
        "reminders": pair.reminders,
        **tally(read, pair.id),
        "sessions": [
            {**answer(one), "agenda": shown(one.agenda)}
            for one in every(read, SESSIONS, ours, by="starts_at")
        ],
        "steps": [show_step(one) for one in every(read, STEPS, ours, by="agreed_at")],
        "reflections": [
            show_reflection(one)
            for one in every(read, REFLECTIONS, ours, by="written_at")
            if may_read(one, me)
        ],
        "notes": [show_note(one) for one in every(read, NOTES, ours, by="written_at") if may_read(one, me)],
        "thanks": [show_kudos(one) for one in every(read, KUDOS, ours, by="given_at")],
    }
