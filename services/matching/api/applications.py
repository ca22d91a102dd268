"""Applications to a cycle: one's own, and the coordinator's list and entering of many."""

from collections.abc import Callable, Sequence

from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.matching.api.paging import PREFIX, Json, PageQuery, id_field, page_at_once
from services.matching.commands import applications as commands
from services.matching.domain.applications import SIDES, WHY_TEXT, Application, in_the_way, standing
from services.matching.domain.eligibility import Rules
from services.matching.domain.steps import State
from services.matching.kinds import APPLICATIONS, CYCLES, MEMBERS, PROGRAMMES
from shared.auth import COORDINATOR
from shared.http import Body, asker, call, open_to, room
from shared.transaction import Reader

BLP = Blueprint("applications", __name__, url_prefix=PREFIX, description="Applications to a cycle")

MEMBERS_AT_ONCE = 1_000


class NewApplication(Body):
    cycle = id_field(required=True)
    role = fields.String(required=True, validate=validate.OneOf(SIDES))


class Wish(Body):
    member = id_field(required=True)
    role = fields.String(required=True, validate=validate.OneOf(SIDES))


class Entry(Body):
    members = fields.List(
        fields.Nested(Wish), load_default=None, validate=validate.Length(min=1, max=MEMBERS_AT_ONCE)
    )
    everyone = fields.Boolean(
        load_default=False,
        metadata={"description": "Every member of the chapter, on each side whose role she has."},
    )

    @validates_schema
    def one_of_two(self, fields_given: Json, **_: object) -> None:
        """Either a list or everyone."""
        if bool(fields_given.get("members")) == fields_given.get("everyone", False):
            raise ValidationError("Give either members or everyone.", "members")


class ApplicationsQuery(PageQuery):
    role = fields.String(
        load_default=None,
        validate=validate.OneOf(SIDES),
        metadata={"description": "Those of one side only."},
    )


class ApplicationShown(Schema):
    id = fields.String(required=True)
    cycle = fields.String(required=True)
    member = fields.String(required=True)
    role = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(["waiting", "matched", "withdrawn"]))
    applied_at = fields.DateTime(required=True)


class ObstacleShown(Schema):
    """`rule`, `question` and `wanted` are set for `not_eligible`: the programme's condition, as in its rules."""

    code = fields.String(
        required=True, validate=validate.OneOf(["not_confirmed", "not_in_role", "not_eligible"])
    )
    rule = fields.String(required=True)
    question = fields.String(required=True)
    wanted = fields.List(fields.String(), required=True, metadata={"description": "One of them is enough."})
    detail = fields.String(required=True, metadata={"description": "What you can do about it."})


class ApplicationListed(ApplicationShown):
    standing = fields.String(
        required=True,
        validate=validate.OneOf(["waiting", "proposed", "matched", "not_this_time", "withdrawn"]),
        metadata={
            "description": "Where she stands on this side: `state` is `waiting` too while she has a proposal that is not answered."
        },
    )


class OwnApplication(ApplicationListed):
    why = fields.String(
        required=True, allow_none=True, metadata={"description": "A code: why not this time."}
    )
    why_text = fields.String(required=True, allow_none=True)
    in_the_way = fields.List(
        fields.Nested(ObstacleShown),
        required=True,
        metadata={"description": "What would keep you out of a round made now, while you wait for one."},
    )


class ApplicationList(Schema):
    items = fields.List(fields.Nested(ApplicationListed), required=True)
    next = fields.String(required=True, allow_none=True)


class OwnApplicationList(Schema):
    items = fields.List(fields.Nested(OwnApplication), required=True)
    next = fields.String(required=True, allow_none=True)


class Entered(Schema):
    entered = fields.Integer(required=True)
    already = fields.Integer(
        required=True,
        metadata={"description": "Applied before, and left as they are; withdrawn ones stay so."},
    )
    routed_elsewhere = fields.Integer(
        required=True, metadata={"description": "Whose own intake leads elsewhere than to a mentor."}
    )


@BLP.route("/applications", methods=["POST"])
@open_to()
@BLP.arguments(NewApplication)
@BLP.response(201, ApplicationShown)
def apply(body: Json) -> Json:
    """Apply to a cycle. 409 `cycle_closed` outside its window, with `next_opens_at`; `not_eligible` with the conditions `unmet`."""
    asked = call()
    answer = room().store.change(asked, lambda tx: commands.apply(tx, cycle=body["cycle"], role=body["role"]))
    return show(room().store.reader(asked.chapter).get(APPLICATIONS, answer["id"]))


@BLP.route("/applications/<id>", methods=["DELETE"])
@open_to()
@BLP.response(204)
def withdraw(id: str) -> None:
    """Take one's application back. It can come back while the window is open."""
    room().store.change(call(), lambda tx: commands.withdraw(tx, id))


@BLP.route("/me/applications", methods=["GET"])
@open_to()
@BLP.arguments(PageQuery, location="query")
@BLP.response(200, OwnApplicationList)
def mine(query: Json) -> Json:
    """One's own applications, and where one stands with each."""
    who = asker()
    reader = room().store.reader(who.chapter)
    member = reader.load(MEMBERS, who.member)
    rules: dict[str, Rules] = {}

    def shown(one: Application, states: Sequence[State]) -> Json:
        if one.cycle not in rules:
            rules[one.cycle] = reader.get(PROGRAMMES, reader.get(CYCLES, one.cycle).programme).eligibility
        return {**_own(one, states), "in_the_way": in_the_way(one, member, rules[one.cycle])}

    return _with_standing(reader, {"member": who.member}, query, shown)


@BLP.route("/cycles/<id>/applications", methods=["GET"])
@open_to(COORDINATOR)
@BLP.arguments(ApplicationsQuery, location="query")
@BLP.response(200, ApplicationList)
def of_cycle(query: Json, id: str) -> Json:
    """Who has applied to a cycle, and where each stands."""
    reader = room().store.reader(asker().chapter)
    where: Json = {"cycle": reader.get(CYCLES, id).id, "state": {"$in": ["waiting", "matched", "withdrawn"]}}
    if query["role"]:
        where["role"] = query["role"]
    return _with_standing(reader, where, query, _listed)


@BLP.route("/cycles/<id>/applications", methods=["POST"])
@open_to(COORDINATOR)
@BLP.arguments(Entry)
@BLP.response(200, Entered)
def enter(body: Json, id: str) -> Json:
    """Enter members of the chapter, for example those who came by a sheet. Only confirmed ones are matched."""
    asked = call()
    store = room().store
    if body["members"]:
        wishes = [(wish["member"], wish["role"]) for wish in body["members"]]
        return store.change(asked, lambda tx: commands.enter(tx, cycle=id, wishes=wishes))
    return commands.enter_all(store, asked, id)


def show(application: Application) -> Json:
    """An application as its member and the coordinators see it."""
    return {
        "id": application.id,
        "cycle": application.cycle,
        "member": application.member,
        "role": application.role,
        "state": application.state,
        "applied_at": application.applied_at,
    }


def _with_standing(
    reader: Reader, where: Json, query: Json, show_one: Callable[[Application, Sequence[State]], Json]
) -> Json:
    """A page of applications, each shown by the states of the applicant's open relationships."""

    def show_all(found: list[Application]) -> list[Json]:
        states = commands.open_states(reader, found)
        return [show_one(one, states[one.id]) for one in found]

    return page_at_once(reader, APPLICATIONS, where, query, show_all)


def _listed(application: Application, open_states: Sequence[State]) -> Json:
    return {**show(application), "standing": standing(application, open_states)[0]}


def _own(application: Application, open_states: Sequence[State]) -> Json:
    why = standing(application, open_states)[1]
    return {**_listed(application, open_states), "why": why, "why_text": WHY_TEXT[why] if why else None}
