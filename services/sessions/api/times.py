"""Times at which both of a pair can meet, from what each has said of her week."""

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.sessions.api.reading import PREFIX, Json, my_pair, reader
from services.sessions.domain.meetings import DEFAULT_MINUTES, MAX_MINUTES, MIN_MINUTES
from services.sessions.domain.people import Person
from services.sessions.domain.times import proposed
from services.sessions.kinds import CHAPTERS, PEOPLE
from shared.auth import MENTEE, MENTOR
from shared.http import Body, asker, open_to, room

BLP = Blueprint("times", __name__, url_prefix=PREFIX, description="When two people can both meet")


class TimesQuery(Body):
    minutes = fields.Integer(load_default=DEFAULT_MINUTES, validate=validate.Range(MIN_MINUTES, MAX_MINUTES))


class TimeOut(Schema):
    """One time: as a moment, and as the clock of each shows it."""

    starts_at = fields.AwareDateTime(format="iso")
    mentee_local = fields.AwareDateTime(format="iso")
    mentor_local = fields.AwareDateTime(format="iso")


class TimesOut(Schema):
    """`why_none` says why there is nothing to propose: one has not said when she can, or they share no hour."""

    items = fields.List(fields.Nested(TimeOut))
    why_none = fields.String(allow_none=True, validate=validate.OneOf(("hours_unknown", "no_shared_hours")))


@BLP.route("/pairs/<id>/times", methods=["GET"])
@open_to(MENTEE, MENTOR)
@BLP.arguments(TimesQuery, location="query")
@BLP.response(200, TimesOut)
def times(query: Json, id: str) -> Json:
    """The next times that suit both, on both clocks."""
    pair = my_pair(id)
    mentee, mentor = (
        reader().load(PEOPLE, member) or Person(member, pair.chapter) for member in (pair.mentee, pair.mentor)
    )
    chapter = reader().load(CHAPTERS, pair.chapter)
    found = proposed(
        mentee,
        mentor,
        chapter_zone=chapter.time_zone if chapter else "UTC",
        now=room().now(asker().chapter),
        minutes=query["minutes"],
    )
    unknown = not mentee.hours or not mentor.hours
    return {
        "items": found,
        "why_none": None if found else "hours_unknown" if unknown else "no_shared_hours",
    }
