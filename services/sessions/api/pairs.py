"""One's own pairs."""

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from services.sessions.api.reading import MAX_LISTED, PREFIX, Json, all_of, listed, my_pair, reader
from services.sessions.domain.pairs import Pair
from services.sessions.kinds import PAIRS
from shared.auth import MENTEE, MENTOR
from shared.http import asker, open_to

BLP = Blueprint("pairs", __name__, url_prefix=PREFIX, description="The pairs that one is part of")


class PairOut(Schema):
    """A pair as its two see it."""

    id = fields.String()
    mentee = fields.String()
    mentor = fields.String()
    stage = fields.String()


PairsOut = listed(PairOut)


@BLP.route("/me/pairs")
@open_to(MENTEE, MENTOR)
@BLP.response(200, PairsOut)
def my_pairs() -> Json:
    """The pairs that I am one of, the newest first."""
    me = asker().member
    found = reader().find(
        PAIRS, {"$or": [{"mentee": me}, {"mentor": me}]}, sort=[("_id", -1)], limit=MAX_LISTED
    )
    return all_of(found)


@BLP.route("/pairs/<id>")
@open_to(MENTEE, MENTOR)
@BLP.response(200, PairOut)
def one_pair(id: str) -> Pair:
    """One of my pairs."""
    return my_pair(id)
