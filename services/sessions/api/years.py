"""The yearly page: what grew in somebody's year as a mentor, for herself (R21)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.sessions.api.reading import MAX_LISTED, PREFIX, Json, reader, shown
from services.sessions.domain.pulses import SCALES
from services.sessions.kinds import CHAPTERS, KUDOS, PAIRS, PULSES, REFLECTIONS, SESSIONS, STEPS
from shared.auth import MENTOR
from shared.http import Body, asker, open_to, room

BLP = Blueprint("years", __name__, url_prefix=PREFIX, description="What grew in a year")


class YearQuery(Body):
    year = fields.Integer(
        load_default=None,
        validate=validate.Range(2000, 2200),
        metadata={"description": "This year on the chapter's clock where none is named."},
    )


class YearOut(Schema):
    """Counts of the year on the chapter's clock, thanks received, and her own words on what she gained. For her eyes only."""

    year = fields.Integer()
    mentees = fields.Integer(metadata={"description": "With whom she met that year."})
    sessions_held = fields.Integer()
    turned_round = fields.Integer(metadata={"description": "Of these, those in which she learned."})
    minutes = fields.Integer(metadata={"description": "Of these, letters apart."})
    acted_on = fields.Integer(metadata={"description": "Steps that her mentees acted on that year."})
    thanks = fields.List(fields.String(allow_none=True))
    gained = fields.List(fields.String(allow_none=True))
    pulses = fields.List(fields.Dict())


@BLP.route("/me/year", methods=["GET"])
@open_to(MENTOR)
@BLP.arguments(YearQuery, location="query")
@BLP.response(200, YearOut)
def year(query: Json) -> Json:
    """My year as a mentor: whom I met, what came of it, what I gained."""
    me, read = asker().member, reader()
    chapter = read.load(CHAPTERS, asker().chapter)
    zone = ZoneInfo(chapter.time_zone if chapter else "UTC")
    asked: int = query["year"] or room().now(asker().chapter).astimezone(zone).year
    first, last = (datetime(asked + more, 1, 1, tzinfo=zone) for more in (0, 1))
    during = {"$gte": first, "$lt": last}
    ours = [pair.id for pair in read.find(PAIRS, {"mentor": me}, sort=[("_id", -1)], limit=MAX_LISTED)]
    of_ours = {"relationship": {"$in": ours}}
    held = read.find(SESSIONS, {**of_ours, "state": "held", "purpose": "regular", "held_at": during})
    thanks = [one for one in read.find(KUDOS, {**of_ours, "given_at": during}) if one.giver != me]
    written = [one for one in read.find(REFLECTIONS, {**of_ours, "written_at": during}) if one.author == me]
    pulses = read.find(PULSES, {"member": me, "asked_at": during}, sort=[("asked_at", 1)])
    return {
        "year": asked,
        "mentees": len({session.mentee for session in held}),
        "sessions_held": len(held),
        "turned_round": sum(session.reversed_roles for session in held),
        "minutes": sum(session.minutes for session in held),
        "acted_on": read.count(STEPS, {**of_ours, "state": "done", "closed_at": during}),
        "thanks": [shown(one.text) for one in thanks],
        "gained": [shown(one.gained) for one in written if one.gained],
        "pulses": [
            {"moment": one.moment, **dict(zip(SCALES, one.values, strict=True))}
            for one in pulses
            if one.values
        ],
    }
