"""One's own pairs."""

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.sessions.api.reading import MAX_LISTED, PREFIX, Json, PageQuery, listed, my_pair, reader
from services.sessions.commands.tally import tally
from services.sessions.domain.clock import ASKED, id_of
from services.sessions.kinds import CLOCKS, PAIRS
from shared.auth import MENTEE, MENTOR
from shared.http import asker, open_to

BLP = Blueprint("pairs", __name__, url_prefix=PREFIX, description="The pairs that one is part of")


class PairsQuery(PageQuery):
    """Which page of my pairs: `after` is the id of the last one of the page before."""

    limit = fields.Integer(load_default=MAX_LISTED, validate=validate.Range(min=1, max=MAX_LISTED))


class PairOut(Schema):
    """A pair as its two see it."""

    id = fields.String()
    mentee = fields.String()
    mentor = fields.String()
    stage = fields.String()


class PairRulesOut(Schema):
    """One word on a session counts after `word_hours`; a certificate needs so many sessions; reminders every so many days, so many."""

    word_hours = fields.Integer()
    certificate_sessions = fields.Integer()
    remind_days = fields.Integer()
    reminders_most = fields.Integer()
    outcome_months = fields.List(fields.Integer())


class PairSeenOut(PairOut):
    """One pair, with what has come of it so far: counts, and how long it has been silent."""

    held = fields.Integer(metadata={"description": "Sessions held, introductions apart."})
    reversed_held = fields.Integer(metadata={"description": "Of these, with the roles turned round (R23)."})
    agreed = fields.Integer(metadata={"description": "Steps that the pair agreed on."})
    acted_on = fields.Integer(metadata={"description": "Of these, those that the mentee acted on (R6)."})
    reminders = fields.Boolean()
    rules = fields.Nested(
        PairRulesOut, metadata={"description": "Its programme's numbers, as it began with them."}
    )
    silent_since = fields.AwareDateTime(format="iso", allow_none=True)
    asked_to_go_on = fields.Boolean()
    go_on_mentee = fields.AwareDateTime(format="iso", allow_none=True)
    go_on_mentor = fields.AwareDateTime(format="iso", allow_none=True)


PairsOut = listed(PairOut)


@BLP.route("/me/pairs")
@open_to(MENTEE, MENTOR)
@BLP.arguments(PairsQuery, location="query")
@BLP.response(200, PairsOut)
def my_pairs(query: Json) -> Json:
    """The pairs that I am one of, the newest first."""
    me, limit = asker().member, query["limit"]
    older = {"_id": {"$lt": query["after"]}} if query["after"] else {}
    sides = [{"mentee": me, **older}, {"mentor": me, **older}]
    found = reader().find(PAIRS, {"$or": sides}, sort=[("_id", -1)], limit=limit + 1)
    return {"items": found[:limit], "next": found[limit - 1].id if len(found) > limit else None}


@BLP.route("/pairs/<id>")
@open_to(MENTEE, MENTOR)
@BLP.response(200, PairSeenOut)
def one_pair(id: str) -> Json:
    """One of my pairs."""
    pair = my_pair(id)
    ticking = reader().load(CLOCKS, id_of(id))
    running = ticking if ticking is not None and not ticking.over else None
    return {
        "id": pair.id,
        "mentee": pair.mentee,
        "mentor": pair.mentor,
        "stage": pair.stage,
        "reminders": pair.reminders,
        "rules": pair.rules,
        **tally(reader(), id),
        "silent_since": running and running.since,
        "asked_to_go_on": running is not None and running.taken >= ASKED,
        "go_on_mentee": running and running.go_on_mentee,
        "go_on_mentor": running and running.go_on_mentor,
    }
