"""Lineage: who guided me, whom I guided, and how far it goes; people are named only where they agree to be (R26)."""

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from services.matching.api.paging import PREFIX, Json
from services.matching.commands import lineage as commands
from services.matching.domain.lineage import Tree, Twig
from shared.http import Body, asker, call, open_to, room

BLP = Blueprint("lineage", __name__, url_prefix=PREFIX, description="Who guided whom")


class Naming(Body):
    named = fields.Boolean(
        required=True, metadata={"description": "Whether other people's trees may name you."}
    )


class TwigShown(Schema):
    member = fields.String(required=True, allow_none=True, metadata={"description": "None without consent."})
    steps = fields.Integer(required=True)
    beyond: Any = fields.List(fields.Nested(lambda: TwigShown()), required=True)


class TreeShown(Schema):
    depth = fields.Integer(required=True)
    people = fields.Integer(required=True)
    cut = fields.Boolean(required=True, metadata={"description": "There are more than are shown."})
    branches = fields.List(fields.Nested(TwigShown), required=True)


class LineageShown(Schema):
    named = fields.Boolean(required=True)
    guided_by = fields.Nested(TreeShown, required=True)
    guides = fields.Nested(TreeShown, required=True)


@BLP.route("/me/lineage", methods=["GET"])
@open_to()
@BLP.response(200, LineageShown)
def mine() -> Json:
    """One's own lineage, as two trees."""
    return shown()


@BLP.route("/me/lineage", methods=["PUT"])
@open_to()
@BLP.arguments(Naming)
@BLP.response(200, LineageShown)
def let_be_named(body: Json) -> Json:
    """Consent to be named in other people's trees, or take that back at any time."""
    room().store.change(call(), lambda tx: commands.let_be_named(tx, named=body["named"]))
    return shown()


def shown() -> Json:
    """The asker's lineage."""
    who = asker()
    own, up, down = commands.trees(room().store.reader(who.chapter), who.member, who.chapter)
    return {"named": own.named, "guided_by": _tree(up), "guides": _tree(down)}


def _tree(tree: Tree) -> Json:
    return {
        "depth": tree.depth,
        "people": tree.people,
        "cut": tree.cut,
        "branches": [_twig(twig) for twig in tree.twigs],
    }


def _twig(twig: Twig) -> Json:
    return {"member": twig.member, "steps": twig.steps, "beyond": [_twig(one) for one in twig.beyond]}
