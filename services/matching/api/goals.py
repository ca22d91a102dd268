"""Goals: one's own to write, the other's to comment on; nobody else's to see."""

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.matching.api.paging import PREFIX, Json
from services.matching.commands import goals as commands
from services.matching.domain.goals import GOALS_MOST, Goal, Written
from services.matching.kinds import GOALS, RELATIONSHIPS
from shared.http import Body, asker, call, open_to, room
from shared.ids import derived_id

BLP = Blueprint("goals", __name__, url_prefix=PREFIX, description="Goals of the two, and comments on them")

TEXT_CHARS = 2_000
SIDES = ["mentee", "mentor"]


class GoalText(Body):
    text = fields.String(
        required=True,
        validate=validate.Length(min=1, max=TEXT_CHARS),
        metadata={"description": "Read by the two only."},
    )


class NewGoal(GoalText):
    owner = fields.String(
        load_default=None,
        validate=validate.OneOf(SIDES),
        metadata={"description": "Your own side; the other's is refused."},
    )


class TextShown(Schema):
    by = fields.String(required=True, validate=validate.OneOf(SIDES))
    at = fields.DateTime(required=True)
    text = fields.String(required=True, allow_none=True)


class GoalShown(Schema):
    id = fields.String(required=True)
    relationship = fields.String(required=True)
    owner = fields.String(required=True, validate=validate.OneOf(SIDES))
    version = fields.Integer(required=True)
    text = fields.String(required=True, allow_none=True, metadata={"description": "The last version."})
    versions = fields.List(fields.Nested(TextShown), required=True)
    comments = fields.List(fields.Nested(TextShown), required=True)


class GoalList(Schema):
    items = fields.List(fields.Nested(GoalShown), required=True)


@BLP.route("/relationships/<id>/goals", methods=["POST"])
@open_to()
@BLP.arguments(NewGoal)
@BLP.response(201, GoalShown)
def set_goal(body: Json, id: str) -> Json:
    """Write a goal of one's own. 403 `not_your_goal` for one of the other's."""
    asked, here = call(), room()
    here.store.reader(asked.chapter).get(RELATIONSHIPS, id).side_of(asked.asker)
    text = here.vault.hide(id, body["text"])
    goal = derived_id("gol", asked.id)
    answer = here.store.change(
        asked, lambda tx: commands.set_goal(tx, goal, id, owner=body["owner"], text=text)
    )
    return show(here.store.reader(asked.chapter).get(GOALS, answer["id"]))


@BLP.route("/relationships/<id>/goals", methods=["GET"])
@open_to()
@BLP.response(200, GoalList)
def of_relationship(id: str) -> Json:
    """The goals of the two, for the two."""
    who = asker()
    reader = room().store.reader(who.chapter)
    reader.get(RELATIONSHIPS, id).side_of(who.member)
    found = reader.find(GOALS, {"relationship": id}, sort=[("_id", 1)], limit=2 * GOALS_MOST)
    return {"items": [show(goal) for goal in found]}


@BLP.route("/goals/<id>", methods=["PUT"])
@open_to()
@BLP.arguments(GoalText)
@BLP.response(200, GoalShown)
def rewrite(body: Json, id: str) -> Json:
    """Write a new version of one's own goal. 403 `not_your_goal` for the other's."""
    asked, here = call(), room()
    text = here.vault.hide(_visible(id).relationship, body["text"])
    here.store.change(asked, lambda tx: commands.rewrite(tx, id, text=text))
    return show(_visible(id))


@BLP.route("/goals/<id>/comments", methods=["POST"])
@open_to()
@BLP.arguments(GoalText)
@BLP.response(201, GoalShown)
def comment(body: Json, id: str) -> Json:
    """Comment on a goal of the pair."""
    asked, here = call(), room()
    text = here.vault.hide(_visible(id).relationship, body["text"])
    here.store.change(asked, lambda tx: commands.comment(tx, id, text=text))
    return show(_visible(id))


def show(goal: Goal) -> Json:
    """A goal as the two see it."""
    versions = [_written(one) for one in goal.versions]
    return {
        "id": goal.id,
        "relationship": goal.relationship,
        "owner": goal.owner,
        "version": len(versions),
        "text": versions[-1]["text"] if versions else None,
        "versions": versions,
        "comments": [_written(one) for one in goal.comments],
    }


def _visible(id: str) -> Goal:
    who = asker()
    goal = room().store.reader(who.chapter).get(GOALS, id)
    goal.side_of(who.member)
    return goal


def _written(one: Written) -> Json:
    return {"by": one.by, "at": one.at, "text": room().vault.show(one.text)}
